"""The page that people open every morning: its layout, its portlets and their loading."""
