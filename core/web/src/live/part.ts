// A part of the page that is fetched again when it is old, without disturbing who is at work in it.
import { htmx } from "../htmx.ts";
import { element, icon, word } from "../words.ts";
import { keep } from "./keeping.ts";
import { line } from "./socket.ts";
import { type Notice, backOff, due, windowOf } from "./spread.ts";

const TRIES = 5;
const TYPED = "input, textarea, select, [contenteditable]";

/** Whether somebody types, chooses or presses in there, or has left words that aren't sent. */
function inUse(host: HTMLElement): boolean {
  const active = document.activeElement;
  if (active && host.contains(active) && active.matches(TYPED)) return true;
  if (host.matches(":active") || host.querySelector(":popover-open, dialog[open]")) return true;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && host.contains(selection.anchorNode)) return true;
  const typed = host.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input:not([type=hidden], [type=checkbox], [type=radio])");
  return [...typed].some((one) => one.value !== one.defaultValue);
}

export class Part {
  private newest = "";
  private last = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private wanted = false;
  private window = 0;
  private busy = false;
  private failures = 0;
  private version: string;
  private readonly host: HTMLElement;
  private readonly url: string;
  private readonly shown: (() => void) | undefined;

  /** `host` is what the answer replaces the content of, `version` names what it holds now. */
  constructor(host: HTMLElement, url: string, version = "", shown?: () => void) {
    [this.host, this.url, this.version, this.shown] = [host, url, version, shown];
  }

  /** Something in it is old. Notices that come while it waits are one; older ones are none. */
  old(notice: Notice): void {
    if (notice.version && notice.version <= this.newest) return;
    this.newest = notice.version ?? this.newest;
    const window = windowOf(notice);
    if (this.wanted && window >= this.window) return; // a second draw would hurry everybody
    [this.wanted, this.window] = [true, window];
    const now = performance.now();
    this.at(due(now, window, this.last, Math.random()) - now);
  }

  /** Somebody wants to see it as it is at this moment. */
  now(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    return this.fetch();
  }

  /** The tab is seen again: what waited for that is fetched now. */
  seen(): void {
    if (this.wanted && this.timer === undefined && !this.busy) this.at(Math.random() * 300);
  }

  get attached(): boolean {
    return this.host.isConnected;
  }

  private at(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!document.hidden && this.attached) void this.fetch();
    }, wait);
  }

  private async fetch(): Promise<void> {
    this.wanted = false;
    this.busy = true;
    this.last = performance.now();
    const headers: Record<string, string> = { Accept: "text/html", "Accept-Language": document.documentElement.lang, "HX-Request": "true" };
    if (this.version) headers["If-None-Match"] = `W/"${this.version}"`;
    try {
      await this.take(await fetch(this.url, { headers, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(20_000) }));
    } catch {
      this.again(backOff(this.failures, Math.random()));
    } finally {
      this.busy = false;
    }
  }

  private async take(answer: Response): Promise<void> {
    if (answer.status === 401) return line.hangUp("ended");
    if (answer.status === 204) return this.again(1000 * Number(answer.headers.get("Retry-After") ?? 1));
    if (answer.status >= 500 || answer.status === 429) return this.again(backOff(this.failures, Math.random()));
    this.failures = 0;
    if (!answer.ok) return;
    const [text, version] = [await answer.text(), /"(.*)"/.exec(answer.headers.get("ETag") ?? "")?.[1] ?? ""];
    this.offer(() => this.show(text, version));
  }

  private again(wait: number): void {
    this.failures += 1;
    if (this.failures > TRIES) return;
    [this.wanted, this.window] = [true, 0];
    this.at(wait);
  }

  /** Shows it, or, while somebody is at work in there, says that there is something to show. */
  private offer(show: () => void): void {
    clearInterval(this.watch);
    this.hint?.remove();
    if (!inUse(this.host)) return show();
    const button = element("button", { type: "button", class: "button small live-news" }, icon("refresh-cw"), element("span", { text: word("news") }));
    this.host.before(button);
    const done = (): void => {
      clearInterval(this.watch);
      button.remove();
      show();
    };
    button.addEventListener("click", done);
    this.watch = setInterval(() => inUse(this.host) || done(), 1000);
  }

  private get hint(): Element | null {
    const before = this.host.previousElementSibling;
    return before?.classList.contains("live-news") ? before : null;
  }

  private show(text: string, version: string): void {
    const content = document.createRange().createContextualFragment(text);
    const restore = keep(this.host);
    this.host.replaceChildren(content);
    htmx.process(this.host);
    restore();
    this.version = version;
    document.dispatchEvent(new Event("maru:shown"));
    this.shown?.();
  }
}
