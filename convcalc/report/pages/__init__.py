"""Formats of an answer: one a file, `render(page, style) -> str`."""
