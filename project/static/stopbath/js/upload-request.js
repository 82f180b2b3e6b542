/** One request that sends files. XMLHttpRequest, because fetch does not say how much of a body is sent. */

import { changeHeaders, parseAnswer, RequestFailed } from "./http.js";

/** Sends files with their paths inside the set of that id; resolves to the answer. Throws RequestFailed. */
export function postFiles(upload, url, entries, set) {
  const form = new FormData();
  if (set) form.append("set", set);
  for (const { file, path } of entries) {
    form.append("paths", path);
    form.append("files", file, file.name);
  }
  return new Promise((resolve, reject) => {
    upload.addEventListener("error", () => reject(new RequestFailed("The server cannot be reached")));
    upload.addEventListener("abort", () => reject(new RequestFailed("You stopped the upload")));
    upload.addEventListener("load", () => {
      try {
        resolve(parseAnswer(upload.status, upload.responseText));
      } catch (error) {
        reject(error);
      }
    });
    upload.open("POST", url);
    for (const header of Object.entries({ Accept: "application/json", ...changeHeaders() })) upload.setRequestHeader(...header);
    upload.send(form);
  });
}
