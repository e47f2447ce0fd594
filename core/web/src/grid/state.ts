// What a person has arranged so far, and the way back: plain values, each step kept whole.
import type { Portlet } from "./api.ts";
import { type Place, same } from "./layout.ts";

export type Locks = Pick<Portlet, "is_locked" | "locked" | "is_mandatory" | "mandatory_until">;
export type State = {
  readonly places: readonly Place[];
  /** Settings that differ from those stored, by placement. */
  readonly configs: ReadonlyMap<string, Record<string, unknown>>;
  readonly locks: ReadonlyMap<string, Locks>;
};

export const NOTHING: State = { places: [], configs: new Map(), locks: new Map() };
const MOST = 100;

export class Steps {
  now: State = NOTHING;
  private begun: State = NOTHING;
  private past: State[] = [];

  begin(places: readonly Place[]): void {
    this.now = this.begun = { ...NOTHING, places };
    this.past = [];
  }

  /** One step further; several moves of one drag are one step. */
  go(change: Partial<State>, from: State = this.now): boolean {
    const next = { ...from, ...change };
    if (same(next.places, from.places) && next.configs === from.configs && next.locks === from.locks) return false;
    this.past.push(from);
    if (this.past.length > MOST) this.past.shift();
    this.now = next;
    return true;
  }

  back(): boolean {
    const last = this.past.pop();
    if (last) this.now = last;
    return last !== undefined;
  }

  get canGoBack(): boolean {
    return this.past.length > 0;
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
