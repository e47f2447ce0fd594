// The keyboard of a text. Tab leaves it, as in any field; Alt+F10 goes to its toolbar.
import { baseKeymap } from "prosemirror-commands";
import { inputRules, textblockTypeInputRule, undoInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import type { NodeType } from "prosemirror-model";
import { splitListItem } from "prosemirror-schema-list";
import type { Command, Plugin } from "prosemirror-state";
import { DEEDS, inward, newLine, outward } from "./commands.ts";
import { schema } from "./schema.ts";

const KEYS: Readonly<Record<string, string>> = {
  "Mod-b": "strong", "Mod-i": "em", "Mod-u": "underline", "Mod-Shift-x": "strike", "Mod-e": "code",
  "Mod-Alt-2": "heading", "Mod-Alt-3": "subheading", "Mod-Shift-7": "numbers", "Mod-Shift-8": "bullets", "Mod-Shift-9": "quote",
  "Mod-z": "undo", "Mod-y": "redo", "Mod-Shift-z": "redo",
};

const node = (name: string): NodeType => schema.nodes[name] as NodeType;

// Signs at the start of a line that become what they stand for; Backspace takes that back.
const signs = inputRules({
  rules: [
    textblockTypeInputRule(/^(##{1,2})\s$/, node("heading"), (found) => ({ level: found[1]?.length ?? 2 })),
    wrappingInputRule(/^\s*[-*]\s$/, node("bullet_list")),
    wrappingInputRule(/^1\.\s$/, node("ordered_list")),
    wrappingInputRule(/^>\s$/, node("blockquote")),
    textblockTypeInputRule(/^```$/, node("code_block")),
  ],
});

export function keyboard(toTools: () => void, link: Command): Plugin[] {
  const own: Record<string, Command> = {
    Backspace: undoInputRule,
    Enter: splitListItem(node("list_item")),
    "Shift-Enter": newLine,
    "Mod-]": inward,
    "Mod-[": outward,
    "Mod-Shift-l": link,
    "Alt-F10": () => (toTools(), true),
  };
  for (const [key, name] of Object.entries(KEYS)) own[key] = DEEDS[name]!.run;
  return [signs, keymap(own), keymap(baseKeymap)];
}
