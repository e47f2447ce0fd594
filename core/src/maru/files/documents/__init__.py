"""What documents say: readers of file formats. They run in a child with bounds, never in a process
that serves."""
