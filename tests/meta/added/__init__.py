"""What `tests/meta/test_adding.py` adds to a copy of the project."""
