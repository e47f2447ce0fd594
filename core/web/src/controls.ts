// Small things that pages do by themselves: theme, reveal a password, close a menu after use.
import { call } from "./requests.ts";

const root = document.documentElement;
root.classList.add("scripted");

const YEAR = 60 * 60 * 24 * 365;

function remember(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `maru-${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
}

function chooseTheme(form: HTMLFormElement, theme: string): void {
  remember("theme", theme);
  // Who is signed in finds it on every device; this browser has it already.
  if (document.querySelector("#person-menu a[href^='/preferences']")) void call("PUT", "/api/v1/users/me", { theme }).catch(() => {});
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === theme));
  form.closest<HTMLElement>("[popover]")?.hidePopover();
}

function foldSide(button: HTMLButtonElement): void {
  const folded = button.value === "folded";
  remember("side", button.value);
  button.value = folded ? "open" : "folded";
  button.title = (folded ? button.dataset.unfold : button.dataset.fold) ?? "";
  button.querySelector("span")?.replaceChildren(button.title);
  document.querySelector(".frame")?.classList.toggle("folded", folded);
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".side li > a")) {
    if (folded) link.title = link.textContent?.trim() ?? "";
    else link.removeAttribute("title");
  }
}

// Theme and side change at once; the language needs the server's words, so its form is simply sent.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const button = event.submitter as HTMLButtonElement;
  if (form.dataset.preference !== "theme" && form.dataset.preference !== "side") return;
  event.preventDefault();
  if (form.dataset.preference === "side") foldSide(button);
  else chooseTheme(form, button.value);
});

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>("[data-reveals]");
  const input = button && document.getElementById(button.dataset.reveals ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button?.setAttribute("aria-pressed", String(shown));
  input.focus();
});

// A form that is sent can't be sent twice by a second click; coming back to the page frees it.
document.addEventListener("submit", (event) => {
  const { target, submitter, defaultPrevented } = event;
  if (defaultPrevented || !(target instanceof HTMLFormElement) || target.hasAttribute("hx-post")) return;
  setTimeout(() => {
    if (submitter instanceof HTMLButtonElement && !event.defaultPrevented) submitter.classList.add("busy");
  });
});
addEventListener("pageshow", () => {
  for (const busy of document.querySelectorAll(".button.busy")) busy.classList.remove("busy");
});
