// The arrow keys walk through a calendar's days; Tab goes past them.
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

const daysOf = (calendar: Element): HTMLAnchorElement[] => [...calendar.querySelectorAll<HTMLAnchorElement>("a.day")];

function settle(calendar: Element): void {
  const days = daysOf(calendar);
  const first = days.find((day) => day.closest("[aria-current]")) ?? days.find((day) => !day.closest(".outside"));
  for (const day of days) day.tabIndex = day === first ? 0 : -1;
}

document.addEventListener("keydown", (event) => {
  const day = (event.target as Element).closest<HTMLAnchorElement>("[data-calendar] a.day");
  const calendar = day?.closest("[data-calendar]");
  if (!day || !calendar) return;
  const days = daysOf(calendar);
  const at = days.indexOf(day);
  const to = event.key === "Home" ? at - (at % 7) : event.key === "End" ? at - (at % 7) + 6 : at + (STEPS[event.key] ?? 0);
  const next = days[to];
  if (to === at || !next) return;
  event.preventDefault();
  day.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
document.querySelectorAll("[data-calendar]").forEach(settle);

export {};
