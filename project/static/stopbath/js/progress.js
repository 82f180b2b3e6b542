/** The progress window: follows one job from its start to its end, and cancels it when asked to. */

import { request, RequestFailed } from "./http.js";
import { say, saySignedOut, showCancelled, signedIn, unsay } from "./messages.js";
import * as view from "./progress-view.js";

const EVERY = 500; // milliseconds between two polls
const EVERY_CANCELLING = 200;
const SLOW = 700; // an answer that takes longer is asked about by people
const SLOWEST = 15_000; // while the connection is lost
const OTHERS_EVERY = 5_000;
const PAGES_A_POLL = 2; // of up to 500 finished files each
const PAGES_AT_THE_END = 100; // of a larger job the newest are on its own page
const LEFT_IN = 1_000; // milliseconds within which a click on a link leaves the page
const SHRUNK = "stopbath.shrunk";
const GONE = "Job not found or already completed"; // as the server says it, too

const modal = view.modal;
const cancelDialog = document.getElementById("cancelDialog");

let job = null; // the newest answer
let etag = null;
let after = ""; // where the list of finished files goes on
let timer = 0;
let polling = null;
let pollAgain = false;
let losses = 0;
let asking = false;
const sending = new Set(); // jobs whose cancel has not been answered
const starting = new Set(); // jobs that are being resumed or retried
let cancelling = null; // the choices of a cancel that the server has accepted
let othersAt = 0;
let leaving = false;
let stays = 0;

window.currentJobId = null;
window.hasActiveJob = false;

const address = (what, id = window.currentJobId) => modal.dataset[`${what}Url`].replace(modal.dataset.nil, id);

/* ------------------------------------------------------------------ start and show */

/** Opens the window on a job, by default on the one it follows already. */
function showProgressModal(jobId = window.currentJobId) {
  if (!jobId) return;
  follow(jobId);
  sessionStorage.removeItem(SHRUNK);
  view.open();
}

function follow(jobId) {
  if (jobId === window.currentJobId && window.hasActiveJob) return;
  forget();
  window.currentJobId = jobId;
  window.hasActiveJob = true;
  view.blank();
  view.others([], showProgressModal);
  if (sending.has(jobId)) view.sending(true);
  pollJobStatus();
}

function forget() {
  clearTimeout(timer);
  window.currentJobId = null;
  window.hasActiveJob = false;
  job = etag = cancelling = null;
  after = "";
  losses = othersAt = 0;
}

function shrink() {
  sessionStorage.setItem(SHRUNK, window.currentJobId);
  view.shrink();
}

/** Closes the window. A job that is still active goes on, shown in the bar at the foot. */
function closeProgressModal() {
  if (window.hasActiveJob) return shrink();
  view.close();
  forget();
  followAnother();
}

/* ------------------------------------------------------------------ poll */

/** Asks how the job is now. Calls that overlap share one request and ask once more afterwards. */
async function pollJobStatus() {
  clearTimeout(timer);
  if (polling) {
    pollAgain = true;
    return polling;
  }
  polling = poll();
  try {
    await polling;
  } finally {
    polling = null;
    schedule();
  }
}

function schedule() {
  if (!window.hasActiveJob) return;
  const pause = losses ? Math.min(SLOWEST, EVERY * 2 ** losses) : cancelling ? EVERY_CANCELLING : EVERY;
  timer = setTimeout(pollJobStatus, pollAgain ? 0 : pause);
  pollAgain = false;
}

async function poll() {
  const id = window.currentJobId;
  if (!id || !window.hasActiveJob) return;
  const askedAfterCancel = cancelling;
  try {
    const answer = await request("GET", address("job"), { etag });
    await listFinished(id, PAGES_A_POLL);
    if (id !== window.currentJobId) return;
    connected();
    if (answer.data) take(answer, askedAfterCancel);
    if (!window.hasActiveJob) await listRest(id);
    await listOthers();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (id === window.currentJobId) lost(error);
  }
}

function take(answer, askedAfterCancel) {
  etag = answer.etag;
  job = answer.data;
  if (askedAfterCancel && job.status !== "cancelled") resumed();
  if (job.status === "cancelled") cancelling ??= rememberedChoices();
  const settled = job.status === "cancelled" && job.settled;
  if (settled) wasCancelled();
  else if (job.status === "completed" || job.status === "failed") completeProgress();
  else view.show(job, cancelling);
}

/** Somebody resumed it between two polls: it can be cancelled again. */
function resumed() {
  cancelling = null;
  view.sending(false);
}

/** Lists what was finished after the last poll, no more than so many pages of it. */
async function listFinished(id, pages) {
  const first = !after;
  const listed = [];
  try {
    for (let page = 0; page < pages && id === window.currentJobId; page += 1) {
      const answer = await request("GET", `${address("items", id)}?${new URLSearchParams({ after })}`);
      if (id !== window.currentJobId) return;
      after = answer.data.after;
      const items = answer.data.items;
      if (!items.length) return;
      view.add(items);
      listed.push(...items);
    }
  } finally {
    announceItems(id, listed, first);
  }
}

function announceItems(id, items, first) {
  const detail = { job: id, items, first, page: address("page", id) };
  if (items.length) document.dispatchEvent(new CustomEvent("stopbath:items", { detail }));
}

/** A job may end faster than its files are listed; nothing more is to come of it. */
async function listRest(id) {
  try {
    await listFinished(id, PAGES_AT_THE_END);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (id === window.currentJobId) view.note(`Not all files are listed: ${error.reason}`, "failed");
  }
}

async function listOthers() {
  if (Date.now() - othersAt < OTHERS_EVERY) return;
  othersAt = Date.now();
  const jobs = await activeJobs();
  view.others(jobs.filter((other) => other.id !== window.currentJobId), showProgressModal);
}

async function activeJobs() {
  const answer = await request("GET", `${address("jobs")}?status=active`);
  return answer.data.results;
}

function connected() {
  if (!losses) return;
  losses = 0;
  view.note("");
  signedIn();
}

function lost(error) {
  if (error.status === 404) return gone();
  losses += 1;
  const signedOut = error.status === 401 || error.status === 403;
  if (signedOut) saySignedOut();
  view.note(signedOut ? "You are signed out. The job goes on." : "Connection lost, trying again. The job goes on.");
}

/* ------------------------------------------------------------------ the ends */

/** The job ran to its end: shows how, with Close instead of Cancel. */
function completeProgress(ended = job) {
  window.hasActiveJob = false;
  clearTimeout(timer);
  closeQuestion();
  unsay(cancelKey());
  if (ended) view.over(ended, address("page"));
  announceEnd(ended);
}

async function wasCancelled() {
  const ended = job;
  const url = address("notice");
  window.hasActiveJob = false;
  closeQuestion();
  unsay(cancelKey());
  view.close();
  forget();
  announceEnd(ended);
  await showCancelled(url, ended);
  await followAnother();
}

function gone() {
  closeQuestion();
  unsay(cancelKey());
  view.close();
  forget();
  say("warning", GONE, "gone");
  announceEnd(null);
}

function announceEnd(ended) {
  sessionStorage.removeItem(SHRUNK);
  document.dispatchEvent(new CustomEvent("stopbath:end", { detail: ended }));
}

/** With this job out of the way, another one of this person takes the bar at the foot. */
async function followAnother() {
  try {
    const [next] = await activeJobs();
    if (!next || window.currentJobId) return;
    follow(next.id);
    view.shrink();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error; // the jobs page still lists it
  }
}

/* ------------------------------------------------------------------ cancel */

/** Asks first; then sends one request, however often it is called meanwhile. */
async function cancelCurrentJob() {
  if (!window.hasActiveJob || asking || sending.has(window.currentJobId) || cancelling) return;
  asking = true; // until the dialog's close event, which comes later than its close
  const choices = await askHow();
  asking = false;
  if (choices) await sendCancel(choices);
}

function askHow() {
  cancelDialog.querySelector("form").reset();
  cancelDialog.returnValue = "";
  cancelDialog.showModal();
  return new Promise((resolve) => {
    cancelDialog.addEventListener("close", () => resolve(chosen()), { once: true });
  });
}

function chosen() {
  if (cancelDialog.returnValue !== "cancel") return null;
  const form = cancelDialog.querySelector("form");
  const choices = {};
  if (form.elements.finish.checked) choices.finish = true;
  if (form.elements.discard.checked) choices.discard = true;
  return choices;
}

function closeQuestion() {
  if (cancelDialog.open) cancelDialog.close("");
}

async function sendCancel(choices) {
  const id = window.currentJobId;
  if (!window.hasActiveJob || sending.has(id)) return;
  const title = job?.title;
  const note = (sentence) => { if (id === window.currentJobId) view.note(sentence); };
  sending.add(id);
  view.sending(true);
  const slow = setTimeout(note, SLOW, "The cancel is on its way. The server has not answered yet.");
  unsay(cancelKey());
  try {
    await request("POST", address("cancel"), { json: choices });
    accepted(id, choices);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    refused(id, title, error);
  } finally {
    sending.delete(id);
    clearTimeout(slow);
    note("");
  }
}

/** What is said of a cancel goes when another one of the same job is sent. */
function cancelKey(id = window.currentJobId) {
  return `cancel-${id}`;
}

function accepted(id, choices) {
  sessionStorage.setItem(choicesKey(id), JSON.stringify(choices));
  if (id !== window.currentJobId) return;
  cancelling = choices;
  view.showCancelling(job, choices);
  pollJobStatus();
}

/** Says why, also when the window shows another job by now: then with the title of the one that is meant. */
function refused(id, title, error) {
  const shown = id === window.currentJobId;
  const isGone = error.status === 400 && error.message === GONE;
  if (shown && isGone) return gone();
  if (shown) view.sending(false);
  const meant = shown || !title ? "" : ` · ${title}`;
  if (isGone) say("warning", GONE + meant, cancelKey(id));
  else say("error", `Failed to cancel job: ${error.reason}${meant}`, cancelKey(id));
}

const choicesKey = (id) => `stopbath.choices.${id}`;

/** What was chosen with the cancel, also after a reload; nothing where somebody else has cancelled. */
function rememberedChoices() {
  return JSON.parse(sessionStorage.getItem(choicesKey(window.currentJobId)) ?? "{}");
}

/* ------------------------------------------------------------------ the page around it */

document.getElementById("progressCancelBtn").addEventListener("click", cancelCurrentJob);
document.getElementById("progressCloseBtn").addEventListener("click", closeProgressModal);
document.getElementById("progressShrinkBtn").addEventListener("click", shrink);
document.getElementById("progressShowBtn").addEventListener("click", () => {
  sessionStorage.removeItem(SHRUNK);
  view.open();
});

// Escape does what the button that stands there would do.
modal.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeProgressModal();
});

// Forms post without script; with it they ask, start and show in this window.
document.addEventListener("submit", async (event) => {
  const form = event.submitter?.dataset.cancelJob || event.submitter?.dataset.startJob ? event.submitter : event.target;
  const { cancelJob, startJob, startUrl } = form.dataset;
  if (!cancelJob && !startJob) return;
  event.preventDefault();
  if (startJob) return startAgain(startJob, startUrl, new FormData(event.target).get("reason"));
  showProgressModal(cancelJob);
  await cancelCurrentJob();
});

/** Resumes or retries a job, once however often it is clicked, and opens the window on it. */
async function startAgain(id, url, reason) {
  if (starting.has(id)) return;
  starting.add(id);
  try {
    await request("POST", url, { json: reason ? { reason } : {} });
    started(id);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    say("error", `Failed to start again: ${error.reason}`, "start");
  } finally {
    starting.delete(id);
  }
}

function started(id) {
  unsay("start");
  document.querySelector(`[data-cancelled-job="${id}"]`)?.remove();
  sessionStorage.removeItem(choicesKey(id));
  showProgressModal(id);
  document.dispatchEvent(new CustomEvent("stopbath:start", { detail: { id } }));
  document.getElementById(`job-${id}`)?.dispatchEvent(new CustomEvent("stopbath:refresh")); // its row of the history
}

// Links and forms of our own pages are no accident: the window waits on the next page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  leave(Boolean(link && !link.target && link.origin === location.origin));
}, true);
document.addEventListener("submit", ({ target }) => leave(target.getAttribute("method") !== "dialog"), true);
document.addEventListener("submit", (event) => { if (event.defaultPrevented) leave(false); });
window.addEventListener("pageshow", () => leave(false));

/** Only for a moment: a download, too, is a link of our own, and leaves the page where it is. */
function leave(now) {
  leaving = now;
  clearTimeout(stays);
  if (now) stays = setTimeout(leave, LEFT_IN, false);
}

window.addEventListener("beforeunload", (event) => {
  if (!window.hasActiveJob || leaving) return;
  event.preventDefault();
  event.returnValue = "";
});

function reopen() {
  const active = modal.dataset.active;
  if (!active) return;
  const reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
  const shrunk = sessionStorage.getItem(SHRUNK) === active && !reloaded;
  if (modal.dataset.shows === "window" && !shrunk) return showProgressModal(active);
  follow(active);
  view.shrink();
}

Object.assign(window, {
  showProgressModal, pollJobStatus, cancelCurrentJob, completeProgress, closeProgressModal,
});
reopen();
