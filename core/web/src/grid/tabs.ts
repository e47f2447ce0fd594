// The pages of the portal: a dialog that adds, names, orders and removes them, each at once.
import { ask } from "../dialogs.ts";
import { Refused, call } from "../requests.ts";
import { toast } from "../toasts.ts";
import { element, icon } from "../words.ts";
import { type Tab } from "./api.ts";
import { type Words, say } from "./frames.ts";

class MaruPages extends HTMLElement {
  private tabs: Tab[] = [];
  private changed = false;
  private words: Words = {};

  connectedCallback(): void {
    this.words = JSON.parse(this.dataset.words ?? "{}");
    this.dialog?.addEventListener("toggle", () => this.dialog?.open && void this.fetch());
    this.dialog?.addEventListener("close", () => this.leave());
    this.addEventListener("click", (event) => this.use(event));
    this.addEventListener("change", (event) => this.name(event));
    this.querySelector("form")?.addEventListener("submit", (event) => this.open(event));
  }

  private get dialog(): HTMLDialogElement | null {
    return this.closest("dialog");
  }

  private get url(): string {
    return this.dataset.url ?? "";
  }

  private async fetch(): Promise<void> {
    await this.act("GET", this.url, undefined, "");
  }

  /** Does one thing and shows the pages as they are then; what was refused is said. */
  private async act(method: string, url: string, body: unknown, said: string): Promise<void> {
    try {
      this.tabs = await call<Tab[]>(method, url, body);
      this.changed ||= method !== "GET";
      this.say(said);
    } catch (fault) {
      toast((fault as Refused).message, "bad");
    }
    this.draw();
  }

  private say(text: string): void {
    const region = this.querySelector("[role=status]");
    if (region && text) region.textContent = text;
  }

  private titled(tab: Tab): string {
    return tab.title || (this.words.first ?? "");
  }

  private draw(): void {
    const list = this.querySelector("ol");
    const focused = document.activeElement?.closest<HTMLElement>("[data-key]");
    list?.replaceChildren(...this.tabs.map((tab, at) => this.row(tab, at)));
    if (focused) this.refocus(focused);
  }

  /** The focus stays on the control that had it, else on its page's name, else where a page is added. */
  private refocus(had: HTMLElement): void {
    const same = `[data-key="${had.dataset.key}"]:not(:disabled)`;
    const near = `[data-key="${had.dataset.id}-name"]`;
    const found = [same, near, "form input"].map((one) => this.querySelector<HTMLElement>(one));
    found.find((one) => one)?.focus();
  }

  private row(tab: Tab, at: number): HTMLElement {
    const title = this.titled(tab);
    const name = element("input", { class: "input", value: title, maxlength: "60", "data-id": tab.id, "data-key": `${tab.id}-name`, "aria-label": say(this.words, "rename", { title }) });
    const buttons = [
      this.button(tab, "up", "arrow-up", at === 0),
      this.button(tab, "down", "arrow-down", at === this.tabs.length - 1),
      this.button(tab, "remove", "trash-2", tab.is_first),
    ];
    return element("li", {}, name, ...buttons);
  }

  private button(tab: Tab, does: string, picture: string, off: boolean): HTMLElement {
    const label = say(this.words, does, { title: this.titled(tab) });
    const made = element("button", { type: "button", class: "button quiet bare small", value: does, "data-id": tab.id, "data-key": `${tab.id}-${does}`, "aria-label": label, title: label }, icon(picture));
    made.disabled = off;
    return made;
  }

  private use(event: Event): void {
    const button = (event.target as Element).closest<HTMLButtonElement>("li button");
    const at = this.tabs.findIndex((tab) => tab.id === button?.dataset.id);
    if (!button || at < 0) return;
    if (button.value === "remove") void this.take(this.tabs[at]!);
    else void this.order(at, button.value === "up" ? -1 : 1);
  }

  private async take(tab: Tab): Promise<void> {
    const title = this.titled(tab);
    if (tab.portlets && !(await ask(say(this.words, "sure", { title, count: tab.portlets })))) return;
    await this.act("DELETE", `${this.url}/${tab.id}`, undefined, say(this.words, "removed", { title }));
  }

  private async order(at: number, by: -1 | 1): Promise<void> {
    const pages = this.tabs.map((tab) => tab.id);
    [pages[at], pages[at + by]] = [pages[at + by]!, pages[at]!];
    const title = this.titled(this.tabs[at]!);
    await this.act("PUT", this.url, { pages }, say(this.words, "ordered", { title, place: at + by + 1 }));
  }

  private name(event: Event): void {
    const input = event.target as HTMLInputElement;
    const title = input.value.trim();
    if (!input.dataset.id) return;
    if (!title) return this.draw();
    void this.act("PUT", `${this.url}/${input.dataset.id}`, { title }, say(this.words, "renamed", { title }));
  }

  private open(event: Event): void {
    event.preventDefault();
    const input = this.querySelector<HTMLInputElement>("form input")!;
    const title = input.value.trim();
    if (!title) return;
    input.value = "";
    void this.act("POST", this.url, { title }, say(this.words, "opened", { title }));
  }

  /** The tabs stand in the page that the server drew. */
  private leave(): void {
    if (!this.changed) return;
    const here = new URLSearchParams(location.search).get("page");
    if (here && !this.tabs.some((tab) => tab.id === here)) location.assign(location.pathname);
    else location.reload();
  }
}

customElements.define("maru-pages", MaruPages);
