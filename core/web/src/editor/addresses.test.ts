import assert from "node:assert/strict";
import { test } from "node:test";
import { meant, pictureOf } from "./addresses.ts";

test("an address is what people mean by it", () => {
  assert.equal(meant(" https://example.com/가?x=1 "), "https://example.com/가?x=1");
  assert.equal(meant("example.com"), "https://example.com");
  assert.equal(meant("intra.example.com:8080/x y"), null);
  assert.equal(meant("min@example.com"), "mailto:min@example.com");
  assert.equal(meant("/board/1"), "/board/1");
});

test("nothing else is one", () => {
  for (const bad of ["", "javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", "word", "a b.com"]) {
    assert.equal(meant(bad), null, bad);
  }
});

test("a picture is a file of ours", () => {
  const own = "/api/v1/files/01a22527-5ce9-73c9-b677-87cef738b2cd?variant=800";
  assert.equal(pictureOf(own), own);
  assert.equal(pictureOf(`https://maru.example${own}`, "https://maru.example"), own);
  for (const bad of [`https://evil.example${own}`, "data:image/png;base64,AA", "/logo.png", `/${own}`]) {
    assert.equal(pictureOf(bad, "https://maru.example"), null, bad);
  }
});
