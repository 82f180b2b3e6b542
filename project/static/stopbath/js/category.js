/** Puts the selected photos into a category, and has others learn from it. */

import { request, RequestFailed } from "./http.js";
import { selection } from "./selection.js";
import { say } from "./messages.js";
import { formatCount } from "./words.js";

const form = document.getElementById("categoryForm");

async function setCategory() {
  const { photos, filter } = selection();
  const category = form.elements.category.value.trim();
  const { data } = await request("PATCH", form.dataset.photosUrl, { json: { photos, filter, category } });
  const moved = formatCount(data.changed, "photo");
  say("success", category ? `${moved} put into ${category}` : `${moved} now without a category`, "category");
  form.reset();
  form.closest("details").open = false;
  document.dispatchEvent(new CustomEvent("stopbath:uploaded")); // the sheet is fetched anew
}

async function reclassify() {
  const { photos, filter } = selection();
  form.closest("details").open = false;
  const { data } = await request("POST", form.dataset.jobsUrl, { json: { kind: "reclassify", photos, filter } });
  document.dispatchEvent(new CustomEvent("stopbath:started", { detail: { id: data.id } }));
  window.showProgressModal(data.id);
}

async function tellFailure(verb, failure) {
  try {
    await verb();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    say("error", `${failure}: ${error.reason}`, "category");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  tellFailure(setCategory, "Failed to set the category");
});
document.getElementById("reclassifyBtn").addEventListener("click", () => tellFailure(reclassify, "The job was not started"));
