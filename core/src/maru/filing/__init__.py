"""Files over HTTP: uploads that go on where they were cut off, and downloads."""
