"""The commands: `NAME.py` holds the function NAME; its docstring is the help."""
