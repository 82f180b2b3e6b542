/** The panel that tells how adding photos goes: a line a file while it matters, figures for the rest. */

import { formatCount, formatNumber } from "./words.js";

const MAX_DONE_LINES = 100;
const part = (id) => document.getElementById(id);
const panel = part("uploads");
const list = part("uploadsList");
const FIRST_TITLE = part("uploadsTitle").textContent;

let figures = {};
let failures = []; // could not be sent, or not opened in time: worth another try
const lines = new Map(); // entry → its <li>
const loaded = new Map(); // entry → bytes sent

/* ------------------------------------------------------------------ beginning and end */

export function begin() {
  figures = { files: 0, bytes: 0, added: 0, here: 0, refused: 0, settledBytes: 0 };
  failures = [];
  lines.clear();
  loaded.clear();
  list.replaceChildren();
  panel.hidden = false;
  setTitle(FIRST_TITLE);
  showButtons(true);
}

export function showFinished() {
  const refused = figures.refused + failures.length;
  if (figures.added) setTitle(refused ? `${formatNumber(figures.added)} added, ${formatNumber(refused)} not added` : "Photos added");
  else setTitle(refused ? "No photo was added" : "Already in your library");
  showButtons(false);
  showFigures();
}

export function hide() {
  panel.hidden = true;
}

/** What was not sent because the person stopped. */
export function showStopped(entries) {
  for (const entry of entries) showFailed(entry, "You stopped the upload.");
}

/** The files that are worth another try; they are no longer failures. */
export function takeFailed() {
  const again = failures;
  for (const entry of again) lines.get(entry)?.remove();
  failures = [];
  return again;
}

/* ------------------------------------------------------------------ one file */

export function expectFile(entry) {
  figures.files += 1;
  figures.bytes += entry.file.size;
}

export function showWaiting(entries) {
  for (const entry of entries) showLine(entry, "waiting", progressBar());
  showFigures();
}

/** Shares what a request has sent so far out to its files, in their order. */
export function showSent(entries, bytes) {
  let rest = bytes;
  for (const entry of entries) {
    const share = Math.min(rest, entry.file.size);
    rest -= share;
    loaded.set(entry, share);
    const progress = lines.get(entry)?.querySelector("progress");
    if (progress) progress.value = entry.file.size ? share / entry.file.size : 1;
  }
  showFigures();
}

export function showAdded(entry, duplicate) {
  figures[duplicate ? "here" : "added"] += 1;
  settle(entry, "done", duplicate ? "Already in your library" : "Added");
  const past = list.querySelectorAll('[data-status="done"]');
  for (const old of [...past].slice(0, Math.max(0, past.length - MAX_DONE_LINES))) old.remove();
}

/** A ZIP file that has arrived: a job takes out what is in it. */
export function showUnpacking(entry) {
  figures.added += 1;
  settle(entry, "done", "A job unpacks it");
}

export function showRefused(entry, sentence) {
  figures.refused += 1;
  settle(entry, "failed", sentence);
}

export function showFailed(entry, sentence) {
  failures.push(entry);
  settle(entry, "failed", sentence);
}

function settle(entry, status, words) {
  loaded.delete(entry);
  figures.settledBytes += entry.file.size;
  showLine(entry, status, words);
  showFigures();
}

/* ------------------------------------------------------------------ elements */

function showLine(entry, status, fact) {
  const item = lines.get(entry) ?? document.createElement("li");
  const name = document.createElement("span");
  const place = document.createElement("span");
  name.className = "name";
  name.textContent = entry.path || entry.file.name;
  place.className = "fact";
  place.append(fact);
  item.dataset.status = status;
  item.replaceChildren(name, place);
  if (!item.isConnected) list.append(item);
  if (status === "failed") list.prepend(item);
  lines.set(entry, item);
  if (status === "done") lines.delete(entry);
}

function progressBar() {
  const progress = document.createElement("progress");
  progress.className = "thin";
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", "Sent");
  return progress;
}

function showFigures() {
  const onTheWay = [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0);
  part("uploadsBar").value = figures.bytes ? (figures.settledBytes + onTheWay) / figures.bytes : 1;
  const words = [`${formatNumber(figures.added)} of ${formatCount(figures.files, "file")} added`];
  if (figures.here) words.push(`${formatNumber(figures.here)} already in your library`);
  if (figures.refused) words.push(`${formatNumber(figures.refused)} not added`);
  if (failures.length) words.push(`${formatNumber(failures.length)} can be tried again`);
  part("uploadsWords").textContent = words.join(" · ");
}

function setTitle(words) {
  part("uploadsTitle").textContent = words;
}

function showButtons(busy) {
  part("uploadsStop").hidden = !busy;
  part("uploadsHide").hidden = busy;
  part("uploadsRetry").hidden = busy || !failures.length;
}
