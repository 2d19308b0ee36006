"""What `verify` found, as values: for each layer its checks, planned against measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from convcalc.core.shapes import Shape

REPORT_VERSION = 1

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
class Check:
    """One comparison. `ok` is None where nothing was compared; `note` then says why.

    `planned` and `measured` are what a reader sees: words and exact numbers.
    """

    name: str
    planned: str
    measured: str
    ok: bool | None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON data."""
        return {
            "check": self.name,
            "planned": self.planned,
            "measured": self.measured,
            "ok": self.ok,
            "note": self.note or None,
        }


@dataclass(frozen=True, slots=True)
class LayerReport:
    """The checks of one layer. `same_as` names the layer of equal fields and input that ran."""

    name: str
    kind: str
    inputs: tuple[Shape, ...]
    output: Shape
    checks: tuple[Check, ...]
    same_as: str = ""

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

    def to_dict(self) -> dict[str, Any]:
        """The layer as JSON data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "inputs": [list(shape) for shape in self.inputs],
            "output": list(self.output),
            "same_as": self.same_as or None,
            "ok": not self.failed,
            "checks": [check.to_dict() for check in self.checks],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Every layer that was asked for, in the order in which they run."""

    name: str
    inputs: Mapping[str, Shape]
    batch: int
    seed: int
    layers: tuple[LayerReport, ...]
    seconds: float

    @property
    def is_clean(self) -> bool:
        """True where every check held."""
        return not any(layer.failed for layer in self.layers)

    @property
    def held(self) -> int:
        """Checks that held."""
        return self._counts()[True]

    @property
    def failed(self) -> int:
        """Checks that did not hold."""
        return self._counts()[False]

    @property
    def not_compared(self) -> int:
        """Checks that found nothing to compare."""
        return self._counts()[None]

    @property
    def ran(self) -> int:
        """Layers that ran: those of equal fields and inputs run once."""
        return sum(not layer.same_as for layer in self.layers)

    def _counts(self) -> Counter[bool | None]:
        return Counter(check.ok for layer in self.layers for check in layer.checks)

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

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON data, version 1."""
        return {
            "version": REPORT_VERSION,
            "name": self.name,
            "inputs": {name: list(shape) for name, shape in self.inputs.items()},
            "batch": self.batch,
            "seed": self.seed,
            "ok": self.is_clean,
            "checks": {
                "held": self.held,
                "failed": self.failed,
                "not_compared": self.not_compared,
            },
            "seconds": round(self.seconds, 3),
            "layers": [layer.to_dict() for layer in self.layers],
        }


def fold(checks: Iterable[Check | None]) -> tuple[Check, ...]:
    """The checks that there are, in their usual order."""
    order = {name: place for place, name in enumerate(CHECKS)}
    return tuple(sorted((c for c in checks if c is not None), key=lambda check: order[check.name]))
