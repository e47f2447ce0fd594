// The editor of one text area, which goes on holding what is sent.
import { gapCursor } from "prosemirror-gapcursor";
import { history } from "prosemirror-history";
import { EditorState, TextSelection } from "prosemirror-state";
import { tableEditing } from "prosemirror-tables";
import { EditorView } from "prosemirror-view";
import { paragraphs, plainly, read, written } from "./html.ts";
import { keyboard } from "./keys.ts";
import { LinkDialog } from "./link.ts";
import { Pictures } from "./pictures.ts";
import { Toolbar } from "./toolbar.ts";

/** What the text area told of itself; its id goes over, for links that lead to it. */
function attributes(area: HTMLTextAreaElement): Record<string, string> {
  const label = area.labels[0];
  const id = area.id;
  const taken: Record<string, string> = { role: "textbox", "aria-multiline": "true", class: "prose", id };
  if (label) label.id ||= `${id}-label`;
  if (label) taken["aria-labelledby"] = label.id;
  if (area.required) taken["aria-required"] = "true";
  for (const name of ["aria-describedby", "aria-invalid"]) {
    const value = area.getAttribute(name);
    if (value) taken[name] = value;
  }
  return taken;
}

export function mount(host: HTMLElement, area: HTMLTextAreaElement): () => void {
  const parts = host.querySelector("template")!.content.cloneNode(true) as DocumentFragment;
  const bar = parts.querySelector<HTMLElement>("[role=toolbar]")!;
  const dialog = parts.querySelector("dialog")!;
  const stage = document.createElement("div");
  stage.className = "stage";
  const label = area.labels[0];
  // What the browser has kept of a page that one comes back to is newer than what the server sent.
  const started = area.value === area.defaultValue ? (host.dataset.html ?? area.value) : area.value;
  const link = new LinkDialog(dialog, () => view);
  const tools = new Toolbar(bar, () => view, link.deed);
  const plugins = [...keyboard(() => tools.focus(), link.deed.run), history(), gapCursor(), tableEditing()];
  const fresh = (): EditorState => EditorState.create({ doc: read(started), plugins });

  const pictures = new Pictures(host);
  const dropped = (event: DragEvent): boolean => {
    if (!event.dataTransfer?.files.length) return false;
    const at = view.posAtCoords({ left: event.clientX, top: event.clientY });
    if (at) view.dispatch(view.state.tr.setSelection(TextSelection.near(view.state.doc.resolve(at.pos))));
    pictures.take(view, event.dataTransfer);
    return true;
  };
  const view: EditorView = new EditorView(stage, {
    state: fresh(),
    attributes: attributes(area),
    transformPastedHTML: plainly,
    clipboardTextParser: paragraphs,
    handlePaste: (_, event) => pictures.take(view, event.clipboardData),
    handleDrop: (_, event, _slice, moved) => !moved && dropped(event as DragEvent),
    dispatchTransaction(change) {
      view.updateState(view.state.apply(change));
      tools.show(view);
      if (!change.docChanged) return;
      area.value = written(view.state.doc);
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  area.removeAttribute("id");
  area.required = false; // an unseen field that is required could not be pointed at
  area.hidden = true;
  area.value = written(view.state.doc);
  label?.addEventListener("click", () => view.focus());
  area.form?.addEventListener("reset", () => setTimeout(() => view.updateState(fresh())));
  host.append(bar, stage, dialog);
  tools.show(view);
  return () => view.destroy();
}
