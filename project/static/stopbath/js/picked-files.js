/** Files as a person hands them over, each with its path inside the folder it came in. */

const HIDDEN = /^(\.|thumbs\.db$|desktop\.ini$)/i; // what systems leave in folders of photos

/** The files of an <input type="file">, of a folder too. */
export function pickedFiles(files) {
  return [...files]
    .filter((file) => !file.webkitRelativePath || !HIDDEN.test(file.name))
    .map((file) => ({ file, path: file.webkitRelativePath || "" }));
}

/** The files that were dropped, those inside dropped folders at any depth included; with `problem`, what cannot be read. */
export async function droppedFiles(transfer) {
  // Entries are gone once the event is over: take them all before the first await.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return pickedFiles(transfer.files);
  const found = [];
  for (const entry of entries) await collect(entry, "", found);
  return found;
}

async function collect(entry, folder, found) {
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  try {
    if (entry.isDirectory) {
      for (const inner of await readFolder(entry)) await collect(inner, path, found);
    } else if (!folder || !HIDDEN.test(entry.name)) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ file, path: folder ? path : "" });
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    found.push({ file: { name: entry.name, size: 0 }, path, problem: unreadableReason(entry, error) });
  }
}

/** Gone, locked, or not ours to read: the rest of what was dropped is added all the same. */
function unreadableReason(entry, error) {
  return `The ${entry.isDirectory ? "folder" : "file"} could not be read: ${error.message || error.name}`;
}

/** Everything in a folder: browsers hand it out a hundred entries at a time. */
async function readFolder(directory) {
  const reader = directory.createReader();
  const entries = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return entries;
    entries.push(...some);
  }
}
