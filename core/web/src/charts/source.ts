// One poll per address, however many charts show it; none while the tab is hidden.
import type { Point } from "./series.ts";

export interface Figures {
  points: Point[];
}

type Listener = (figures: Figures) => void;

const EVERY = 10_000;
const KEPT = 1_440;
const sources = new Map<string, Source>();

class Source {
  readonly listeners = new Set<Listener>();
  readonly #url: string;
  #points: Point[] = [];
  #timer = 0;
  #asking = false;

  constructor(url: string) {
    this.#url = url;
    document.addEventListener("visibilitychange", this.#seen);
    void this.#ask();
  }

  get points(): Point[] {
    return this.#points;
  }

  end(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    clearTimeout(this.#timer);
  }

  readonly #seen = (): void => {
    if (!document.hidden) void this.#ask();
  };

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    if (document.hidden || this.#asking) return;
    this.#asking = true;
    try {
      const since = this.#points.at(-1)?.at ?? 0;
      const mark = this.#url.includes("?") ? "&" : "?";
      const answer = await fetch(`${this.#url}${mark}since=${since}`, { headers: { accept: "application/json" } });
      if (answer.ok) this.#take(((await answer.json()) as { data: Figures }).data.points);
    } catch {
      // Offline: the next time tells.
    } finally {
      this.#asking = false;
      this.#timer = window.setTimeout(() => void this.#ask(), EVERY);
    }
  }

  #take(points: Point[]): void {
    this.#points = [...this.#points, ...points].slice(-KEPT);
    for (const listener of this.listeners) listener({ points: this.#points });
  }
}

export function follow(url: string, listener: Listener): () => void {
  const source = sources.get(url) ?? new Source(url);
  sources.set(url, source);
  source.listeners.add(listener);
  if (source.points.length) listener({ points: source.points });
  return () => {
    source.listeners.delete(listener);
    if (source.listeners.size === 0) {
      source.end();
      sources.delete(url);
    }
  };
}
