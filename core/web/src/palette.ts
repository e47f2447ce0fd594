// <maru-palette>: a list of pages, actions, people and help that opens from anywhere by Ctrl-K (⌘K) or
// “/”, and closes onto what had the focus before. The server makes the list; without script the
// search page shows the same.
import { word } from "./words.ts";

const WAIT = 120;
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

class Palette extends HTMLElement {
  #dialog!: HTMLDialogElement;
  #input!: HTMLInputElement;
  #list!: HTMLElement;
  #status!: HTMLElement;
  #timer = 0;
  #asking: AbortController | undefined;
  #shown: string | undefined;
  #from: HTMLElement | null = null;

  connectedCallback(): void {
    const dialog = this.querySelector("dialog");
    if (!dialog || this.#dialog) return;
    this.#dialog = dialog;
    this.#input = dialog.querySelector("input") as HTMLInputElement;
    this.#list = dialog.querySelector("[role=listbox]") as HTMLElement;
    this.#status = dialog.querySelector("[role=status]") as HTMLElement;
    this.#input.addEventListener("input", () => this.#soon());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("close", () => this.#closed());
    dialog.querySelector("form .button")?.addEventListener("click", () => dialog.close());
    dialog.querySelector("form")?.addEventListener("submit", (event) => this.#submit(event));
    // A press on a line must not take the focus from the field.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  open(): void {
    if (this.#dialog.open || document.querySelector("dialog[open]")) return;
    this.#from = document.activeElement as HTMLElement | null;
    this.#dialog.showModal();
    this.#input.select();
    void this.#seek();
  }

  toggle(): void {
    if (this.#dialog.open) this.#dialog.close();
    else this.open();
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#input.value = "";
    this.#shown = undefined;
    this.#from?.focus();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#seek(), WAIT);
  }

  async #seek(): Promise<void> {
    clearTimeout(this.#timer);
    const sought = this.#input.value.trim();
    if (sought === this.#shown) return;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    try {
      const answer = await fetch(`${this.dataset.url}?q=${encodeURIComponent(sought)}`, { headers: { Accept: "text/html" }, signal: asking.signal });
      const html = await answer.text();
      if (!answer.ok || answer.redirected) throw new Error(word(answer.redirected ? "signedOut" : "trouble"));
      if (asking === this.#asking) this.#show(sought, html);
    } catch (fault) {
      if (!asking.signal.aborted) this.#failed(fault instanceof TypeError ? word("offline") : (fault as Error).message);
    }
  }

  #show(sought: string, html: string): void {
    this.#shown = sought;
    this.#list.innerHTML = html;
    const told = this.#list.querySelector<HTMLTemplateElement>(":scope > template");
    this.#status.textContent = told?.dataset.count ?? "";
    told?.remove();
    if (!this.#options.length) this.#say(this.#status.textContent);
    this.#move(0);
    this.#list.scrollTop = 0;
  }

  #failed(reason: string): void {
    this.#shown = undefined;
    this.#status.textContent = reason;
    this.#say(reason);
    this.#move(-1);
  }

  #say(text: string): void {
    const line = document.createElement("div");
    line.className = "none";
    line.setAttribute("role", "option");
    line.setAttribute("aria-disabled", "true");
    line.textContent = text;
    this.#list.replaceChildren(line);
  }

  get #options(): HTMLAnchorElement[] {
    return [...this.#list.querySelectorAll<HTMLAnchorElement>("a[role=option]")];
  }

  get #at(): number {
    return this.#options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  }

  #move(to: number): void {
    const options = this.#options;
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === to)));
    const chosen = options[to];
    if (!chosen) return this.#input.removeAttribute("aria-activedescendant");
    this.#input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return; // a syllable is still being put together
    const count = this.#options.length;
    if (event.key === "ArrowDown" && count) this.#move((this.#at + 1) % count);
    else if (event.key === "ArrowUp" && count) this.#move((this.#at - 1 + count) % count);
    else if (event.key === "Escape") this.#dialog.close();
    else return;
    event.preventDefault();
  }

  /** Enter opens the chosen line; what was typed since is asked for first. */
  #submit(event: Event): void {
    event.preventDefault();
    void this.#seek().then(() => this.#options[this.#at]?.click());
  }
}

customElements.define("maru-palette", Palette);

const palette = document.querySelector<Palette>("maru-palette");
if (MAC) for (const key of document.querySelectorAll<HTMLElement>("kbd[data-mac]")) key.textContent = key.dataset.mac ?? "";

document.addEventListener("click", (event) => {
  const opener = (event.target as Element).closest("[data-palette]");
  if (!opener || !palette || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  palette.open();
});

document.addEventListener("keydown", (event) => {
  if (!palette || event.altKey || event.shiftKey || event.isComposing) return;
  const typing = (event.target as Element).closest("input, textarea, select, [contenteditable]");
  const combined = (event.ctrlKey || event.metaKey) && event.code === "KeyK";
  if (!combined && (event.key !== "/" || typing || event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  palette.toggle();
});
