import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, type Place, add, collide, grow, move, readingOrder, remove, resize, same, settle, shift, step } from "./layout.ts";

const at = (id: string, x: number, y: number, w = 3, h = 2, more: Partial<Place> = {}): Place => ({ id, x, y, w, h, ...more });
const find = (places: readonly Place[], id: string): Place => {
  const found = places.find((one) => one.id === id);
  assert.ok(found, id);
  return found;
};

/** Repeatable chance: the same seed gives the same layouts. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

function jumble(seed: number): Place[] {
  const below = chance(seed * 7919 + 1);
  const places = Array.from({ length: 1 + below(24) }, (_, index) =>
    at(`p${index}`, below(14) - 1, below(30) - 2, 1 + below(13), 1 + below(8), { minW: 1 + below(4), minH: 1 + below(3) }),
  );
  // Locked ones come from the server, which never lets two of them overlap.
  const locked: Place[] = [];
  for (const place of settle(places)) if (below(5) === 0 && !locked.some((one) => collide(one, place))) locked.push({ ...place, locked: true });
  return places.map((place) => locked.find((one) => one.id === place.id) ?? place);
}

function sound(places: readonly Place[], seed: number): void {
  for (const a of places) {
    assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.w <= COLUMNS, `seed ${seed}: ${JSON.stringify(a)} is outside`);
    for (const b of places) assert.ok(!collide(a, b), `seed ${seed}: ${a.id} over ${b.id}`);
  }
}

function compact(places: readonly Place[], seed: number): void {
  for (const place of places) {
    if (place.locked || place.y === 0) continue;
    const higher = { ...place, y: place.y - 1 };
    assert.ok(places.some((other) => collide(other, higher)), `seed ${seed}: ${place.id} could stand higher`);
  }
}

test("any layout settles without overlap, as high as it can, and settles once", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const places = jumble(seed);
    const settled = settle(places);
    assert.equal(settled.length, places.length);
    sound(settled, seed);
    compact(settled, seed);
    assert.deepEqual(settle(settled), settled, `seed ${seed}`);
    for (const place of places.filter((one) => one.locked)) assert.deepEqual(find(settled, place.id), place);
  }
});

test("moves, sizes, additions and removals keep a layout sound", () => {
  for (let seed = 0; seed < 1000; seed++) {
    const below = chance(seed + 17);
    let places = settle(jumble(seed));
    for (let turn = 0; turn < 12; turn++) {
      const id = places[below(places.length)]?.id ?? "";
      const act = below(5);
      if (act === 0) places = move(places, id, below(20) - 4, below(40) - 4);
      else if (act === 1) places = resize(places, id, below(16), below(30));
      else if (act === 2) places = step(places, id, ...([[1, 0], [-1, 0], [0, 1], [0, -1]] as const)[below(4)]!);
      else if (act === 3) places = add(places, at(`new${turn}`, 0, 0, 1 + below(12), 1 + below(4)));
      else if (places.length > 1) places = remove(places, id);
      sound(places, seed);
      compact(places, seed);
      for (const one of places) assert.ok(one.w >= Math.min(one.minW ?? 1, COLUMNS) && one.h >= (one.minH ?? 1));
    }
  }
});

test("the one that is moved gets its place and the others give way", () => {
  const moved = move([at("a", 0, 0), at("b", 3, 0)], "b", 0, 0);
  assert.deepEqual([find(moved, "b").y, find(moved, "a").y], [0, 2]);
});

test("over the upper half of a tall one takes its place, over the lower half stands below it", () => {
  const places = [at("tall", 0, 0, 6, 4), at("a", 6, 0)];
  assert.equal(find(move(places, "a", 0, 1), "a").y, 0);
  assert.equal(find(move(places, "a", 0, 2), "a").y, 4);
});

test("a portlet falls back up when nothing is below the gap", () => {
  assert.equal(find(move([at("a", 0, 0), at("b", 3, 0)], "b", 3, 9), "b").y, 0);
});

test("a locked portlet stays and the mover goes below it", () => {
  const moved = move([at("fixed", 0, 0, 6, 3, { locked: true }), at("a", 6, 0)], "a", 2, 0);
  assert.deepEqual([find(moved, "fixed").y, find(moved, "a").x, find(moved, "a").y], [0, 2, 3]);
});

test("a locked portlet can be neither moved nor resized", () => {
  const places = [at("fixed", 2, 1, 6, 3, { locked: true })];
  assert.ok(same(move(places, "fixed", 0, 0), places));
  assert.ok(same(resize(places, "fixed", 2, 2), places));
});

test("sizes stay between the smallest and the right edge", () => {
  const grown = find(resize([at("a", 9, 0, 3, 2, { minW: 2, minH: 2 })], "a", 12, 99), "a");
  assert.deepEqual([grown.w, grown.h], [3, 24]);
  const shrunk = find(resize([at("a", 0, 0, 3, 2, { minW: 2, minH: 2 })], "a", 0, 0), "a");
  assert.deepEqual([shrunk.w, shrunk.h], [2, 2]);
});

test("one step down passes the neighbour below, one step up comes back", () => {
  const places = settle([at("a", 0, 0, 3, 4), at("b", 0, 4, 3, 3)]);
  const down = step(places, "a", 0, 1);
  assert.deepEqual([find(down, "b").y, find(down, "a").y], [0, 3]);
  assert.ok(same(step(down, "a", 0, -1), places));
});

test("a step that leads nowhere changes nothing", () => {
  const places = [at("a", 0, 0)];
  for (const [dx, dy] of [[-1, 0], [0, -1], [0, 1]] as const) assert.ok(same(step(places, "a", dx, dy), places));
});

test("what is added takes the first free place in reading order", () => {
  const places = settle([at("a", 0, 0, 6, 2), at("b", 9, 0, 3, 2)]);
  const added = find(add(places, at("c", 0, 0, 3, 2)), "c");
  assert.deepEqual([added.x, added.y], [6, 0]);
  assert.deepEqual(find(add(places, at("d", 0, 0, 12, 1)), "d").y, 2);
});

test("reading order is by rows, then columns, whatever order they came in", () => {
  const ids = readingOrder([at("c", 0, 2), at("b", 6, 0), at("a", 0, 0)]).map((one) => one.id);
  assert.deepEqual(ids, ["a", "b", "c"]);
});

test("200 portlets settle within a frame's time", () => {
  const places = Array.from({ length: 200 }, (_, i) => at(`p${i}`, (i * 5) % 11, (i * 3) % 60, 1 + (i % 5), 1 + (i % 4)));
  settle(places);
  const begun = performance.now();
  sound(settle(places), 0);
  assert.ok(performance.now() - begun < 100);
});

test("on one column a portlet goes before and behind its neighbour", () => {
  const places = settle([at("a", 0, 0, 6, 2), at("b", 6, 0, 6, 3), at("c", 0, 3, 12, 2)]);
  const ids = (all: readonly Place[]): string => readingOrder(all).map((one) => one.id).join("");
  assert.equal(ids(shift(places, "b", -1)), "bac");
  assert.equal(ids(shift(places, "b", 1)), "acb");
  assert.equal(ids(shift(places, "c", 1)), "abc");
  sound(shift(places, "b", -1), 0);
  const row = settle([at("a", 0, 0, 5, 5), at("b", 5, 0, 4, 5), at("c", 9, 0, 3, 5)]);
  assert.deepEqual([ids(shift(row, "b", -1)), ids(shift(row, "a", 1)), ids(shift(row, "c", -1))], ["bac", "bac", "acb"]);
});

test("a size that the organization has set stays, one that is free keeps to its largest", () => {
  const fixed = [at("a", 0, 0, 3, 2, { sized: true })];
  assert.ok(same(resize(fixed, "a", 6, 6), fixed));
  const grown = find(resize([at("a", 0, 0, 3, 2, { maxW: 4, maxH: 3 })], "a", 9, 9), "a");
  assert.deepEqual([grown.w, grown.h], [4, 3]);
});

test("a step of size keeps to what its type allows, and grows to the left at the right edge", () => {
  const places = [at("a", 9, 0, 3, 2, { minW: 3, maxW: 4, minH: 2, maxH: 3 })];
  const wider = grow(places, "a", 1, 0);
  assert.deepEqual([find(wider, "a").x, find(wider, "a").w], [8, 4]);
  assert.ok(same(grow(wider, "a", 1, 0), wider));
  assert.ok(same(grow(places, "a", -1, 0), places));
  assert.equal(find(grow(grow(places, "a", 0, 1), "a", 0, 1), "a").h, 3);
  assert.ok(same(grow([{ ...places[0]!, sized: true }], "a", 1, 1), places));
});
