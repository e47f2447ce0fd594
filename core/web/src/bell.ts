// The menu at the bell: what it lists is fetched each time it opens.
import { Part } from "./live/part.ts";

const menu = document.getElementById("bell-menu");
const list = menu?.querySelector<HTMLElement>(".latest");
const part = list && new Part(list, list.dataset.url ?? "");

menu?.addEventListener("toggle", (event) => {
  if ((event as ToggleEvent).newState === "open") void part?.now();
});
