"""What `verify` found, as values: for each layer its checks, planned against measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Count, Hidden, Key, Record, SizedAnswer, Sizes

# Work that a verification takes unless another limit is given: about a minute of one core.
MOST_STEPS = 30_000_000_000
# The option with which another limit is given.
LIMIT = "--max-steps"

# Why a layer is not run that nobody can.
NOT_TOLD = "not run: what it computes is not told"

# Every check by name, in the order in which they are shown, and what it compares.
CHECKS: dict[str, str] = {
    "shape": "the planned output with the array that came out",
    "params": "the planned parameters with the learnt numbers that were read",
    "macs": "the planned multiplies with those counted from the operands of the products",
    "field": "the planned receptive field with the pixels that were reached",
    "finite": "that there is no NaN and no infinity",
    "adjoint": "<Cx, y> with <x, C'y>, C' being the transposed layer and the gradient",
    "stretched": "the transposed layer with a convolution of its stretched input",
    "restored": "each input size of the class with the size that the inverse gives back",
    "flip": "cross-correlation with the convolution of the flipped kernel",
    "shift": "the layer moved by its stride with its output moved by one",
    "dense": "a dense layer with the convolution that it becomes",
}


@dataclass(frozen=True, slots=True)
class Check(Record):
    """One comparison. `ok` is None where nothing was compared; `note` then says why."""

    name: Annotated[str, Key("What was compared.", name="check", enum=[*CHECKS])]
    planned: Annotated[str, Key("What was planned, in words and exact numbers.")]
    measured: Annotated[str, Key("What happened, in words and exact numbers.")]
    ok: Annotated[bool | None, Key("Whether it holds; null where nothing was compared.")]
    note: Annotated[
        str, Key("Why nothing was compared, or what else is to be said.", null=True)
    ] = ""


@dataclass(frozen=True, slots=True)
class LayerReport(Record):
    """The checks of one layer."""

    name: Annotated[str, Key("The layer's name.")]
    kind: Annotated[str, Key("The layer's kind.")]
    inputs: Annotated[tuple[Sizes, ...], Key("Shapes of what it read.")]
    output: Annotated[Sizes, Key("Shape of its planned output.")]
    checks: Annotated[tuple[Check, ...], Key("Its checks, in their usual order.")]
    same_as: Annotated[str, Key("The layer of equal fields and inputs that ran.", null=True)] = ""

    def __getitem__(self, check: str) -> Check:
        """The check of that name. Raises KeyError where it was not made."""
        for one in self.checks:
            if one.name == check:
                return one
        raise KeyError(f"`{self.name}` has no check `{check}`")

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if check.ok is False)

    @property
    @Key()
    def ok(self) -> bool:
        """True where none of its checks fails."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class Tally(Record):
    """How many checks came out how."""

    held: Annotated[Count, Key("Checks that held.")]
    failed: Annotated[Count, Key("Checks that did not hold.")]
    not_compared: Annotated[Count, Key("Checks that found nothing to compare.")]


@dataclass(frozen=True, slots=True)
class Report(SizedAnswer):
    """What happened when a network ran, against what was planned."""

    name: Annotated[str, Key("The network's name.")]
    inputs: Annotated[Mapping[str, Sizes], Key("Shapes of the inputs, by name.")]
    batch: Annotated[int, Key("Samples that were run.", minimum=1)]
    seed: Annotated[Count, Key("Seed of the random numbers.")]
    layers: Annotated[tuple[LayerReport, ...], Key("Every layer asked for, in order.")]
    seconds: Annotated[float, Key("Seconds that it took.", minimum=0)]
    reading: Hidden[str] = ""

    @property
    @Key(name="ok")
    def is_clean(self) -> bool:
        """True where every check held."""
        return not any(layer.failed for layer in self.layers)

    @property
    @Key(name="checks")
    def tally(self) -> Tally:
        """How many checks came out how."""
        counts = Counter(check.ok for layer in self.layers for check in layer.checks)
        return Tally(counts[True], counts[False], counts[None])

    @property
    def held(self) -> int:
        """Checks that held."""
        return self.tally.held

    @property
    def failed(self) -> int:
        """Checks that did not hold."""
        return self.tally.failed

    @property
    def not_compared(self) -> int:
        """Checks that found nothing to compare."""
        return self.tally.not_compared

    @property
    def is_cut_short(self) -> bool:
        """True where checks were left out because they take more work than was allowed."""
        return any(
            check.ok is None and LIMIT in check.note
            for layer in self.layers
            for check in layer.checks
        )

    @property
    def ran(self) -> int:
        """Layers that ran: those of equal fields and inputs run once."""
        return sum(not layer.same_as for layer in self.layers)

    def __getitem__(self, name: str) -> LayerReport:
        """The layer of that name. Raises KeyError."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"no layer `{name}` in the report")

    def names(self) -> tuple[str, ...]:
        """The names of the checks that were made, in their usual order."""
        made = {check.name for layer in self.layers for check in layer.checks}
        return tuple(name for name in CHECKS if name in made)


def fold(checks: Iterable[Check | None]) -> tuple[Check, ...]:
    """The checks that there are, in their usual order."""
    order = {name: place for place, name in enumerate(CHECKS)}
    return tuple(sorted((c for c in checks if c is not None), key=lambda check: order[check.name]))
