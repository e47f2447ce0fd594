"""Posts that pop up on people's portal pages for a while."""
