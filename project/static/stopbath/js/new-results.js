/** The strip of new results above the contact sheet: the newest files of the job that the window follows. */

import { formatCount, size } from "./words.js";

const MAX_RESULTS = 24;
const SHOWN_FORMATS = new Set(["jpeg", "png", "webp", "avif", "gif"]); // as browsers show them
const MAX_SHOWN_BYTES = 4_000_000;
const part = (id) => document.getElementById(id);

const strip = part("newResults");
let results = { job: null, listed: 0, made: 0 }; // of which job; on this page so far; in all, once it has ended

function addResults({ job, items, first, page }) {
  if (first || job !== results.job) {
    results = { job, listed: 0, made: 0 };
    strip.querySelector(".strip").replaceChildren();
  }
  const made = items.filter((item) => item.output);
  if (!made.length) return;
  results.listed += made.length;
  strip.hidden = false;
  part("newResultsLink").href = page;
  showCount();
  strip.querySelector(".strip").prepend(...made.slice(-MAX_RESULTS).toReversed().map(result));
  for (const old of [...strip.querySelectorAll(".strip > li")].slice(MAX_RESULTS)) old.remove();
}

/** With the job's own count at its end: the list of its files may not have come so far. */
function countResults(ended) {
  if (ended?.id !== results.job || !results.listed) return;
  results.made = ended.succeeded;
  showCount();
}

function showCount() {
  part("newResultsCount").textContent = formatCount(Math.max(results.listed, results.made), "file");
}

function result({ output }) {
  const entry = document.createElement("li");
  const link = document.createElement("a");
  const caption = document.createElement("span");
  link.href = output.url;
  link.title = `${output.name} · ${output.width} × ${output.height} · ${size(output.size)}`;
  caption.textContent = output.name;
  link.append(picture(output), caption);
  entry.append(link);
  return entry;
}

function picture(output) {
  if (!SHOWN_FORMATS.has(output.format) || output.size > MAX_SHOWN_BYTES) {
    const word = document.createElement("b");
    word.textContent = output.format.toUpperCase();
    return word;
  }
  const image = document.createElement("img");
  image.src = output.url;
  image.alt = "";
  image.loading = "lazy";
  image.decoding = "async";
  return image;
}

document.addEventListener("stopbath:items", ({ detail }) => addResults(detail));
document.addEventListener("stopbath:end", ({ detail }) => countResults(detail));
part("newResultsHide").addEventListener("click", () => { strip.hidden = true; });
