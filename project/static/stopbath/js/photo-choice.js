/** Chooses one photo of the library by its name, for steps that need another photo. */

import { request, RequestFailed } from "./http.js";

const PAUSE_MS = 250; // after the last letter

/** A list of photos and a field to search them; `value` is the id that is chosen already. */
export function photoChoice(value, id, name) {
  const list = document.createElement("select");
  list.id = id;
  list.dataset.kind = "text";
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Search by name";
  search.autocomplete = "off";
  search.setAttribute("aria-label", `${name}: search by name`);
  let timer;
  search.addEventListener("input", (event) => {
    event.stopPropagation(); // nothing was chosen yet
    clearTimeout(timer);
    timer = setTimeout(() => fill(list, search.value.trim()), PAUSE_MS);
  });
  offer(list, value ? [{ id: value, name: "The chosen photo" }] : []);
  list.value = value ?? "";
  fill(list, "");
  return [list, search];
}

async function fill(list, words) {
  const form = document.getElementById("newJobForm");
  const wanted = new URLSearchParams({ kind: "photo", ...(words && { search: words }) });
  try {
    const { data } = await request("GET", `${form.dataset.libraryUrl}?${wanted}`);
    offer(list, data.results);
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    list.options[0].textContent = `The photos could not be loaded: ${error.reason}`;
  }
}

/** Shows these photos, and the one that is chosen whatever is searched for. */
function offer(list, photos) {
  const chosen = list.value && list.selectedOptions[0];
  const others = photos.filter((photo) => photo.id !== chosen?.value);
  const known = photos.find((photo) => photo.id === chosen?.value);
  if (known) chosen.textContent = known.name;
  list.replaceChildren(new Option("– Choose a photo –", ""), ...(chosen ? [chosen] : []), ...others.map(({ id, name }) => new Option(name, id)));
  if (chosen) list.value = chosen.value;
}
