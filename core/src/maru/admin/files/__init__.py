"""What of files a company takes."""
