"""One error a file: its wordings, and what it means."""
