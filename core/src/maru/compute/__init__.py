"""Work for the processor, in children that can be killed."""
