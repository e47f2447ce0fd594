"""The contract between Maru and its plugins."""
