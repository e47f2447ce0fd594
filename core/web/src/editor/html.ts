// A text from HTML and back. Nothing in the HTML is run or fetched: it is read in a document apart.
import { DOMParser as Reader, DOMSerializer, Fragment, Slice, type Node } from "prosemirror-model";
import { schema } from "./schema.ts";

export function read(html: string): Node {
  return Reader.fromSchema(schema).parse(new DOMParser().parseFromString(html, "text/html").body);
}

export function written(doc: Node): string {
  if (!doc.textContent.trim() && !holdsMore(doc)) return "";
  const box = document.createElement("div");
  box.append(DOMSerializer.fromSchema(schema).serializeFragment(doc.content));
  return box.innerHTML;
}

function holdsMore(doc: Node): boolean {
  let more = false;
  doc.descendants((node) => {
    more ||= node.type === schema.nodes["image"] || node.type === schema.nodes["table"] || node.type === schema.nodes["horizontal_rule"];
    return !more;
  });
  return more;
}

/** Lines of plain text as paragraphs: a blank line ends one, another line end stays within. */
export function paragraphs(text: string): Slice {
  const { paragraph, hard_break: line } = schema.nodes;
  const nodes = text.replace(/\r\n?/g, "\n").split(/\n[ \t]*\n\s*/).map((block) => {
    const parts = block.split("\n").flatMap((part, n) => [
      ...(n ? [line!.create()] : []),
      ...(part ? [schema.text(part)] : []),
    ]);
    return paragraph!.create(null, parts);
  });
  return new Slice(Fragment.from(nodes), 1, 1);
}

/** What office programs wrap around what they copy: comments, styles, and signs of lists in words. */
function withoutOffice(html: string): string {
  return html
    .replace(/<!--\[if[\s\S]*?<!\[endif\]-->/gi, "")
    .replace(/<(style|script|xml|title)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/<!\[if !supportLists\]>[\s\S]*?<!\[endif\]>/gi, "")
    .replace(/<\/?[ovwm]:[^>]*>/gi, "");
}

const LOOKS: readonly [RegExp, string][] = [
  [/font-weight:\s*(bold(er)?|[6-9]\d\d)/i, "strong"],
  [/font-style:\s*italic/i, "em"],
  [/text-decoration[^;:]*:[^;]*underline/i, "u"],
  [/text-decoration[^;:]*:[^;]*line-through/i, "s"],
];

/** What was pasted, with the stresses that styles made as tags. The page's policy forbids styles and
    handlers in any document that it makes, so neither may be left when the HTML is read. */
export function plainly(html: string): string {
  const tame = (tag: string): string => tag.replace(/\sstyle\s*=/gi, " data-look=").replace(/[\s/]on[a-z]+\s*=/gi, " data-none=");
  const { body } = new DOMParser().parseFromString(withoutOffice(html).replace(/<[a-z][^>]*>/gi, tame), "text/html");
  for (const element of body.querySelectorAll<HTMLElement>("[data-look]")) {
    const look = element.dataset.look ?? "";
    if (element.matches("a")) continue;
    if (element.matches("b") && /font-weight:\s*(normal|400)/i.test(look)) element.replaceWith(...element.childNodes);
    else for (const [sign, tag] of LOOKS) if (sign.test(look)) stress(element, tag);
  }
  return body.innerHTML;
}

function stress(element: HTMLElement, tag: string): void {
  const holds = element.matches("span, p, li, td, th, div") && !element.querySelector("p, li, table, div");
  if (!holds) return;
  const made = document.createElement(tag);
  made.append(...element.childNodes);
  element.append(made);
}
