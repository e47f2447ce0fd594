"""How deep the window may be: as deep as workers empty it in a moment, no deeper.

A deep window is fast, since nobody waits for a relay; it is unfair, since whoever comes late stands
behind all that is in it. So it holds some moments' work, measured.
"""

from dataclasses import dataclass

BATCH = 500
SHARE = 16
BUNDLE = 50
SMOOTHED = 0.5
AHEAD = 0.5
PER_MESSAGE = 0.01


@dataclass
class Pace:
    """The jobs per second that leave the window, as one relay sees it."""

    least: int = SHARE
    rate: float = 0.0
    _stood: int = 0
    _since: float | None = None

    def claimed(self, number: int, held: int | None, now: float) -> None:
        """A claim took `number` rows when `held` stood in the window (None: not known)."""
        if held is None:
            return
        if self._since is not None and now > self._since:
            seconds = now - self._since
            left = max(0, self._stood - held)
            self.rate += (left / seconds - self.rate) * min(1.0, seconds / SMOOTHED)
        self._since = now
        self._stood = held + number

    def slow(self) -> None:
        """What stands in the window has turned out to be long."""
        self.rate = 0.0

    def depth(self) -> dict[str, int]:
        """How many one tenant and all together may have in the window, and jobs per message."""
        ahead = int(self.rate * AHEAD)
        return {
            "share": min(max(self.least, ahead // 2), BATCH),
            "window": max(BATCH, ahead),
            "bundle": min(max(1, int(self.rate * PER_MESSAGE)), BUNDLE),
        }
