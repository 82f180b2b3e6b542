/** Choosing a recipe in the new-job window, and keeping steps as one. */

import { request } from "./http.js";

const LAST = "last";
const part = (id) => document.getElementById(id);
const choice = part("newJobRecipe");

let recipes = new Map();

/** Loads the recipes into the list; `last` is what was used last. */
export async function load(url, last, lastName = choice.dataset.lastName) {
  const { data } = await request("GET", url);
  recipes = new Map(data.results.map((recipe) => [recipe.id, recipe]));
  recipes.set(LAST, { id: LAST, steps: last });
  const mine = data.results.filter((recipe) => !recipe.built_in);
  const builtIn = data.results.filter((recipe) => recipe.built_in);
  choice.replaceChildren(new Option(lastName, LAST), ...group("Yours", mine), ...group("Built in", builtIn));
}

function group(label, members) {
  if (!members.length) return [];
  const element = document.createElement("optgroup");
  element.label = label;
  element.append(...members.map(({ id, name }) => new Option(name, id)));
  return [element];
}

/** Chooses a recipe; says whether it is there. */
export function choose(id) {
  if (recipes.has(id)) choice.value = id;
  return recipes.has(id);
}

/** The steps of the chosen recipe. */
export const chosenSteps = () => recipes.get(choice.value)?.steps ?? [];

/** Keeps steps under a name and chooses them. Throws RequestFailed. */
export async function keep(url, name, steps, last) {
  const { data } = await request("POST", url, { json: { name, steps } });
  await load(url, last);
  choice.value = data.id;
  return data;
}
