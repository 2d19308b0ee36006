"""Receptive fields as tables: one format a file."""
