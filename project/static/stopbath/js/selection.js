/** What is selected in the contact sheet. */

import { formatCount, formatNumber } from "./words.js";

const part = (id) => document.getElementById(id);

const chosen = new Set();
let all = false; // everything that matches the filter, loaded or not
let last = ""; // the photo where a range begins

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
  const ends = [listed.indexOf(from), listed.indexOf(to)].toSorted((one, other) => one - other);
  for (const box of listed.slice(ends[0], ends[1] + 1)) choose(box, on);
}

function clear() {
  all = false;
  chosen.clear();
  for (const box of boxes()) box.checked = false;
  showCount();
}

/** Ticks again what was selected before the sheet was fetched anew. */
function restore() {
  for (const box of boxes()) box.checked = all || chosen.has(box.value);
  showCount();
}

function showCount() {
  const count = selection().count;
  part("selectedCount").textContent = count ? ` · ${formatNumber(count)} selected` : "";
  part("selectionBar").hidden = !count;
  part("selectionWords").textContent = all ? `All ${formatCount(count, "photo")} that match` : `${formatNumber(count)} selected`;
  part("selectMatchingBtn").hidden = all || count === total();
  part("selectMatchingBtn").textContent = `Select all ${formatNumber(total())} that match`;
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
  showCount();
});

part("selectMatchingBtn").addEventListener("click", () => {
  all = true;
  chosen.clear();
  for (const box of boxes()) box.checked = true;
  showCount();
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

restore();
