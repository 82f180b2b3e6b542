/** Asks before something that cannot be taken back; native dialog, safe answer focused. */

const dialog = document.getElementById("askDialog");

/** Resolves to true when the person says yes. */
export function ask(title, text, yes) {
  dialog.querySelector("#askTitle").textContent = title;
  dialog.querySelector("#askText").textContent = text;
  dialog.querySelector("#askYes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Forms with data-ask are sent after the question was answered with yes. */
document.addEventListener("submit", async (event) => {
  const asker = event.submitter?.dataset.ask ? event.submitter : event.target;
  if (!asker.dataset.ask || event.target.dataset.answered || event.defaultPrevented) return;
  event.preventDefault();
  const yes = await ask(asker.dataset.ask, asker.dataset.askText ?? "", asker.dataset.askYes ?? "Yes");
  if (!yes) return;
  event.target.dataset.answered = "yes";
  event.target.requestSubmit(event.submitter);
  delete event.target.dataset.answered;
});
