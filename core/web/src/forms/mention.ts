// What a text area with mentions holds: names while it is typed, marks when it is sent.
export type Named = Map<string, string>;

const BEFORE = /(?:^|\s)@([^\s@]{1,30})$/;

/** What is being sought before the caret, without its "@"; nothing where no name is being typed. */
export function sought(text: string, caret: number): string {
  return BEFORE.exec(text.slice(0, caret))?.[1] ?? "";
}

/** The text and the caret once a name stands where it was sought. */
export function chosen(text: string, caret: number, label: string): [string, number] {
  const begun = caret - sought(text, caret).length - 1;
  const before = `${text.slice(0, begun)}${label} `;
  return [before + text.slice(caret).replace(/^ /, ""), before.length];
}

/** The text with a mark for each name that was chosen; the longest first, so that none is cut. */
export function marked(text: string, named: Named): string {
  const labels = [...named.keys()].sort((one, other) => other.length - one.length);
  return labels.reduce((all, label) => all.replaceAll(label, named.get(label) ?? label), text);
}

/** A name as it stands in the text: with its department where another one bears the same. */
export function labelled(named: Named, name: string, mark: string, more: string): string {
  const label = `@${name}`;
  return (named.get(label) ?? mark) === mark ? label : `@${name}(${more})`;
}
