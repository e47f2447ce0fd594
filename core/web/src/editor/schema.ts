// What a text may hold. Whatever is pasted or read is made to fit, so that what comes from Word,
// Hangul or another page leaves its looks behind; the server keeps the same list.
import { Schema, type DOMOutputSpec, type MarkSpec, type NodeSpec } from "prosemirror-model";
import { tableNodes } from "prosemirror-tables";
import { leadsTo, pictureOf } from "./addresses.ts";

const plain = (tag: string): (() => DOMOutputSpec) => () => [tag, 0];
const LEVELS = [2, 3, 4] as const;
const REL = "noopener nofollow";

const blocks: Record<string, NodeSpec> = {
  doc: { content: "block+" },
  paragraph: { content: "inline*", group: "block", parseDOM: [{ tag: "p" }], toDOM: plain("p") },
  heading: {
    content: "inline*", group: "block", defining: true, attrs: { level: { default: 2 } },
    parseDOM: [
      { tag: "h1", attrs: { level: 2 } },
      ...LEVELS.map((level) => ({ tag: `h${level}`, attrs: { level } })),
      ...[5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: 4 } })),
    ],
    toDOM: (node) => [`h${node.attrs["level"] as number}`, 0],
  },
  blockquote: { content: "block+", group: "block", defining: true, parseDOM: [{ tag: "blockquote" }], toDOM: plain("blockquote") },
  code_block: {
    content: "text*", marks: "", group: "block", code: true, defining: true,
    parseDOM: [{ tag: "pre", preserveWhitespace: "full" }],
    toDOM: () => ["pre", ["code", 0]],
  },
  horizontal_rule: { group: "block", parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] },
  bullet_list: { content: "list_item+", group: "block", parseDOM: [{ tag: "ul" }], toDOM: plain("ul") },
  ordered_list: { content: "list_item+", group: "block", parseDOM: [{ tag: "ol" }], toDOM: plain("ol") },
  list_item: { content: "paragraph block*", defining: true, parseDOM: [{ tag: "li" }], toDOM: plain("li") },
  ...tableNodes({ tableGroup: "block", cellContent: "block+", cellAttributes: {} }),
  text: { group: "inline" },
  image: {
    inline: true, group: "inline", draggable: true, attrs: { src: {}, alt: { default: "" } },
    parseDOM: [{
      tag: "img[src]",
      getAttrs: (dom) => {
        const src = pictureOf(dom.getAttribute("src") ?? "");
        return src === null ? false : { src, alt: dom.getAttribute("alt") ?? "" };
      },
    }],
    toDOM: (node) => ["img", { src: node.attrs["src"] as string, alt: node.attrs["alt"] as string }],
  },
  hard_break: { inline: true, group: "inline", selectable: false, parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
};

const stressed = (tag: string, ...also: string[]): MarkSpec => ({ parseDOM: [tag, ...also].map((one) => ({ tag: one })), toDOM: plain(tag) });

const marks: Record<string, MarkSpec> = {
  link: {
    attrs: { href: {} }, inclusive: false,
    parseDOM: [{
      tag: "a[href]",
      getAttrs: (dom) => {
        const href = leadsTo(dom.getAttribute("href") ?? "");
        return href === null ? false : { href };
      },
    }],
    toDOM: (mark) => ["a", { href: mark.attrs["href"] as string, rel: REL }, 0],
  },
  strong: stressed("strong", "b"),
  em: stressed("em", "i"),
  underline: stressed("u", "ins"),
  strike: stressed("s", "del", "strike"),
  subscript: { ...stressed("sub"), excludes: "subscript superscript" },
  superscript: { ...stressed("sup"), excludes: "subscript superscript" },
  code: { ...stressed("code"), code: true },
};

export const schema = new Schema({ nodes: blocks, marks });
