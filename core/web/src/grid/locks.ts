// What an admin fixes of one portlet for everybody above: all of it or some fields, and until when it has to stay.
import { type Locks } from "./state.ts";

export class LocksDialog {
  private keep: (locks: Locks) => void = () => undefined;

  private readonly dialog: HTMLDialogElement;

  constructor(dialog: HTMLDialogElement) {
    this.dialog = dialog;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.dialog.close();
      this.keep(this.read());
    });
  }

  private get form(): HTMLFormElement {
    return this.dialog.querySelector("form")!;
  }

  private box(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }

  open(title: string, locks: Locks, keep: (locks: Locks) => void): void {
    this.keep = keep;
    this.dialog.querySelector("[data-slot=title]")!.textContent = title;
    this.box("is_locked").checked = locks.is_locked;
    for (const name of ["place", "size", "is_visible", "config"]) this.box(name).checked = locks.locked?.includes(name) ?? false;
    this.box("is_mandatory").checked = locks.is_mandatory ?? false;
    this.box("mandatory_until").value = locks.mandatory_until ?? "";
    this.dialog.showModal();
  }

  private read(): Locks {
    const mandatory = this.box("is_mandatory").checked;
    return {
      is_locked: this.box("is_locked").checked,
      locked: ["place", "size", "is_visible", "config"].filter((name) => this.box(name).checked),
      is_mandatory: mandatory,
      mandatory_until: mandatory ? this.box("mandatory_until").value || null : null,
    };
  }
}
