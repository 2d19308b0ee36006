"""Formats of a plan: one a file, `render(view, style) -> str`."""
