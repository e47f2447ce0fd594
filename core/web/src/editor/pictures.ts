// Pictures that are pasted into a text or dropped on it: sent as files at once, shown when there.
import type { EditorView } from "prosemirror-view";
import { sendInPieces } from "../forms/upload.ts";
import { toast } from "../toasts.ts";
import { schema } from "./schema.ts";

const SLOW = 700;

export class Pictures {
  readonly #host: HTMLElement;
  #sending = 0;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /** Takes the pictures among what was pasted or dropped; whether there were any. Office programs
      put a picture of a table beside the table: where there is HTML, that is taken. */
  take(view: EditorView, held: DataTransfer | null): boolean {
    const url = this.#host.dataset.pictures;
    const files = [...(held?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!url || !files.length || held?.types.includes("text/html")) return false;
    void this.#send(view, files, url);
    return true;
  }

  async #send(view: EditorView, files: File[], url: string): Promise<void> {
    this.#busy(1);
    const slow = setTimeout(() => toast(this.#host.dataset.sending ?? ""), SLOW);
    try {
      for (const file of files) this.#show(view, file, await sendInPieces(file, url, { sent: () => {}, cut: () => {} }));
    } catch (fault) {
      toast(fault instanceof Error ? fault.message : "", "bad");
    } finally {
      clearTimeout(slow);
      this.#busy(-1);
    }
  }

  #busy(more: number): void {
    this.#sending += more;
    this.#host.toggleAttribute("aria-busy", this.#sending > 0);
  }

  #show(view: EditorView, file: File, place: string): void {
    if (view.isDestroyed || !place) return;
    const alt = file.name.replace(/\.\w+$/, "");
    const picture = schema.nodes["image"]!.create({ src: `${place}?variant=800`, alt });
    view.dispatch(view.state.tr.replaceSelectionWith(picture, false).scrollIntoView());
  }
}
