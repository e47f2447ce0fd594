import assert from "node:assert/strict";
import { test } from "node:test";
import type { Portlet } from "./api.ts";
import type { Place } from "./layout.ts";
import { Steps, reapplied, resolved } from "./state.ts";

const at = (id: string, x: number): Place => ({ id, x, y: 0, w: 3, h: 2 });
const stored = (id: string, more: Partial<Portlet> = {}): Portlet =>
  ({ id, portlet_type: "a.b", x: 0, y: 0, w: 3, h: 2, is_visible: true, is_locked: false, config: {}, ...more });

test("each step is taken back in its turn, and a step to the same is none", () => {
  const steps = new Steps();
  steps.begin([at("a", 0)]);
  assert.equal(steps.go({ places: [at("a", 0)] }), false);
  assert.equal(steps.go({ places: [at("a", 3)] }), true);
  assert.equal(steps.go({ configs: new Map([["a", { count: 2 }]]) }), true);
  assert.ok(steps.dirty);
  steps.back();
  assert.equal(steps.now.configs.size, 0);
  steps.back();
  assert.equal(steps.now.places[0]?.x, 0);
  assert.equal(steps.dirty, false);
  assert.equal(steps.back(), false);
});

test("what is sent holds what stands, hides what was taken and leaves what was never drawn", () => {
  const now = { places: [at("a", 6), at("new-1", 0)], configs: new Map([["a", { n: 1 }]]), locks: new Map(), shown: new Map() };
  const all = [stored("a", { config: { n: 0 } }), stored("b"), stored("c")];
  const sent = resolved(now, all, new Map([["new-1", "x.y"]]), new Set(["a", "b"]));
  assert.deepEqual(sent.map((one) => [one.id, one.portlet_type, one.is_visible]), [["a", "a.b", true], [undefined, "x.y", true], ["b", "a.b", false], ["c", "a.b", true]]);
  assert.deepEqual([sent[0]?.x, sent[0]?.config], [6, { n: 1 }]);
});

test("what was taken back can be done again, until something else is done", () => {
  const steps = new Steps();
  steps.begin([at("a", 0)]);
  steps.go({ places: [at("a", 3)] });
  steps.go({ places: [at("a", 6)] });
  assert.equal(steps.again(), false);
  steps.back();
  steps.back();
  assert.ok(steps.canGoOn);
  assert.ok(steps.again());
  assert.equal(steps.now.places[0]?.x, 3);
  assert.ok(steps.again());
  assert.equal(steps.now.places[0]?.x, 6);
  steps.back();
  steps.go({ places: [at("a", 9)] });
  assert.equal(steps.canGoOn, false);
  assert.ok(steps.back());
  assert.equal(steps.now.places[0]?.x, 3);
});

test("what was changed here is done again on top of what another one has stored", () => {
  const begun = ["a", "b", "c", "d", "e"].map((id, i) => at(id, i));
  const mine = [at("a", 9), { ...at("b", 1), w: 5 }, at("c", 2), at("e", 8), at("new-1", 0)];
  const theirs = [
    stored("a", { x: 4, h: 7 }), // moved here and sized there: both
    stored("b", { x: 11 }), // the other way round
    stored("c", { x: 7 }), // theirs alone
    stored("d", { x: 3 }), // hidden here
    stored("f", { x: 6 }), // added there
    stored("e", { x: 0, is_visible: false }), // hidden there, moved here
  ];
  const again = new Map(reapplied(begun, mine, theirs, new Set(["new-1"])).map((one) => [one.id, one]));
  assert.deepEqual([again.get("a")?.x, again.get("a")?.h], [9, 7]);
  assert.deepEqual([again.get("b")?.x, again.get("b")?.w], [11, 5]);
  assert.equal(again.get("c")?.x, 7);
  assert.equal(again.has("d"), false);
  assert.equal(again.get("f")?.x, 6);
  assert.equal(again.get("e")?.x, 8);
  assert.ok(again.has("new-1"));
  const gone = reapplied(begun, mine, theirs.slice(1), new Set(["new-1"]));
  assert.ok(gone.every((one) => one.id !== "a"), "what is gone there stays gone");
});
