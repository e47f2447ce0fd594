"""Boards, posts and comments."""
