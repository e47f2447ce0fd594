// <maru-picker>: people or departments by name, as a combobox. What is chosen stands before the
// field and can be taken out again. Without script its button asks the server.
import { call } from "../requests.ts";
import { element, icon } from "../words.ts";

type Found = { id: string; name: string; path?: string; department?: { name: string } | null; position?: string | null; employee_number?: string | null };

const WAIT = 150;
let made = 0;

class Picker extends HTMLElement {
  #input!: HTMLInputElement;
  #chosen!: HTMLUListElement;
  #list!: HTMLUListElement;
  #status!: HTMLElement;
  #found: Found[] = [];
  #at = -1;
  #timer = 0;
  #asked = "";

  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>(".seek > input");
    if (!input || this.#input) return;
    this.#input = input;
    this.#take();
    this.#dress();
    input.addEventListener("input", () => this.#soon());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.#close());
    this.addEventListener("click", (event) => this.#click(event));
  }

  /** What the server drew for readers without script becomes chips. */
  #take(): void {
    const ticked = [...this.querySelectorAll<HTMLInputElement>(".picked input:checked")];
    const known = ticked.map((one) => [one.value, one.parentElement?.textContent?.trim() ?? one.value] as const);
    this.querySelectorAll(".picked, .seek > button, p").forEach((one) => one.remove());
    this.#chosen = element("ul", { class: "picked chips", role: "list" });
    for (const [id, name] of known) this.#chosen.append(this.#chip(id, name));
    this.#input.parentElement?.prepend(this.#chosen);
  }

  #dress(): void {
    const id = `picker-${(made += 1)}`;
    this.#list = element("ul", { class: "options", role: "listbox", id, hidden: "", "aria-label": this.#input.labels?.[0]?.firstChild?.textContent ?? "" });
    this.#status = element("span", { class: "unseen", role: "status" });
    const marks = { role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(marks)) this.#input.setAttribute(name, value);
    this.#input.removeAttribute("name");
    this.#input.value = "";
    // A press on an option must not take the focus from the field.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.append(this.#list, this.#status);
  }

  #chip(id: string, name: string): HTMLLIElement {
    const label = (this.dataset.remove ?? "").replace("{name}", name);
    const off = element("button", { type: "button", "aria-label": label }, icon("x"));
    return element("li", {}, element("span", { text: name }), element("input", { type: "hidden", name: this.dataset.name ?? "", value: id }), off);
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#seek(), WAIT);
  }

  async #seek(): Promise<void> {
    const sought = this.#input.value.trim();
    this.#asked = sought;
    if (!sought) return this.#close();
    try {
      const found = await call<Found[]>("GET", `${this.dataset.url}${encodeURIComponent(sought)}`);
      if (this.#asked === sought && document.activeElement === this.#input) this.#show(found);
    } catch (fault) {
      this.#status.textContent = fault instanceof Error ? fault.message : "";
    }
  }

  #show(found: Found[]): void {
    this.#found = found;
    const options = found.map((one, index) => this.#option(one, index));
    this.#list.replaceChildren(...(options.length ? options : [element("li", { class: "none", role: "option", "aria-disabled": "true", text: this.dataset.none ?? "" })]));
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
    this.#status.textContent = found.length ? (this.dataset.found ?? "").replace("{count}", String(found.length)) : (this.dataset.none ?? "");
    this.#move(found.length ? 0 : -1);
  }

  #option(one: Found, index: number): HTMLLIElement {
    const more = one.path ?? [one.department?.name, one.position, one.employee_number].filter(Boolean).join(" · ");
    return element("li", { role: "option", id: `${this.#list.id}-${index}`, "data-index": String(index) }, element("strong", { text: one.name }), element("span", { text: more }));
  }

  #move(to: number): void {
    this.#at = to;
    const options = [...this.#list.children];
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === to)));
    if (to < 0) return this.#input.removeAttribute("aria-activedescendant");
    this.#input.setAttribute("aria-activedescendant", `${this.#list.id}-${to}`);
    options[to]?.scrollIntoView({ block: "nearest" });
  }

  #key(event: KeyboardEvent): void {
    const open = !this.#list.hidden && this.#found.length > 0;
    if (event.isComposing) return; // a syllable is still being put together
    if (event.key === "Escape" && !this.#list.hidden) this.#close();
    else if (event.key === "ArrowDown" && !open) return void this.#seek();
    else if (event.key === "ArrowDown" && open) this.#move((this.#at + 1) % this.#found.length);
    else if (event.key === "ArrowUp" && open) this.#move((this.#at - 1 + this.#found.length) % this.#found.length);
    else if (event.key === "Enter" && open) this.#choose(this.#at);
    else if (event.key === "Enter" && this.#input.value) void this.#seek();
    else if (event.key === "Backspace" && !this.#input.value) {
      this.#chosen.lastElementChild?.remove();
      return this.#tell();
    }
    else return;
    event.preventDefault();
  }

  #click(event: Event): void {
    const target = event.target as Element;
    const option = target.closest<HTMLElement>("[role=option][data-index]");
    if (option) return this.#choose(Number(option.dataset.index));
    if (target.closest(".chips button")) {
      target.closest("li")?.remove();
      this.#input.focus();
      this.#tell();
    } else if (target.closest(".seek")) this.#input.focus();
  }

  #choose(index: number): void {
    const one = this.#found[index];
    if (!one) return;
    const chip = this.#chip(one.id, one.name);
    const twice = [...this.#chosen.querySelectorAll("input")].some((known) => known.value === one.id);
    if (!("many" in this.dataset)) this.#chosen.replaceChildren(chip);
    else if (!twice) this.#chosen.append(chip);
    this.#input.value = "";
    this.#status.textContent = one.name;
    this.#close();
    this.#tell();
  }

  /** Whoever follows what is typed in a form hears of it too. */
  #tell(): void {
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #close(): void {
    this.#list.hidden = true;
    this.#found = [];
    this.#move(-1);
    this.#input.setAttribute("aria-expanded", "false");
  }
}

customElements.define("maru-picker", Picker);
