/** Shows what the steps make of one photo, a moment after each change of them. */

import { picture, RequestFailed } from "./http.js";
import { formatNumber } from "./words.js";

const PAUSE_MS = 250; // without a change before the server is asked
const RETRY_MS = 2_000; // after which a server is asked again that is not available and does not say when
const part = (id) => document.getElementById(id);

const figure = part("previewFigure");
const image = part("previewImage");
const before = part("previewBefore");
const RESULT_ALT = image.alt;

let photos = []; // [{id, name, format, pages}] of what the page shows
let current = 0;
let page = 1;
let stepsNow = () => [];
let address = "";
let timer = 0;
let asked = null;

/** Begins to follow `steps()`; `shown` are the photos to choose from, the first one is shown. */
export function begin(url, shown, steps) {
  [address, photos, stepsNow] = [url, shown, steps];
  figure.hidden = !shown.length;
  press(false);
  choose(0);
}

/** Asks for a new picture soon. */
export function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE_MS);
}

/** Stops asking. */
export function end() {
  clearTimeout(timer);
  asked?.abort();
}

async function look() {
  clearTimeout(timer);
  asked?.abort();
  if (!photos.length) return;
  const mine = new AbortController();
  asked = mine;
  const { id } = photos[current];
  figure.dataset.state = "busy";
  const original = before.getAttribute("aria-pressed") === "true";
  try {
    const formats = [...new Set(photos.map(({ format }) => format))];
    show(await picture(address, { photo: id, page, steps: original ? [] : stepsNow(), formats }, mine.signal), original);
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!(error instanceof RequestFailed)) throw error;
    say(error.message);
    if (error.status === 503) timer = setTimeout(look, error.retryAfterMs ?? RETRY_MS);
  }
}

function show({ blob, notes }, original) {
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(blob);
  image.alt = original ? "The original" : RESULT_ALT;
  image.hidden = false;
  part("previewWords").textContent = "";
  part("previewNotes").textContent = original ? "" : notes.map((note) => `${note}.`).join(" ");
  figure.dataset.state = "shown";
}

function say(sentence) {
  image.hidden = true;
  part("previewWords").textContent = sentence;
  figure.dataset.state = "failed";
}

function press(on) {
  before.setAttribute("aria-pressed", String(on));
}

/** Shows that photo, the first one behind the last; its first page where it has several. */
function choose(number) {
  if (!photos.length) return;
  current = (number + photos.length) % photos.length;
  const { name, pages } = photos[current];
  part("previewName").textContent = name;
  part("previewBack").disabled = part("previewNext").disabled = photos.length < 2;
  part("previewPages").hidden = pages < 2;
  part("previewPageCount").textContent = `of ${formatNumber(pages)}`;
  part("previewPage").max = pages;
  turnTo(1);
}

function turnTo(number) {
  const { pages } = photos[current];
  page = Math.min(Math.max(Math.trunc(number) || 1, 1), pages);
  part("previewPage").value = page;
  part("previewPageBack").disabled = page === 1;
  part("previewPageNext").disabled = page === pages;
  look();
}

part("previewBack").addEventListener("click", () => choose(current - 1));
part("previewNext").addEventListener("click", () => choose(current + 1));
part("previewPageBack").addEventListener("click", () => turnTo(page - 1));
part("previewPageNext").addEventListener("click", () => turnTo(page + 1));
part("previewPage").addEventListener("change", ({ target }) => turnTo(Number(target.value)));
part("previewPage").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault(); // it would start the job
  turnTo(Number(event.target.value));
});
before.addEventListener("click", () => {
  press(before.getAttribute("aria-pressed") !== "true");
  look();
});
