"""People, how they sign in, and how a request says who sent it."""
