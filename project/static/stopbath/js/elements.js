/** Makes elements. Text is always set as text, never as HTML. */

export function createElement(name, className = "", text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}
