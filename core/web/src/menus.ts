// A menu opens below its button, or above it where there is no room. Without script it stands amidst.
const GAP = 4;

function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height <= innerHeight || at.top < height + GAP;
  const left = Math.min(Math.max(GAP, at.right - width), innerWidth - width - GAP);
  Object.assign(menu.style, { inset: "auto", left: `${left}px`, top: `${below ? at.bottom + GAP : at.top - GAP - height}px` });
}

const buttonOf = (menu: HTMLElement): HTMLElement | null => document.querySelector(`[data-menu][popovertarget="${menu.id}"]`);

function anchor(menu: HTMLElement | null): void {
  const button = menu && buttonOf(menu);
  if (menu && button) place(menu, button);
}

document.addEventListener(
  "toggle",
  (event) => {
    if ((event as ToggleEvent).newState === "open") anchor(event.target as HTMLElement);
  },
  true,
);
// It stays at its button, also while a page glides to where its link led.
addEventListener("scroll", () => anchor(document.querySelector<HTMLElement>(".menu.anchored:popover-open")), { passive: true });

export {};
