"""What a comparison of two networks gives, as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple

from convcalc.core.records import Count, Hidden, Key, Record, Sizes
from convcalc.planning.plan_rows import Row
from convcalc.planning.receptive import ReceptiveField
from convcalc.planning.result import Plan

Amount = int | Fraction

# `moved`: the same layer at another place. `renamed`: nothing but its name. `affected`: written as
# before, but other shapes or costs reach it.
Status = Literal["added", "removed", "moved", "changed", "renamed", "affected", "same"]
STATUSES: tuple[Status, ...] = (
    "added", "removed", "moved", "changed", "renamed", "affected", "same",
)  # fmt: skip

# What a changed expectation does: allows more than before, or less, or something else.
Effect = Literal["looser", "tighter", "other"]


Side = Literal["before", "after"]


class _Figure(NamedTuple):
    before: Annotated[Amount | None, Key("The amount before; null where there is none.")]
    after: Annotated[Amount | None, Key("The amount after.")]
    lower_bounds: Annotated[
        tuple[Side, ...],
        Key(
            "Sides on which it is at least the amount: some layer does not tell its part.",
            optional=True,
        ),
    ] = ()
    # False where what is not told may differ from side to side.
    is_comparable: Hidden[bool] = True


class Figure(_Figure, Record):
    """One amount on both sides; None where a side has none."""

    __slots__ = ()

    @property
    @Key()
    def delta(self) -> Amount | None:
        """after - before; None where a side is missing, or more than the other is not told.

        >>> Figure(100, 103).delta, Figure(None, 3).delta
        (3, None)
        """
        if self.before is None or self.after is None or not self.is_comparable:
            return None
        return self.after - self.before

    @property
    def percent(self) -> Fraction | None:
        """The change in percent of `before`; None where there is none to speak of.

        >>> Figure(200, 203).percent, Figure(0, 3).percent
        (Fraction(3, 2), None)
        """
        delta = self.delta
        if delta is None or not self.before or self.lower_bounds:
            return Fraction(0) if delta == 0 else None
        return Fraction(delta) * 100 / self.before

    @property
    @Key(name="percent")
    def rounded_percent(self) -> float | None:
        """The change in percent of `before`, null where there is none to speak of."""
        share = self.percent
        return None if share is None else round(float(share), 6)

    @property
    def is_same(self) -> bool:
        """True where both sides agree."""
        return self.before == self.after and self.is_comparable


@dataclass(frozen=True, slots=True)
class FieldChange(Record):
    """A field of a layer with its value on both sides, as JSON data; None where it has none."""

    name: Annotated[str, Key("The field.")]
    before: Annotated[Any, Key("Its value before; null where it had none.")]
    after: Annotated[Any, Key("Its value after.")]


@dataclass(frozen=True, slots=True)
class InputsChange(Record):
    """What a layer reads on both sides, where it reads something else."""

    before: Annotated[tuple[str, ...], Key("Names before.")]
    after: Annotated[tuple[str, ...], Key("Names after.")]


@dataclass(frozen=True, slots=True)
class NamedMap(Record):
    """An input or an output of a network."""

    name: Annotated[str, Key("Its name.")]
    shape: Annotated[Sizes, Key("Its shape.")]


@dataclass(frozen=True, slots=True)
class MapsChange(Record):
    """The inputs or the outputs of a network on both sides, where they are others."""

    before: Annotated[tuple[NamedMap, ...], Key("Those before, in their order.")]
    after: Annotated[tuple[NamedMap, ...], Key("Those after.")]


@dataclass(frozen=True, slots=True)
class LayerSide(Record):
    """A layer on one side."""

    name: Annotated[str, Key("Its name.")]
    kind: Annotated[str, Key("Its kind.")]
    output: Annotated[Sizes, Key("Shape of its output.")]
    params: Annotated[Count, Key("Learnt numbers.")]
    macs: Annotated[Count, Key("Multiply-accumulates.")]
    activation_bytes: Annotated[Count, Key("Bytes of its output; 0 for a view.")]
    receptive_field: Annotated[
        ReceptiveField | None, Key("What it sees; null where that is not followed.")
    ]
    line: Annotated[int, Key("Line where it is written, 1-based.", minimum=1)]


def _side(row: Row | None) -> LayerSide | None:
    if row is None:
        return None
    return LayerSide(
        row.name,
        row.kind,
        row.output,
        row.params,
        row.macs,
        row.activation_bytes,
        row.receptive_field,
        row.place.line,
    )


@dataclass(frozen=True, slots=True)
class Change(Record):
    """One layer: its row on both sides (None where it is not there), and what differs.

    `inputs` holds the names of what it reads on both sides where it reads something else (all of
    them where their number differs); `is_renamed` is True where the file calls it otherwise.
    """

    status: Annotated[Status, Key("What became of the layer.")]
    before: Hidden[Row | None]
    after: Hidden[Row | None]
    fields: Annotated[tuple[FieldChange, ...], Key("Differences as they are written.")] = ()
    inputs: Hidden[tuple[tuple[str, ...], tuple[str, ...]] | None] = None
    moved: Annotated[
        tuple[str, ...],
        Key(
            "Figures that differ: output, params, macs, activation_bytes, receptive_field or "
            "stride.",
            name="differs",
        ),
    ] = ()
    is_renamed: Hidden[bool] = False

    @property
    @Key(name="inputs")
    def inputs_changed(self) -> InputsChange | None:
        """What it reads on both sides, where it reads something else."""
        return None if self.inputs is None else InputsChange(*self.inputs)

    @property
    @Key()
    def kind(self) -> str:
        """The layer's kind now, or as it was."""
        return self.row.kind

    @property
    @Key(name="before")
    def side_before(self) -> LayerSide | None:
        """The layer as it was; null where it is new."""
        return _side(self.before)

    @property
    @Key(name="after")
    def side_after(self) -> LayerSide | None:
        """The layer as it is; null where it is gone."""
        return _side(self.after)

    @property
    def row(self) -> Row:
        """The layer as it is now, or as it was."""
        row = self.after or self.before
        assert row is not None
        return row

    @property
    @Key()
    def name(self) -> str:
        """The layer's name now, or as it was."""
        return self.row.name

    def figure(self, key: str) -> Figure:
        """`params`, `macs` or `activation_bytes` on both sides; 0 where the layer is not there."""
        before, after = (
            getattr(row, key) if row is not None else 0 for row in (self.before, self.after)
        )
        return Figure(before, after)


@dataclass(frozen=True, slots=True)
class ExpectationChange(Record):
    """A figure that is expected otherwise: of `layer`, or of the whole network where that is ""."""

    layer: Annotated[str, Key("The layer; null for the whole network.", null=True)]
    more: Annotated[Count, Key("How many further copies of the layer there are.")]
    figure: Annotated[str, Key("What is expected.")]
    before: Annotated[Any, Key("What the file said; null where it said nothing.")]
    after: Annotated[Any, Key("What it says.")]
    effect: Annotated[Effect, Key("Whether more is allowed than before, or less.")]


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
        return self.has_same_network and not self.expectations

    @property
    def has_same_network(self) -> bool:
        """True where inputs, outputs, every layer and every sum agree; expectations may not."""
        if self.before is None or self.after is None or self.inputs or self.outputs:
            return False
        return all(change.status == "same" for change in self.changes) and all(
            figure.is_same for figure in self.totals.values()
        )

    @property
    def inputs(self) -> MapsChange | None:
        """The inputs, where their names, shapes or order differ; None with a side alone."""
        if self.before is None or self.after is None:
            return None
        was, now = (
            tuple(NamedMap(name, shape) for name, shape in plan.inputs.items())
            for plan in (self.before, self.after)
        )
        return None if was == now else MapsChange(was, now)

    @property
    def outputs(self) -> MapsChange | None:
        """The outputs, where they are other layers or in another order; None with a side alone.

        A layer that bears another name, or whose shape differs, is the same output.
        """
        if self.before is None or self.after is None:
            return None
        layers: dict[str, str] = {
            change.before.name: change.after.name
            for change in self.changes
            if change.before is not None and change.after is not None
        }
        names = [layers.get(name, name) for name in self.before.outputs]
        came = {change.name for change in self.changes if change.before is None}
        if names == list(self.after.outputs) and not came.intersection(names):
            return None
        return MapsChange(*(tuple(_outputs(plan)) for plan in (self.before, self.after)))

    def counted(self, status: Status) -> int:
        """How many layers there are of a status."""
        return sum(change.status == status for change in self.changes)


def _outputs(plan: Plan) -> Iterator[NamedMap]:
    graph = plan.graph
    for name, index in zip(plan.outputs, graph.outputs, strict=True):
        yield NamedMap(name, graph.shape_of(index))
