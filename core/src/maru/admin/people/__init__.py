"""The admin area of people: the list, one person, and lists that are uploaded."""
