/** One way to ask the server: JSON in and out, signed as this page's, failures with a reason a person understands. */

const REASONS = {
  401: "You are signed out",
  403: "That is not allowed, or you are signed out",
  404: "Not found",
  405: "The server does not accept this request here",
  413: "Too large",
  429: "Too many requests, wait a moment",
  500: "Something went wrong on the server",
  502: "The server is not answering",
  503: "The server is not available right now",
  504: "The server took too long",
};

const READ_TIMEOUT_MS = 15_000;
const WRITE_TIMEOUT_MS = 30_000;

/** A request that did not do what it should. `status` is 0 when no answer came at all; `retryAfterMs` is null where the server does not say when to try again. */
export class RequestFailed extends Error {
  constructor(sentence, status = 0, data = {}, retryAfterMs = null) {
    super(sentence);
    this.status = status;
    this.data = data;
    this.retryAfterMs = retryAfterMs;
    this.fields = data.fields ?? {};
  }

  /** The sentence with the HTTP status, for the end of "Failed to …: ". */
  get reason() {
    const sentence = this.message.replace(/\.$/, "");
    return this.status ? `${sentence} (HTTP ${this.status})` : `${sentence} (no answer, no HTTP status)`;
  }
}

function csrfToken() {
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return cookie ? cookie[1] : document.querySelector('meta[name="csrf-token"]').content;
}

/** What every request that changes something says: it is meant, and a person pressed a button of a page. */
export function changeHeaders() {
  return { "X-CSRFToken": csrfToken(), "Stopbath-Door": "page" };
}

/** Turns an answer's status and text into data, or into a RequestFailed; `retryAfter` is the header. */
export function parseAnswer(status, text, retryAfter = null) {
  const data = parseJson(text);
  if (status < 400) return data;
  const sentence = status === 401 ? REASONS[401] : data?.error || REASONS[status];
  throw new RequestFailed(sentence || "The server refused", status, data ?? {}, Number(retryAfter) * 1000 || null);
}

function parseJson(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null; // a proxy's page of HTML
    throw error;
  }
}

/** Asks and returns {status, data, etag}; a 304 is an answer too. Throws RequestFailed. */
export async function request(method, url, { json, body, headers = {}, etag } = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (method !== "GET") Object.assign(sent, changeHeaders());
  if (json !== undefined) sent["Content-Type"] = "application/json";
  if (etag) sent["If-None-Match"] = etag;
  const response = await fetchOrFail(url, {
    method, headers: sent, cache: "no-store", credentials: "same-origin",
    signal: AbortSignal.timeout(method === "GET" ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS),
    body: json === undefined ? body : JSON.stringify(json),
  });
  if (response.status === 304) return { status: 304, data: null, etag };
  const text = await readText(response);
  return { status: response.status, data: parseAnswer(response.status, text), etag: response.headers.get("ETag") };
}

/** The picture that a request makes, as {blob, notes}. Throws RequestFailed, or AbortError when the signal says so. */
export async function picture(url, json, signal) {
  const headers = { Accept: "image/*", "Content-Type": "application/json", ...changeHeaders() };
  const response = await fetchOrFail(url, {
    method: "POST", headers, signal, cache: "no-store", credentials: "same-origin", body: JSON.stringify(json),
  });
  if (!response.ok) parseAnswer(response.status, await readText(response), response.headers.get("Retry-After"));
  return { blob: await response.blob(), notes: JSON.parse(response.headers.get("Stopbath-Notes") ?? "[]") };
}

/** The text of a fragment of a page. Throws RequestFailed. */
export async function fragment(url) {
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
  const response = await fetchOrFail(url, { signal, cache: "no-store", credentials: "same-origin" });
  const text = await readText(response);
  if (!response.ok || response.redirected) parseAnswer(response.ok ? 401 : response.status, "");
  return text;
}

async function fetchOrFail(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    throw connectionError(error);
  }
}

async function readText(response) {
  try {
    return await response.text();
  } catch (error) {
    throw connectionError(error);
  }
}

function connectionError(error) {
  if (error.name === "TimeoutError") return new RequestFailed("The server did not answer in time");
  return error instanceof TypeError ? new RequestFailed("The server cannot be reached") : error;
}
