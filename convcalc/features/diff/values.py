"""What a comparison of two networks gives, as values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from convcalc.planning.result import Plan, Row

Amount = int | Fraction

# `moved`: the same layer at another place. `renamed`: nothing but its name. `affected`: written as
# before, but other shapes or costs reach it.
Status = Literal["added", "removed", "moved", "changed", "renamed", "affected", "same"]
STATUSES: tuple[Status, ...] = (
    "added", "removed", "moved", "changed", "renamed", "affected", "same",
)  # fmt: skip

# What a changed expectation does: allows more than before, or less, or something else.
Effect = Literal["looser", "tighter", "other"]


class Figure(NamedTuple):
    """One amount on both sides; None where a side has none."""

    before: Amount | None
    after: Amount | None

    @property
    def delta(self) -> Amount | None:
        """after - before; None where a side is missing.

        >>> Figure(100, 103).delta, Figure(None, 3).delta
        (3, None)
        """
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def percent(self) -> Fraction | None:
        """The change in percent of `before`; None where there is none to speak of.

        >>> Figure(200, 203).percent, Figure(0, 3).percent
        (Fraction(3, 2), None)
        """
        delta = self.delta
        if delta is None or not self.before:
            return Fraction(0) if delta == 0 else None
        return Fraction(delta) * 100 / self.before

    @property
    def is_same(self) -> bool:
        """True where both sides agree."""
        return self.before == self.after


class FieldChange(NamedTuple):
    """A field of a layer with its value on both sides, as JSON data; None where it has none."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One layer: its row on both sides (None where it is not there), and what differs.

    `fields` are differences as written; `inputs` holds the names of what it reads on both sides
    where it reads something else (all of them where their number differs); `is_renamed` is True
    where the file calls it otherwise; `moved` says which figures differ: output, params, macs,
    activation_bytes, receptive_field or stride.
    """

    status: Status
    before: Row | None
    after: Row | None
    fields: tuple[FieldChange, ...] = ()
    inputs: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    moved: tuple[str, ...] = ()
    is_renamed: bool = False

    @property
    def row(self) -> Row:
        """The layer as it is now, or as it was."""
        row = self.after or self.before
        assert row is not None
        return row

    @property
    def name(self) -> str:
        """The layer's name now, or as it was."""
        return self.row.name

    def figure(self, key: str) -> Figure:
        """`params`, `macs` or `activation_bytes` on both sides; 0 where the layer is not there."""
        sides = (getattr(row, key) if row is not None else 0 for row in (self.before, self.after))
        return Figure(*sides)


class ExpectationChange(NamedTuple):
    """A figure that is expected otherwise: of `layer`, or of the whole network where that is "".

    `more` is how many further copies of the layer there are. `before` and `after` are what the
    files say, as plain data; None where they say nothing.
    """

    layer: str
    more: int
    figure: str
    before: Any
    after: Any
    effect: Effect


@dataclass(frozen=True)
class Difference:
    """Two networks: `before` is None for a new one, `after` for one that is gone.

    `names` are what the sides are called, `changes` every layer in the order of the network,
    `note` a sentence on a file that is new, gone or renamed, `expectations` those that differ.
    """

    names: tuple[str, str]
    before: Plan | None
    after: Plan | None
    changes: tuple[Change, ...]
    totals: dict[str, Figure]
    note: str = ""
    expectations: tuple[ExpectationChange, ...] = ()

    @property
    def is_same(self) -> bool:
        """True where not even a figure differs, nor what is expected."""
        return self.has_same_layers and not self.expectations

    @property
    def has_same_layers(self) -> bool:
        """True where no layer differs, in nothing."""
        both = self.before is not None and self.after is not None
        return both and all(change.status == "same" for change in self.changes)

    def counted(self, status: Status) -> int:
        """How many layers there are of a status."""
        return sum(change.status == status for change in self.changes)
