/** The filter of the library. Its form works without script; with it, sooner and with short addresses. */

// The filter works at once where a choice is made; typing waits for Enter or the button.
document.addEventListener("change", ({ target }) => {
  if (target.matches(".filter > select")) target.form.requestSubmit();
});

// Empty fields would make addresses that nobody can read.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches(".filter")) return;
  const empty = [...formData].filter(([, value]) => !value);
  for (const [name] of empty) formData.delete(name);
});
