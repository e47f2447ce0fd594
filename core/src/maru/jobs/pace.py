"""How deep the window may be: as deep as workers empty it in a moment, no deeper.

A deep window is fast, since nobody waits for a relay; it is unfair, since whoever comes late stands
behind all that is in it. So it grows while it is found empty again within a moment, and shrinks to
a moment's work where it isn't.
"""

from dataclasses import dataclass

BATCH = 500
SHARE = 16
BUNDLE = 100
MOMENT = 0.5
SMOOTHED = 0.5
PER_MESSAGE = 0.1
LONGEST_PAUSE = 0.05


@dataclass
class Pace:
    """The jobs per second that leave the window, as one relay sees it, and its depth."""

    least: int = SHARE
    share: int = SHARE
    rate: float = 0.0
    _stood: int = 0
    _since: float | None = None

    def claimed(self, number: int, held: int | None, now: float) -> None:
        """A claim took `number` rows when `held` stood in the window (None: not known)."""
        if held is None:
            return
        if self._since is not None and now > self._since:
            self._learn(held, now - self._since)
        self._since = now
        self._stood = held + number

    def _learn(self, held: int, seconds: float) -> None:
        left = max(0, self._stood - held)
        self.rate += (left / seconds - self.rate) * min(1.0, seconds / SMOOTHED)
        wanted = int(self.rate * MOMENT)
        emptied = self._stood >= self.share // 2 and held <= self._stood // 4
        if emptied and seconds < MOMENT / 2:
            wanted = max(wanted, self.share * 2)
        self.share = min(max(self.least, wanted), BATCH)

    def pause(self, now: float) -> float:
        """Seconds until another claim is worth its price: a good part of what stood is gone."""
        if self._since is None or self.rate < 1:
            return 0.0
        return min(self._stood / 2 / self.rate, LONGEST_PAUSE) - (now - self._since)

    def slow(self) -> None:
        """What stands in the window has turned out to be long."""
        self.rate, self.share = 0.0, self.least

    def depth(self) -> dict[str, int]:
        """How many one tenant and all together may have in the window, and jobs per message."""
        return {
            "share": self.share,
            "window": max(BATCH, int(self.rate * MOMENT)),
            "bundle": min(max(1, int(self.rate * PER_MESSAGE)), BUNDLE),
        }
