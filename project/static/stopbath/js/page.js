/** What every page does: times in the reader's zone (those of a camera's clock as it showed them), the account menu, dismissals and questions. */

import "./ask.js";
import { saySignedOut, unsaySignedOut } from "./messages.js";

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const SECONDS = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-local=clock]")) {
    time.textContent = CLOCK.format(new Date(`${time.dateTime}Z`));
    time.removeAttribute("data-local");
  }
  for (const time of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    time.textContent = (time.dataset.local === "seconds" ? SECONDS : FORMAT).format(moment);
    time.title = EXACT.format(moment);
    time.removeAttribute("data-local");
  }
  for (const option of root.querySelectorAll("option[data-moment]")) {
    option.textContent = FORMAT.format(new Date(option.dataset.moment));
    option.removeAttribute("data-moment");
  }
}

localTimes(document);
document.addEventListener("htmx:load", (event) => localTimes(event.target));

// A list that refreshes itself waits while somebody reads the attempts at one of its files.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target, requestConfig } = event.detail;
  const why = requestConfig.triggeringEvent?.type;
  const byItself = !why || why === "stopbath:end";
  if (byItself && target.querySelector("details.attempts[open]")) event.preventDefault();
});

// Parts that refresh themselves stay as they are when the session has ended.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) unsaySignedOut();
  else if (detail.xhr.status === 401) saySignedOut();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A form that came back is gone on with where it was wrong; after a wrong sign-in, at the password.
(document.querySelector('main [aria-invalid="true"]')
  ?? document.querySelector('main .message.error ~ .field [type="password"]'))?.focus();

// A form that takes a while says so, and is not sent twice.
document.addEventListener("submit", (event) => {
  const { busy } = event.target.dataset;
  if (!busy || event.defaultPrevented) return;
  event.submitter.textContent = busy;
  event.submitter.setAttribute("aria-disabled", "true");
  event.target.addEventListener("submit", (again) => again.preventDefault());
});
