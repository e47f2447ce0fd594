// The toolbar: one stop of the Tab key, walked by the arrow keys; each button tells whether it holds.
import type { EditorView } from "prosemirror-view";
import { isInTable } from "prosemirror-tables";
import { DEEDS, type Deed } from "./commands.ts";

export class Toolbar {
  readonly #bar: HTMLElement;
  readonly #buttons: HTMLButtonElement[];
  readonly #deeds: Readonly<Record<string, Deed>>;

  constructor(bar: HTMLElement, view: () => EditorView, link: Deed) {
    this.#bar = bar;
    this.#deeds = { ...DEEDS, link };
    this.#buttons = [...bar.querySelectorAll<HTMLButtonElement>("[data-does]")];
    this.#buttons.forEach((button, n) => (button.tabIndex = n ? -1 : 0));
    // A press must not take the focus, and with it the syllable being composed, from the text.
    bar.addEventListener("mousedown", (event) => event.preventDefault());
    bar.addEventListener("keydown", (event) => this.#walk(event, view()));
    bar.addEventListener("click", (event) => this.#press(event, view()));
  }

  focus(): void {
    this.#buttons.find((button) => button.tabIndex === 0)?.focus();
  }

  show(view: EditorView): void {
    const inTable = isInTable(view.state);
    for (const part of this.#bar.querySelectorAll<HTMLElement>("[data-in]")) part.hidden = !inTable;
    for (const button of this.#buttons) {
      const deed = this.#deedOf(button);
      if (deed.holds) button.setAttribute("aria-pressed", String(deed.holds(view.state)));
      button.setAttribute("aria-disabled", String(!deed.run(view.state)));
    }
    if (this.#bar.querySelector<HTMLElement>("[tabindex='0']")?.offsetParent === null) this.#stopAt(this.#shown()[0]);
  }

  #deedOf(button: HTMLButtonElement): Deed {
    return this.#deeds[button.dataset.does ?? ""] as Deed;
  }

  #shown(): HTMLButtonElement[] {
    return this.#buttons.filter((button) => !button.closest("[hidden]"));
  }

  #stopAt(button: HTMLButtonElement | undefined): void {
    if (!button) return;
    for (const one of this.#buttons) one.tabIndex = one === button ? 0 : -1;
  }

  #walk(event: KeyboardEvent, view: EditorView): void {
    const shown = this.#shown();
    const at = shown.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") view.focus();
    if (to === undefined) return;
    event.preventDefault();
    const next = shown.at(to % shown.length);
    this.#stopAt(next);
    next?.focus();
  }

  #press(event: MouseEvent, view: EditorView): void {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-does]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    this.#stopAt(button);
    this.#deedOf(button).run(view.state, view.dispatch, view);
    if (button.dataset.does !== "link") view.focus();
  }
}
