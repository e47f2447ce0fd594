// What a person has arranged so far, and the way back: plain values, each step kept whole.
import type { Portlet } from "./api.ts";
import { type Place, same } from "./layout.ts";

export type Locks = Pick<Portlet, "is_locked" | "locked" | "is_mandatory" | "mandatory_until">;
export type State = {
  readonly places: readonly Place[];
  /** Settings that differ from those stored, by placement. */
  readonly configs: ReadonlyMap<string, Record<string, unknown>>;
  readonly locks: ReadonlyMap<string, Locks>;
  /** What those show whose settings differ. */
  readonly shown: ReadonlyMap<string, string>;
};

export const NOTHING: State = { places: [], configs: new Map(), locks: new Map(), shown: new Map() };
const MOST = 100;

export class Steps {
  now: State = NOTHING;
  private begun: State = NOTHING;
  private past: State[] = [];
  private ahead: State[] = [];

  begin(places: readonly Place[]): void {
    this.now = this.begun = { ...NOTHING, places };
    this.past = [];
    this.ahead = [];
  }

  /** One step further; several moves of one drag are one step. */
  go(change: Partial<State>, from: State = this.now): boolean {
    const next = { ...from, ...change };
    if (same(next.places, from.places) && next.configs === from.configs && next.locks === from.locks) return false;
    this.ahead = [];
    this.past.push(from);
    if (this.past.length > MOST) this.past.shift();
    this.now = next;
    return true;
  }

  back(): boolean {
    return this.turn(this.past, this.ahead);
  }

  /** The step that was taken back last, once more; another step in between forgets it. */
  again(): boolean {
    return this.turn(this.ahead, this.past);
  }

  private turn(from: State[], to: State[]): boolean {
    const next = from.pop();
    if (!next) return false;
    to.push(this.now);
    this.now = next;
    return true;
  }

  get canGoBack(): boolean {
    return this.past.length > 0;
  }

  get canGoOn(): boolean {
    return this.ahead.length > 0;
  }

  get dirty(): boolean {
    return !same(this.now.places, this.begun.places) || this.now.configs.size > 0 || this.now.locks.size > 0;
  }

  get first(): State {
    return this.begun;
  }
}

/** The whole page as the server stores it: what stands, what is hidden, what is new. */
export function resolved(state: State, stored: readonly Portlet[], types: ReadonlyMap<string, string>, drawn: ReadonlySet<string>): Portlet[] {
  const known = new Map(stored.map((one) => [one.id ?? "", one]));
  const shown = state.places.map(({ id, x, y, w, h }): Portlet => {
    const old = known.get(id);
    known.delete(id);
    const more = { ...state.locks.get(id), config: state.configs.get(id) ?? old?.config ?? {} };
    if (old) return { ...old, ...more, x, y, w, h, is_visible: true };
    return { portlet_type: types.get(id) ?? "", is_locked: false, ...more, x, y, w, h, is_visible: true };
  });
  const rest = [...known].map(([id, one]) => ({ ...one, is_visible: one.is_visible && !drawn.has(id) }));
  return [...shown, ...rest];
}

/**
 * What was arranged here since `begun`, on top of what another one has stored meanwhile: a place or a size that was
 * changed here is as it was made here, all else as it is there. What is gone there stays gone.
 */
export function reapplied(begun: readonly Place[], mine: readonly Place[], stored: readonly Portlet[], fresh: ReadonlySet<string>): Place[] {
  const before = new Map(begun.map((one) => [one.id, one]));
  const here = new Map(mine.map((one) => [one.id, one]));
  const there = stored.filter((one) => one.is_visible).map(({ id, x, y, w, h }): Place => ({ ...(before.get(id ?? "") ?? {}), id: id ?? "", x, y, w, h }));
  const kept = there.flatMap((theirs) => {
    const [old, own] = [before.get(theirs.id), here.get(theirs.id)];
    if (!old) return own ?? theirs;
    return own ? changed(theirs, old, own) : [];
  });
  const again = stored.filter((one) => !one.is_visible).flatMap((one) => {
    const [old, own] = [before.get(one.id ?? ""), here.get(one.id ?? "")];
    return own && (!old || !same([old], [own])) ? own : [];
  });
  return [...kept, ...again, ...mine.filter((one) => fresh.has(one.id) && !stored.some((other) => other.id === one.id))];
}

function changed(theirs: Place, old: Place, own: Place): Place {
  const moved = old.x !== own.x || old.y !== own.y;
  const sized = old.w !== own.w || old.h !== own.h;
  return { ...theirs, ...(moved ? { x: own.x, y: own.y } : {}), ...(sized ? { w: own.w, h: own.h } : {}) };
}
