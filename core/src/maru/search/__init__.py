"""Finding things by their words, as Korean is written."""
