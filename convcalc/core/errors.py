"""What can go wrong, as values: places, problems, and the one exception that carries them.

Inner code states a fact; whoever knows the file adds the place. Only `cli` prints and exits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Annotated, Literal, NamedTuple

from convcalc.core.records import Key, Record

Level = Literal["error", "warning", "info"]

# The front door's findings: one table from stable name to stable code. The rules of `check`
# bring their own codes. CC1 shape, CC2 graph, CC5 expectations, CC9 file and format.
CODES: dict[str, str] = {
    "kernel-exceeds-input": "CC101",
    "groups-indivisible": "CC103",
    "merge-size-mismatch": "CC104",
    "output-padding-range": "CC105",
    "pool-padding-too-big": "CC106",
    "linear-needs-flatten": "CC107",
    "padding-word-unfit": "CC108",
    "wrong-rank": "CC109",
    "element-count-mismatch": "CC110",
    "size-out-of-range": "CC111",
    "size-too-large": "CC112",
    "product-mismatch": "CC113",
    "pattern-mismatch": "CC114",
    "opaque-mismatch": "CC115",
    "weights-mismatch": "CC116",
    "unknown-reference": "CC201",
    "duplicate-name": "CC205",
    "recursive-block": "CC206",
    "too-many-layers": "CC207",
    "empty-network": "CC208",
    "expected-output": "CC501",
    "expected-params": "CC502",
    "expected-macs": "CC503",
    "expected-memory": "CC504",
    "expected-receptive-field": "CC505",
    "expected-stride": "CC506",
    "budget-params": "CC511",
    "budget-macs": "CC512",
    "budget-memory": "CC513",
    "budget-activations": "CC514",
    "budget-layers": "CC515",
    "budget-receptive-field": "CC516",
    "budget-stride": "CC517",
    "unreadable-file": "CC901",
    "not-utf8": "CC902",
    "file-too-large": "CC903",
    "yaml-syntax": "CC904",
    "duplicate-key": "CC905",
    "anchor-or-alias": "CC906",
    "merge-key": "CC907",
    "tag": "CC908",
    "several-documents": "CC909",
    "nesting-too-deep": "CC910",
    "too-many-nodes": "CC911",
    "control-character": "CC912",
    "ambiguous-scalar": "CC913",
    "number-too-large": "CC914",
    "empty-file": "CC915",
    "too-much-work": "CC916",
    "wrong-version": "CC920",
    "unknown-key": "CC921",
    "unknown-kind": "CC922",
    "unknown-field": "CC923",
    "missing-field": "CC924",
    "field-given-twice": "CC925",
    "wrong-type": "CC926",
    "wrong-value": "CC927",
    "bad-name": "CC928",
    "bad-layer": "CC929",
    "bad-expression": "CC930",
    "foreign-format": "CC970",
    "broken-model": "CC971",
    "unknown-operation": "CC972",
    "unreadable-array": "CC960",
    "unknown-array": "CC961",
    "missing-array": "CC962",
    "array-mismatch": "CC963",
    "not-finite": "CC964",
    "needs-memory": "CC965",
    "too-large-to-show": "CC966",
    "not-shown": "CC967",
    "not-an-index": "CC968",
    "not-runnable": "CC969",
    "bad-configuration": "CC940",
    "unknown-ignore": "CC951",
    "unused-ignore": "CC952",
    "file-not-checked": "CC990",
}


class ExitCode(IntEnum):
    """The process's exit codes, the same for every command and format."""

    CLEAN = 0
    FINDINGS = 1
    UNUSABLE = 2
    INTERNAL = 3
    INTERRUPTED = 130


class _Place(NamedTuple):
    line: Annotated[int, Key("1-based.", minimum=1)]
    column: Annotated[int, Key("1-based, in characters.", minimum=1)]
    width: Annotated[int, Key("Characters that it is about.", minimum=0)] = 1


class Place(_Place, Record):
    """A span of the source: 1-based line and column in characters, and the caret's width."""

    __slots__ = ()


class Edit(NamedTuple):
    """Text to put in place of the characters [start, end) of a file."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair as edits of the text; `safe` where it leaves the network's numbers as they are.

    `title` says what it does: "replace `padding: 1` by `padding: half`".
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: what is wrong, where, with which numbers, and what repairs it.

    `slug` is the finding's stable name, `note` the arithmetic behind it, `help` a repair that
    works, `layer` the path of the layer concerned ("" where there is none). `rule` is the code
    of the rule that found it ("" for the front door), `fix` the repair as edits where there is
    one.
    """

    slug: str
    message: str
    place: Place | None = None
    note: str = ""
    help: str = ""
    layer: str = ""
    file: str = ""
    level: Level = "error"
    rule: str = ""
    fix: Fix | None = None

    @property
    def code(self) -> str:
        """The stable code, such as `CC101`."""
        return self.rule or CODES[self.slug]

    def at(self, place: Place | None, file: str = "") -> Problem:
        """The same problem with its place (and file) filled in."""
        return replace(self, place=place, file=file or self.file)

    def with_note(self, more: str) -> Problem:
        """The same problem with one more note behind the one it has.

        >>> Problem("wrong-value", "m").with_note("a").with_note("b").note
        'a; b'
        """
        return replace(self, note=f"{self.note}; {more}" if self.note else more)

    def __str__(self) -> str:
        where = f"{self.file}:" if self.file else ""
        if self.place is not None:
            where += f"{self.place.line}:{self.place.column}:"
        lines = [f"{where} {self.level} {self.code} {self.slug}: {self.message}".strip()]
        if self.note:
            lines.append(f"  {self.note}")
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


class StackError(Exception):
    """A layer stack that cannot be used; `problems` holds every reason, in file order.

    `source` is the text that the places point into ("" where it could not be decoded).
    """

    def __init__(self, problems: Iterable[Problem], source: str = "") -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=_file_order))
        self.source = source
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def _file_order(problem: Problem) -> tuple[int, int]:
    # Problems of the file as a whole come first.
    return (problem.place.line, problem.place.column) if problem.place else (0, 0)


class OnAxes(tuple[object, ...]):
    """What a field should be on each axis: a number, or (before, after)."""

    __slots__ = ()


# Fields of a layer and the values that they should have.
Repair = Mapping[str, object]


class LayerError(Exception):
    """A layer that cannot stand where it stands, as its kind states it.

    Carries no place: `field` names the field to point at ("" for the layer itself), `recovered`
    is the output shape to go on with, so that one mistake hides as few others as possible.
    `repairs` are values of fields to try, the best first, `help` is what else would do, in words.
    """

    def __init__(
        self,
        slug: str,
        note: str,
        help: str = "",
        *,
        field: str = "",
        recovered: tuple[int, ...] | None = None,
        repairs: Iterable[Repair] = (),
    ) -> None:
        self.slug, self.note, self.help = slug, note, help
        self.field, self.recovered = field, recovered
        self.repairs = tuple(repairs)
        super().__init__(note)


def is_interrupt(error: BaseException) -> bool:
    """True where someone pressed Ctrl-C, whatever the exception that came of it.

    Before Python 3.12, one that is raised while a class is made is wrapped in a RuntimeError.

    >>> is_interrupt(KeyboardInterrupt()), is_interrupt(ValueError())
    (True, False)
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, KeyboardInterrupt):
            return True
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False
