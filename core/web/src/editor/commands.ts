// What the toolbar and the keyboard do, by the names that the server's buttons carry.
import { chainCommands, exitCode, lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { redo, redoDepth, undo, undoDepth } from "prosemirror-history";
import type { MarkType, NodeType } from "prosemirror-model";
import { liftListItem, sinkListItem, wrapInList } from "prosemirror-schema-list";
import type { Command, EditorState } from "prosemirror-state";
import { addColumnAfter, addRowAfter, deleteColumn, deleteRow, deleteTable, isInTable } from "prosemirror-tables";
import { TextSelection } from "prosemirror-state";
import { schema } from "./schema.ts";

export interface Deed {
  run: Command;
  /** Whether it holds where the cursor is: what `aria-pressed` tells. */
  holds?: (state: EditorState) => boolean;
}

const node = (name: string): NodeType => schema.nodes[name] as NodeType;
const mark = (name: string): MarkType => schema.marks[name] as MarkType;

export function marked(state: EditorState, type: MarkType): boolean {
  const { from, to, empty, $from } = state.selection;
  return empty ? Boolean(type.isInSet(state.storedMarks ?? $from.marks())) : state.doc.rangeHasMark(from, to, type);
}

function within(state: EditorState, type: NodeType): boolean {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type === type) return true;
  return false;
}

const stress = (name: string): Deed => ({ run: toggleMark(mark(name)), holds: (state) => marked(state, mark(name)) });

function block(type: NodeType, attrs?: { level: number }): Deed {
  const holds = (state: EditorState): boolean => state.selection.$from.parent.hasMarkup(type, attrs ?? null);
  return { holds, run: (state, ...rest) => setBlockType(holds(state) ? node("paragraph") : type, attrs)(state, ...rest) };
}

function list(type: NodeType): Deed {
  const holds = (state: EditorState): boolean => within(state, type);
  const item = node("list_item");
  return { holds, run: (state, ...rest) => (holds(state) ? liftListItem(item) : chainCommands(wrapInList(type), exchanged(type)))(state, ...rest) };
}

/** One kind of list for the other. */
function exchanged(type: NodeType): Command {
  return (state, dispatch) => {
    const { $from } = state.selection;
    for (let depth = $from.depth; depth > 0; depth -= 1) {
      if (!$from.node(depth).type.name.endsWith("_list")) continue;
      dispatch?.(state.tr.setNodeMarkup($from.before(depth), type));
      return true;
    }
    return false;
  };
}

const quote: Deed = {
  holds: (state) => within(state, node("blockquote")),
  run: (state, ...rest) => (within(state, node("blockquote")) ? lift : wrapIn(node("blockquote")))(state, ...rest),
};

const rule: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(node("horizontal_rule").create()).scrollIntoView());
  return true;
};

/** Three by three, the first row of heads; the cursor stands in the first. */
const table: Command = (state, dispatch) => {
  if (isInTable(state)) return false;
  const row = (cell: string) => node("table_row").create(null, [0, 1, 2].map(() => node(cell).createAndFill()!));
  const made = node("table").create(null, [row("table_header"), row("table_cell"), row("table_cell")]);
  if (!dispatch) return true;
  const at = state.selection.from;
  const change = state.tr.replaceSelectionWith(made);
  dispatch(change.setSelection(TextSelection.near(change.doc.resolve(Math.min(at + 2, change.doc.content.size)))).scrollIntoView());
  return true;
};

export const newLine: Command = chainCommands(exitCode, (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(node("hard_break").create()).scrollIntoView());
  return true;
});
export const inward: Command = sinkListItem(node("list_item"));
export const outward: Command = liftListItem(node("list_item"));

export const DEEDS: Readonly<Record<string, Deed>> = {
  heading: block(node("heading"), { level: 2 }),
  subheading: block(node("heading"), { level: 3 }),
  strong: stress("strong"),
  em: stress("em"),
  underline: stress("underline"),
  strike: stress("strike"),
  code: stress("code"),
  bullets: list(node("bullet_list")),
  numbers: list(node("ordered_list")),
  quote,
  block: block(node("code_block")),
  table: { run: table },
  rule: { run: rule },
  undo: { run: (state, dispatch) => undoDepth(state) > 0 && undo(state, dispatch) },
  redo: { run: (state, dispatch) => redoDepth(state) > 0 && redo(state, dispatch) },
  row: { run: addRowAfter },
  column: { run: addColumnAfter },
  rowless: { run: deleteRow },
  columnless: { run: deleteColumn },
  tableless: { run: deleteTable },
};
