"""Work that happens later. The table `maru.job` is the queue, Redis only a window of it."""
