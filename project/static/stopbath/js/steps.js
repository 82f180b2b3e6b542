/** Puts steps together: a form for each, made from the JSON Schema that the server gives of its options. */

import { photoChoice } from "./photo-choice.js";

let made = 0;

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
    const step = stepElement(operation, options);
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
      options: optionsOf(step),
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

function blameField(field, sentence) {
  field.querySelector(".wrong").textContent = sentence;
  field.querySelector("input, select").setAttribute("aria-invalid", "true");
}

function limits(input) {
  const kind = input.step === "1" ? "whole number" : "number";
  return `Use a ${kind} from ${input.min} to ${input.max}`;
}

/* ------------------------------------------------------------------ one step */

function stepElement(operation, options) {
  const step = element("li", "step");
  step.dataset.operation = operation.name;
  const head = element("div", "step-head");
  head.append(element("h3"), act("up", "↑", `Move ${operation.label} up`), act("down", "↓", `Move ${operation.label} down`),
    act("remove", "✕", `Remove ${operation.label}`));
  const fields = element("div", "options");
  const properties = Object.entries(operation.options.properties ?? {});
  fields.append(...properties.map(([name, schema]) => fieldElement(name, plain(schema), options)));
  step.append(head, element("p", "help", operation.help), fields, element("p", "step-wrong"));
  return step;
}

function act(what, sign, words) {
  const button = element("button", "button quiet icon", sign);
  button.type = "button";
  button.dataset.act = what;
  button.setAttribute("aria-label", words);
  return button;
}

/** A schema without its "or null": an empty field says null. */
function plain(schema) {
  const one = (schema.anyOf ?? schema.oneOf)?.find((variant) => variant.type !== "null");
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== "null") : schema.type;
  return one ? { ...schema, ...one } : { ...schema, type };
}

function fieldElement(name, schema, options) {
  const value = name in options ? options[name] : schema.default;
  const field = element("div", "field");
  const wrong = element("span", "wrong");
  field.dataset.option = name;
  const id = `option-${(made += 1)}`;
  const label = schema.title ?? name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
  field.dataset.label = label;
  field.append(...control(schema, value, id, label));
  if (schema.description) {
    const help = element("span", "help", schema.description);
    help.id = `${id}-help`;
    field.querySelector("input, select")?.setAttribute("aria-describedby", help.id);
    field.append(help);
  }
  field.append(wrong);
  return field;
}

function control(schema, value, id, label) {
  if (schema.type === "boolean") return [checkbox(label, value, "boolean", "")];
  if (schema.type === "array") return choices(schema, value ?? [], label);
  const words = element("label", "", label);
  words.htmlFor = id;
  if (schema.format === "uuid") return [words, ...photoChoice(value, id, label)];
  const input = schema.enum ? select(schema, value) : textbox(schema, value);
  input.id = id;
  return [words, input];
}

function checkbox(label, checked, kind, value) {
  const row = element("label", "check");
  const input = element("input");
  input.type = "checkbox";
  input.checked = Boolean(checked);
  input.dataset.kind = kind;
  input.value = value;
  row.append(input, label);
  return row;
}

function choices(schema, chosen, label) {
  const group = element("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  group.append(...(schema.items?.enum ?? []).map((name) => checkbox(words(name), chosen.includes(name), "choice", name)));
  return [element("span", "label", label), group];
}

function select(schema, value) {
  const input = element("select");
  input.dataset.kind = "text";
  const values = schema.enum.filter((name) => name !== null);
  const free = schema.default === undefined || schema.default === null;
  if (free) input.append(new Option("–", ""));
  input.append(...values.map((name) => new Option(words(name), name)));
  input.value = value ?? (free ? "" : values[0]);
  return input;
}

function textbox(schema, value) {
  const input = element("input");
  const numeric = schema.type === "integer" || schema.type === "number";
  input.type = numeric ? "number" : schema.format === "color" ? "color" : "text";
  input.dataset.kind = numeric ? "number" : "text";
  if (schema.minimum !== undefined) input.min = schema.minimum;
  if (schema.maximum !== undefined) input.max = schema.maximum;
  if (numeric) input.step = schema.type === "integer" ? 1 : "any";
  input.value = value ?? "";
  return input;
}

const ABBREVIATIONS = new Set(["jpeg", "png", "webp", "avif", "tiff", "gif", "pdf"]);
const words = (name) => (ABBREVIATIONS.has(name) ? name.toUpperCase() : String(name).replace(/^./, (first) => first.toUpperCase()));

/* ------------------------------------------------------------------ reading it back */

/** What a step's fields say; empty ones are left to the server's defaults. */
function optionsOf(step) {
  const options = {};
  for (const field of step.querySelectorAll("[data-option]")) {
    const value = valueOf(field);
    if (value !== undefined) options[field.dataset.option] = value;
  }
  return options;
}

function valueOf(field) {
  const boxes = [...field.querySelectorAll('[data-kind="choice"]')];
  if (boxes.length) return boxes.filter((box) => box.checked).map((box) => box.value);
  const input = field.querySelector("[data-kind]");
  if (!input) return undefined;
  if (input.dataset.kind === "boolean") return input.checked;
  if (input.value === "" && !input.validity.badInput) return undefined;
  return input.dataset.kind === "number" ? input.valueAsNumber : input.value;
}

function element(name, className = "", text = "") {
  const created = document.createElement(name);
  created.className = className;
  created.textContent = text;
  return created;
}
