/** How following a job ends: the job ran to its end, was cancelled, or is gone. */

import { say, showCancelled, unsay } from "../messages.js";
import { GONE } from "../sentences.js";
import { closeQuestion } from "./cancel-choices.js";
import { address, current, forget } from "./current-job.js";
import * as view from "./view.js";

/** The key of what is said of a job's cancel: it goes when another one is sent, or when the job has ended. */
export const cancelKey = (id) => `cancel-${id}`;

/** The job ran to its end: shows how, with Close instead of Cancel. */
export function completeProgress(ended = current.job) {
  current.isActive = false;
  closeQuestion();
  unsay(cancelKey(current.id));
  if (ended) view.showEnd(ended, address("page"));
  announceEnd(ended);
}

/** Nothing of the cancelled job runs any more: the window gives way to the warning. */
export async function endCancelled() {
  const ended = current.job;
  const notice = address("notice");
  leave();
  announceEnd(ended);
  await showCancelled(notice, ended);
  document.dispatchEvent(new CustomEvent("stopbath:free"));
}

/** Nobody knows the job any more. */
export function endGone() {
  leave();
  say("warning", GONE, "gone");
  announceEnd(null);
}

function leave() {
  closeQuestion();
  unsay(cancelKey(current.id));
  view.close();
  forget();
}

function announceEnd(ended) {
  view.forgetShrunk();
  document.dispatchEvent(new CustomEvent("stopbath:end", { detail: ended }));
}
