/** Asks the server how the job is: one request at a time, then a pause; a longer one while the connection is lost. */

import { request, RequestFailed } from "../http.js";
import { saySignedOut, unsaySignedOut } from "../messages.js";
import { recallChoices } from "./cancel-choices.js";
import { address, current } from "./current-job.js";
import { completeProgress, endCancelled, endGone } from "./ends.js";
import { listFinished, listRest } from "./finished-files.js";
import { listOtherJobs } from "./other-jobs.js";
import * as view from "./view.js";

const INTERVAL_MS = 500;
const CANCELLING_INTERVAL_MS = 200;
const MAX_INTERVAL_MS = 15_000; // while the connection is lost
const PAGES_PER_POLL = 2; // of finished files, each as long as the server makes it

let timer = 0;
let polling = null;
let pollAgain = false;
let losses = 0;

/** Begins with a job that the window has not followed before. */
export function startPolling() {
  losses = 0;
  pollJobStatus();
}

/** Asks how the job is now. Calls that overlap share one request and ask once more afterwards. */
export async function pollJobStatus() {
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
  if (!current.isActive) return;
  timer = setTimeout(pollJobStatus, pollAgain ? 0 : interval());
  pollAgain = false;
}

function interval() {
  if (losses) return Math.min(MAX_INTERVAL_MS, INTERVAL_MS * 2 ** losses);
  return current.cancelChoices ? CANCELLING_INTERVAL_MS : INTERVAL_MS;
}

async function poll() {
  const { id } = current;
  if (!id || !current.isActive) return;
  const askedAfterCancel = current.cancelChoices;
  try {
    const answer = await request("GET", address("job"), { etag: current.etag });
    await listFinished(id, PAGES_PER_POLL);
    if (id !== current.id) return;
    markConnected();
    if (answer.data) take(answer, askedAfterCancel);
    if (!current.isActive) await listRest(id);
    await listOtherJobs();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (id === current.id) markLost(error);
  }
}

function take({ data: job, etag }, askedAfterCancel) {
  Object.assign(current, { job, etag });
  // Somebody resumed it between two polls: it can be cancelled again.
  if (askedAfterCancel && job.status !== "cancelled") allowCancel();
  if (job.status === "cancelled") current.cancelChoices ??= recallChoices(current.id);
  if (job.status === "cancelled" && job.settled) endCancelled();
  else if (job.status === "completed" || job.status === "failed") completeProgress();
  else view.show(job, current.cancelChoices);
}

function allowCancel() {
  current.cancelChoices = null;
  view.disableCancel(false);
}

function markConnected() {
  if (!losses) return;
  losses = 0;
  view.showNote("");
  unsaySignedOut();
}

function markLost(error) {
  if (error.status === 404) return endGone();
  losses += 1;
  const signedOut = error.status === 401 || error.status === 403;
  if (signedOut) saySignedOut();
  view.showNote(signedOut ? "You are signed out. The job goes on." : "Connection lost, trying again. The job goes on.");
}
