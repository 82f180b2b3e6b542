/** Files and folders can be dropped anywhere on the page, except while a window is open. */

import { droppedFiles } from "./picked-files.js";

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

/** Calls `add` with a promise of the files that are dropped anywhere on the page. */
export function onDrop(add) {
  document.addEventListener("drop", (event) => {
    zone.hidden = true;
    if (!bringsFiles(event)) return;
    event.preventDefault();
    add(droppedFiles(event.dataTransfer));
  });
}
