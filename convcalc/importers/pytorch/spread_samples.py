"""Learnt tensors that a program spreads over its samples: so many copies are one of each sample.

A decoder's queries are repeated along whatever axis its samples stand on, `(L, N, C)` in DETR. The
file has a number there, which may be something else: that they are the samples is seen where they
meet samples, of which there is one here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.model import Operation
from convcalc.importers.pytorch.program import Program

# Arguments that say how often, or how many, along each of the last axes of what comes out.
_SIZES = {
    "repeat": "repeats",
    "tile": "dims",
    "expand": "size",
    **dict.fromkeys(("zeros", "ones", "full", "new_zeros", "new_ones", "new_full"), "size"),
}
_SIZES = {f"aten.{word}": name for word, name in _SIZES.items()}
# The same tensor several times, along a new axis or one of its own.
_COPIES = ("aten.stack", "aten.cat", "aten.concat")
# Each place of an axis several times.
_PLACES = "aten.repeat_interleave"


class SpreadSamplesError(Exception):
    """What was spread, or stored, for all samples meets one of them.

    `spread` are the operations that spread it, and along which axis, counted from the last; none
    where no other reading is left.
    """

    def __init__(self, spread: Mapping[str, int]) -> None:
        super().__init__(spread)
        self.spread = spread


class Spreads:
    """Of tensors without samples: what spread them, and whether work was done on them."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._made_by: dict[str, dict[str, int]] = {}
        self._worked: set[str] = set()

    def note(
        self,
        operation: Operation,
        names: Iterable[str],
        made: Mapping[str, Shape],
        *,
        is_worked: bool,
    ) -> None:
        """Keeps it of what an operation makes of the tensors `names`, which have no samples.

        `made` are its outputs with their sizes here, and `is_worked` says that it multiplied.
        """
        found = dict(one for name in names for one in self._made_by.get(name, {}).items())
        found |= self._spread_by(operation, made.get(operation.name))
        if found:
            self._made_by |= dict.fromkeys(made, found)
        if is_worked or not self._worked.isdisjoint(names):
            self._worked.update(made)

    def refuse(self, names: Collection[str]) -> None:
        """Raises SpreadSamplesError where one of these tensors is of all samples."""
        found = dict(one for name in names for one in self._made_by.get(name, {}).items())
        new = {name: axis for name, axis in found.items() if name not in self._program.spread}
        samples = self._program.samples
        every = [name for name in names if samples in self._program.example.get(name, ())]
        if new or not self._worked.isdisjoint(every):
            raise SpreadSamplesError(new)

    def refuse_apart(self, names: Iterable[str]) -> None:
        """Raises SpreadSamplesError where one of these may have been worked on for all samples.

        They meet no samples, which alone would tell.
        """
        if any(name in self._worked and self._made_by.get(name) for name in names):
            raise SpreadSamplesError({})

    def _spread_by(self, operation: Operation, dims: Shape | None) -> dict[str, int]:
        """The axis along which an operation spreads to as many as there are samples, if one."""
        if not dims or dims != self._program.example.get(operation.name):
            return {}
        rank, samples = len(dims), self._program.samples
        times = _times(operation, rank)
        axes = [axis for axis, count in times.items() if count == samples and -rank <= axis < rank]
        # As many layers as samples come first, where there are any.
        second = [axis for axis in axes if axis == 1 - rank]
        return {operation.name: (second or axes)[0]} if axes else {}


def _times(operation: Operation, rank: int) -> dict[int, object]:
    """How often, or to how many, an operation spreads along axes, which count from the last."""
    given = operation.attributes
    if operation.op in _SIZES:
        sizes = given.get(_SIZES[operation.op])
        return dict(enumerate(sizes, -len(sizes))) if isinstance(sizes, list | tuple) else {}
    axis = given.get("dim", 0)
    copies = given.get("tensors")
    if not isinstance(axis, int):
        return {}
    if operation.op == _PLACES:
        return {axis % rank - rank: given.get("repeats")}
    if (
        operation.op in _COPIES
        and isinstance(copies, list | tuple)
        and len({*map(str, copies)}) == 1
    ):
        return {axis % rank - rank: len(copies)}
    return {}


def for_one(operation: Operation, axis: int, samples: int, arguments: dict[str, Any]) -> None:
    """Changes the arguments of what spreads over samples along an axis to those for one sample."""
    if operation.op in _SIZES:
        word = _SIZES[operation.op]
        sizes = [*arguments[word]]
        sizes[axis] //= samples
        arguments[word] = sizes
    elif operation.op in _COPIES:
        arguments["tensors"] = arguments["tensors"][: len(arguments["tensors"]) // samples]
    else:
        arguments["repeats"] //= samples
