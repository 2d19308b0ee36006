"""Graphs as text that other programs draw, one format a file."""
