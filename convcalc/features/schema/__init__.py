"""JSON Schemas of what convcalc reads and of what it writes, for editors and for programs.

Both come from the code that reads and writes, so that they cannot fall behind it; the files
under `docs/schema` are copies, and a test holds them equal.
"""

from convcalc.features.schema.answers import answer_schema, commands
from convcalc.features.schema.net import input_schema

__all__ = ["answer_schema", "commands", "input_schema"]
