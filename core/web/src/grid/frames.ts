// What a portlet's frame looks like to the grid: its place, its title, and the handles while arranging.
import { element, icon } from "../words.ts";
import type { Place } from "./layout.ts";

export type Words = Record<string, string>;
export type Offer = {
  portlet_type: string;
  title: string;
  icon: string;
  plugin: string;
  w: number;
  h: number;
  least: [number, number];
  most: [number, number];
  has_config: boolean;
};

export function say(words: Words, name: string, values: Record<string, string | number> = {}): string {
  return (words[name] ?? "").replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
}

export const titleOf = (frame: HTMLElement): string => frame.querySelector("h2")?.textContent?.trim() ?? "";

export function placeOf(frame: HTMLElement): Place {
  const style = getComputedStyle(frame);
  const value = (name: string): number => Number(style.getPropertyValue(name)) || 0;
  const data = frame.dataset;
  return {
    id: data.id ?? "",
    x: value("--x"),
    y: Number(data.y ?? value("--y")),
    w: value("--w") || 1,
    h: value("--h") || 1,
    minW: Number(data.minW) || 1,
    minH: Number(data.minH) || 1,
    maxW: Number(data.maxW) || 12,
    maxH: Number(data.maxH) || 24,
    locked: frame.classList.contains("locked"),
    sized: "sized" in data,
  };
}

export function put(shown: HTMLElement, place: Place): void {
  for (const name of ["x", "y", "w", "h"] as const) shown.style.setProperty(`--${name}`, String(place[name]));
  shown.classList.remove("y-far");
  const output = shown.querySelector(":scope > .adjust output");
  if (output) output.textContent = `${place.w} × ${place.h}`;
}

const control = (does: string, label: string, picture: string): HTMLElement =>
  element("button", { type: "button", class: `button quiet bare small ${does}`, value: does, "aria-label": label, title: label }, icon(picture));

/** The grip for keyboard and mouse, the corner for sizes, buttons for the rest; a lock where it is fixed. */
export function equip(frame: HTMLElement, words: Words, admin: boolean): void {
  const title = titleOf(frame);
  const header = frame.querySelector("header");
  if (!header) return;
  // A link that is followed by accident would lose what is being arranged.
  frame.querySelector<HTMLElement>(":scope > .body")?.setAttribute("inert", "");
  const controls = element("div", { class: "controls" });
  const fixed = frame.classList.contains("locked");
  if (fixed) controls.append(element("span", { class: "badge", title: say(words, "locked", { title }) }, icon("lock")));
  else {
    header.append(element("button", { type: "button", class: "grip", "aria-label": say(words, "move", { title }), "aria-describedby": "grid-help" }, icon("grip-vertical")));
    controls.append(control("earlier", say(words, "earlier", { title }), "arrow-up"), control("later", say(words, "later", { title }), "arrow-down"));
    if (!("sized" in frame.dataset)) frame.append(element("span", { class: "corner", "aria-hidden": "true" }));
  }
  if (!fixed) {
    controls.append(adjusting(title, words));
    header.after(adjust(title, words, "sized" in frame.dataset));
  }
  if ("config" in frame.dataset) controls.append(control("set", say(words, "set", { title }), "settings"));
  if (admin && !fixed) controls.append(control("lock", say(words, "lock", { title }), "lock"));
  if (!("held" in frame.dataset)) controls.append(control("hide", say(words, "hide", { title }), "x"));
  header.append(controls);
}

/** Opens the buttons that do what dragging does, for whoever can't drag. */
function adjusting(title: string, words: Words): HTMLElement {
  const button = control("adjust", say(words, "adjust", { title }), "scaling");
  button.setAttribute("aria-expanded", "false");
  return button;
}

function adjust(title: string, words: Words, sized: boolean): HTMLElement {
  const does = (value: string, picture: string): HTMLElement => control(value, say(words, value), picture);
  const place = element("div", { class: "place" }, does("left", "arrow-left"), does("right", "arrow-right"), does("up", "arrow-up"), does("down", "arrow-down"));
  const pair = (name: string, less: string, more: string): HTMLElement => element("div", {}, element("span", { class: "small", text: say(words, name) }), does(less, "minus"), does(more, "plus"));
  const bar = element("div", { class: "adjust", role: "group", "aria-label": say(words, "adjust", { title }), hidden: "" }, place);
  if (!sized) bar.append(pair("width", "narrower", "wider"), pair("height", "lower", "taller"), element("output", { class: "small muted" }));
  return bar;
}

export function strip(frame: HTMLElement): void {
  frame.querySelector(":scope > .body")?.removeAttribute("inert");
  for (const part of frame.querySelectorAll(":scope > header > .grip, :scope > header > .controls, :scope > .corner, :scope > .adjust")) part.remove();
}

/** Stands in for a portlet that is added and not yet loaded. */
export function standIn(offer: Offer, id: string): HTMLElement {
  const bars = element("div", { class: "skeleton" }, element("i"), element("i"), element("i"));
  const [[minW, minH], [maxW, maxH]] = [offer.least, offer.most];
  const sizes = { "data-min-w": String(minW), "data-min-h": String(minH), "data-max-w": String(maxW), "data-max-h": String(maxH) };
  const frame = element("section", { class: "portlet", "data-id": id, "data-type": offer.portlet_type, ...sizes, "data-config": offer.has_config ? "" : undefined });
  frame.append(element("header", {}, icon("puzzle"), element("h2", { text: offer.title })), element("div", { class: "body" }, bars));
  return frame;
}

/** Runs a change of places and lets frames glide from where they were. */
export function glide(frames: Iterable<HTMLElement>, change: () => void): void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const before = new Map([...frames].map((frame) => [frame, frame.getBoundingClientRect()] as const));
  change();
  if (still) return;
  for (const [frame, old] of before) {
    if (frame.classList.contains("held") || !frame.isConnected) continue;
    const now = frame.getBoundingClientRect();
    const [dx, dy] = [old.left - now.left, old.top - now.top];
    if (!dx && !dy) continue;
    frame.animate([{ translate: `${dx}px ${dy}px` }, { translate: "0 0" }], { duration: 180, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" });
  }
}
