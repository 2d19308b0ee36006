"""Collecting problems: one finding per mistake, a bounded number, in the words of the format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping

from pydantic import ValidationError

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.errors import CODES, LayerError, Place, Problem, StackError
from convcalc.document import Node, Scalar
from convcalc.kinds.base.field_values import escaped, show
from convcalc.network.expressions import ExpressionError
from convcalc.network.proposals import example, example_of, nearest

__all__ = ["Findings", "add_validation_errors", "nearest"]

MAX_PROBLEMS = 100
# A variable as shells write it.
_DOLLAR = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
# A character takes several steps to read.
MAX_EXPRESSION_CHARACTERS = 1_000_000


class Findings:
    """Problems of one file as they are found; the same mistake is kept once.

    `one_a_place`: what is wrong at one place of a block or series is one mistake, however many
    layers come of it; it is kept for the first of them.
    """

    def __init__(self, file: str, source: str, one_a_place: bool = False) -> None:
        self.file = file
        self.source = source
        self.one_a_place = one_a_place
        self._problems: dict[tuple[object, ...], Problem] = {}
        self._characters = Budget(MAX_EXPRESSION_CHARACTERS)
        # How many further layers fail at the place of a problem.
        self._more: Counter[tuple[object, ...]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._problems)

    def __len__(self) -> int:
        return len(self._problems)

    @property
    def full(self) -> bool:
        """True once no more problems are kept."""
        return len(self._problems) >= MAX_PROBLEMS

    def may_read(self, text: str, node: Node) -> bool:
        """True where the expression `text` may be read; a finding for the first one too many."""
        is_first = self._characters.has(0)
        try:
            self._characters.spend(len(text))
        except WorkError:
            if is_first:
                many = f"{MAX_EXPRESSION_CHARACTERS:,}"
                message = f"the file has more than {many} characters of expressions"
                help = "give what is repeated a name, under `vars`, `functions` or `blocks`"
                self.add("too-much-work", message, node, help=help)
            return False
        return True

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
        key = (slug, place) if self.one_a_place else (slug, place, message, note)
        if key in self._problems:
            self._more[key] += 1
        elif not self.full:
            # Words of the file are quoted in all three.
            message, note, help = escaped(message), escaped(note), escaped(help)
            self._problems[key] = Problem(slug, message, place, note, help, layer, self.file)

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
            place = Place(place.line, column, error.width)
        self.add("bad-expression", what, place, note=error.message, help=error.help)

    def problems(self) -> tuple[Problem, ...]:
        """Everything kept so far, in file order."""
        counted = [
            _with_more(problem, self._more[key] if self.one_a_place else 0)
            for key, problem in self._problems.items()
        ]
        return StackError(counted).problems

    def raise_if_any(self) -> None:
        """Raises StackError with all problems, if there are any."""
        if self._problems:
            raise StackError(self.problems(), self.source)


def _with_more(problem: Problem, more: int) -> Problem:
    if not more:
        return problem
    return problem.with_note(f"the same holds for {more:,} more layer{'s' if more > 1 else ''}")


def add_validation_errors(
    findings: Findings,
    error: ValidationError,
    what: str,
    place: Node | Place,
    field_nodes: Mapping[str, Node],
    written: Mapping[str, str],
    only: frozenset[str] | None = None,
    word: str = "",
    names: Container[str] = (),
    kind: str = "",
) -> None:
    """Turn pydantic's errors into findings at the fields' places, one for each field.

    `written` maps a field to the spelling that the file uses; `only` limits the fields looked at;
    `word` is the kind where it stands alone, `kind` wherever it stands; `names` are those of the
    expressions, which a value without its `=` may have meant. All missing fields are one finding.
    """
    seen: set[str] = set()
    missing: list[str] = []
    for detail in error.errors():
        field = str(detail["loc"][0]) if detail["loc"] else ""
        if field in seen or (only is not None and field not in only):
            continue
        seen.add(field)
        node = field_nodes.get(field, place)
        name = written.get(field, field)
        context = detail.get("ctx", {})
        if detail["type"] == "missing":
            missing.append(field)
        elif detail["type"] in CODES:
            message = str(context.get("message", detail["msg"]))
            help = str(context.get("help", ""))
            if isinstance(node, Scalar) and not node.quoted and node.value in names:
                help = f"write `={node.value}` for the value of `{node.value}`"
            elif isinstance(node, Scalar) and (meant := _DOLLAR.fullmatch(str(node.value))):
                help = f"write `={meant[1]}` for the value of `{meant[1]}`"
            subject = f"`{name}` of {what} {message}" if field else f"{what}: {message}"
            findings.add(detail["type"], subject, node, help=help)
        elif detail["type"] == "literal_error":
            words = str(context["expected"]).replace("'", "")
            message = f"`{name}` of {what} is none of its words: {show(detail['input'])}"
            findings.add("wrong-value", message, node, help=f"write {words}")
        else:
            findings.add("wrong-value", f"`{name}` of {what}: {detail['msg']}", node)
    if missing:
        add_missing(findings, what, place, missing, word, kind)


def add_missing(
    findings: Findings,
    what: str,
    place: Node | Place,
    missing: list[str],
    word: str = "",
    kind: str = "",
) -> None:
    """One finding for all fields of `kind` (or arguments) that are missing.

    `word` is the kind where it has no map.
    """
    listed = " and ".join(f"`{field}`" for field in missing)
    added = ", ".join(example_of(field, kind) for field in missing)
    help = f"write `{example(word)}`" if word else f"add `{added}`"
    findings.add("missing-field", f"{what} needs {listed}", place, help=help)
