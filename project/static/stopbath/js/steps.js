/** Puts steps together: a form for each, made from the JSON Schema that the server gives of its options. */

import { createElement } from "./elements.js";
import { createField, readOptions } from "./step-fields.js";

/** An empty list of steps that `list` shows; `changed` is called after every change of it. */
export class Steps {
  constructor(list, changed) {
    this.list = list;
    this.changed = changed;
    this.operations = new Map();
  }

  offer(operations) {
    this.operations = new Map(operations.map((operation) => [operation.name, operation]));
  }

  add(name, options = {}) {
    const operation = this.operations.get(name);
    if (!operation) return null;
    const step = createStep(operation, options);
    this.list.append(step);
    this.arrange();
    return step;
  }

  clear() {
    this.list.replaceChildren();
    this.arrange();
  }

  /** Moves, removes: what the small buttons of a step ask for. */
  act(button) {
    const step = button.closest("li");
    if (button.dataset.act === "up") step.previousElementSibling?.before(step);
    if (button.dataset.act === "down") step.nextElementSibling?.after(step);
    const neighbour = step.nextElementSibling ?? step.previousElementSibling;
    if (button.dataset.act === "remove") step.remove();
    this.arrange();
    const focus = step.isConnected ? button : neighbour?.querySelector('[data-act="remove"]');
    focus?.focus();
    return Boolean(focus);
  }

  arrange() {
    const steps = [...this.list.children];
    steps.forEach((step, index) => {
      step.querySelector("h3").textContent = `${index + 1}. ${this.operations.get(step.dataset.operation).label}`;
      step.querySelector('[data-act="up"]').disabled = index === 0;
      step.querySelector('[data-act="down"]').disabled = index === steps.length - 1;
    });
    this.changed(steps.length);
  }

  /** The steps as the API takes them. */
  value() {
    return [...this.list.children].map((step) => ({
      operation: step.dataset.operation,
      options: readOptions(step),
    }));
  }

  forgive() {
    for (const wrong of this.list.querySelectorAll(".wrong, .step-wrong")) wrong.textContent = "";
    for (const input of this.list.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  }

  /** Looks at what was typed before anything is sent; marks what cannot be and returns whether all is well. */
  check() {
    const wrong = [...this.list.querySelectorAll("input")].filter((input) => !input.validity.valid);
    for (const input of wrong) blameField(input.closest("[data-option]"), limits(input));
    return !wrong.length;
  }

  /** Puts a sentence like "Step 2 (convert): quality must be …" where it belongs. Returns whether it found a place. */
  blame(sentence) {
    const [, number, rest] = sentence.match(/^Step (\d+)[^:]*: (.+)$/s) ?? [];
    const step = this.list.children[number - 1];
    if (!step) return false;
    const field = [...step.querySelectorAll("[data-option]")].find(({ dataset }) => rest.startsWith(`${dataset.option} `));
    if (field) blameField(field, rest.replace(field.dataset.option, field.dataset.label));
    else step.querySelector(".step-wrong").textContent = `${rest}.`;
    step.scrollIntoView({ block: "nearest" });
    return true;
  }
}

function createStep(operation, options) {
  const step = createElement("li", "step");
  step.dataset.operation = operation.name;
  const head = createElement("div", "step-head");
  head.append(createElement("h3"), createButton("up", "↑", `Move ${operation.label} up`), createButton("down", "↓", `Move ${operation.label} down`),
    createButton("remove", "✕", `Remove ${operation.label}`));
  const fields = createElement("div", "options");
  const properties = Object.entries(operation.options.properties ?? {});
  fields.append(...properties.map(([name, schema]) => createField(name, schema, options)));
  step.append(head, createElement("p", "help", operation.help), fields, createElement("p", "step-wrong"));
  return step;
}

function createButton(what, sign, words) {
  const button = createElement("button", "button quiet icon", sign);
  button.type = "button";
  button.dataset.act = what;
  button.setAttribute("aria-label", words);
  return button;
}

function blameField(field, sentence) {
  field.querySelector(".wrong").textContent = sentence;
  field.querySelector("input, select").setAttribute("aria-invalid", "true");
}

function limits(input) {
  const kind = input.step === "1" ? "whole number" : "number";
  return `Use a ${kind} from ${input.min} to ${input.max}`;
}
