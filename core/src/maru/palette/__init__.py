"""What is found from anywhere by a few letters: pages, things to do, people and help."""
