"""From the socket to a handler and back: what stands around every request of the API."""
