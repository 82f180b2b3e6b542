/** Forms that cancel, resume or retry a job. They post without script; with it they ask, start and show in the window. */

import { request, RequestFailed } from "../http.js";
import { say, unsay } from "../messages.js";
import { forgetChoices } from "./cancel-choices.js";
import { cancelCurrentJob } from "./cancel.js";
import { showProgressModal } from "./window.js";

const starting = new Set(); // ids of jobs that are being resumed or retried

document.addEventListener("submit", async (event) => {
  const form = [event.submitter, event.target].find((element) => element?.matches("[data-cancel-job], [data-start-job]"));
  if (!form) return;
  const { cancelJob, startJob, startUrl } = form.dataset;
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
    showStarted(id);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    say("error", `Failed to start again: ${error.reason}`, "start");
  } finally {
    starting.delete(id);
  }
}

function showStarted(id) {
  unsay("start");
  document.querySelector(`[data-cancelled-job="${id}"]`)?.remove();
  forgetChoices(id);
  showProgressModal(id);
  document.dispatchEvent(new CustomEvent("stopbath:start", { detail: { id } }));
  document.getElementById(`job-${id}`)?.dispatchEvent(new CustomEvent("stopbath:refresh")); // its row of the history
}
