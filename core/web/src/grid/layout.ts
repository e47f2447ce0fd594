// Where portlets stand, as plain functions: no document, no events, nothing to await.

export const COLUMNS = 12;
export const MAX_HEIGHT = 24;

export type Place = {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly minW?: number;
  readonly minH?: number;
  readonly maxW?: number;
  readonly maxH?: number;
  /** Its size is the organization's to say. */
  readonly sized?: boolean;
  /** Fixed by the organization: it stays where it is and everything else flows around it. */
  readonly locked?: boolean;
};

export function collide(a: Place, b: Place): boolean {
  return a.id !== b.id && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

const blocker = (placed: readonly Place[], item: Place): Place | undefined => placed.find((other) => collide(other, item));

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), Math.max(low, high));

/** The order in which a person reads: rows first. This is also the order in the document and on phones. */
export function readingOrder<T extends Place>(places: readonly T[]): T[] {
  return [...places].sort((a, b) => a.y - b.y || a.x - b.x || (a.id < b.id ? -1 : 1));
}

function fit<T extends Place>(item: T): T {
  const w = clamp(Math.round(item.w), Math.min(item.minW ?? 1, COLUMNS), Math.min(item.maxW ?? COLUMNS, COLUMNS));
  const h = clamp(Math.round(item.h), item.minH ?? 1, Math.min(item.maxH ?? MAX_HEIGHT, MAX_HEIGHT));
  return { ...item, w, h, x: clamp(Math.round(item.x), 0, COLUMNS - w), y: Math.max(0, Math.round(item.y)) };
}

/** Rises as far as nothing is in the way, or sinks below what is. */
function drop<T extends Place>(item: T, placed: readonly T[]): T {
  let settled = item;
  while (settled.y > 0 && !blocker(placed, settled)) {
    const higher = { ...settled, y: settled.y - 1 };
    if (blocker(placed, higher)) break;
    settled = higher;
  }
  for (let below = blocker(placed, settled); below; below = blocker(placed, settled)) {
    settled = { ...settled, y: below.y + below.h };
  }
  return settled;
}

/**
 * No two overlap and none could stand higher. Locked ones keep their places; `first` wins its row
 * against others that want the same one. Doing it twice changes nothing.
 */
export function settle<T extends Place>(places: readonly T[], first?: string): T[] {
  const placed: T[] = places.filter((item) => item.locked).map(fit);
  const free = places.filter((item) => !item.locked).map(fit);
  const rank = (item: T): number => (item.id === first ? 0 : 1);
  free.sort((a, b) => a.y - b.y || rank(a) - rank(b) || a.x - b.x || (a.id < b.id ? -1 : 1));
  for (const item of free) placed.push(drop(item, placed));
  return readingOrder(placed);
}

function change<T extends Place>(places: readonly T[], id: string, to: Partial<Place>): T[] {
  const changed = places.map((item) => (item.id === id && !item.locked ? { ...item, ...to } : item));
  return settle(changed, id);
}

/** Over the upper half of another one means: instead of it. */
function aim(places: readonly Place[], wanted: Place): number {
  const under = places.filter((other) => !other.locked && other.y < wanted.y && wanted.y < other.y + other.h / 2);
  return blocker(under, wanted)?.y ?? wanted.y;
}

/** Puts one at a place; what stands there gives way downwards. */
export function move<T extends Place>(places: readonly T[], id: string, x: number, y: number): T[] {
  const item = places.find((one) => one.id === id);
  return item ? change(places, id, { x, y: aim(places, fit({ ...item, x, y })) }) : settle(places);
}

/** Gives one another size, kept between its smallest and the right edge. */
export function resize<T extends Place>(places: readonly T[], id: string, w: number, h: number): T[] {
  const item = places.find((one) => one.id === id && !one.sized);
  return item ? change(places, id, { w: Math.min(w, COLUMNS - item.x), h }) : settle(places);
}

/** One step of size by key or button: at the right edge it grows to the left. */
export function grow<T extends Place>(places: readonly T[], id: string, columns: number, rows: number): T[] {
  const item = places.find((one) => one.id === id && !one.sized);
  if (!item) return settle(places);
  const { w, h } = fit({ ...item, w: item.w + columns, h: item.h + rows });
  return change(places, id, { w, h, x: Math.min(item.x, COLUMNS - w) });
}

export const same = (a: readonly Place[], b: readonly Place[]): boolean =>
  a.length === b.length && a.every((item) => b.some((one) => one.id === item.id && one.x === item.x && one.y === item.y && one.w === item.w && one.h === item.h));

/** One step by keyboard: sideways a column, up and down as far as it takes to change something. */
export function step<T extends Place>(places: readonly T[], id: string, dx: number, dy: number): T[] {
  const item = places.find((one) => one.id === id);
  if (!item) return [...places];
  if (dx) return move(places, id, item.x + dx, item.y);
  const bottom = Math.max(...places.map((one) => one.y + one.h));
  for (let y = item.y + dy; y >= 0 && y <= bottom; y += dy) {
    const tried = move(places, id, item.x, y);
    if (!same(tried, places)) return tried;
  }
  return [...places];
}

/** Adds one at the first free place in reading order. */
export function add<T extends Place>(places: readonly T[], item: T): T[] {
  const wanted = fit(item);
  const bottom = Math.max(0, ...places.map((one) => one.y + one.h));
  for (let y = 0; y <= bottom; y++) {
    for (let x = 0; x + wanted.w <= COLUMNS; x++) {
      const tried = { ...wanted, x, y };
      if (!blocker(places, tried)) return settle([...places, tried]);
    }
  }
  return settle([...places, { ...wanted, x: 0, y: bottom }]);
}

export function remove<T extends Place>(places: readonly T[], id: string): T[] {
  return settle(places.filter((item) => item.id !== id));
}

/**
 * Where one column shows all (a phone), a portlet goes before or behind its neighbour in reading order.
 * It takes the neighbour's place, so the wide page changes no more than that.
 */
export function shift<T extends Place>(places: readonly T[], id: string, by: -1 | 1): T[] {
  const order = readingOrder(places);
  const at = order.findIndex((one) => one.id === id);
  const [first, second] = by < 0 ? [order[at - 1], order[at]] : [order[at], order[at + 1]];
  if (at < 0 || !first || !second || first.locked || second.locked) return [...places];
  const above = { ...second, x: clamp(first.x, 0, COLUMNS - second.w), y: first.y };
  const below = { ...first, y: second.y + second.h };
  const swap = (...moved: T[]): T[] => settle(places.map((one) => moved.find((it) => it.id === one.id) ?? one), second.id);
  const beside = { ...first, x: clamp(second.x + second.w - first.w, 0, COLUMNS - first.w), y: second.y };
  const tried = [swap(above, beside), swap(above, { ...first, y: first.y + second.h }), swap(below)];
  const wanted = order.map((one) => (one === first ? second.id : one === second ? first.id : one.id)).join();
  const placeIn = (all: readonly T[], one: T): number => all.findIndex((it) => it.id === one.id);
  const exact = tried.find((all) => all.map((one) => one.id).join() === wanted);
  return exact ?? tried.find((all) => placeIn(all, second) < placeIn(all, first)) ?? [...places];
}
