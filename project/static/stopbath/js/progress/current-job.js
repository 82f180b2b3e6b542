/** The job that this page follows: what is known of it, and the addresses that belong to it. */

const { dataset } = document.getElementById("progressModal");

/** `job` is the newest answer, `etag` the one it came with; `after` is where the list of finished files goes on. */
export const current = { id: null, isActive: false, job: null, etag: null, after: "", cancelChoices: null };

/** Follows no job. */
export function forget() {
  Object.assign(current, { id: null, isActive: false, job: null, etag: null, after: "", cancelChoices: null });
}

/** Follows another job, of which nothing is known yet. */
export function follow(id) {
  forget();
  Object.assign(current, { id, isActive: true });
}

/** The address in the window's data-<name>-url, for one job. */
export const address = (name, id = current.id) => dataset[`${name}Url`].replace(dataset.nil, id);
