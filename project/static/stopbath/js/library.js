/** The contact sheet: what is selected, and new results as they come. */

import { counted, grouped, size } from "./words.js";

const STRIP = 24;
const SHOWN = new Set(["jpeg", "png", "webp", "avif", "gif"]);
const LARGEST_SHOWN = 4_000_000;
const part = (id) => document.getElementById(id);

const chosen = new Set();
let all = false; // everything that matches the filter, loaded or not
let last = ""; // the photo where a range begins

/* ------------------------------------------------------------------ what is selected */

export const total = () => Number(part("library").dataset.total);
const filter = () => JSON.parse(part("libraryFilter").textContent);

/** What a job is to be made of: everything that matches, as the page shows it. */
export const everything = () => ({ photos: "all", filter: filter(), count: total() });

/** What a job is to be made of: the selected photos. */
export const selection = () => (all ? everything() : { photos: [...chosen], count: chosen.size });

export const everythingChosen = () => all;

/** Those of the chosen photos that are on the page, to look at: [{id, name, format, pages}]. */
export function shown({ photos }) {
  const wanted = photos === "all" ? null : new Set(photos);
  return boxes().filter((box) => !wanted || wanted.has(box.value)).map((box) => {
    const card = box.closest("li");
    return { id: box.value, name: card.querySelector("p a").textContent, format: card.dataset.format, pages: Number(card.dataset.pages) };
  });
}

const boxes = () => [...document.querySelectorAll('#sheet input[name="photos"]')];

function choose(box, on) {
  box.checked = on;
  if (on) chosen.add(box.value);
  else chosen.delete(box.value);
}

function chooseRange(from, to, on) {
  const listed = boxes();
  const ends = [listed.indexOf(from), listed.indexOf(to)].sort((one, other) => one - other);
  for (const box of listed.slice(ends[0], ends[1] + 1)) choose(box, on);
}

function clear() {
  all = false;
  chosen.clear();
  for (const box of boxes()) box.checked = false;
  tell();
}

/** Ticks again what was selected before the sheet was fetched anew. */
function restore() {
  for (const box of boxes()) box.checked = all || chosen.has(box.value);
  tell();
}

function tell() {
  const count = selection().count;
  part("selectedCount").textContent = count ? ` · ${grouped(count)} selected` : "";
  part("selectionBar").hidden = !count;
  part("selectionWords").textContent = all ? `All ${counted(count, "photo")} that match` : `${grouped(count)} selected`;
  part("selectMatchingBtn").hidden = all || count === total();
  part("selectMatchingBtn").textContent = `Select all ${grouped(total())} that match`;
  part("processSelectedBtn").disabled = !count;
  part("processAllBtn").disabled = !total();
}

let shift = false;
document.addEventListener("click", (event) => { shift = event.shiftKey; }, true);
document.addEventListener("keydown", (event) => { shift = event.shiftKey; }, true);
// A shift-click on a label would select text instead of photos.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest("#sheet label")) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches('#sheet input[name="photos"]')) return;
  if (all) {
    all = false; // from now on only what is loaded and still ticked
    for (const other of boxes()) choose(other, other.checked);
  }
  const from = shift && boxes().find((other) => other.value === last);
  if (from) chooseRange(from, box, box.checked);
  choose(box, box.checked);
  last = box.value;
  tell();
});

part("selectMatchingBtn").addEventListener("click", () => {
  all = true;
  chosen.clear();
  for (const box of boxes()) box.checked = true;
  tell();
  document.dispatchEvent(new CustomEvent("stopbath:uploaded")); // there may be more by now
});
part("clearSelectionBtn").addEventListener("click", clear);

/** Forms about the selected photos carry them as hidden fields. */
document.addEventListener("submit", ({ target }) => {
  if (!target.matches(".of-selection")) return;
  for (const old of target.querySelectorAll("[data-chosen]")) old.remove();
  const fields = all ? [["all", "1"], ["filter", JSON.stringify(filter())]] : [...chosen].map((id) => ["photos", id]);
  target.append(...fields.map(([name, value]) => {
    const field = document.createElement("input");
    field.type = "hidden";
    field.dataset.chosen = "";
    [field.name, field.value] = [name, value];
    return field;
  }));
}, true);
document.addEventListener("htmx:afterSettle", restore);
document.addEventListener("stopbath:started", clear);

// The filter works at once where a choice is made; typing waits for Enter or the button.
document.addEventListener("change", ({ target }) => {
  if (target.matches(".filter > select")) target.form.requestSubmit();
});
// Empty fields would make addresses that nobody can read.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches(".filter")) return;
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

/* ------------------------------------------------------------------ new results */

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
  tellResults();
  strip.querySelector(".strip").prepend(...made.slice(-STRIP).reverse().map(result));
  for (const old of [...strip.querySelectorAll(".strip > li")].slice(STRIP)) old.remove();
}

/** With the job's own count at its end: the list of its files may not have come so far. */
function countResults(ended) {
  if (ended?.id !== results.job || !results.listed) return;
  results.made = ended.succeeded;
  tellResults();
}

function tellResults() {
  part("newResultsCount").textContent = counted(Math.max(results.listed, results.made), "file");
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
  if (!SHOWN.has(output.format) || output.size > LARGEST_SHOWN) {
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

restore();
