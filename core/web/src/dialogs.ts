// Dialogs open by the browser's own `command` attributes; this serves browsers without them, and asks
// before an action that says so.
import { element, word } from "./words.ts";

const NATIVE = "commandForElement" in HTMLButtonElement.prototype;

function follow(button: HTMLButtonElement): void {
  const dialog = document.getElementById(button.getAttribute("commandfor") ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return;
  if (button.getAttribute("command") === "show-modal") dialog.showModal();
  else dialog.close();
}

if (!NATIVE) {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[commandfor]");
    if (button) follow(button);
  });
}

/** Asks in a dialog of our own; true when the person goes on. */
export function ask(question: string): Promise<boolean> {
  const yes = element("button", { class: "button primary", value: "yes", text: word("confirm") });
  const no = element("button", { class: "button quiet", value: "", text: word("cancel"), autofocus: "" });
  const form = element("form", { method: "dialog" }, element("footer", {}, no, yes));
  const dialog = element("dialog", { class: "dialog", role: "alertdialog", "aria-label": question }, element("div", { class: "body", text: question }), form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      answer(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}

async function confirmSubmit(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  if (!(await ask(submitter?.dataset.confirm ?? form.dataset.confirm ?? ""))) return;
  form.dataset.confirmed = "";
  form.requestSubmit(submitter);
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target as HTMLFormElement;
    if (!(event.submitter?.dataset.confirm ?? form.dataset.confirm) || "confirmed" in form.dataset) {
      delete form.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    void confirmSubmit(form, event.submitter);
  },
  true,
);
