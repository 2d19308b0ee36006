"""Collecting problems: one finding per mistake, a bounded number, in the words of the format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic import ValidationError

from convcalc.document import Node, Scalar
from convcalc.errors import CODES, LayerError, Place, Problem, StackError
from convcalc.kinds.fields import show
from convcalc.network.expressions import ExpressionError

MAX_PROBLEMS = 100


class Findings:
    """Problems of one file as they are found; the same mistake is kept once."""

    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self.source = source
        self._problems: dict[tuple[object, ...], Problem] = {}

    def __bool__(self) -> bool:
        return bool(self._problems)

    @property
    def full(self) -> bool:
        """True once no more problems are kept."""
        return len(self._problems) >= MAX_PROBLEMS

    def add(
        self,
        slug: str,
        message: str,
        node: Node | Place | None,
        *,
        note: str = "",
        help: str = "",
        layer: str = "",
    ) -> None:
        """Keep a problem at `node`."""
        place = node.place if isinstance(node, Node) else node
        problem = Problem(slug, message, place, note, help, layer, self.file)
        # A block used ten times has its mistake once, whatever the path of the layer.
        key = (slug, place, note) if place and note else (slug, place, message)
        if not self.full:
            self._problems.setdefault(key, problem)

    def add_layer_error(
        self, error: LayerError, what: str, node: Node | Place | None, layer: str
    ) -> None:
        """Keep what a kind said about its layer."""
        self.add(error.slug, what, node, note=error.note, help=error.help, layer=layer)

    def add_expression_error(self, error: ExpressionError, node: Node | None, what: str) -> None:
        """Keep an expression's error at the characters that it concerns."""
        place = node.place if node is not None else None
        if isinstance(node, Scalar) and place is not None and "\n" not in node.text:
            # Behind the quote, if there is one, and the equals sign.
            column = place.column + node.quoted + 1 + error.offset
            place = Place(place.line, column, max(1, error.width))
        self.add("bad-expression", what, place, note=error.message, help=error.help)

    def problems(self) -> tuple[Problem, ...]:
        """Everything kept so far, in file order."""
        return StackError(self._problems.values()).problems

    def raise_if_any(self) -> None:
        """Raises StackError with all problems, if there are any."""
        if self._problems:
            raise StackError(self._problems.values(), self.source)


def nearest(name: str, known: Iterable[str]) -> str:
    """A repair that proposes the nearest known name, or lists them where they are few.

    >>> nearest("stirde", ["stride", "padding"])
    'did you mean `stride`?'
    """
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if not names:
        return ""
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"known here: {listed}"


def add_validation_errors(
    findings: Findings,
    error: ValidationError,
    what: str,
    layer_node: Node | Place,
    field_nodes: Mapping[str, Node],
    written: Mapping[str, str],
    only: frozenset[str] | None = None,
) -> None:
    """Turn pydantic's errors into findings at the fields' places, one for each field.

    `written` maps a field to the spelling that the file uses; `only` limits the fields looked at.
    """
    seen: set[str] = set()
    for detail in error.errors(include_url=False):
        field = str(detail["loc"][0]) if detail["loc"] else ""
        if field in seen or (only is not None and field not in only):
            continue
        seen.add(field)
        node = field_nodes.get(field, layer_node)
        name = written.get(field, field)
        context = detail.get("ctx", {})
        if detail["type"] == "missing":
            findings.add(
                "missing-field",
                f"{what} needs `{name}`",
                layer_node,
                help=f"add `{name}: ...`",
            )
        elif detail["type"] in CODES:
            message = str(context.get("message", detail["msg"]))
            subject = f"`{name}` of {what} {message}" if field else f"{what}: {message}"
            findings.add(detail["type"], subject, node, help=str(context.get("help", "")))
        elif detail["type"] == "literal_error":
            subject = f"`{name}` of {what} is none of its words: {show(detail['input'])}"
            help = f"write {context['expected'].replace(chr(39), '')}"
            findings.add("wrong-value", subject, node, help=help)
        else:
            findings.add("wrong-value", f"`{name}` of {what}: {detail['msg']}", node)
