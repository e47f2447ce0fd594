import { element, icon, word } from "./words.ts";

/** A short message at the foot of the page, read out by screen readers; faults stay until closed. */
export function toast(text: string, tone: "" | "good" | "bad" = ""): void {
  const list = document.getElementById("toasts");
  if (!list || !text) return;
  const close = element("button", { type: "button", "aria-label": word("close") }, icon("x"));
  const shown = element("div", { class: `toast ${tone}` }, element("span", { text }), close);
  close.addEventListener("click", () => shown.remove());
  list.append(shown);
  while (list.children.length > 4) list.firstElementChild?.remove();
  if (tone !== "bad") setTimeout(() => shown.remove(), 5000);
}
