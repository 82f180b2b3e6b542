/** Fetches the job's finished files for the window's list, and announces them to the page. */

import { request, RequestFailed } from "../http.js";
import { address, current } from "./current-job.js";
import { add } from "./file-list.js";
import { showNote } from "./view.js";

const PAGES_AT_THE_END = 100; // of a larger job the newest are on its own page

/** Lists what was finished after the last call, at most so many pages of it. */
export async function listFinished(id, pages) {
  const first = !current.after;
  const listed = [];
  try {
    for (let page = 0; page < pages && id === current.id; page += 1) {
      const { data } = await request("GET", `${address("items", id)}?${new URLSearchParams({ after: current.after })}`);
      if (id !== current.id) return;
      current.after = data.after;
      if (!data.items.length) return;
      add(data.items);
      listed.push(...data.items);
    }
  } finally {
    announceItems(id, listed, first);
  }
}

function announceItems(id, items, first) {
  const detail = { job: id, items, first, page: address("page", id) };
  if (items.length) document.dispatchEvent(new CustomEvent("stopbath:items", { detail }));
}

/** A job may end faster than its files are listed; no poll follows that would fetch the rest. */
export async function listRest(id) {
  try {
    await listFinished(id, PAGES_AT_THE_END);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (id === current.id) showNote(`Not all files are listed: ${error.reason}`, "failed");
  }
}
