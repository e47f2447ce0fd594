// <maru-chart>: lines or bars over time, fetched again while the tab is seen. The drawing library is loaded
// only on pages that have one; the table inside stays for readers who can't see the drawing.
import { series, type Line } from "./series.ts";
import { follow, type Figures } from "./source.ts";

class Chart extends HTMLElement {
  #stop: (() => void) | undefined;
  #draw: ((figures: Figures) => void) | undefined;
  #resize: ResizeObserver | undefined;

  connectedCallback(): void {
    const url = this.dataset.url;
    if (!url) return;
    const lines = JSON.parse(this.dataset.lines ?? "[]") as Line[];
    this.#stop = follow(url, (figures) => void this.#show(figures, lines));
  }

  disconnectedCallback(): void {
    this.#stop?.();
    this.#resize?.disconnect();
    this.#draw = undefined;
  }

  async #show(figures: Figures, lines: Line[]): Promise<void> {
    this.toggleAttribute("data-empty", figures.points.length < 2);
    if (figures.points.length < 2) return;
    if (!this.#draw) {
      const { plot } = await import("./plot.ts");
      if (!this.isConnected || this.#draw) return;
      const stage = this.querySelector<HTMLElement>(".stage") ?? this;
      const drawn = plot(stage, lines, { unit: this.dataset.unit ?? "", days: this.dataset.days, bars: this.dataset.kind === "bars" });
      this.#draw = (found) => drawn.show(series(found.points, lines));
      this.#resize = new ResizeObserver(() => drawn.fit());
      this.#resize.observe(stage);
    }
    this.#draw(figures);
  }
}

customElements.define("maru-chart", Chart);
