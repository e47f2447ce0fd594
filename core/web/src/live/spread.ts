// When to act: pure sums, so that ten thousand pages can be tried in a test.

/** Refetches per second that the pages of one room may cost together; chance adds to it. */
export const REFETCHES = 150;
/** Milliseconds until every process has heard what is old. */
export const SETTLED = 400;

export type Notice = {
  /** Seconds that the portlet's author allows. */
  within?: number;
  /** How many parts of one page this news makes old. */
  of?: number;
  /** How many pages hear of it, as the server counts them. */
  listeners?: number;
  version?: string;
};

/** Milliseconds over which the pages that hear of it spread their refetches. */
export function windowOf(notice: Notice): number {
  const crowd = ((notice.listeners ?? 0) * (notice.of ?? 1)) / REFETCHES;
  return 1000 * Math.max(notice.within ?? 0, crowd);
}

/** When to fetch again: at random within the window, and never twice within one. */
export function due(now: number, window: number, last: number, random: number): number {
  return Math.max(now + SETTLED + random * window, last + window);
}

const FIRST = 5000;
const LONGEST = 60_000;

/** Milliseconds to wait before the attempt after `failures` of them: nearly all of it is chance, since
 *  everybody loses the connection in the same moment. */
export function backOff(failures: number, random: number): number {
  const most = Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 10));
  return most * (0.1 + 0.9 * random);
}
