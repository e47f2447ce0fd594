"""Whether the installation is well, for admins to look at."""
