"""What operators see: one JSON line per fact, figures to scrape, and an id that ties them."""
