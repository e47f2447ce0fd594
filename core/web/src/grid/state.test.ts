import assert from "node:assert/strict";
import { test } from "node:test";
import type { Portlet } from "./api.ts";
import type { Place } from "./layout.ts";
import { Steps, resolved } from "./state.ts";

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
  const now = { places: [at("a", 6), at("new-1", 0)], configs: new Map([["a", { n: 1 }]]), locks: new Map() };
  const all = [stored("a", { config: { n: 0 } }), stored("b"), stored("c")];
  const sent = resolved(now, all, new Map([["new-1", "x.y"]]), new Set(["a", "b"]));
  assert.deepEqual(sent.map((one) => [one.id, one.portlet_type, one.is_visible]), [["a", "a.b", true], [undefined, "x.y", true], ["b", "a.b", false], ["c", "a.b", true]]);
  assert.deepEqual([sent[0]?.x, sent[0]?.config], [6, { n: 1 }]);
});
