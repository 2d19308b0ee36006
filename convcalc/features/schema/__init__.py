"""JSON Schemas of what convcalc reads and of what it writes, for editors and for programs.

Both are built from the code that reads and writes, so that they cannot fall behind it; the files
under `docs/schema` are copies, and a test holds them equal.
"""

from convcalc.features.schema.net import input_schema
from convcalc.features.schema.plan import plan_schema

__all__ = ["input_schema", "plan_schema"]
