// <maru-grid>: the portal's grid. The server draws it; this lets a person arrange it and saves the result.
import { Refused } from "../requests.ts";
import { toast } from "../toasts.ts";
import { element, icon } from "../words.ts";
import { type Layout, type Portlet, load, save } from "./api.ts";
import { type Offer, type Words, equip, glide, placeOf, put, say, standIn, strip, titleOf } from "./frames.ts";
import { type Place, add, move, readingOrder, remove, resize, same, settle, step } from "./layout.ts";
import { type Drag, watchPointer } from "./pointer.ts";

const KEYS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class MaruGrid extends HTMLElement {
  private places: Place[] = [];
  private begun: Place[] = [];
  private stored: Layout = { version: "", portlets: [] };
  private added = new Map<string, string>();
  private taken = new Map<string, HTMLElement>();
  private words: Words = {};
  private offers: Offer[] = [];
  private ghost = element("div", { class: "portlet-ghost", "aria-hidden": "true" });
  private unwatch: (() => void) | undefined;

  connectedCallback(): void {
    const data = JSON.parse(document.getElementById("grid-data")?.textContent ?? "{}");
    this.words = data.words ?? {};
    this.offers = data.gallery ?? [];
    this.tools?.addEventListener("click", (event) => this.use(event));
    this.addEventListener("click", (event) => {
      const hide = (event.target as Element).closest(".hide");
      if (hide) this.hide(hide.closest<HTMLElement>(".portlet")?.dataset.id ?? "");
    });
    this.addEventListener("keydown", (event) => this.key(event));
    this.gallery?.addEventListener("click", (event) => this.choose(event));
  }

  private get tools(): HTMLElement | null {
    return document.getElementById(this.dataset.tools ?? "");
  }

  private get gallery(): HTMLDialogElement | null {
    return document.getElementById(this.dataset.gallery ?? "") as HTMLDialogElement | null;
  }

  private get frames(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(":scope > .portlet")];
  }

  private frame(id: string): HTMLElement | undefined {
    return this.frames.find((frame) => frame.dataset.id === id);
  }

  private get dirty(): boolean {
    return this.taken.size > 0 || this.added.size > 0 || !same(this.places, this.begun);
  }

  private use(event: Event): void {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[name=does]");
    if (button?.value === "edit") void this.edit(button);
    else if (button?.value === "add") this.offer();
    else if (button?.value === "cancel") this.cancel();
    else if (button?.value === "save") void this.save(button);
  }

  private announce(name: string, values: Record<string, string | number> = {}): void {
    const region = document.getElementById("grid-says");
    if (region) region.textContent = say(this.words, name, values);
  }

  private async edit(button: HTMLButtonElement): Promise<void> {
    button.classList.add("busy");
    try {
      this.stored = await load(this.dataset.layout ?? "");
    } catch (fault) {
      return toast((fault as Refused).message, "bad");
    } finally {
      button.classList.remove("busy");
    }
    if (this.stored.version !== this.dataset.version) return this.outdated();
    this.places = settle(this.frames.map(placeOf));
    this.begun = this.places;
    for (const frame of this.frames) equip(frame, this.words);
    this.arranging(true);
    this.apply();
    this.unwatch = watchPointer(this, {
      start: (drag) => this.start(drag),
      over: (drag, columns, rows) => this.over(drag, columns, rows),
      end: (drag, kept) => this.end(drag, kept),
    });
    this.announce("editing");
    (this.querySelector<HTMLElement>(".grip") ?? this.querySelector<HTMLElement>(".hide"))?.focus({ preventScroll: true });
  }

  private arranging(on: boolean): void {
    this.classList.toggle("editing", on);
    for (const part of this.tools?.querySelectorAll<HTMLElement>("[data-when]") ?? []) {
      part.hidden = (part.dataset.when === "editing") !== on;
    }
    if (on) addEventListener("beforeunload", this.warn);
    else removeEventListener("beforeunload", this.warn);
  }

  private warn = (event: Event): void => {
    if (this.dirty) event.preventDefault();
  };

  private apply(): void {
    glide(this.frames, () => {
      for (const place of this.places) {
        const frame = this.frame(place.id);
        if (frame && !frame.classList.contains("held")) put(frame, place);
      }
    });
  }

  private made = 0;
  private dragged: Place[] = [];

  private start(drag: Drag): boolean {
    const place = this.places.find((one) => one.id === drag.frame.dataset.id);
    if (!place || place.locked) return false;
    this.dragged = this.places;
    put(this.ghost, place);
    this.append(this.ghost);
    return true;
  }

  private over(drag: Drag, columns: number, rows: number): void {
    const place = this.dragged.find((one) => one.id === drag.frame.dataset.id);
    if (!place) return;
    const next =
      drag.kind === "move"
        ? move(this.dragged, place.id, place.x + columns, place.y + rows)
        : resize(this.dragged, place.id, place.w + columns, place.h + rows);
    if (same(next, this.places)) return;
    this.places = next;
    put(this.ghost, next.find((one) => one.id === place.id) ?? place);
    this.apply();
  }

  private end(drag: Drag, kept: boolean): void {
    if (!kept) this.places = this.dragged;
    this.ghost.remove();
    this.apply();
    this.tell(drag.frame, drag.kind === "move" ? "moved" : "resized");
  }

  private tell(frame: HTMLElement, name: "moved" | "resized"): void {
    const place = this.places.find((one) => one.id === frame.dataset.id);
    if (place) this.announce(name, { title: titleOf(frame), x: place.x + 1, y: place.y + 1, w: place.w, h: place.h });
  }

  private key(event: KeyboardEvent): void {
    const grip = (event.target as Element).closest(".grip");
    const frame = grip?.closest<HTMLElement>(".portlet");
    const place = this.places.find((one) => one.id === frame?.dataset.id);
    if (!frame || !place) return;
    const arrow = KEYS[event.key];
    if (event.key === "Delete" || event.key === "Backspace") this.hide(place.id);
    else if (arrow) this.push(frame, place, arrow, event.shiftKey);
    else return;
    event.preventDefault();
  }

  private push(frame: HTMLElement, place: Place, [dx, dy]: [number, number], sized: boolean): void {
    const next = sized ? resize(this.places, place.id, place.w + dx, place.h + dy) : step(this.places, place.id, dx, dy);
    if (same(next, this.places)) return this.announce("stays", { title: titleOf(frame) });
    this.places = next;
    this.apply();
    frame.scrollIntoView({ block: "nearest" });
    this.tell(frame, sized ? "resized" : "moved");
  }

  private hide(id: string): void {
    const frame = this.frame(id);
    if (!frame || frame.classList.contains("locked")) return;
    const next = frame.nextElementSibling ?? frame.previousElementSibling;
    this.places = remove(this.places, id);
    frame.remove();
    if (!this.added.delete(id)) this.taken.set(id, frame);
    this.apply();
    this.announce("hidden", { title: titleOf(frame) });
    next?.querySelector<HTMLElement>(".grip")?.focus();
  }

  private offer(): void {
    const list = this.gallery?.querySelector("[data-slot]");
    const entries = this.offers.map((offer, index) =>
      element("button", { type: "button", value: String(index) }, icon(offer.icon), element("span", { text: offer.title }), element("span", { class: "muted small", text: `${offer.w}×${offer.h}` })),
    );
    list?.replaceChildren(...(entries.length ? entries : [element("p", { class: "muted", text: say(this.words, "none") })]));
    this.gallery?.showModal();
  }

  private choose(event: Event): void {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-slot] button");
    const offer = this.offers[Number(button?.value)];
    if (!button || !offer) return;
    this.gallery?.close();
    const id = this.hiddenOf(offer.portlet_type) ?? `new-${(this.made += 1)}`;
    const frame = this.taken.get(id) ?? standIn(offer, id);
    if (!this.taken.delete(id)) {
      this.added.set(id, offer.portlet_type);
      equip(frame, this.words);
    }
    this.places = add(this.places, { id, x: 0, y: 0, w: offer.w, h: offer.h });
    this.append(frame);
    this.apply();
    this.announce("added", { title: offer.title });
    frame.querySelector<HTMLElement>(".grip")?.focus();
    frame.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  /** A portlet of this type that is hidden: showing it again keeps its settings. */
  private hiddenOf(type: string): string | undefined {
    for (const [id, frame] of this.taken) if (frame.dataset.type === type) return id;
    const stored = this.stored.portlets.find((one) => one.portlet_type === type && !one.is_visible && !this.frame(one.id ?? ""));
    return stored?.id;
  }

  private leave(): void {
    this.unwatch?.();
    for (const frame of this.frames) strip(frame);
    this.arranging(false);
    this.taken.clear();
    this.added.clear();
    this.append(...readingOrder(this.places).flatMap((place) => this.frame(place.id) ?? []));
    this.announce("done");
    this.tools?.querySelector<HTMLElement>("[value=edit]")?.focus({ preventScroll: true });
  }

  private cancel(): void {
    for (const id of this.added.keys()) this.frame(id)?.remove();
    for (const frame of this.taken.values()) this.append(frame);
    this.places = this.begun;
    this.apply();
    this.leave();
  }

  /** The whole layout as the server stores it: what stands, what is hidden, what is new. */
  private resolved(): Portlet[] {
    const known = new Map(this.stored.portlets.map((one) => [one.id, one]));
    const shown = this.places.map(({ id, x, y, w, h }): Portlet => {
      const old = known.get(id);
      known.delete(id);
      if (old) return { ...old, x, y, w, h, is_visible: true };
      return { portlet_type: this.added.get(id) ?? "", x, y, w, h, is_visible: true, is_locked: false, config: {} };
    });
    const rest = [...known.values()].map((one) => ({ ...one, is_visible: one.is_visible && !this.taken.has(one.id ?? "") }));
    return [...shown, ...rest];
  }

  private async save(button: HTMLButtonElement): Promise<void> {
    if (!this.dirty) return this.leave();
    button.classList.add("busy");
    try {
      this.stored = await save(this.dataset.layout ?? "", { version: this.stored.version, portlets: this.resolved() });
    } catch (fault) {
      return this.refused(fault as Refused);
    } finally {
      button.classList.remove("busy");
    }
    const fresh = this.added.size > 0;
    this.dataset.version = this.stored.version;
    this.leave();
    if (fresh) location.reload();
    else toast(say(this.words, "saved"), "good");
  }

  private refused(fault: Refused): void {
    if (fault.status === 409) return this.outdated();
    toast(`${say(this.words, "failed")} ${fault.message}`, "bad");
  }

  private outdated(): void {
    removeEventListener("beforeunload", this.warn);
    toast(say(this.words, "changed"));
    this.announce("changed");
    setTimeout(() => location.reload(), 1200);
  }
}

customElements.define("maru-grid", MaruGrid);
