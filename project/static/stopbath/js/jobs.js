/** The history: one tick selects every job on the page. */

const form = document.getElementById("jobsForm");

if (form) {
  const all = document.querySelector("#selectAllJobs input");
  const boxes = () => [...form.querySelectorAll('input[name="jobs"]')];

  const count = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    for (const button of document.querySelectorAll("#listTools button")) button.disabled = !ticked;
  };

  document.getElementById("selectAllJobs").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    count();
  });
  form.addEventListener("change", count);
  window.addEventListener("pageshow", count);
  count();
}
