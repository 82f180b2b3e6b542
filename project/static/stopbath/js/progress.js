/** The progress window: follows one job from its start to its end, and cancels it when asked to. */

import { cancelCurrentJob } from "./progress/cancel.js";
import { current } from "./progress/current-job.js";
import { completeProgress } from "./progress/ends.js";
import "./progress/job-forms.js";
import "./progress/leaving.js";
import { pollJobStatus } from "./progress/poll.js";
import { modal } from "./progress/view.js";
import { closeProgressModal, expand, reopen, showProgressModal, shrink } from "./progress/window.js";

// What the other scripts of a page use. These properties are set here and nowhere else.
Object.assign(window, {
  showProgressModal, pollJobStatus, cancelCurrentJob, completeProgress, closeProgressModal,
});
Object.defineProperties(window, {
  currentJobId: { enumerable: true, get: () => current.id, set: (id) => { current.id = id; } },
  hasActiveJob: { enumerable: true, get: () => current.isActive, set: (isActive) => { current.isActive = isActive; } },
});

const onClick = (id, handler) => document.getElementById(id).addEventListener("click", handler);

onClick("progressCancelBtn", () => cancelCurrentJob());
onClick("progressCloseBtn", closeProgressModal);
onClick("progressShrinkBtn", shrink);
onClick("progressShowBtn", expand);
onClick("progressOthers", ({ target }) => {
  const { showJob } = target.dataset;
  if (showJob) showProgressModal(showJob);
});

// Escape does what the button that stands there would do.
modal.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeProgressModal();
});

reopen();
