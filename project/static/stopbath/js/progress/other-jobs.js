/** The person's other active jobs, each a button that shows it in the window instead. */

import { createElement } from "../elements.js";
import { request } from "../http.js";
import { address, current } from "./current-job.js";

const INTERVAL_MS = 5_000;
const place = document.getElementById("progressOthers");

let lastLook = { id: null, at: 0 };

/** Lists the other jobs anew, when the list is some seconds old or was that of another job. */
export async function listOtherJobs() {
  const isFresh = lastLook.id === current.id && Date.now() - lastLook.at < INTERVAL_MS;
  if (isFresh) return;
  lastLook = { id: current.id, at: Date.now() };
  const jobs = await activeJobs();
  show(jobs.filter(({ id }) => id !== current.id));
}

/** The person's jobs that are queued, running or not settled. Throws RequestFailed. */
export async function activeJobs() {
  const answer = await request("GET", `${address("jobs")}?status=active`);
  return answer.data.results;
}

export function clear() {
  lastLook = { id: null, at: 0 };
  show([]);
}

function show(jobs) {
  place.hidden = !jobs.length;
  place.querySelector("ul").replaceChildren(...jobs.map(entry));
}

function entry(job) {
  const button = createElement("button", "button quiet", `${job.title} · ${Math.floor(job.percent)} %`);
  button.type = "button";
  button.dataset.showJob = job.id;
  const item = createElement("li");
  item.append(button);
  return item;
}
