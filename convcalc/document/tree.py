"""The tree that a file becomes: scalars, sequences and mappings that know where they stand.

Lines and columns count from 1 in characters; `start` and `end` are offsets into `Document.text`.
"""

from __future__ import annotations

from dataclasses import dataclass

from convcalc.core.errors import Place

ScalarValue = str | int | float | bool | None


class Scalar:
    """One word, number, boolean or null; `text` is its source as written, quotes included.

    >>> Scalar(64, "64", False, line=3, column=8, start=40, end=42).place
    Place(line=3, column=8, width=2)
    """

    __slots__ = ("column", "end", "line", "quoted", "start", "text", "value")

    def __init__(
        self,
        value: ScalarValue,
        text: str,
        quoted: bool,
        line: int,
        column: int,
        start: int,
        end: int,
    ) -> None:
        self.value = value
        self.text = text
        self.quoted = quoted
        self.line = line
        self.column = column
        self.start = start
        self.end = end

    @property
    def place(self) -> Place:
        """Where it stands; the width in characters is that of its first line, at least 1."""
        first = self.text.splitlines()[0] if self.text else ""
        return Place(self.line, self.column, max(1, len(first)))

    def __repr__(self) -> str:
        return f"Scalar({self.value!r}, line={self.line}, column={self.column})"


class _Collection:
    """What sequences and mappings share: their span, and whether it stays on one line."""

    __slots__ = ("column", "end", "line", "one_line", "start")

    def __init__(self, line: int, column: int, start: int, end: int, one_line: bool) -> None:
        self.line = line
        self.column = column
        self.start = start
        self.end = end
        self.one_line = one_line

    @property
    def place(self) -> Place:
        """Where it begins; the width is its length, or 1 where it spans several lines."""
        width = self.end - self.start if self.one_line else 1
        return Place(self.line, self.column, width)


class Sequence(_Collection):
    """A list of nodes in file order."""

    __slots__ = ("items",)

    def __init__(
        self, line: int, column: int, start: int, end: int = 0, one_line: bool = False
    ) -> None:
        super().__init__(line, column, start, end, one_line)
        self.items: list[Node] = []

    def __repr__(self) -> str:
        return f"Sequence({len(self.items)} items, line={self.line}, column={self.column})"


class Mapping(_Collection):
    """Values by key in file order; `keys` has the key's own node, and so its place."""

    __slots__ = ("entries", "keys")

    def __init__(
        self, line: int, column: int, start: int, end: int = 0, one_line: bool = False
    ) -> None:
        super().__init__(line, column, start, end, one_line)
        self.entries: dict[str, Node] = {}
        self.keys: dict[str, Scalar] = {}

    def __repr__(self) -> str:
        return f"Mapping({list(self.entries)}, line={self.line}, column={self.column})"


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file: its text without a byte order mark, its tree, and its name."""

    text: str
    root: Node
    file: str = ""


def to_plain(node: Node) -> object:
    """The tree as plain dicts, lists and scalars, in file order.

    >>> to_plain(Scalar(64, "64", False, line=1, column=1, start=0, end=2))
    64
    """
    if isinstance(node, Scalar):
        return node.value
    root: list[object] | dict[str, object] = [] if isinstance(node, Sequence) else {}
    # Shells are hung in first and filled later: a deep tree needs no recursion.
    pending: list[tuple[Node, list[object] | dict[str, object]]] = [(node, root)]
    while pending:
        branch, shell = pending.pop()
        if isinstance(branch, Sequence) and isinstance(shell, list):
            shell.extend(_shell(child, pending) for child in branch.items)
        elif isinstance(branch, Mapping) and isinstance(shell, dict):
            for key, child in branch.entries.items():
                shell[key] = _shell(child, pending)
    return root


def _shell(node: Node, pending: list[tuple[Node, list[object] | dict[str, object]]]) -> object:
    if isinstance(node, Scalar):
        return node.value
    shell: list[object] | dict[str, object] = [] if isinstance(node, Sequence) else {}
    pending.append((node, shell))
    return shell
