"""Tells people what has happened: kinds declared by plugins, brought to each person once."""
