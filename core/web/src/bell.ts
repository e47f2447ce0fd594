// The bell counts what is unread while the page is open; its menu fetches what it lists each time it opens.
import { Part } from "./live/part.ts";
import { type Frame, subscribe } from "./live/socket.ts";

const TOLD = "core.notified";
/** Seconds over which pages spread where many are told at once. */
const MANY = 10;

const bell = document.getElementById("bell");
if (bell) {
  const count = new Part(bell, bell.dataset.url ?? "");
  const hear = (within: number) => (said: Frame) => {
    if (said.event === TOLD || said.event === "reset") count.old({ within, listeners: said.listeners });
  };
  subscribe("me", hear(1));
  subscribe("tenant", hear(MANY));
  void count.now();
}

const menu = document.getElementById("bell-menu");
const list = menu?.querySelector<HTMLElement>(".latest");
const part = list && new Part(list, list.dataset.url ?? "");

menu?.addEventListener("toggle", (event) => {
  if ((event as ToggleEvent).newState === "open") void part?.now();
});
