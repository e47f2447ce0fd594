import assert from "node:assert/strict";
import { test } from "node:test";
import { series, shown } from "./series.ts";

test("points become columns, and what is missing a gap", () => {
  const points = [{ at: 1, p95: 0.2 }, { at: 2, p95: null }, { at: 3 }];
  assert.deepEqual(series(points, [{ key: "p95", label: "95 %" }]), [[1, 2, 3], [0.2, null, null]]);
});

test("a figure is shown in its unit", () => {
  assert.equal(shown(0.0421, "s"), "42 ms");
  assert.equal(shown(2.5, "s"), "2.50 s");
  assert.equal(shown(0.983, "ratio"), "98 %");
  assert.equal(shown(0.004, "ratio"), "0.4 %");
  assert.equal(shown(null, "s"), "–");
  assert.equal(shown(3.25, ""), "3.3");
});
