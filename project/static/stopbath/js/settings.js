/** Cancel All Batch Processing: asks first, says how many were ended or why it failed. */

import { ask } from "./ask.js";
import { request, RequestFailed } from "./http.js";
import { say, unsay } from "./messages.js";
import { NOTHING_RUNNING } from "./sentences.js";
import { formatCount } from "./words.js";

const form = document.getElementById("cancelAllForm");
const button = document.getElementById("cancelAllBtn");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true; // rapid clicks send one request
  try {
    if (await asked()) await cancelAll();
  } finally {
    button.disabled = false;
  }
});

function asked() {
  return ask(
    "Cancel all batch processing?",
    "All your jobs stop at once. What is finished is kept, and each job can be resumed.",
    "Cancel all jobs",
  );
}

async function cancelAll() {
  unsay("cancel-all");
  try {
    const { data } = await request("POST", form.dataset.cancelUrl, { json: {} });
    say("success", sentence(data.cancelled), "cancel-all");
    document.getElementById("activeWords").textContent = "You have no running jobs.";
    window.pollJobStatus();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    say("error", `Failed to cancel: ${error.reason}`, "cancel-all");
  }
}

function sentence(number) {
  return number ? `${formatCount(number, "job")} ${number === 1 ? "was" : "were"} cancelled` : NOTHING_RUNNING;
}

const copy = document.getElementById("copyTokenBtn");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("newToken").textContent);
    copy.textContent = "Copied";
  });
}
