"""Boards, posts and comments."""

from maru_board.plugin import plugin

__all__ = ["plugin"]
