"""What people say about a post, in threads."""
