/** The elements of the progress window and of the bar at the foot. Knows nothing of the server. */

import { messages } from "../messages.js";
import { phaseOf, WAITING } from "../sentences.js";
import { duration, formatCount, formatNumber, rate } from "../words.js";
import * as fileList from "./file-list.js";

const SHRUNK = "stopbath.shrunk"; // the id of the job whose window waits in the bar at the foot
const part = (id) => document.getElementById(id);
const FIRST_TITLE = part("progressTitle").textContent;
const messagesHome = part("messagesHome");
const bar = part("progressBarFoot");

export const modal = part("progressModal");

/* ------------------------------------------------------------------ open, shrunk, closed */

export function open() {
  bar.hidden = true;
  if (modal.open) return;
  modal.showModal();
  // What stands outside an open modal dialog cannot be reached or heard, so the messages come inside.
  modal.querySelector(".progress-messages").append(messages);
  fileList.scrollToEnd();
}

export function shrink() {
  closeDialog();
  bar.hidden = false;
}

export function close() {
  closeDialog();
  bar.hidden = true;
}

function closeDialog() {
  if (modal.open) modal.close();
  messagesHome.append(messages);
}

export const rememberShrunk = (id) => sessionStorage.setItem(SHRUNK, id);
export const forgetShrunk = () => sessionStorage.removeItem(SHRUNK);
export const shrunkJob = () => sessionStorage.getItem(SHRUNK);

/* ------------------------------------------------------------------ a job from its start */

/** Nothing is known of the job yet. */
export function reset() {
  fileList.clear();
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
  showNote("");
  setTitle(FIRST_TITLE);
  setNumbers(0, 0, 0);
}

/** Shows how the job is; with the choices of a cancel, that it is being cancelled. */
export function show(job, cancelChoices) {
  const [done, total] = fileCounts(job);
  part("progressJob").textContent = job.title;
  part("progressFailed").textContent = job.failed ? ` · ${formatNumber(job.failed)} failed` : "";
  setNumbers(done, total, job.percent);
  if (cancelChoices) return showCancelling(job, cancelChoices);
  setTitle(phaseOf(job)?.title || FIRST_TITLE);
  part("progressPace").textContent = throughput(job);
}

export function showCancelling(job, { finish, discard }) {
  const inHand = job?.in_flight ?? 0;
  const what = `${finish ? "finishing" : "stopping"} ${formatCount(inHand, "file")}`;
  setTitle(`Cancelling… ${inHand ? what : discard ? "discarding what was made" : ""}`.trim());
  disableCancel();
  part("progressPace").textContent = "";
}

export function disableCancel(isDisabled = true) {
  part("progressCancelBtn").disabled = isDisabled;
}

/** Shows how the job ended, with Close instead of Cancel. */
export function showEnd(job, pageUrl) {
  show(job, null);
  setTitle(endTitle(job));
  showNote(job.status === "failed" ? job.error : "", "failed");
  modal.dataset.status = job.status;
  bar.dataset.status = job.status;
  part("progressPace").textContent = timeTaken(job);
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
export function showNote(sentence, status = "cancelled") {
  for (const place of [part("progressNote"), bar.querySelector(".note")]) {
    if (place.textContent !== sentence) place.textContent = sentence;
    place.dataset.status = status;
    place.hidden = !sentence;
  }
}

/* ------------------------------------------------------------------ words and figures */

function setTitle(text) {
  if (part("progressTitle").textContent === text) return;
  part("progressTitle").textContent = text;
  bar.querySelector(".what").textContent = text;
}

function setNumbers(done, total, percent) {
  const words = `${done} / ${total} files`;
  const whole = Math.floor(percent);
  part("progressCount").textContent = words;
  part("progressPercent").textContent = `${whole} %`;
  part("progressBar").value = percent;
  bar.querySelector("progress").value = percent;
  bar.querySelector(".count").textContent = `${words} · ${whole} %`;
}

/** [done, total]: of the first phase, or of a later one that is running and goes through the files once more. */
function fileCounts(job) {
  // Other later phases count pieces of what they build.
  const later = phaseOf(job)?.follows_files && job.phases.slice(1).find(({ name }) => name === job.phase);
  return later ? [later.done + later.failed, later.total] : [job.succeeded + job.failed, job.total];
}

function throughput(job) {
  if (job.status === "queued") return WAITING;
  const words = [];
  if (job.rate) words.push(rate(job.rate));
  if (Number.isFinite(job.eta_seconds)) words.push(`${duration(Math.ceil(job.eta_seconds))} left`);
  return words.join(" · ");
}

function timeTaken(job) {
  if (!job.started_at || !job.ended_at) return "";
  return `in ${duration((new Date(job.ended_at) - new Date(job.started_at)) / 1000)}`;
}

function endTitle(job) {
  if (job.status === "failed") return "The job failed";
  return job.failed ? "Finished, with failures" : "Finished";
}
