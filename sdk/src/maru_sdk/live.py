"""What happens while a page is open: channels whose rooms pages listen to, and speak in. Import it
where you need it; `ctx.live` sends."""

from maru_sdk._live import Channel, Rooms, channel

__all__ = ["Channel", "Rooms", "channel"]
