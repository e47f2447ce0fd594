"""The process of one plugin that nobody has vouched for: confined first, then the plugin is
imported."""
