// <maru-drop>: a place for files. They go with the form, or, where it has `data-url`, at once, each
// with its progress. Without script the file field inside is all there is.
import { csrfToken, reasonOf } from "../requests.ts";
import { element, icon } from "../words.ts";
import { sendInPieces } from "./upload.ts";

const KILO = 1000;

function size(bytes: number): string {
  const [value, unit] = bytes < KILO * KILO ? [bytes / KILO, "kB"] : [bytes / KILO / KILO, "MB"];
  return `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}

class Drop extends HTMLElement {
  #input!: HTMLInputElement;
  #sending = 0;
  #list = element("ul", { class: "files", role: "list", "aria-live": "polite" });

  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    if (!input || this.#input) return;
    this.#input = input;
    input.classList.add("unseen");
    const place = element("label", { class: "place", for: input.id }, icon("upload"), element("span", { text: this.dataset.drop ?? "" }));
    input.after(place, this.#list);
    input.addEventListener("change", () => this.#chosen());
    for (const kind of ["dragenter", "dragover"] as const) place.addEventListener(kind, (event) => this.#over(event, true));
    for (const kind of ["dragleave", "drop"] as const) place.addEventListener(kind, (event) => this.#over(event, false));
    place.addEventListener("drop", (event) => this.#dropped(event));
    for (const one of this.querySelectorAll<HTMLElement>("li[data-id]")) this.#kept(one.textContent ?? "", one.dataset.id ?? "");
  }

  #over(event: DragEvent, over: boolean): void {
    event.preventDefault();
    this.classList.toggle("over", over);
  }

  #dropped(event: DragEvent): void {
    const held = event.dataTransfer?.files;
    if (!held?.length || this.#input.disabled) return;
    const taken = new DataTransfer();
    for (const file of [...held].slice(0, this.#input.multiple ? held.length : 1)) taken.items.add(file);
    this.#input.files = taken.files;
    this.#chosen();
  }

  #chosen(): void {
    const files = [...(this.#input.files ?? [])];
    if (!this.dataset.url) return this.#list.replaceChildren(...files.map((file) => this.#line(file)));
    for (const file of files) this.#send(file, this.dataset.url);
    this.#input.value = "";
  }

  #line(file: File): HTMLLIElement {
    return element("li", {}, icon("file-text"), element("span", { class: "clip", text: file.name }), element("span", { class: "muted small", text: size(file.size) }));
  }

  #send(file: File, url: string): void {
    const line = this.#line(file);
    const bar = element("progress", { max: "1", value: "0", "aria-label": file.name });
    const state = element("span", { class: "small", text: this.dataset.waits ?? "" });
    line.append(bar, state);
    this.#list.append(line);
    if (this.dataset.resumes) return void this.#resuming(file, url, line, bar, state);
    const request = new XMLHttpRequest(); // fetch tells nothing of how much has been sent
    request.upload.onprogress = (sent) => {
      this.#progress(bar, state, sent.total ? sent.loaded / sent.total : 0);
    };
    request.onloadend = () => this.#ended(line, bar, state, request);
    request.open("POST", url);
    request.setRequestHeader("X-CSRF-Token", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    const body = new FormData();
    body.append(this.#input.name, file);
    request.send(body);
  }

  async #resuming(file: File, url: string, line: HTMLElement, bar: HTMLProgressElement, state: HTMLElement): Promise<void> {
    const sent = (share: number): void => this.#progress(bar, state, share);
    const cut = (): void => void (state.textContent = this.dataset.resumes ?? "");
    this.#busy(1);
    try {
      const place = await sendInPieces(file, url, { sent, cut });
      this.#settled(line, bar, state, "");
      if (this.dataset.keeps) this.#keep(line, file.name, place.split("/").pop() ?? "");
    } catch (fault) {
      this.#settled(line, bar, state, fault instanceof Error ? fault.message : reasonOf(0));
    } finally {
      this.#busy(-1);
    }
  }

  /** A form that is sent before its files are would lose them. */
  #busy(more: number): void {
    this.#sending += more;
    if (this.dataset.keeps) this.#input.setCustomValidity(this.#sending ? (this.dataset.busy ?? "") : "");
  }

  #kept(name: string, id: string): void {
    const line = element("li", {}, icon("file-text"), element("span", { class: "clip", text: name }));
    this.#list.append(line);
    this.#keep(line, name, id);
  }

  /** The file goes with the form until somebody takes it out. */
  #keep(line: HTMLElement, name: string, id: string): void {
    const field = this.dataset.keeps ?? "";
    const says = (this.dataset.remove ?? "").replace("{name}", name);
    const out = element("button", { type: "button", class: "button quiet small bare", "aria-label": says, title: says }, icon("x"));
    out.addEventListener("click", () => (line.remove(), this.#input.focus()));
    line.append(element("input", { type: "hidden", name: field, value: id }), element("input", { type: "hidden", name: `${field}._names`, value: `${id} ${name}` }), out);
  }

  #progress(bar: HTMLProgressElement, state: HTMLElement, share: number): void {
    bar.value = share;
    state.textContent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(share);
  }

  #ended(line: HTMLElement, bar: HTMLElement, state: HTMLElement, request: XMLHttpRequest): void {
    const done = request.status >= 200 && request.status < 300;
    this.#settled(line, bar, state, done ? "" : messageOf(request));
  }

  #settled(line: HTMLElement, bar: HTMLElement, state: HTMLElement, fault: string): void {
    const done = !fault;
    bar.remove();
    line.classList.toggle("bad", !done);
    state.textContent = done ? (this.dataset.done ?? "") : `${this.dataset.failed ?? ""}: ${fault}`;
    this.dispatchEvent(new CustomEvent("maru:sent", { bubbles: true, detail: { done } }));
  }
}

function messageOf(request: XMLHttpRequest): string {
  try {
    return JSON.parse(request.responseText).error.message;
  } catch {
    return reasonOf(request.status);
  }
}

customElements.define("maru-drop", Drop);
