"""The posts on the boards."""
