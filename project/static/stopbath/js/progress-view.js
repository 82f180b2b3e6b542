/** How the progress window looks at each moment. It knows the elements, not the server. */

import { messages } from "./messages.js";
import { duration, grouped, rate, size } from "./words.js";

const LISTED = 500;
const TITLES = { process: "Processing Files…", import: "Importing Files…", classify: "Classifying…", catalogue: "Building the catalogue…", deliver: "Writing the manifest…" };
const OF_FILES = new Set(["classify"]); // what others count are pieces of what they build
const part = (id) => document.getElementById(id);

export const modal = part("progressModal");
const home = part("messagesHome");
const bar = part("progressBarFoot");
const files = part("progressFiles");

/* ------------------------------------------------------------------ open, shrunk, closed */

export function open() {
  bar.hidden = true;
  if (modal.open) return;
  modal.showModal();
  // What stands outside an open modal dialog cannot be reached or heard, so the messages come inside.
  modal.querySelector(".progress-messages").append(messages);
  scrollToEnd();
}

export function shrink() {
  shut();
  bar.hidden = false;
}

export function close() {
  shut();
  bar.hidden = true;
}

function shut() {
  if (modal.open) modal.close();
  home.append(messages);
}

/* ------------------------------------------------------------------ a job from its start */

export function blank() {
  files.replaceChildren();
  part("progressJob").textContent = "";
  part("progressFailed").textContent = "";
  part("progressPace").textContent = "";
  part("progressPageLink").hidden = true;
  part("progressShrinkBtn").hidden = false;
  part("progressCancelBtn").hidden = false;
  part("progressCancelBtn").disabled = false;
  part("progressCloseBtn").hidden = true;
  modal.dataset.status = "running";
  bar.dataset.status = "running";
  part("progressShowBtn").textContent = "Show";
  note("");
  title("Processing Files…");
  numbers(0, 0, 0);
}

export function show(job, cancelling) {
  const [done, total] = counted(job);
  part("progressJob").textContent = job.title;
  part("progressFailed").textContent = job.failed ? ` · ${grouped(job.failed)} failed` : "";
  numbers(done, total, job.percent);
  if (cancelling) return showCancelling(job, cancelling);
  title(TITLES[job.phase] ?? TITLES.process);
  part("progressPace").textContent = pace(job);
}

export function showCancelling(job, { finish, discard }) {
  const inHand = job?.in_flight ?? 0;
  const what = `${finish ? "finishing" : "stopping"} ${grouped(inHand)} ${inHand === 1 ? "file" : "files"}`;
  title(`Cancelling… ${inHand ? what : discard ? "discarding what was made" : ""}`.trim());
  part("progressCancelBtn").disabled = true;
  part("progressPace").textContent = "";
}

export function sending(on) {
  part("progressCancelBtn").disabled = on;
}

/** Says how it ended: Cancel is gone, Close is there. */
export function over(job, pageUrl) {
  show(job, null);
  title(ending(job));
  note(job.status === "failed" ? job.error : "", "failed");
  modal.dataset.status = job.status;
  bar.dataset.status = job.status;
  part("progressPace").textContent = took(job);
  part("progressPageLink").href = pageUrl;
  part("progressPageLink").hidden = false;
  part("progressShrinkBtn").hidden = true;
  part("progressCancelBtn").hidden = true;
  part("progressCloseBtn").hidden = false;
  if (modal.open && [modal, part("progressTitle"), document.body].includes(document.activeElement)) {
    part("progressCloseBtn").focus();
  }
}

/** A sentence below the bar, in the window and at the foot, or none. */
export function note(sentence, status = "cancelled") {
  for (const place of [part("progressNote"), bar.querySelector(".note")]) {
    if (place.textContent !== sentence) place.textContent = sentence;
    place.dataset.status = status;
    place.hidden = !sentence;
  }
}

/** The person's other jobs, each to be shown in the window instead. */
export function others(jobs, choose) {
  const entries = jobs.map((job) => {
    const button = made("button", "button quiet", `${job.title} · ${Math.floor(job.percent)} %`);
    button.type = "button";
    button.addEventListener("click", () => choose(job.id));
    const entry = document.createElement("li");
    entry.append(button);
    return entry;
  });
  part("progressOthers").hidden = !entries.length;
  part("progressOthers").querySelector("ul").replaceChildren(...entries);
}

/* ------------------------------------------------------------------ finished files */

export function add(items) {
  const follows = files.scrollHeight - files.scrollTop - files.clientHeight < 40;
  files.append(...items.slice(-LISTED).map(line));
  while (files.childElementCount > LISTED) files.firstElementChild.remove();
  if (follows) scrollToEnd();
}

function line(item) {
  const entry = document.createElement("li");
  entry.dataset.status = item.status;
  entry.dataset.position = item.position;
  entry.append(made("span", "name", item.name), made("span", "fact", fact(item)));
  entry.firstElementChild.title = item.name;
  return entry;
}

function fact(item) {
  if (item.status === "failed") return item.error || "Failed";
  if (item.status === "skipped") return "Skipped";
  return item.output ? size(item.output.size) : "Done";
}

function scrollToEnd() {
  files.scrollTop = files.scrollHeight;
}

/* ------------------------------------------------------------------ words and figures */

function title(text) {
  if (part("progressTitle").textContent === text) return;
  part("progressTitle").textContent = text;
  bar.querySelector(".what").textContent = text;
}

function numbers(done, total, percent) {
  const words = `${done} / ${total} files`;
  const whole = Math.floor(percent);
  part("progressCount").textContent = words;
  part("progressPercent").textContent = `${whole} %`;
  part("progressBar").value = percent;
  bar.querySelector("progress").value = percent;
  bar.querySelector(".count").textContent = `${words} · ${whole} %`;
}

/** Files done and in all: of the first phase, or of a later one at work that goes through the files once more. */
function counted(job) {
  const later = job.phases.slice(1).find(({ name }) => name === job.phase && OF_FILES.has(name));
  return later ? [later.done + later.failed, later.total] : [job.succeeded + job.failed, job.total];
}

function pace(job) {
  if (job.status === "queued") return "Waiting for a worker";
  const known = [];
  if (job.rate) known.push(rate(job.rate));
  if (job.eta_seconds != null) known.push(`${duration(Math.ceil(job.eta_seconds))} left`);
  return known.join(" · ");
}

function took(job) {
  if (!job.started_at || !job.ended_at) return "";
  return `in ${duration((new Date(job.ended_at) - new Date(job.started_at)) / 1000)}`;
}

function ending(job) {
  if (job.status === "failed") return "The job failed";
  return job.failed ? "Finished, with failures" : "Finished";
}

function made(name, className, text) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}
