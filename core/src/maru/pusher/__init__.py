"""`maru push`: sockets and server-sent events, in a process that runs no plugin's code."""
