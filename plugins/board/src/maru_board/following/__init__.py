"""What people follow: boards, posts and authors."""
