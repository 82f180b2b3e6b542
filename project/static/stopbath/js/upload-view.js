/** The panel that tells how adding photos goes: a line a file while it matters, figures for the rest. */

import { counted, grouped } from "./words.js";

const DONE_LISTED = 100;
const part = (id) => document.getElementById(id);
const panel = part("uploads");
const list = part("uploadsList");

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
  title("Adding photos");
  buttons(true);
}

export function finished() {
  const refused = figures.refused + failures.length;
  if (figures.added) title(refused ? "Photos added, some were not" : "Photos added");
  else title(refused ? "No photo was added" : "Already in your library");
  buttons(false);
  figure();
}

export function hide() {
  panel.hidden = true;
}

/** What was not sent because the person stopped. */
export function stopped(entries) {
  for (const entry of entries) failed(entry, "Stopped by you.");
}

/** The files that are worth another try; they are no longer failures. */
export function takeFailed() {
  const again = failures;
  for (const entry of again) lines.get(entry)?.remove();
  failures = [];
  return again;
}

/* ------------------------------------------------------------------ one file */

export function expect(entry) {
  figures.files += 1;
  figures.bytes += entry.file.size;
}

export function began(entries) {
  for (const entry of entries) line(entry, "waiting", bar());
  figure();
}

/** Shares what a request has sent so far out to its files, in their order. */
export function sent(entries, bytes) {
  let rest = bytes;
  for (const entry of entries) {
    const share = Math.min(rest, entry.file.size);
    rest -= share;
    loaded.set(entry, share);
    const progress = lines.get(entry)?.querySelector("progress");
    if (progress) progress.value = entry.file.size ? share / entry.file.size : 1;
  }
  figure();
}

export function done(entry, duplicate) {
  figures[duplicate ? "here" : "added"] += 1;
  settled(entry, "done", duplicate ? "Already in your library" : "Added");
  const past = list.querySelectorAll('[data-status="done"]');
  for (const old of [...past].slice(0, Math.max(0, past.length - DONE_LISTED))) old.remove();
}

/** A ZIP file that has arrived: a job takes out what is in it. */
export function handedOn(entry) {
  figures.added += 1;
  settled(entry, "done", "Being unpacked by a job");
}

export function refused(entry, sentence) {
  figures.refused += 1;
  settled(entry, "failed", sentence);
}

export function failed(entry, sentence) {
  failures.push(entry);
  settled(entry, "failed", sentence);
}

function settled(entry, status, words) {
  loaded.delete(entry);
  figures.settledBytes += entry.file.size;
  line(entry, status, words);
  figure();
}

/* ------------------------------------------------------------------ elements */

function line(entry, status, fact) {
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

function bar() {
  const progress = document.createElement("progress");
  progress.className = "thin";
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", "Sent");
  return progress;
}

function figure() {
  const onTheWay = [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0);
  part("uploadsBar").value = figures.bytes ? (figures.settledBytes + onTheWay) / figures.bytes : 1;
  const words = [`${grouped(figures.added)} of ${counted(figures.files, "file")} added`];
  if (figures.here) words.push(`${grouped(figures.here)} already here`);
  if (figures.refused) words.push(`${grouped(figures.refused)} refused`);
  if (failures.length) words.push(`${grouped(failures.length)} to be tried again`);
  part("uploadsWords").textContent = words.join(" · ");
}

function title(words) {
  part("uploadsTitle").textContent = words;
}

function buttons(busy) {
  part("uploadsStop").hidden = !busy;
  part("uploadsHide").hidden = busy;
  part("uploadsRetry").hidden = busy || !failures.length;
}
