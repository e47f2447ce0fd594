// One connection per tab to what happens on the server: a WebSocket, else server-sent events, else nothing.
import { signedIn } from "../requests.ts";
import { backOff } from "./spread.ts";
import { listen } from "./stream.ts";

export type Data = Record<string, unknown>;
/** `id` is its place in the log, empty for what was only said; `listeners` are many, or 0. */
export type Frame = { room: string; id: string; event: string; data: Data; listeners: number };
/** `none`: there is no such service here; `lost`: there was one; `ended`: the session is over. */
export type State = "idle" | "connecting" | "open" | "lost" | "none" | "ended";
type Listener = (frame: Frame) => void;
type Room = { listeners: Set<Listener>; last: string; crowd: number };

const PATH = "/api/v1/realtime";
const SILENCE = 25_000;
const DEAF = 60_000;
const NEVER_OPENED = 3;
const RARELY = 300_000;

class Line extends EventTarget {
  state: State = "idle";
  /** When the connection was lost, on the page's clock. */
  since = 0;
  private rooms = new Map<string, Room>();
  private socket: WebSocket | undefined;
  private stream: AbortController | undefined;
  private last = "";
  private failures = 0;
  private opened = false;
  private heard = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;

  /** Hears what happens in a room; gives a function that stops it. */
  subscribe(name: string, listener: Listener): () => void {
    const room = this.rooms.get(name) ?? { listeners: new Set(), last: "", crowd: 0 };
    const fresh = !this.rooms.has(name);
    this.rooms.set(name, room);
    room.listeners.add(listener);
    if (this.state === "idle") this.connect();
    else if (fresh && this.stream) this.restart();
    else if (fresh) this.enter(name, room);
    return () => this.leave(name, listener);
  }

  private leave(name: string, listener: Listener): void {
    const room = this.rooms.get(name);
    room?.listeners.delete(listener);
    if (!room || room.listeners.size) return;
    this.rooms.delete(name);
    this.say({ op: "unsubscribe", room: name });
    if (!this.rooms.size) this.hangUp("idle");
  }

  private enter(name: string, room: Room): void {
    this.say(room.last ? { op: "resume", room: name, since: room.last } : { op: "subscribe", room: name });
  }

  private say(frame: Record<string, string>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private become(state: State): void {
    if (state === this.state) return;
    if (state === "lost" || state === "none") this.since ||= performance.now();
    if (state === "open") this.since = 0;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  private connect(): void {
    if (!this.rooms.size || this.state === "ended") return;
    if (this.state === "idle") this.become("connecting");
    clearTimeout(this.retry);
    this.heard = performance.now();
    if (this.failures >= NEVER_OPENED && !this.opened) this.openStream();
    else this.openSocket();
  }

  private openSocket(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${PATH}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      for (const [name, room] of this.rooms) this.enter(name, room);
      this.ready();
    });
    socket.addEventListener("message", (event) => this.read(event.data));
    socket.addEventListener("close", (event) => {
      if (this.socket === socket) void this.closed(event.code >= 4000);
    });
  }

  private openStream(): void {
    const stream = new AbortController();
    this.stream = stream;
    const asked = new URLSearchParams([...this.rooms.keys()].map((name) => ["room", name]));
    const ended = listen(`${PATH}/events?${asked}`, this.last, stream.signal, () => this.ready(), (text, id) => {
      if (id) this.last = id;
      this.read(text);
    });
    void ended.then((status) => {
      if (this.stream === stream) void this.closed(status === 401);
    });
  }

  private ready(): void {
    this.failures = 0;
    this.opened = true;
    this.beat ??= setInterval(() => this.pulse(), SILENCE / 2);
    this.become("open");
  }

  /** Nothing heard for long: the network may have gone without a word. */
  private pulse(): void {
    const silent = performance.now() - this.heard;
    if (silent > DEAF && this.socket) this.restart();
    else if (silent > SILENCE) this.say({ op: "ping", room: "" });
  }

  private read(text: string): void {
    this.heard = performance.now();
    let frame: Partial<Frame>;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    const { room: name = "", event = "", data = {} } = frame;
    const id = frame.id ?? "";
    if (event === "reconnect") return this.restart(1000 * Number(data.after ?? 1));
    if (event === "error" && data.code === "UNAUTHENTICATED") return void this.closed(true);
    const room = this.rooms.get(name);
    if (!room) return;
    if (id) room.last = id;
    if (event === "reset" && !id) room.last = "";
    // Just after a restart the server has counted few of those who are coming back.
    room.crowd = Math.max(frame.listeners ?? 0, room.crowd / 2);
    for (const listener of room.listeners) listener({ room: name, id, event, data, listeners: room.crowd });
  }

  /** After a loss: is the session over, is there such a service at all, and when to try again. */
  private async closed(suspicious: boolean): Promise<void> {
    this.drop();
    const never = !this.opened && this.failures >= NEVER_OPENED;
    this.become(never ? "none" : "lost");
    if ((suspicious || this.failures > 0) && !(await signedIn())) return this.hangUp("ended");
    const wait = never ? RARELY * (0.5 + Math.random()) : backOff(this.failures, Math.random());
    this.failures += 1;
    this.later(wait);
  }

  private restart(wait = 0): void {
    this.drop();
    this.become("lost");
    this.later(wait);
  }

  private later(wait: number): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private drop(): void {
    const { socket, stream } = this;
    this.socket = this.stream = undefined;
    socket?.close(1000);
    stream?.abort();
    clearInterval(this.beat);
    this.beat = undefined;
  }

  /** Stops, until somebody subscribes again or, after the session's end, for good. */
  hangUp(state: State): void {
    clearTimeout(this.retry);
    this.drop();
    this.become(state);
  }

  /** Tries at once where it waits: the network or the person is back. */
  hurry(): void {
    if ((this.state === "lost" || this.state === "idle") && !this.socket && !this.stream) this.later(Math.random() * 500);
  }
}

/** This tab's connection; it opens with the first subscription. */
export const line = new Line();

addEventListener("online", () => line.hurry());
document.addEventListener("visibilitychange", () => document.hidden || line.hurry());
addEventListener("pagehide", () => line.state !== "ended" && line.hangUp("idle"));
addEventListener("pageshow", (event) => event.persisted && line.hurry());

/** Hears what happens in a room: `subscribe("board.post:…", ({ event, data }) => …)`. */
export function subscribe(room: string, listener: Listener): () => void {
  return line.subscribe(room, listener);
}
