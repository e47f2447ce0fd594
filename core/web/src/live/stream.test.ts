import assert from "node:assert/strict";
import { test } from "node:test";
import { events } from "./stream.ts";

test("events are heard whole, wherever the network cuts them", () => {
  const text = ': hello\n\nid: 7~1:2:\nevent: portlet\ndata: {"a": "b: c"}\n\nevent: x\ndata: one\ndata: two\n\ndata: never ended';
  for (let size = 1; size < text.length; size += 1) {
    const heard: [string, string][] = [];
    const take = events((data, id) => heard.push([data, id]));
    for (let at = 0; at < text.length; at += size) take(text.slice(at, at + size));
    assert.deepEqual(heard, [['{"a": "b: c"}', "7~1:2:"], ["one\ntwo", "7~1:2:"]]);
  }
});
