// <maru-job>: how a job is getting on, told by the server; where nobody tells, asked for.
import { call } from "../requests.ts";
import { type Frame, line, subscribe } from "./socket.ts";

const ASK = 2000;
const OVER = new Set(["done", "dead", "cancelled", "failed"]);

type Progress = { done?: number; total?: number; note?: string };
type Job = { state: string; progress: Progress | null };

class MaruJob extends HTMLElement {
  private stop: (() => void) | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private told = 0;

  connectedCallback(): void {
    if (OVER.has(this.dataset.state ?? "")) return;
    this.stop = subscribe(`job:${this.dataset.id}`, (frame) => this.hear(frame));
    this.timer = setInterval(() => this.ask(), ASK);
    void this.load();
  }

  disconnectedCallback(): void {
    this.stop?.();
    clearInterval(this.timer);
    this.stop = this.timer = undefined;
  }

  private hear({ event, data }: Frame): void {
    this.told += 1;
    if (event === "progress") this.show(data as Progress);
    else if (event === "state") this.become(String(data.state ?? ""));
    else if (event === "reset" || event === "error") void this.load();
  }

  private ask(): void {
    if (line.state !== "open" && !document.hidden) void this.load();
  }

  private async load(): Promise<void> {
    const before = this.told;
    const job = await call<Job>("GET", `/api/v1/jobs/${this.dataset.id}`).catch(() => null);
    if (!job || this.told !== before) return; // what was told meanwhile is newer
    if (job.progress) this.show(job.progress);
    this.become(job.state);
  }

  private show({ done = 0, total = 0, note = "" }: Progress): void {
    const bar = this.querySelector("progress");
    if (bar && total > 0) [bar.max, bar.value] = [total, done];
    this.put("count", total > 0 ? `${done.toLocaleString(document.documentElement.lang)} / ${total.toLocaleString(document.documentElement.lang)}` : "");
    this.put("note", note);
  }

  private become(state: string): void {
    if (!state || state === this.dataset.state) return;
    this.dataset.state = state;
    this.put("state", this.querySelector<HTMLElement>("template")?.dataset[state] ?? state);
    if (!OVER.has(state)) return;
    const bar = this.querySelector("progress");
    if (bar && state === "done") bar.value = bar.max;
    this.disconnectedCallback();
    this.dispatchEvent(new CustomEvent("maru:job", { bubbles: true, detail: { state } }));
  }

  private put(name: string, text: string): void {
    const place = this.querySelector(`[data-part="${name}"]`);
    if (place && place.textContent !== text) place.textContent = text;
  }
}

customElements.define("maru-job", MaruJob);
