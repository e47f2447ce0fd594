// Cached pages can't know the reader's zone nor how long ago something was: the browser does.
const zone = document.querySelector<HTMLMetaElement>('meta[name="maru-zone"]')?.content || undefined;
const locale = document.documentElement.lang || "ko";
const near = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: locale === "ko" ? "narrow" : "long" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86400], ["hour", 3600], ["minute", 60]];
const WEEK = 7 * 86400;

export function relative(moment: Date, now: Date): string {
  const seconds = (moment.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) > WEEK) return absolute(moment, "date");
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return near.format(Math.trunc(seconds / length), unit);
  }
  return locale === "ko" ? "방금" : "just now";
}

export function absolute(moment: Date, style: string): string {
  const parts: Intl.DateTimeFormatOptions = zone ? { timeZone: zone } : {};
  if (style !== "time") Object.assign(parts, { year: "numeric", month: locale === "ko" ? "numeric" : "short", day: "numeric" });
  if (style !== "date") Object.assign(parts, { hour: "numeric", minute: "2-digit" });
  return new Intl.DateTimeFormat(locale, parts).format(moment);
}

function refresh(within: ParentNode = document): void {
  const now = new Date();
  for (const shown of within.querySelectorAll<HTMLTimeElement>("time[data-style]")) {
    const moment = new Date(shown.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const style = shown.dataset.style ?? "relative";
    shown.textContent = style === "relative" ? relative(moment, now) : absolute(moment, style);
    if (style === "relative") shown.title = absolute(moment, "datetime");
  }
}

refresh();
setInterval(() => document.hidden || refresh(), 60_000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
document.addEventListener("htmx:after:swap", () => refresh());
document.addEventListener("maru:shown", () => refresh());
