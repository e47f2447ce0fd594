"""How every process hears within two seconds that it must forget something."""

from maru.signals.loop import Loop
from maru.signals.signals import Signals

__all__ = ["Loop", "Signals"]
