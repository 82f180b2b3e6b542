/** Cancels the job that the window follows: asks first, sends one request, tells how it was answered. */

import { request, RequestFailed } from "../http.js";
import { say, unsay } from "../messages.js";
import { GONE } from "../sentences.js";
import { askForChoices, rememberChoices } from "./cancel-choices.js";
import { address, current } from "./current-job.js";
import { cancelKey, endGone } from "./ends.js";
import { pollJobStatus } from "./poll.js";
import * as view from "./view.js";

const SLOW_AFTER_MS = 700; // an answer that takes longer is asked about by people

const sending = new Set(); // ids of jobs whose cancel has not been answered
let isAsking = false;

/** Whether a cancel of this job is on its way. */
export const isSending = (id) => sending.has(id);

/** Asks first; then sends one request, however often it is called meanwhile. */
export async function cancelCurrentJob() {
  if (!current.isActive || isAsking || isSending(current.id) || current.cancelChoices) return;
  isAsking = true; // until the dialog's close event, which comes later than its close
  const choices = await askForChoices();
  isAsking = false;
  if (choices) await sendCancel(choices);
}

async function sendCancel(choices) {
  const { id } = current;
  if (!current.isActive || isSending(id)) return;
  const title = current.job?.title;
  const note = (sentence) => { if (id === current.id) view.showNote(sentence); };
  sending.add(id);
  view.disableCancel();
  const slow = setTimeout(note, SLOW_AFTER_MS, "The cancel is on its way. The server has not answered yet.");
  unsay(cancelKey(id));
  try {
    await request("POST", address("cancel"), { json: choices });
    accept(id, choices);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    tellRefusal(id, title, error);
  } finally {
    sending.delete(id);
    clearTimeout(slow);
    note("");
  }
}

function accept(id, choices) {
  rememberChoices(id, choices);
  if (id !== current.id) return;
  current.cancelChoices = choices;
  view.showCancelling(current.job, choices);
  pollJobStatus();
}

/** Says why, also when the window shows another job by now: then with the title of the cancelled one. */
function tellRefusal(id, title, error) {
  const isShown = id === current.id;
  const isGone = error.status === 400 && error.message === GONE;
  if (isShown && isGone) return endGone();
  if (isShown) view.disableCancel(false);
  const whose = isShown || !title ? "" : ` · ${title}`;
  if (isGone) say("warning", GONE + whose, cancelKey(id));
  else say("error", `Failed to cancel job: ${error.reason}${whose}`, cancelKey(id));
}
