"""What proves an operator besides the password: the same as proves a person."""
