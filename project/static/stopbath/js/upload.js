/** Adds files and folders, chosen or dropped: small batches, two at a time, each file told what became of it. */

import { RequestFailed, signature, understood } from "./http.js";
import { everythingChosen } from "./library.js";
import { dropped, picked } from "./picked-files.js";
import * as view from "./upload-view.js";

const FILES_A_BATCH = 20;
const BYTES_A_BATCH = 50_000_000;
const AT_ONCE = 2;
const REFRESH_EVERY = 4_000;
const FAR_DOWN = 800; // pixels

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
  next();
}

function start() {
  set = "";
  refreshedAt = Date.now();
  view.begin();
}

function queue(entry) {
  view.expect(entry);
  if (entry.problem) return view.refused(entry, entry.problem);
  const limit = isArchive(entry) ? panel.dataset.maxArchiveMb : panel.dataset.maxMb;
  if (entry.file.size > Number(limit) * 1_000_000) view.refused(entry, `The file is larger than ${limit} MB.`);
  else waiting.push(entry);
}

/** ZIP files are unpacked by a job of their own. */
function isArchive(entry) {
  return entry.file.name.toLowerCase().endsWith(".zip");
}

/** The next files to send together. */
function batch() {
  const taken = [];
  let bytes = 0;
  while (waiting.length && taken.length < FILES_A_BATCH) {
    const { file } = waiting[0];
    if (taken.length && bytes + file.size > BYTES_A_BATCH) break;
    bytes += file.size;
    taken.push(waiting.shift());
  }
  return taken;
}

/* ------------------------------------------------------------------ send */

function next() {
  // The first answer names the set that all the others join.
  const most = set ? AT_ONCE : 1;
  while (waiting.length && sending.size < most) send(batch());
  if (!waiting.length && !sending.size) finished();
}

async function send(entries) {
  const upload = new XMLHttpRequest();
  sending.add(upload);
  view.began(entries);
  try {
    const answer = await posted(upload, entries);
    set ||= answer.photos.find((photo) => !photo.duplicate)?.set ?? "";
    told(entries, answer);
    if (answer.import) window.showProgressModal(answer.import);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (error.data.rejected?.length) told(entries, { photos: [], rejected: error.data.rejected });
    else for (const entry of entries) view.failed(entry, `${error.reason}.`);
  } finally {
    sending.delete(upload);
    refresh();
    next();
  }
}

function posted(upload, entries) {
  const form = new FormData();
  if (set) form.append("set", set);
  for (const { file, path } of entries) {
    form.append("paths", path);
    form.append("files", file, file.name);
  }
  return new Promise((resolve, reject) => {
    upload.upload.addEventListener("progress", (event) => view.sent(entries, event.loaded));
    upload.addEventListener("error", () => reject(new RequestFailed("The server cannot be reached")));
    upload.addEventListener("abort", () => reject(new RequestFailed("Stopped by you")));
    upload.addEventListener("load", () => {
      try {
        resolve(understood(upload.status, upload.responseText));
      } catch (error) {
        reject(error);
      }
    });
    upload.open("POST", panel.dataset.photosUrl);
    for (const header of Object.entries({ Accept: "application/json", ...signature() })) upload.setRequestHeader(...header);
    upload.send(form);
  });
}

/** Tells each file what became of it: refusals name its place in the request, the others come in their order. */
function told(entries, { photos, rejected, import: job }) {
  const refusals = new Map(rejected.map((refusal) => [refusal.index, refusal]));
  const rest = [...photos];
  for (const [index, entry] of entries.entries()) {
    const refusal = refusals.get(index);
    if (refusal === undefined && job && isArchive(entry)) {
      view.handedOn(entry);
      continue;
    }
    const photo = refusal === undefined ? rest.shift() : null;
    if (photo) view.done(entry, photo.duplicate);
    else if (refusal?.again) view.failed(entry, refusal.error);
    else view.refused(entry, (refusal ?? rejected[0])?.error ?? "The server did not say what became of it.");
  }
}

/* ------------------------------------------------------------------ the page around it */

/** Shows what has arrived; not while somebody looks at older photos further down, but when they come back up. */
function refresh(now = false) {
  if (!now && Date.now() - refreshedAt < REFRESH_EVERY) return;
  behind = window.scrollY > FAR_DOWN && !everythingChosen(); // a count of everything has to be true
  if (behind) return;
  refreshedAt = Date.now();
  document.dispatchEvent(new CustomEvent("stopbath:uploaded"));
}

function finished() {
  view.finished();
  refresh(true);
}

function stop() {
  view.stopped(waiting.splice(0));
  for (const upload of sending) upload.abort();
}

document.getElementById("uploadsStop").addEventListener("click", stop);
document.getElementById("uploadsHide").addEventListener("click", view.hide);
document.getElementById("uploadsRetry").addEventListener("click", () => add(view.takeFailed()));

for (const input of [document.getElementById("fileInput"), document.getElementById("folderInput")]) {
  input.addEventListener("change", () => {
    add(picked(input.files));
    input.value = "";
    input.closest("details").open = false;
  });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.click();
});

const zone = document.getElementById("dropZone");
const bringsFiles = (event) => event.dataTransfer?.types.includes("Files") && !document.querySelector("dialog[open]");

document.addEventListener("dragover", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  zone.hidden = false;
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) zone.hidden = true;
});
document.addEventListener("drop", (event) => {
  zone.hidden = true;
  if (!bringsFiles(event)) return;
  event.preventDefault();
  add(dropped(event.dataTransfer));
});

// What was in a ZIP file is there when the job that unpacks it ends.
document.addEventListener("stopbath:end", ({ detail }) => { if (detail?.kind === "import") refresh(true); });

window.addEventListener("scroll", () => { if (behind) refresh(true); }, { passive: true });

window.addEventListener("beforeunload", (event) => {
  if (!waiting.length && !sending.size) return;
  event.preventDefault();
  event.returnValue = "";
});
