"""Second factors as people meet them: while signing in, and among their preferences."""
