/** Adds files and folders, chosen or dropped: small batches, two at a time, each file told what became of it. */

import { onDrop } from "./drop-zone.js";
import { RequestFailed } from "./http.js";
import { everythingChosen } from "./selection.js";
import { pickedFiles } from "./picked-files.js";
import { postFiles } from "./upload-request.js";
import * as view from "./upload-view.js";

const MAX_BATCH_FILES = 20;
const MAX_BATCH_BYTES = 50_000_000;
const MAX_REQUESTS = 2;
const REFRESH_INTERVAL_MS = 4_000;
const FAR_DOWN_PX = 800;

const panel = document.getElementById("uploads");
const waiting = []; // {file, path}
const sending = new Set(); // requests under way
let set = ""; // what is added together is one set
let refreshedAt = 0;
let behind = false; // something has arrived that the sheet does not show

/* ------------------------------------------------------------------ what to send */

async function add(files) {
  const entries = await files;
  if (!entries.length) return;
  if (!waiting.length && !sending.size) start();
  for (const entry of entries) queue(entry);
  sendNext();
}

function start() {
  set = "";
  refreshedAt = Date.now();
  view.begin();
}

function queue(entry) {
  view.expectFile(entry);
  if (entry.problem) return view.showRefused(entry, entry.problem);
  const { maxBytes, tooLarge, archiveMaxBytes, archiveTooLarge } = panel.dataset;
  const [limit, sentence] = isArchive(entry) ? [archiveMaxBytes, archiveTooLarge] : [maxBytes, tooLarge];
  if (entry.file.size > Number(limit)) view.showRefused(entry, sentence);
  else waiting.push(entry);
}

/** ZIP files are unpacked by a job of their own. */
function isArchive(entry) {
  return entry.file.name.toLowerCase().endsWith(panel.dataset.archiveExtension);
}

/** The next files to send together. */
function batch() {
  const taken = [];
  let bytes = 0;
  while (waiting.length && taken.length < MAX_BATCH_FILES) {
    const { file } = waiting[0];
    if (taken.length && bytes + file.size > MAX_BATCH_BYTES) break;
    bytes += file.size;
    taken.push(waiting.shift());
  }
  return taken;
}

/* ------------------------------------------------------------------ send */

function sendNext() {
  // The first answer names the set that all the others join.
  const most = set ? MAX_REQUESTS : 1;
  while (waiting.length && sending.size < most) send(batch());
  if (!waiting.length && !sending.size) finish();
}

async function send(entries) {
  const upload = new XMLHttpRequest();
  sending.add(upload);
  view.showWaiting(entries);
  upload.upload.addEventListener("progress", (event) => view.showSent(entries, event.loaded));
  try {
    const answer = await postFiles(upload, panel.dataset.photosUrl, entries, set);
    set ||= answer.photos.find((photo) => !photo.duplicate)?.set ?? "";
    showOutcomes(entries, answer);
    if (answer.import) window.showProgressModal(answer.import);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (error.data.rejected?.length) showOutcomes(entries, { photos: [], rejected: error.data.rejected });
    else for (const entry of entries) view.showFailed(entry, `${error.reason}.`);
  } finally {
    sending.delete(upload);
    refresh();
    sendNext();
  }
}

/** Tells each file what became of it: refusals name its place in the request, the others come in their order. */
function showOutcomes(entries, { photos, rejected, import: job }) {
  const refusals = new Map(rejected.map((refusal) => [refusal.index, refusal]));
  const rest = [...photos];
  for (const [index, entry] of entries.entries()) {
    const refusal = refusals.get(index);
    if (refusal === undefined && job && isArchive(entry)) {
      view.showUnpacking(entry);
      continue;
    }
    const photo = refusal === undefined ? rest.shift() : null;
    if (photo) view.showAdded(entry, photo.duplicate);
    else if (refusal?.again) view.showFailed(entry, refusal.error);
    else view.showRefused(entry, (refusal ?? rejected[0])?.error ?? "The server did not say whether it was added.");
  }
}

/* ------------------------------------------------------------------ the page around it */

/** Shows what has arrived; not while somebody looks at older photos further down, but when they come back up. */
function refresh(now = false) {
  if (!now && Date.now() - refreshedAt < REFRESH_INTERVAL_MS) return;
  behind = window.scrollY > FAR_DOWN_PX && !everythingChosen(); // a count of everything has to be true
  if (behind) return;
  refreshedAt = Date.now();
  document.dispatchEvent(new CustomEvent("stopbath:uploaded"));
}

function finish() {
  view.showFinished();
  refresh(true);
}

function stop() {
  view.showStopped(waiting.splice(0));
  for (const upload of sending) upload.abort();
}

document.getElementById("uploadsStop").addEventListener("click", stop);
document.getElementById("uploadsHide").addEventListener("click", view.hide);
document.getElementById("uploadsRetry").addEventListener("click", () => add(view.takeFailed()));

for (const input of [document.getElementById("fileInput"), document.getElementById("folderInput")]) {
  input.addEventListener("change", () => {
    add(pickedFiles(input.files));
    input.value = "";
    input.closest("details").open = false;
  });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.click();
});

onDrop(add);

// What was in a ZIP file is there when the job that unpacks it ends.
document.addEventListener("stopbath:end", ({ detail }) => { if (detail?.kind === "import") refresh(true); });

window.addEventListener("scroll", () => { if (behind) refresh(true); }, { passive: true });

window.addEventListener("beforeunload", (event) => {
  if (!waiting.length && !sending.size) return;
  event.preventDefault();
  event.returnValue = "";
});
