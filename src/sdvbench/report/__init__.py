"""A run as people read it: one HTML file, or Markdown for a pull request."""
