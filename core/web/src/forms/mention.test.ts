import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, labelled, marked, sought } from "./mention.ts";

test("a name is sought after an at-sign that begins a word", () => {
  assert.equal(sought("안녕 @홍", 5), "홍");
  assert.equal(sought("@ㅎㄱㄷ", 4), "ㅎㄱㄷ");
  for (const text of ["a@b", "@", "@홍 길", "메일 a@홍"]) assert.equal(sought(text, text.length), "");
});

test("what was sought is replaced, and what follows stays", () => {
  assert.deepEqual(chosen("보세요 @홍 내일", 6, "@홍길동"), ["보세요 @홍길동 내일", 9]);
});

test("names become marks, the longest first", () => {
  const named = new Map([["@홍길", "<1>"], ["@홍길동", "<2>"]]);
  assert.equal(marked("@홍길동 @홍길 @홍", named), "<2> <1> @홍");
});

test("two of one name are told apart", () => {
  const named = new Map([["@홍길동", "<1>"]]);
  assert.equal(labelled(named, "홍길동", "<1>", "영업"), "@홍길동");
  assert.equal(labelled(named, "홍길동", "<2>", "영업"), "@홍길동(영업)");
});
