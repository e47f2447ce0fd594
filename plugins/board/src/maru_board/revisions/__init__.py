"""What posts said before."""
