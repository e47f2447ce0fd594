// <maru-popup>: what was closed once stays away until the browser is closed.
class Popup extends HTMLElement {
  connectedCallback(): void {
    const known = `maru:popup:${this.dataset.key}`;
    if (sessionStorage.getItem(known)) return this.remove();
    this.querySelector("dialog")?.addEventListener("close", () => {
      sessionStorage.setItem(known, "closed");
      this.remove();
    });
  }
}

customElements.define("maru-popup", Popup);
