// A menu opens below its button, or above it where there is no room. Without script it stands amidst.
const GAP = 4;

function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height <= innerHeight || at.top < height + GAP;
  const left = Math.min(Math.max(GAP, at.right - width), innerWidth - width - GAP);
  Object.assign(menu.style, { inset: "auto", left: `${left}px`, top: `${below ? at.bottom + GAP : at.top - GAP - height}px` });
}

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target as HTMLElement;
    const button = document.querySelector<HTMLElement>(`[data-menu][popovertarget="${menu.id}"]`);
    if (button && (event as ToggleEvent).newState === "open") place(menu, button);
  },
  true,
);
// It would stay behind where its button goes.
addEventListener("scroll", () => document.querySelector<HTMLElement>(".menu.anchored:popover-open")?.hidePopover(), { passive: true });

export {};
