// Rows of a form that can be added and removed. Without script their buttons ask the server for it.
const NEXT = "__n__";

const rowsOf = (list: Element): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(":scope > .one-row")];

function add(list: HTMLElement): void {
  const rows = rowsOf(list);
  const blank = list.querySelector<HTMLTemplateElement>(":scope > template");
  if (!blank || rows.length >= Number(list.dataset.most)) return;
  const number = Math.max(-1, ...rows.map((row) => Number(row.dataset.row))) + 1;
  const made = document.createElement("template");
  made.innerHTML = blank.innerHTML.replaceAll(NEXT, String(number)); // our own markup, drawn by the server
  blank.before(made.content);
  name(list);
  rowsOf(list).at(-1)?.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
}

function remove(row: HTMLElement, list: HTMLElement): void {
  const next = (row.nextElementSibling ?? row.previousElementSibling) as HTMLElement | null;
  row.remove();
  name(list);
  const near = next?.matches(".one-row") ? next.querySelector<HTMLElement>("button[value^=remove]") : null;
  (near ?? list.querySelector<HTMLElement>("button[value^=add]"))?.focus();
}

/** Rows are called by where they stand, whatever number their fields carry. */
function name(list: HTMLElement): void {
  rowsOf(list).forEach((row, index) => row.setAttribute("aria-label", `${list.dataset.label} ${index + 1}`));
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>("button[name=_round]");
  const list = button?.closest<HTMLElement>("[data-rows]");
  if (!button || !list) return;
  const row = button.closest<HTMLElement>(".one-row");
  if (button.value === `add:${list.dataset.rows}`) add(list);
  else if (row && button.value.startsWith("remove:")) remove(row, list);
  else return;
  event.preventDefault();
  list.dispatchEvent(new Event("input", { bubbles: true }));
});

export {};
