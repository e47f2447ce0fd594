"""How people sign in to a company: providers, directories, and whether passwords count."""
