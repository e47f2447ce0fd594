import assert from "node:assert/strict";
import { test } from "node:test";
import { SETTLED, backOff, due, windowOf } from "./spread.ts";

const PAGES = 10_000;

/** Chance that is the same in each run (mulberry32). */
function chance(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function busiest(times: number[]): number {
  const perSecond = new Map<number, number>();
  for (const time of times) {
    const second = Math.floor(time / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return Math.max(...perSecond.values());
}

for (const parts of [1, 2, 5]) {
  test(`one post among ${PAGES} pages with ${parts} live parts each costs 200 refetches a second at most`, () => {
    const window = windowOf({ within: 10, of: parts, listeners: PAGES });
    const random = chance(parts);
    const times = Array.from({ length: PAGES * parts }, () => due(0, window, -Infinity, random()));
    assert.ok(busiest(times) <= 200, `${busiest(times)} in one second`);
  });
}

test("a post each second costs no more: a page fetches once in its window", () => {
  const window = windowOf({ within: 10, listeners: PAGES });
  const random = chance(4);
  const times: number[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    let last = -Infinity;
    let next = -Infinity;
    for (let second = 0; second < 200; second += 1) {
      const now = second * 1000;
      if (next <= now) {
        if (next > -Infinity) times.push((last = next));
        next = due(now, window, last, random());
      }
    }
  }
  assert.ok(busiest(times) <= 210, `${busiest(times)} in one second`);
});

test("few pages keep what the author promised", () => {
  assert.equal(windowOf({ within: 10, of: 2, listeners: 60 }), 10_000);
  assert.equal(windowOf({ within: 10 }), 10_000);
  assert.equal(windowOf({}), 0);
});

test("nobody asks before every process has heard", () => {
  assert.equal(due(1000, 5000, -Infinity, 0), 1000 + SETTLED);
  assert.equal(due(1000, 5000, 900, 0), 5900);
});

test("waiting doubles up to a minute, and nearly all of it is chance", () => {
  assert.deepEqual([0, 1, 2, 3].map((n) => backOff(n, 1)), [5000, 10_000, 20_000, 40_000]);
  assert.equal(backOff(50, 1), 60_000);
  assert.equal(backOff(50, 0), 6_000);
});
