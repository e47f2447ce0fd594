// <maru-editor>: rich text in a text area. The editor is loaded only on pages that have one; until it
// is there, and without script, the text area is all there is.
class Editor extends HTMLElement {
  #end: (() => void) | undefined;
  #begun = false;

  connectedCallback(): void {
    const area = this.querySelector("textarea");
    if (!area || this.#begun) return;
    this.#begun = true;
    void import("./view.ts").then(
      ({ mount }) => {
        if (this.isConnected) this.#end = mount(this, area);
        this.dataset.state = "ready";
      },
      () => (this.dataset.state = "plain"),
    );
  }

  disconnectedCallback(): void {
    this.#end?.();
  }
}

customElements.define("maru-editor", Editor);
