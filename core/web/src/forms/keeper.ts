// <maru-keeper> in a form: what is typed is saved a few seconds later, so that a lost page loses
// little. It says so quietly, and when it can't.
import { call } from "../requests.ts";

const PAUSE = 3000;
const LEFT_OUT = ["checkbox", "datetime-local", "button", "submit", "radio", "file"];

class Keeper extends HTMLElement {
  #timer = 0;
  #sent = "";
  #left = false;

  connectedCallback(): void {
    const form = this.closest("form");
    if (!form || this.#sent) return;
    this.#sent = JSON.stringify(this.#fields(form));
    form.addEventListener("input", () => this.#later(form));
    form.addEventListener("submit", () => {
      this.#left = true;
      clearTimeout(this.#timer);
    });
    document.addEventListener("visibilitychange", () => document.hidden && void this.#save(form));
  }

  #later(form: HTMLFormElement): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#save(form), PAUSE);
  }

  // What a draft knows: texts, apart from the form's own marks.
  #fields(form: HTMLFormElement): Record<string, string> {
    const named = [...form.elements].filter((one): one is HTMLInputElement => "name" in one && /^[a-z]/.test(String(one.name)));
    return Object.fromEntries(named.filter((one) => !LEFT_OUT.includes(one.type)).map((one) => [one.name, one.value]));
  }

  async #save(form: HTMLFormElement): Promise<void> {
    const fields = this.#fields(form);
    const body = JSON.stringify(fields);
    if (this.#left || !this.isConnected || body === this.#sent) return;
    const state = this.firstElementChild;
    try {
      const done = await call<{ saved_at: string }>("PUT", this.dataset.url ?? "", fields);
      this.#sent = body;
      const at = new Date(done.saved_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      if (state) state.textContent = `${this.dataset.saved ?? ""} ${at}`;
    } catch {
      if (state) state.textContent = this.dataset.failed ?? "";
    }
  }
}

customElements.define("maru-keeper", Keeper);
