/** Shows what the steps make of one photo, a moment after each change of them. */

import { picture, RequestFailed } from "./http.js";

const PAUSE = 250; // milliseconds without a change before the server is asked
const part = (id) => document.getElementById(id);

const figure = part("previewFigure");
const image = part("previewImage");
const before = part("previewBefore");

let photos = []; // [{id, name, format}] of what the page shows
let current = 0;
let stepsNow = () => [];
let address = "";
let timer = 0;
let asked = null;

/** Begins to follow `steps()`; `shown` are the photos to choose from, the first one is shown. */
export function begin(url, shown, steps) {
  [address, photos, current, stepsNow] = [url, shown, 0, steps];
  figure.hidden = !shown.length;
  press(false);
  look();
}

/** Asks for a new picture soon. */
export function changed() {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
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
  const { id, name } = photos[current];
  part("previewName").textContent = name;
  part("previewBack").disabled = part("previewNext").disabled = photos.length < 2;
  figure.dataset.state = "busy";
  const original = before.getAttribute("aria-pressed") === "true";
  try {
    const formats = [...new Set(photos.map(({ format }) => format))];
    show(await picture(address, { photo: id, steps: original ? [] : stepsNow(), formats }, mine.signal), original);
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!(error instanceof RequestFailed)) throw error;
    say(error.message);
  }
}

function show({ blob, notes }, original) {
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(blob);
  image.alt = original ? "The original" : "Preview of the result";
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

function turn(by) {
  current = (current + by + photos.length) % photos.length;
  look();
}

part("previewBack").addEventListener("click", () => turn(-1));
part("previewNext").addEventListener("click", () => turn(1));
before.addEventListener("click", () => {
  press(before.getAttribute("aria-pressed") !== "true");
  look();
});
