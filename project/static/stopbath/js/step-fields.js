/** The fields of a step, made from the JSON Schema of its operation's options, and what they say. */

import { createElement } from "./elements.js";
import { photoChoice } from "./photo-choice.js";

let fieldCount = 0;

/** A schema without its "or null": an empty field says null. */
function withoutNull(schema) {
  const one = (schema.anyOf ?? schema.oneOf)?.find((variant) => variant.type !== "null");
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== "null") : schema.type;
  return one ? { ...schema, ...one } : { ...schema, type };
}

/** The field of one option: its label, its control and its help. */
export function createField(name, optionSchema, options) {
  const schema = withoutNull(optionSchema);
  const value = name in options ? options[name] : schema.default;
  const field = createElement("div", "field");
  const wrong = createElement("span", "wrong");
  field.dataset.option = name;
  const id = `option-${(fieldCount += 1)}`;
  const label = schema.title ?? name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
  field.dataset.label = label;
  field.append(...control(schema, value, id, label));
  if (schema.description) {
    const help = createElement("span", "help", schema.description);
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
  const words = createElement("label", "", label);
  words.htmlFor = id;
  if (schema.format === "uuid") return [words, ...photoChoice(value, id, label)];
  const input = schema.enum ? select(schema, value) : textbox(schema, value);
  input.id = id;
  return [words, input];
}

function checkbox(label, checked, kind, value) {
  const row = createElement("label", "check");
  const input = createElement("input");
  input.type = "checkbox";
  input.checked = Boolean(checked);
  input.dataset.kind = kind;
  input.value = value;
  row.append(input, label);
  return row;
}

function choices(schema, chosen, label) {
  const group = createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  group.append(...(schema.items?.enum ?? []).map((name) => checkbox(valueLabel(name), chosen.includes(name), "choice", name)));
  return [createElement("span", "label", label), group];
}

function select(schema, value) {
  const input = createElement("select");
  input.dataset.kind = "text";
  const values = schema.enum.filter((name) => name !== null);
  const free = schema.default === undefined || schema.default === null;
  if (free) input.append(new Option("–", ""));
  input.append(...values.map((name) => new Option(valueLabel(name), name)));
  input.value = value ?? (free ? "" : values[0]);
  return input;
}

function textbox(schema, value) {
  const input = createElement("input");
  const numeric = schema.type === "integer" || schema.type === "number";
  input.type = numeric ? "number" : schema.format === "color" ? "color" : "text";
  input.dataset.kind = numeric ? "number" : "text";
  if (schema.minimum !== undefined) input.min = schema.minimum;
  if (schema.maximum !== undefined) input.max = schema.maximum;
  if (numeric) input.step = schema.type === "integer" ? 1 : "any";
  input.value = value ?? "";
  return input;
}

const ABBREVIATIONS = new Set(["jpeg", "png", "avif", "tiff", "gif", "pdf", "gps"]);
const SPELLINGS = { webp: "WebP", srgb: "sRGB", "display-p3": "Display P3", "adobe-rgb": "Adobe RGB", center: "Centre" };

/** The value of an option as people read it: "JPEG", "WebP", "Bottom left". */
function valueLabel(name) {
  if (ABBREVIATIONS.has(name)) return name.toUpperCase();
  return SPELLINGS[name] ?? String(name).replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase());
}

/* ------------------------------------------------------------------ reading it back */

/** The options in a step's fields; empty ones are left to the server's defaults. */
export function readOptions(step) {
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
