// Dragging by mouse, pen or finger. It turns pixels into columns and rows and says so; it decides nothing.

export type Drag = { readonly kind: "move" | "resize"; readonly frame: HTMLElement };
export type Listener = {
  start(drag: Drag): boolean;
  over(drag: Drag, columns: number, rows: number, y: number): void;
  end(drag: Drag, kept: boolean): void;
};

const THRESHOLD = 4;
const EDGE = 56;

export const columnsOf = (grid: HTMLElement): number => getComputedStyle(grid).gridTemplateColumns.split(" ").length;

function cell(grid: HTMLElement): { width: number; height: number } {
  const style = getComputedStyle(grid);
  const gap = parseFloat(style.columnGap) || 0;
  const columns = columnsOf(grid);
  const row = parseFloat(style.gridAutoRows) || 88;
  return { width: (grid.clientWidth + gap) / columns, height: row + (parseFloat(style.rowGap) || 0) };
}

function kindOf(target: Element, narrow: boolean): Drag["kind"] | undefined {
  // Where a finger scrolls the page, only the grip is for dragging.
  if (narrow) return target.closest(".grip") ? "move" : undefined;
  if (target.closest(".corner")) return "resize";
  if (target.closest(".controls")) return undefined;
  return target.closest(".portlet > header") ? "move" : undefined;
}

export function watchPointer(grid: HTMLElement, listener: Listener): () => void {
  const begin = (event: PointerEvent): void => {
    const target = event.target as Element;
    const kind = kindOf(target, columnsOf(grid) === 1);
    const frame = target.closest<HTMLElement>(".portlet");
    if (!kind || !frame || event.button !== 0 || !event.isPrimary) return;
    follow(grid, event, { kind, frame }, listener);
  };
  grid.addEventListener("pointerdown", begin);
  return () => grid.removeEventListener("pointerdown", begin);
}

function follow(grid: HTMLElement, begun: PointerEvent, drag: Drag, listener: Listener): void {
  const size = cell(grid);
  const origin = { x: begun.clientX, y: begun.clientY + scrollY };
  const box = drag.frame.getBoundingClientRect();
  const narrow = columnsOf(grid) === 1;
  let started = false;
  let last = begun;
  let timer = 0;

  const show = (): void => {
    const dx = last.clientX - origin.x;
    const dy = last.clientY + scrollY - origin.y;
    if (narrow) {
      // The column puts it where it belongs at each step.
    } else if (drag.kind === "move") drag.frame.style.translate = `${dx}px ${dy}px`;
    else {
      drag.frame.style.width = `${Math.max(80, box.width + dx)}px`;
      drag.frame.style.height = `${Math.max(60, box.height + dy)}px`;
    }
    listener.over(drag, Math.round(dx / size.width), Math.round(dy / size.height), last.clientY);
  };
  // Near an edge of the window the page scrolls along.
  const scroll = (): void => {
    const speed = last.clientY < EDGE * 2 ? -1 : last.clientY > innerHeight - EDGE ? 1 : 0;
    if (speed && started) {
      scrollBy(0, speed * 10);
      show();
    }
    timer = requestAnimationFrame(scroll);
  };
  const moved = (event: PointerEvent): void => {
    if (event.pointerId !== begun.pointerId) return;
    last = event;
    if (!started) {
      if (Math.hypot(event.clientX - begun.clientX, event.clientY - begun.clientY) < THRESHOLD) return;
      started = listener.start(drag);
      if (!started) return stop();
      drag.frame.classList.add("held");
      timer = requestAnimationFrame(scroll);
    }
    show();
  };
  const stop = (): void => {
    cancelAnimationFrame(timer);
    removeEventListener("pointermove", moved);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", cancel);
    removeEventListener("keydown", escape, true);
  };
  const finish = (kept: boolean): void => {
    stop();
    if (!started) return;
    drag.frame.classList.remove("held");
    for (const name of ["translate", "width", "height"]) drag.frame.style.removeProperty(name);
    listener.end(drag, kept);
  };
  const up = (event: PointerEvent): void => {
    if (event.pointerId === begun.pointerId) finish(true);
  };
  const cancel = (): void => finish(false);
  const escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    finish(false);
  };
  addEventListener("pointermove", moved);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", cancel);
  addEventListener("keydown", escape, true);
}
