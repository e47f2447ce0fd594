"""Maru's own benchmark: real processes under load, peers in the same run, medians and ratios."""
