/** The question before a cancel, and its answer, which outlives a reload of the page. */

const dialog = document.getElementById("cancelDialog");
const form = dialog.querySelector("form");

/** Resolves to {finish, discard} as they were ticked, or to null when the job is to go on. */
export function askForChoices() {
  form.reset();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(readChoices()), { once: true });
  });
}

function readChoices() {
  if (dialog.returnValue !== "cancel") return null;
  const choices = {};
  if (form.elements.finish.checked) choices.finish = true;
  if (form.elements.discard.checked) choices.discard = true;
  return choices;
}

export function closeQuestion() {
  if (dialog.open) dialog.close("");
}

const key = (id) => `stopbath.choices.${id}`;

export const rememberChoices = (id, choices) => sessionStorage.setItem(key(id), JSON.stringify(choices));

/** What was chosen with the cancel of a job; nothing where somebody else has cancelled it. */
export const recallChoices = (id) => JSON.parse(sessionStorage.getItem(key(id)) ?? "{}");

export const forgetChoices = (id) => sessionStorage.removeItem(key(id));
