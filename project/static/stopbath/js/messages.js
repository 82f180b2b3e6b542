/** What the page has to say stands in #messages, a live region, until it is dismissed. */

import { createElement } from "./elements.js";
import { fragment, request, RequestFailed } from "./http.js";

export const messages = document.getElementById("messages");

/** Shows a sentence. With a key, it takes the place of the one that was said under that key. */
export function say(kind, text, key = "") {
  if (key) unsay(key);
  const message = createElement("div", `message ${kind}`);
  if (kind === "error") message.setAttribute("role", "alert");
  message.dataset.key = key;
  message.append(createElement("p", "", text));
  messages.append(message);
  addDismissButton(message);
  return message;
}

function addDismissButton(message) {
  const button = createElement("button", "button quiet", "Dismiss");
  button.type = "button";
  button.addEventListener("click", () => message.remove());
  message.append(button);
}

export function unsay(key) {
  messages.querySelector(`[data-key="${key}"]`)?.remove();
}

/** Says that the session has ended, with the way back to this page; once, and until a request is answered again. */
export function saySignedOut() {
  const { content } = document.getElementById("signedOut");
  if (!messages.querySelector('[data-key="signed-out"]')) messages.append(content.cloneNode(true));
}

export const unsaySignedOut = () => unsay("signed-out");

/** Shows the server's own warning about a cancelled job, once. */
export async function showCancelled(url, job) {
  const html = await fragment(url).catch((error) => {
    if (error instanceof RequestFailed) return null;
    throw error;
  });
  messages.querySelector(`[data-cancelled-job="${job.id}"]`)?.remove();
  if (html?.trim()) messages.insertAdjacentHTML("afterbegin", html);
  else say("warning", `Job was cancelled: ${job.succeeded} done, ${job.failed} failed, ${job.skipped} not started.`);
}

/** Dismisses a warning by its own form, without leaving the page. */
async function dismiss(form) {
  const body = new URLSearchParams(new FormData(form));
  try {
    await request("POST", form.action, { body });
    form.closest(".message").remove();
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    say("error", `Failed to dismiss: ${error.reason}`, "dismiss");
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-dismiss]")) return;
  event.preventDefault();
  dismiss(event.target);
});

for (const message of messages.querySelectorAll(".message:not([data-cancelled-job])")) addDismissButton(message);
