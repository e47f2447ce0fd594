// The live parts of this page: portlets, and regions that a page's macro `live(…, room=…)` made.
import { element, icon, word } from "../words.ts";
import { absolute } from "../times.ts";
import { Part } from "./part.ts";
import { type Frame, line, subscribe } from "./socket.ts";
import type { Notice } from "./spread.ts";

const PORTAL = "portal";
const QUIET = 60_000;
const LATE = 3000;

type Known = { part: Part; frame: HTMLElement; type: string; within: number; stop?: () => void };
const known = new Map<HTMLElement, Known>();
let stopPortal: (() => void) | undefined;

function addPortlet(frame: HTMLElement): void {
  const body = frame.querySelector<HTMLElement>(":scope > .body");
  if (!body) return;
  const shown = (): void => {
    frame.querySelector(":scope > header > .badge:not(.live-lost)")?.remove();
    // Who has no mouse scrolls a body by its links; one without any takes the focus itself.
    if (body.querySelector("a, button")) body.removeAttribute("tabindex");
    else body.tabIndex = 0;
  };
  const part = new Part(body, frame.dataset.live ?? "", frame.dataset.version, shown);
  known.set(frame, { part, frame, type: frame.dataset.type ?? "", within: 10 });
  stopPortal ??= subscribe(PORTAL, heardInPortal);
}

function heardInPortal({ event, data, listeners }: Frame): void {
  for (const one of known.values()) {
    if (!one.type) continue;
    if (event === "reset") one.part.old({ within: one.within, of: known.size, listeners });
    else if (event === "portlet" && data.type === one.type) one.part.old({ ...(data as Notice), listeners });
  }
}

function addRegion(region: HTMLElement): void {
  const { room = "", url = "", says = "" } = region.dataset;
  const within = Number(region.dataset.within ?? 2);
  const part = new Part(region, url, "", () => announce(says));
  // What has no place in the log, such as who is typing, makes nothing old.
  const stop = subscribe(room, ({ id, event, listeners }) => {
    if (id && event !== "subscribed") part.old({ within, listeners });
  });
  known.set(region, { part, frame: region, type: "", within, stop });
}

let voice: HTMLElement | undefined;

function announce(text: string): void {
  if (!text) return;
  if (!voice) document.body.append((voice = element("div", { class: "unseen", role: "status" })));
  voice.textContent = "";
  setTimeout(() => voice && (voice.textContent = text), 100);
}

function look(): void {
  for (const [host, one] of known) {
    if (host.isConnected) continue;
    one.stop?.();
    known.delete(host);
  }
  for (const frame of document.querySelectorAll<HTMLElement>(".portlet[data-live]")) known.has(frame) || addPortlet(frame);
  for (const region of document.querySelectorAll<HTMLElement>(".live[data-room]")) known.has(region) || addRegion(region);
}

// What happened between the page's making and the first word on the line.
let first = true;
function caughtUp(): void {
  if (!first) return;
  first = false;
  for (const one of known.values()) if (one.type || performance.now() > LATE) one.part.old({ within: one.within, of: known.size });
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Says on each part since when it may be old, once the connection has been away for long. */
function mark(): void {
  clearTimeout(timer);
  for (const old of document.querySelectorAll(".live-lost")) old.remove();
  if (line.state !== "lost" || !line.since) return;
  const away = performance.now() - line.since;
  if (away < QUIET) return void (timer = setTimeout(mark, QUIET - away));
  const since = absolute(new Date(performance.timeOrigin + line.since), "time");
  for (const { frame, type } of known.values()) {
    const badge = element("span", { class: "badge warn live-lost", title: word("stale") }, icon("wifi-off"), element("time", { text: since }), element("span", { class: "unseen", text: word("stale") }));
    if (type) frame.querySelector(":scope > header")?.append(badge);
    else frame.before(badge);
  }
}

function ended(): void {
  const to = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  const link = element("a", { class: "button small", href: to }, icon("log-in"), element("span", { text: word("signIn") }));
  const bar = element("div", { class: "toast bad live-ended", role: "alert" }, element("span", { text: word("ended") }), link);
  if (!document.querySelector(".live-ended")) document.getElementById("toasts")?.prepend(bar);
}

line.addEventListener("state", () => {
  document.documentElement.dataset.live = line.state;
  mark();
  if (line.state === "open") caughtUp();
  if (line.state === "ended") ended();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const { part } of known.values()) part.seen();
});
document.addEventListener("htmx:after:swap", look);
document.addEventListener("maru:shown", look);
look();
