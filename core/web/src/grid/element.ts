// <maru-grid>: the portal's grid. The server draws it; this lets a person arrange it and saves the result.
import { Refused } from "../requests.ts";
import { toast } from "../toasts.ts";
import "./tabs.ts";
import { type Layout, load, preview, save } from "./api.ts";
import { type Offer, type Words, equip, glide, placeOf, put, say, standIn, strip, titleOf } from "./frames.ts";
import { Gallery } from "./gallery.ts";
import { type Place, add, grow, move, readingOrder, remove, resize, same, settle, shift, step } from "./layout.ts";
import { LocksDialog } from "./locks.ts";
import { type Drag, columnsOf, watchPointer } from "./pointer.ts";
import { SettingsDialog } from "./settings.ts";
import { type Locks, type State, Steps, reapplied, resolved } from "./state.ts";
import { element } from "../words.ts";

const KEYS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** What the buttons for those who can't drag do: a way, and whether it is the size's. */
const ADJUST: Record<string, [number, number, boolean]> = {
  left: [-1, 0, false], right: [1, 0, false], up: [0, -1, false], down: [0, 1, false],
  narrower: [-1, 0, true], wider: [1, 0, true], lower: [0, -1, true], taller: [0, 1, true],
};

class MaruGrid extends HTMLElement {
  private steps = new Steps();
  private stored: Layout = { version: "", portlets: [] };
  /** Every frame of this session by placement, shown or not; the types of those that are new. */
  private all = new Map<string, HTMLElement>();
  private types = new Map<string, string>();
  private words: Words = {};
  private offers: Offer[] = [];
  private ghost = element("div", { class: "portlet-ghost", "aria-hidden": "true" });
  /** What frames showed at first, and what they show instead. */
  private original = new Map<string, DocumentFragment>();
  private drawn = new Map<string, string>();
  private unwatch: (() => void) | undefined;
  private gallery: Gallery | undefined;
  private settings: SettingsDialog | undefined;
  private locks: LocksDialog | undefined;

  connectedCallback(): void {
    if (!this.tools) return;
    const data = JSON.parse(document.getElementById("grid-data")?.textContent ?? "{}");
    this.words = data.words ?? {};
    this.offers = data.gallery ?? [];
    this.tools.addEventListener("click", (event) => this.use(event));
    this.addEventListener("click", (event) => this.control(event));
    this.addEventListener("keydown", (event) => this.key(event));
    const [gallery, settings, locks] = [this.dialog("gallery"), this.dialog("settings"), this.dialog("locks")];
    if (gallery) this.gallery = new Gallery(gallery, this.offers, this.words, (offer) => this.place(offer));
    if (settings) this.settings = new SettingsDialog(settings);
    if (locks) this.locks = new LocksDialog(locks);
    this.dialog("outdated")?.addEventListener("click", (event) => void this.decide(event));
  }

  private dialog(name: string): HTMLDialogElement | null {
    return document.getElementById(this.dataset[name] ?? "") as HTMLDialogElement | null;
  }

  private get tools(): HTMLElement | null {
    return document.getElementById(this.dataset.tools ?? "");
  }

  private get frames(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(":scope > .portlet")];
  }

  private get places(): readonly Place[] {
    return this.steps.now.places;
  }

  private get narrow(): boolean {
    return columnsOf(this) === 1;
  }

  private use(event: Event): void {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[name=does]");
    if (button?.value === "edit") void this.edit(button);
    else if (button?.value === "add") this.gallery?.open();
    else if (button?.value === "undo") this.turn("back");
    else if (button?.value === "redo") this.turn("again");
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
    this.all = new Map(this.frames.map((frame) => [frame.dataset.id ?? "", frame]));
    this.types.clear();
    this.original.clear();
    this.drawn.clear();
    this.steps.begin(settle(this.frames.map(placeOf)));
    for (const frame of this.frames) equip(frame, this.words, this.locks !== undefined);
    this.arranging(true);
    this.show();
    this.unwatch = watchPointer(this, {
      start: (drag) => this.start(drag),
      over: (drag, columns, rows, y) => this.over(drag, columns, rows, y),
      end: (drag, kept) => this.end(drag, kept),
    });
    this.announce("editing");
    (this.querySelector<HTMLElement>(".grip") ?? this.querySelector<HTMLElement>(".controls button"))?.focus({ preventScroll: true });
  }

  private arranging(on: boolean): void {
    this.classList.toggle("editing", on);
    for (const part of this.tools?.querySelectorAll<HTMLElement>("[data-when]") ?? []) {
      part.hidden = (part.dataset.when === "editing") !== on;
    }
    const toggle = on ? addEventListener : removeEventListener;
    toggle("beforeunload", this.warn);
    toggle("keydown", this.shortcut);
  }

  private warn = (event: Event): void => {
    if (this.steps.dirty) event.preventDefault();
  };

  private shortcut = (event: KeyboardEvent): void => {
    const key = event.key.toLowerCase();
    if (!["z", "y"].includes(key) || !(event.ctrlKey || event.metaKey)) return;
    if ((event.target as Element).closest("input, textarea, dialog")) return;
    event.preventDefault();
    this.turn(key === "y" || event.shiftKey ? "again" : "back");
  };

  /** Shows the state as it is now: the frames that stand there, each at its place, on phones in reading order. */
  private show(): void {
    glide(this.frames, () => {
      const there = new Set(this.places.map((one) => one.id));
      for (const [id, frame] of this.all) if (!there.has(id)) frame.remove();
      for (const place of this.places) {
        const frame = this.all.get(place.id);
        if (!frame) continue;
        if (!frame.isConnected) this.append(frame);
        if (!frame.classList.contains("held")) put(frame, place);
        this.draw(place.id, frame);
      }
      if (this.narrow) readingOrder(this.places).forEach((place, at) => this.all.get(place.id)?.style.setProperty("order", String(at)));
      else for (const frame of this.all.values()) frame.style.removeProperty("order");
    });
    this.able("undo", this.steps.canGoBack);
    this.able("redo", this.steps.canGoOn);
  }

  private able(name: string, able: boolean): void {
    const button = this.tools?.querySelector<HTMLButtonElement>(`[value=${name}]`);
    if (button) button.disabled = !able;
  }

  /** What a frame shows with the settings that it has at this step. */
  private draw(id: string, frame: HTMLElement): void {
    const html = this.steps.now.shown.get(id);
    const body = frame.querySelector<HTMLElement>(":scope > .body");
    if (!body || html === this.drawn.get(id)) return;
    const first = this.original.get(id) ?? document.createRange().createContextualFragment(body.innerHTML);
    this.original.set(id, first);
    body.replaceChildren(html === undefined ? first.cloneNode(true) : document.createRange().createContextualFragment(html));
    if (html === undefined) this.drawn.delete(id);
    else this.drawn.set(id, html);
  }

  private change(change: Partial<State>, from?: State): boolean {
    const done = this.steps.go(change, from);
    this.show();
    return done;
  }

  private turn(way: "back" | "again"): void {
    const there = new Set(this.places.map((one) => one.id));
    const [turned, nothing] = way === "back" ? [this.steps.back(), "start"] : [this.steps.again(), "end"];
    this.announce(turned ? way : nothing);
    this.show();
    const again = this.places.find((one) => !there.has(one.id));
    const active = document.activeElement;
    if (again) this.all.get(again.id)?.querySelector<HTMLElement>(".grip")?.focus();
    else if (!active || active === document.body) this.querySelector<HTMLElement>(".grip")?.focus();
  }

  private begun: State | undefined;

  private start(drag: Drag): boolean {
    const place = this.places.find((one) => one.id === drag.frame.dataset.id);
    if (!place || place.locked || (drag.kind === "resize" && place.sized)) return false;
    this.begun = this.steps.now;
    if (!this.narrow) {
      put(this.ghost, place);
      this.append(this.ghost);
    }
    return true;
  }

  private over(drag: Drag, columns: number, rows: number, y: number): void {
    const begun = this.begun?.places ?? [];
    const place = begun.find((one) => one.id === drag.frame.dataset.id);
    if (!place) return;
    const next = this.narrow ? this.passed(drag.frame, y) : drag.kind === "move" ? move(begun, place.id, place.x + columns, place.y + rows) : resize(begun, place.id, place.w + columns, place.h + rows);
    if (same(next, this.places)) return;
    this.steps.now = { ...this.steps.now, places: next };
    put(this.ghost, next.find((one) => one.id === place.id) ?? place);
    this.show();
  }

  /** In one column: past every neighbour whose middle the finger has passed. */
  private passed(frame: HTMLElement, y: number): readonly Place[] {
    const id = frame.dataset.id ?? "";
    const order = readingOrder(this.places);
    const at = order.findIndex((one) => one.id === id);
    const middle = (place: Place | undefined): number => {
      const box = place && this.all.get(place.id)?.getBoundingClientRect();
      return box ? box.top + box.height / 2 : NaN;
    };
    if (y < middle(order[at - 1])) return shift(this.places, id, -1);
    if (y > middle(order[at + 1])) return shift(this.places, id, 1);
    return this.places;
  }

  private end(drag: Drag, kept: boolean): void {
    const [begun, places] = [this.begun ?? this.steps.now, this.places];
    this.steps.now = begun;
    this.ghost.remove();
    this.change(kept ? { places } : {}, begun);
    this.tell(drag.frame, drag.kind === "move" ? "moved" : "resized");
  }

  private tell(frame: HTMLElement, name: "moved" | "resized"): void {
    const place = this.places.find((one) => one.id === frame.dataset.id);
    if (!place) return;
    const title = titleOf(frame);
    if (this.narrow && name === "moved") {
      const at = readingOrder(this.places).findIndex((one) => one.id === place.id);
      return this.announce("ordered", { title, place: at + 1, count: this.places.length });
    }
    this.announce(name, { title, x: place.x + 1, y: place.y + 1, w: place.w, h: place.h });
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
    const next = sized
      ? grow(this.places, place.id, dx, dy)
      : this.narrow
        ? shift(this.places, place.id, dx + dy < 0 ? -1 : 1)
        : step(this.places, place.id, dx, dy);
    if (!this.change({ places: next })) return this.announce("stays", { title: titleOf(frame) });
    frame.scrollIntoView({ block: "nearest" });
    this.tell(frame, sized ? "resized" : "moved");
  }

  private control(event: Event): void {
    const button = (event.target as Element).closest<HTMLButtonElement>(":is(.controls, .adjust) button");
    const frame = button?.closest<HTMLElement>(".portlet");
    const place = this.places.find((one) => one.id === frame?.dataset.id);
    if (!button || !frame || !place) return;
    if (button.value === "hide") this.hide(place.id);
    else if (button.value === "set") void this.set(frame, place.id);
    else if (button.value === "lock") this.lock(frame, place.id);
    else if (button.value === "adjust") this.fold(frame, button);
    else if (ADJUST[button.value]) this.adjust(frame, place, button.value);
    else this.push(frame, place, [0, button.value === "earlier" ? -1 : 1], false);
    if (button.isConnected && button.value !== "set" && button.value !== "lock") button.focus();
  }

  private fold(frame: HTMLElement, button: HTMLElement): void {
    const bar = frame.querySelector<HTMLElement>(":scope > .adjust");
    if (!bar) return;
    bar.hidden = !bar.hidden;
    button.setAttribute("aria-expanded", String(!bar.hidden));
  }

  private adjust(frame: HTMLElement, place: Place, does: string): void {
    const [dx, dy, sized] = ADJUST[does]!;
    this.push(frame, place, [dx, dy], sized);
  }

  private hide(id: string): void {
    const frame = this.all.get(id);
    if (!frame || "held" in frame.dataset) return;
    const next = frame.nextElementSibling ?? frame.previousElementSibling;
    this.change({ places: remove(this.places, id) });
    this.announce("hidden", { title: titleOf(frame) });
    next?.querySelector<HTMLElement>(".grip")?.focus();
  }

  private config(id: string): Record<string, unknown> {
    return this.steps.now.configs.get(id) ?? this.stored.portlets.find((one) => one.id === id)?.config ?? {};
  }

  private async set(frame: HTMLElement, id: string): Promise<void> {
    const title = titleOf(frame);
    await this.settings?.open(frame.dataset.type ?? "", title, this.config(id), (config, html) => {
      const { configs, shown } = this.steps.now;
      this.change({ configs: new Map(configs).set(id, config), shown: html ? new Map(shown).set(id, html) : shown });
      this.announce("kept", { title });
      frame.querySelector<HTMLElement>(".controls .set")?.focus();
    });
  }

  private lock(frame: HTMLElement, id: string): void {
    const title = titleOf(frame);
    const stored: Locks = this.stored.portlets.find((one) => one.id === id) ?? { is_locked: false };
    this.locks?.open(title, this.steps.now.locks.get(id) ?? stored, (locks) => {
      this.change({ locks: new Map(this.steps.now.locks).set(id, locks) });
      this.announce("fixed", { title });
      frame.querySelector<HTMLElement>(".controls .lock")?.focus();
    });
  }

  private made = 0;

  private place(offer: Offer): void {
    const id = this.hiddenOf(offer.portlet_type) ?? `new-${(this.made += 1)}`;
    let frame = this.all.get(id);
    if (!frame) {
      frame = standIn(offer, id);
      this.all.set(id, frame);
      this.types.set(id, offer.portlet_type);
      equip(frame, this.words, this.locks !== undefined);
      void this.fill(frame, offer);
    }
    const [[minW, minH], [maxW, maxH]] = [offer.least, offer.most];
    this.change({ places: add(this.places, { id, x: 0, y: 0, w: offer.w, h: offer.h, minW, minH, maxW, maxH }) });
    this.announce("added", { title: offer.title });
    frame.querySelector<HTMLElement>(".grip")?.focus();
    frame.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  private async fill(frame: HTMLElement, offer: Offer): Promise<void> {
    const found = await preview(offer.portlet_type, []).catch(() => null);
    if (found?.html) frame.querySelector(".body")?.replaceChildren(document.createRange().createContextualFragment(found.html));
  }

  /** A portlet of this type that is hidden: showing it again keeps its settings. */
  private hiddenOf(type: string): string | undefined {
    const there = new Set(this.places.map((one) => one.id));
    for (const [id, frame] of this.all) if (!there.has(id) && frame.dataset.type === type) return id;
    return this.stored.portlets.find((one) => one.portlet_type === type && !one.is_visible && !there.has(one.id ?? ""))?.id;
  }

  private leave(): void {
    this.unwatch?.();
    for (const frame of this.all.values()) strip(frame);
    this.arranging(false);
    for (const frame of this.all.values()) frame.style.removeProperty("order");
    this.append(...readingOrder(this.places).flatMap((place) => this.all.get(place.id) ?? []));
    this.announce("done");
    this.tools?.querySelector<HTMLElement>("[value=edit]")?.focus({ preventScroll: true });
  }

  private cancel(): void {
    const drawn = this.steps.now.configs.size > 0;
    this.steps.now = this.steps.first;
    this.show();
    this.leave();
    if (drawn) location.reload();
  }

  private async save(button: HTMLButtonElement): Promise<void> {
    if (!this.steps.dirty) return this.leave();
    button.classList.add("busy");
    try {
      await this.send();
    } finally {
      button.classList.remove("busy");
    }
  }

  /** Whether it was stored; what was refused is said, and nothing of it is lost. */
  private async send(): Promise<boolean> {
    const drawn = new Set([...this.all.keys()].filter((id) => !this.types.has(id)));
    const portlets = resolved(this.steps.now, this.stored.portlets, this.types, drawn);
    const { configs, locks } = this.steps.now;
    const fresh = this.types.size > 0 || configs.size > 0 || locks.size > 0 || this.locks !== undefined;
    try {
      this.stored = await save(this.dataset.layout ?? "", { version: this.stored.version, portlets });
    } catch (fault) {
      this.refused(fault as Refused);
      return false;
    }
    this.dataset.version = this.stored.version;
    this.leave();
    if (fresh) location.reload();
    else toast(say(this.words, "saved"), "good");
    return true;
  }

  private refused(fault: Refused): void {
    if (fault.code !== "LAYOUT_CHANGED") return toast(`${say(this.words, "failed")} ${fault.message}`, "bad");
    this.announce("conflict");
    this.dialog("outdated")?.showModal();
  }

  /** Somebody has saved meanwhile: their arrangement, this one, or theirs with what was changed here; the history has all. */
  private async decide(event: Event): Promise<void> {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[name=does]");
    if (!button) return;
    this.dialog("outdated")?.close();
    if (button.value === "theirs") {
      removeEventListener("beforeunload", this.warn);
      location.reload();
      return;
    }
    try {
      this.stored = await load(this.dataset.layout ?? "");
    } catch (fault) {
      return toast((fault as Refused).message, "bad");
    }
    if (button.value === "again") {
      const fresh = new Set(this.types.keys());
      const places = settle(reapplied(this.steps.first.places, this.places, this.stored.portlets, fresh));
      this.steps.now = { ...this.steps.now, places };
    }
    if (await this.send()) location.reload();
  }

  private outdated(): void {
    removeEventListener("beforeunload", this.warn);
    toast(say(this.words, "changed"));
    this.announce("changed");
    setTimeout(() => location.reload(), 1200);
  }
}

customElements.define("maru-grid", MaruGrid);
