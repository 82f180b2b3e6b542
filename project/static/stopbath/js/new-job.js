/** The window in which a job is put together and started. */

import { request, RequestFailed } from "./http.js";
import { everything, selection, shown } from "./selection.js";
import * as preview from "./preview.js";
import * as recipes from "./recipes.js";
import { Steps } from "./steps.js";
import { formatCount } from "./words.js";

const LAST = "stopbath.steps";
const FIRST_TIME = [{ operation: "resize", options: { longest_edge: 1600 } }];
const FOLLOWING = ["classify", "catalogue"];
const part = (id) => document.getElementById(id);

const dialog = part("newJobDialog");
const form = part("newJobForm");
const steps = new Steps(part("newJobSteps"), (number) => {
  part("newJobNoSteps").hidden = number > 0;
  preview.refreshSoon();
});

let chosen = null; // {photos, filter, count}
let offered = false;
let attempt = { body: "", key: "" };

/* ------------------------------------------------------------------ open */

async function open(files) {
  chosen = files;
  part("newJobCount").textContent = `${formatCount(files.count, "file")} will be processed.`;
  complain("");
  part("newJobStart").disabled = true; // Enter would send no steps
  dialog.showModal();
  try {
    await offer();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    complain(`The steps could not be loaded: ${error.reason}. Close this window and try again.`);
  }
  part("newJobStart").disabled = !offered;
  if (!dialog.open) return;
  preview.begin(form.dataset.previewUrl, shown(files), () => steps.value());
}

async function offer() {
  if (offered) return;
  const { data } = await request("GET", form.dataset.operationsUrl);
  steps.offer(data.operations);
  part("newStepSelect").replaceChildren(...data.operations.map(({ name, label }) => new Option(label, name)));
  await recipes.load(form.dataset.recipesUrl, remembered(), localStorage.getItem(LAST) ? undefined : "Custom steps");
  use(recipes.choose(form.dataset.recipe) ? recipes.chosenSteps() : remembered());
  offered = true;
}

/** Shows these steps instead of those that were there. */
function use(list) {
  steps.clear();
  for (const { operation, options } of list) steps.add(operation, options);
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(LAST)) ?? FIRST_TIME;
  } catch (error) {
    if (error instanceof SyntaxError) return FIRST_TIME;
    throw error;
  }
}

/* ------------------------------------------------------------------ start */

async function start() {
  complain("");
  steps.forgive();
  if (!steps.check()) return pointOut();
  const { photos, filter } = chosen;
  const title = form.elements.title.value.trim();
  const follow = Object.fromEntries(FOLLOWING.filter((name) => form.elements[name].checked).map((name) => [name, true]));
  const json = { kind: "process", photos, steps: steps.value(), ...follow, ...delivery(), ...(filter && { filter }), ...(title && { title }) };
  part("newJobStart").disabled = true;
  try {
    const answer = await request("POST", form.dataset.jobsUrl, { json, headers: { "Idempotency-Key": keyOf(json) } });
    started(answer.data, json.steps);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    refuse(error);
  } finally {
    part("newJobStart").disabled = !offered;
  }
}

/** Whether and where the server writes the results; nothing where it offers no folder. */
function delivery() {
  if (!form.elements.deliver?.checked) return {};
  return { deliver: form.elements.folder.value.trim() || true };
}

/** The same key while the same job is tried again, so that a lost answer never starts it twice. */
function keyOf(json) {
  const body = JSON.stringify(json);
  if (body !== attempt.body) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    attempt = { body, key: [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
  }
  return attempt.key;
}

function started(job, used) {
  attempt = { body: "", key: "" };
  form.elements.title.value = "";
  for (const name of FOLLOWING) form.elements[name].checked = form.elements[name].defaultChecked;
  localStorage.setItem(LAST, JSON.stringify(used));
  offered = false; // the next one begins anew, and what was used last is another thing then
  dialog.close();
  document.dispatchEvent(new CustomEvent("stopbath:started", { detail: { id: job.id } }));
  window.showProgressModal(job.id);
}

function refuse(error) {
  if (steps.blame(error.fields.steps ?? "")) pointOut();
  else complain(`The job was not started: ${error.reason}.`);
}

function pointOut() {
  complain("Check the marked step.");
  form.querySelector('[aria-invalid="true"]')?.focus();
}

/* ------------------------------------------------------------------ recipes */

function askForName(isAsked) {
  part("newJobKeep").hidden = !isAsked;
  part("newJobKeepBtn").setAttribute("aria-expanded", String(isAsked));
  if (isAsked) part("newJobKeepName").focus();
}

async function keep() {
  complain("");
  steps.forgive();
  if (!steps.check()) return pointOut();
  try {
    const { name } = await recipes.keep(form.dataset.recipesUrl, part("newJobKeepName").value.trim(), steps.value(), remembered());
    askForName(false);
    part("newJobKeepName").value = "";
    part("newJobKept").textContent = `Saved as “${name}”.`;
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (!steps.blame(error.fields.steps ?? "")) complain(`The recipe was not saved: ${error.reason}.`);
  }
}

function complain(sentence) {
  part("newJobError").hidden = !sentence;
  part("newJobError").querySelector("p").textContent = sentence;
}

/* ------------------------------------------------------------------ the page around it */

part("processAllBtn").addEventListener("click", () => open(everything()));
part("processSelectedBtn").addEventListener("click", () => open(selection()));
dialog.addEventListener("close", preview.end);
part("newJobSteps").addEventListener("input", preview.refreshSoon);
part("newJobRecipe").addEventListener("change", () => use(recipes.chosenSteps()));
part("newJobKeepBtn").addEventListener("click", () => askForName(part("newJobKeep").hidden));
part("newJobKeepSave").addEventListener("click", keep);
part("newJobKeepName").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  keep();
});
part("newJobDeliver")?.addEventListener("change", ({ target }) => {
  part("newJobFolderField").hidden = !target.checked;
  target.setAttribute("aria-expanded", String(target.checked));
});
part("newJobClose").addEventListener("click", () => dialog.close());
part("newStepBtn").addEventListener("click", () => steps.add(part("newStepSelect").value)?.querySelector("input, select, button")?.focus());
part("newJobSteps").addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button && !steps.act(button)) part("newStepSelect").focus();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
