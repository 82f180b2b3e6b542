/** The list of finished files in the window: a line for each, the newest at the bottom. */

import { createElement } from "../elements.js";
import { size } from "../words.js";

const MAX_LINES = 500;
const files = document.getElementById("progressFiles");

/** Adds a line for each item, and follows them unless somebody has scrolled up. */
export function add(items) {
  const follows = files.scrollHeight - files.scrollTop - files.clientHeight < 40;
  files.append(...items.slice(-MAX_LINES).map(line));
  while (files.childElementCount > MAX_LINES) files.firstElementChild.remove();
  if (follows) scrollToEnd();
}

export function clear() {
  files.replaceChildren();
}

export function scrollToEnd() {
  files.scrollTop = files.scrollHeight;
}

function line(item) {
  const entry = document.createElement("li");
  entry.dataset.status = item.status;
  entry.dataset.position = item.position;
  entry.append(createElement("span", "name", item.name), createElement("span", "fact", fact(item)));
  entry.firstElementChild.title = item.name;
  return entry;
}

function fact(item) {
  if (item.status === "failed") return item.error || "Failed";
  if (item.status === "skipped") return "Not started";
  return item.output ? size(item.output.size) : "Done";
}
