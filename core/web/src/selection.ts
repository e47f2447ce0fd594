// Tables whose rows can be ticked: all at once, a run of them with Shift, and how many they are.
let last: HTMLInputElement | undefined;

const boxesOf = (table: Element): HTMLInputElement[] => [...table.querySelectorAll<HTMLInputElement>("input[name=ids]")];

function tell(table: Element): void {
  const boxes = boxesOf(table);
  const ticked = boxes.filter((one) => one.checked).length;
  const all = table.querySelector<HTMLInputElement>("[data-all]");
  if (all) [all.checked, all.indeterminate] = [ticked > 0 && ticked === boxes.length, ticked > 0 && ticked < boxes.length];
  const count = table.querySelector<HTMLElement>(".selected > .count");
  if (count) count.textContent = ticked ? (count.dataset.some ?? "").replace("{count}", String(ticked)) : (count.dataset.none ?? "");
  for (const button of table.querySelectorAll<HTMLButtonElement>(".selected > button")) button.disabled = !ticked;
}

document.addEventListener("click", (event) => {
  const box = event.target;
  const table = box instanceof HTMLInputElement ? box.closest("[data-table]") : null;
  if (!table || !(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
  const boxes = boxesOf(table);
  if ("all" in box.dataset) for (const one of boxes) one.checked = box.checked;
  else if (event.shiftKey && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const one of boxes.slice(from, (to ?? 0) + 1)) one.checked = box.checked;
  }
  last = box;
  tell(table);
});
addEventListener("pageshow", () => document.querySelectorAll("[data-table]:has(.selected)").forEach(tell));

export {};
