/** Opens the window on a job, shrinks it to the bar at the foot, closes it. */

import { RequestFailed } from "../http.js";
import { isSending } from "./cancel.js";
import { current, follow, forget } from "./current-job.js";
import * as otherJobs from "./other-jobs.js";
import { startPolling } from "./poll.js";
import * as view from "./view.js";

/** Opens the window on a job, by default on the one it follows already. */
export function showProgressModal(jobId = current.id) {
  if (!jobId) return;
  begin(jobId);
  expand();
}

function begin(id) {
  if (id === current.id && current.isActive) return;
  follow(id);
  view.reset();
  otherJobs.clear();
  if (isSending(id)) view.disableCancel();
  startPolling();
}

/** Follows a job in the bar at the foot. */
export function showBar(id) {
  begin(id);
  view.shrink();
}

/** Shrinks the window to the bar, also for the pages that come next. */
export function shrink() {
  view.rememberShrunk(current.id);
  view.shrink();
}

/** Opens the window again as it was, also on a job that has ended meanwhile. */
export function expand() {
  view.forgetShrunk();
  view.open();
}

/** Closes the window. A job that is still active goes on, shown in the bar at the foot. */
export function closeProgressModal() {
  if (current.isActive) return shrink();
  view.close();
  forget();
  followAnother();
}

/** With no job to follow, another one of this person takes the bar at the foot. */
async function followAnother() {
  try {
    const [next] = await otherJobs.activeJobs();
    if (next && !current.id) showBar(next.id);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error; // the jobs page still lists it
  }
}

/** Opens on the job that the page was made with: as a window or a bar, as it was left on the page before. */
export function reopen() {
  const { active, shows } = view.modal.dataset;
  if (!active) return;
  const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";
  const wasShrunk = view.shrunkJob() === active && !isReload;
  if (shows === "window" && !wasShrunk) showProgressModal(active);
  else showBar(active);
}

document.addEventListener("stopbath:free", followAnother);
