// <maru-mentions>: "@" in a text area seeks people and departments; what is sent holds their ids.
import { call } from "../requests.ts";
import { element } from "../words.ts";
import { chosen, labelled, marked, sought, type Named } from "./mention.ts";

type Found = { id: string; name: string; path?: string; department?: { name: string } | null };
type Offer = { name: string; mark: string; more: string };

const WAIT = 150;
let made = 0;

class Mentions extends HTMLElement {
  #text!: HTMLTextAreaElement;
  #list!: HTMLUListElement;
  #status!: HTMLElement;
  #offers: Offer[] = [];
  #named: Named = new Map();
  #at = -1;
  #timer = 0;
  #asked = "";

  connectedCallback(): void {
    const text = this.querySelector("textarea");
    if (!text || this.#text) return;
    this.#text = text;
    const id = `mentions-${(made += 1)}`;
    this.#list = element("ul", { class: "options", role: "listbox", id, hidden: "", "aria-label": this.dataset.label });
    this.#status = element("span", { class: "unseen", role: "status" });
    this.append(this.#list, this.#status);
    for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-controls": id })) text.setAttribute(name, value);
    text.addEventListener("input", () => this.#soon());
    text.addEventListener("keydown", (event) => this.#key(event));
    text.addEventListener("blur", () => this.#close());
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#click(event));
    text.form?.addEventListener("formdata", (event) => event.formData.set(text.name, marked(text.value, this.#named)));
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#seek(), WAIT);
  }

  async #seek(): Promise<void> {
    const name = sought(this.#text.value, this.#text.selectionStart);
    this.#asked = name;
    if (!name) return this.#close();
    const kinds = [["person", this.dataset.people], ["department", this.dataset.departments]] as const;
    const found = await Promise.all(kinds.map(([kind, url]) => offers(kind, `${url}${encodeURIComponent(name)}`)));
    if (this.#asked === name && document.activeElement === this.#text) this.#show(found.flat());
  }

  #show(found: Offer[]): void {
    this.#offers = found;
    this.#list.replaceChildren(...found.map((one, index) => this.#option(one, index)));
    this.#list.hidden = !found.length;
    this.#status.textContent = ((found.length ? this.dataset.found : this.dataset.none) ?? "").replace("{count}", String(found.length));
    this.#move(found.length ? 0 : -1);
  }

  #option(one: Offer, index: number): HTMLLIElement {
    const id = `${this.#list.id}-${index}`;
    return element("li", { role: "option", id, "data-index": String(index) }, element("strong", { text: one.name }), element("span", { text: one.more }));
  }

  #move(to: number): void {
    this.#at = to;
    const options = [...this.#list.children];
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === to)));
    if (to < 0) return this.#text.removeAttribute("aria-activedescendant");
    this.#text.setAttribute("aria-activedescendant", `${this.#list.id}-${to}`);
    options[to]?.scrollIntoView({ block: "nearest" });
  }

  #key(event: KeyboardEvent): void {
    const many = this.#offers.length;
    if (event.isComposing || this.#list.hidden || !many) return;
    if (event.key === "Escape") this.#close();
    else if (event.key === "ArrowDown") this.#move((this.#at + 1) % many);
    else if (event.key === "ArrowUp") this.#move((this.#at - 1 + many) % many);
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#at);
    else return;
    event.preventDefault();
  }

  #click(event: Event): void {
    const option = (event.target as Element).closest<HTMLElement>("[data-index]");
    if (option) this.#choose(Number(option.dataset.index));
  }

  #choose(index: number): void {
    const one = this.#offers[index];
    if (!one) return;
    const label = labelled(this.#named, one.name, one.mark, one.more);
    this.#named.set(label, one.mark);
    const [text, caret] = chosen(this.#text.value, this.#text.selectionStart, label);
    this.#text.value = text;
    this.#text.setSelectionRange(caret, caret);
    this.#status.textContent = one.name;
    this.#close();
  }

  #close(): void {
    this.#asked = "";
    this.#offers = [];
    this.#list.hidden = true;
    this.#move(-1);
  }
}

/** Who is found by a name; nobody where they can't be asked for. */
async function offers(kind: string, url: string): Promise<Offer[]> {
  try {
    const found = await call<Found[]>("GET", url);
    return found.map((one) => ({ name: one.name, mark: `<@${kind}:${one.id}>`, more: one.path ?? one.department?.name ?? "" }));
  } catch {
    return [];
  }
}

customElements.define("maru-mentions", Mentions);
