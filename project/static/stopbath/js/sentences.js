/** What the server and this page's scripts say alike: sentences, and the phases of each kind of job. */

const said = JSON.parse(document.getElementById("sentences").textContent);

export const { gone: GONE, nothing_running: NOTHING_RUNNING, waiting: WAITING } = said;

/** The phase that the job is in, as {title, follows_files}; undefined after the end. */
export const phaseOf = (job) => said.phases[job.kind]?.[job.phase];
