// htmx 4 with our manners: the CSRF token, quiet hidden tabs, and faults that say why.
import htmx from "htmx.org/dist/htmx.esm.js";
import { csrfToken, reasonOf } from "./requests.ts";
import { toast } from "./toasts.ts";
import { element, icon, word } from "./words.ts";

type Request = {
  sourceElement: Element;
  sourceEvent: Event | null;
  target: Element | null;
  swap: string;
  text?: string;
  request: { method: string; action: string; headers: Record<string, string> };
  response?: { status: number; headers: Headers };
};
const contextOf = (event: Event): Request | undefined => (event as CustomEvent<{ ctx?: Request }>).detail?.ctx;

document.addEventListener("htmx:config:request", (event) => {
  const context = contextOf(event);
  if (context && !/^(GET|HEAD)$/.test(context.request.method)) context.request.headers["X-CSRF-Token"] = csrfToken();
});

// A part that refreshes itself waits while nobody looks.
document.addEventListener("htmx:before:request", (event) => {
  const context = contextOf(event);
  if (!context) return;
  if (context.sourceEvent?.type === "every" && document.hidden) event.preventDefault();
  else if (isLive(context.sourceElement)) context.sourceElement.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:finally:request", (event) => contextOf(event)?.sourceElement.removeAttribute("aria-busy"));

// What was old when the page came has been replaced: its age goes.
document.addEventListener("htmx:after:swap", (event) => {
  const part = contextOf(event)?.sourceElement;
  if (part && isLive(part) && !part.querySelector(".live")) part.closest(".portlet")?.querySelector(":scope > header > .badge")?.remove();
});

const isLive = (part: Element): boolean => part.classList.contains("live");
const isWholePage = (text: string): boolean => /^\s*(<!doctype|<html)/i.test(text);

/** The API's message, if the body is its envelope. */
function messageOf(text: string): string {
  try {
    return JSON.parse(text)?.error?.message ?? "";
  } catch {
    return "";
  }
}

function failed(context: Request, reason: string): void {
  if (!isLive(context.sourceElement)) return toast(reason, "bad");
  const retry = element("button", { type: "button", class: "button small", "data-retry": "" }, icon("rotate-ccw"), word("retry"));
  const box = element("div", { class: "empty bad", role: "alert" }, icon("cloud-off"), element("strong", { text: word("failed") }), element("p", { text: reason }), retry);
  context.sourceElement.replaceChildren(box);
}

// A fault that our server drew as a fragment is swapped in like any answer; all others are told by us.
document.addEventListener("htmx:before:swap", (event) => {
  const context = contextOf(event);
  if (!context?.response) return;
  const fragment = context.response.headers.get("Content-Type")?.startsWith("text/html") && !isWholePage(context.text ?? "");
  const { status } = context.response;
  if (status >= 400 ? fragment && status !== 401 : fragment || status === 204) return;
  event.preventDefault();
  if (status < 400 && isWholePage(context.text ?? "")) failed(context, word("signedOut"));
  else failed(context, messageOf(context.text ?? "") || reasonOf(status));
});
document.addEventListener("htmx:error", (event) => {
  const context = contextOf(event);
  if (context) failed(context, word(navigator.onLine ? "trouble" : "offline"));
});

document.addEventListener("click", (event) => {
  const retry = (event.target as Element).closest("[data-retry]");
  const part = retry?.closest(".live") ?? retry?.closest(".portlet")?.querySelector(".body");
  if (!retry || !part) return;
  event.preventDefault();
  if (isLive(part)) htmx.trigger(part, "maru:retry");
  else void htmx.ajax("GET", retry.getAttribute("href") ?? "", { target: part as HTMLElement, swap: "innerHTML" });
});

export { htmx };
