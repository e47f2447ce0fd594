// The dialog of a link: where it leads, to be set, changed or taken away.
import type { EditorState } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { meant } from "./addresses.ts";
import { marked, type Deed } from "./commands.ts";
import { schema } from "./schema.ts";

const type = schema.marks["link"]!;

/** The whole of the link at the cursor, or what is selected. */
function range(state: EditorState): { from: number; to: number; href: string } {
  const { from, to, $from } = state.selection;
  const { parent } = $from;
  const at = parent.childAfter($from.parentOffset);
  const near = at.node && type.isInSet(at.node.marks) ? at : parent.childBefore($from.parentOffset);
  const href = near.node && (type.isInSet(near.node.marks)?.attrs["href"] as string | undefined);
  if (!href) return { from, to, href: "" };
  const start = $from.start() + near.offset;
  return { from: Math.min(from, start), to: Math.max(to, start + near.node!.nodeSize), href };
}

export class LinkDialog {
  readonly #dialog: HTMLDialogElement;
  readonly #field: HTMLInputElement;
  readonly #view: () => EditorView;

  constructor(dialog: HTMLDialogElement, view: () => EditorView) {
    this.#dialog = dialog;
    this.#view = view;
    this.#field = dialog.querySelector("input") as HTMLInputElement;
    this.#field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.#set();
    });
    this.#button("set")?.addEventListener("click", () => this.#set());
    this.#button("unset")?.addEventListener("click", () => this.#unset());
    dialog.addEventListener("close", () => this.#view().focus());
  }

  readonly deed: Deed = {
    holds: (state) => marked(state, type),
    run: (state, dispatch) => {
      if (state.selection.$from.parent.type.spec.code) return false;
      if (dispatch) this.#open(state);
      return true;
    },
  };

  #button(name: string): HTMLButtonElement | null {
    return this.#dialog.querySelector(`[value="${name}"]`);
  }

  #open(state: EditorState): void {
    const { href } = range(state);
    this.#field.value = href;
    this.#fault(false);
    const unset = this.#button("unset");
    if (unset) unset.hidden = !href;
    this.#dialog.showModal();
    this.#field.focus();
  }

  #fault(wrong: boolean): void {
    const told = this.#dialog.querySelector<HTMLElement>(".wrong");
    if (told) told.hidden = !wrong;
    this.#field.setAttribute("aria-invalid", String(wrong));
  }

  #set(): void {
    const href = meant(this.#field.value);
    if (href === null) return this.#fault(true), this.#field.focus();
    const { state, dispatch } = this.#view();
    const { from, to } = range(state);
    const change = from === to ? state.tr.insertText(this.#field.value.trim(), from) : state.tr;
    const end = from === to ? change.mapping.map(to) : to;
    dispatch(change.removeMark(from, end, type).addMark(from, end, type.create({ href })).removeStoredMark(type));
    this.#dialog.close();
  }

  #unset(): void {
    const { state, dispatch } = this.#view();
    const { from, to } = range(state);
    dispatch(state.tr.removeMark(from, to, type));
    this.#dialog.close();
  }
}
