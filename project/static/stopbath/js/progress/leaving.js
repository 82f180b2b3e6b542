/** Asks before a page with an active job is left by accident. */

import { current } from "./current-job.js";

const CLICK_MS = 1_000; // within which a click on a link leaves the page

let isLeaving = false;
let timer = 0;

/** Only for a moment: a download, too, is a link of our own, and leaves the page where it is. */
function leave(now) {
  isLeaving = now;
  clearTimeout(timer);
  if (now) timer = setTimeout(leave, CLICK_MS, false);
}

// Links and forms of our own pages are no accident: the window opens again on the next page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  leave(Boolean(link && !link.target && link.origin === location.origin));
}, true);
document.addEventListener("submit", ({ target }) => leave(target.getAttribute("method") !== "dialog"), true);
document.addEventListener("submit", (event) => { if (event.defaultPrevented) leave(false); });
window.addEventListener("pageshow", () => leave(false));

window.addEventListener("beforeunload", (event) => {
  if (!current.isActive || isLeaving) return;
  event.preventDefault();
  event.returnValue = "";
});
