"""Work for the processor, in children that can be killed."""

from maru.compute.pool import Compute

__all__ = ["Compute"]
