"""What the browser sees: templates, languages, static files and the shell around every page."""
