// The settings of one portlet: the generated form, and beside it what the portlet shows with them, before they are kept.
import { Refused } from "../requests.ts";
import { toast } from "../toasts.ts";
import { element, icon } from "../words.ts";
import { type Preview, preview } from "./api.ts";

const PAUSE = 250;
type Keep = (config: Record<string, unknown>, html: string) => void;

export class SettingsDialog {
  private type = "";
  private keep: Keep = () => undefined;
  private last: Preview | undefined;
  private timer = 0;
  private turn = 0;

  private readonly dialog: HTMLDialogElement;

  constructor(dialog: HTMLDialogElement) {
    this.dialog = dialog;
    this.form.addEventListener("input", () => this.soon());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.apply();
    });
  }

  private get form(): HTMLFormElement {
    return this.dialog.querySelector("form")!;
  }

  async open(type: string, title: string, config: Record<string, unknown>, keep: Keep): Promise<void> {
    this.type = type;
    this.keep = keep;
    const url = `/portal/settings/${type}?config=${encodeURIComponent(JSON.stringify(config))}`;
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return toast(this.dialog.dataset.failed ?? "", "bad");
    const fields = this.form.querySelector("[data-slot=fields]")!;
    fields.replaceChildren(document.createRange().createContextualFragment(await answer.text()));
    this.dialog.querySelector("[data-slot=title]")!.textContent = title;
    this.dialog.showModal();
    fields.querySelector<HTMLElement>("input, select, textarea")?.focus();
    await this.look();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(), PAUSE);
  }

  /** The mark that a form was filled in, whatever is left empty in it. */
  private pairs(): [string, string][] {
    const given = [...new FormData(this.form)].map(([name, value]): [string, string] => [name, String(value)]);
    return [["_csrf", ""], ...given];
  }

  private async look(): Promise<boolean> {
    const turn = (this.turn += 1);
    try {
      const found = await preview(this.type, this.pairs());
      if (turn !== this.turn) return false;
      this.last = found;
    } catch (fault) {
      toast((fault as Refused).message, "bad");
      return false;
    }
    this.faults(this.last.errors);
    const shown = this.dialog.querySelector("[data-slot=preview]")!;
    if (this.last.html) shown.replaceChildren(document.createRange().createContextualFragment(this.last.html));
    return Object.keys(this.last.errors).length === 0 && !this.last.fault;
  }

  private faults(errors: Record<string, string>): void {
    for (const old of this.form.querySelectorAll(".fault")) old.remove();
    for (const field of this.form.querySelectorAll<HTMLInputElement>("[name]")) {
      const error = errors[field.name];
      if (!error) {
        field.removeAttribute("aria-invalid");
        continue;
      }
      field.setAttribute("aria-invalid", "true");
      const id = `${field.id}-fault`;
      field.setAttribute("aria-describedby", id);
      const fault = element("p", { class: "fault", id }, icon("circle-alert"), element("span", { text: error }));
      field.closest(".field")?.append(fault);
    }
  }

  private async apply(): Promise<void> {
    clearTimeout(this.timer);
    if (!(await this.look()) || !this.last) {
      this.form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
      return;
    }
    this.dialog.close();
    this.keep(this.last.config, this.last.html);
  }
}
