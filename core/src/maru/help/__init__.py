"""A help page for each screen, in the languages of the house: core's and the plugins' own."""
