"""What people have begun to write."""
