"""A model file as lines of text, one for each operation, so that findings have a place.

Line n is the file's n-th operation: `plan`, `check` and the formats of findings show it as they
show a line of a network file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from convcalc.core.errors import Place, Problem, StackError
from convcalc.document import Document, Scalar
from convcalc.document import Mapping as Root
from convcalc.importers.model import Model, Operation
from convcalc.kinds.base.field_values import escaped

_MOST_SHOWN = 120


class Listing:
    """The lines of a model; `is_changed` where it is placed at other sizes than its own."""

    def __init__(self, model: Model) -> None:
        self.file = model.file
        # The first of those that one operation of the source was read as.
        self.operations: Mapping[int, Operation] = {
            one.number: one for one in reversed(model.operations)
        }
        self.is_changed = False
        # Whether its reals are float32, or less.
        self.is_single = "float64" not in (model.dtype, *model.elements.values())

    @cached_property
    def text(self) -> str:
        """Each operation on its line: its op and its name."""
        last = max(self.operations, default=0)
        lines = (self.operations.get(number) for number in range(1, last + 1))
        return "\n".join("" if one is None else _line(one) for one in lines)

    @cached_property
    def document(self) -> Document:
        """The lines as a document with an empty tree."""
        root = Root(1, 1, 0)
        root.entries["input"] = self.node(None)
        return Document(self.text, root, self.file)

    def node(self, operation: Operation | None) -> Scalar:
        """The place of an operation; the first line for what has none."""
        number = operation.number if operation is not None and operation.number else 1
        text = _line(operation) if operation is not None else ""
        return Scalar(text, text, False, number, 1, 0, 0)

    def refusal(
        self,
        slug: str,
        message: str,
        operation: Operation,
        *,
        note: str = "",
        help: str = "",
    ) -> StackError:
        """The error with one finding at an operation."""
        place: Place = self.node(operation).place
        words = map(escaped, (message, note, help))
        problem = Problem(slug, next(words), place, next(words), next(words), operation.name)
        return StackError([problem.at(place, self.file)], self.text)


def _line(operation: Operation) -> str:
    name = operation.name[:_MOST_SHOWN]
    # A name is no comment, and no second line.
    return escaped(f"{operation.word} {name}".strip()).replace("#", "\\x23")
