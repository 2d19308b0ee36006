"""Which axes of a model's inputs are batches, as far as its sizes and its readers tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from convcalc.importers.model import Declared, Model, Operation


def batch_axes(model: Model, readers: Mapping[str, Sequence[Operation]]) -> dict[str, int | None]:
    """Which axis of each input is the batch; None for those that have none.

    `[1, n, 4]` beside `[n, 6, 3]` has n samples, and not one: a state that a recurrence begins with
    has its layers first.
    """
    sizes, inputs = batches(model, readers), model.inputs
    found = {
        name: batch_axis(name, declared, readers.get(name, ()), sizes)
        for name, declared in inputs.items()
    }
    known = {inputs[name][axis] for name, axis in found.items() if axis is not None}
    words = {one for one in known if isinstance(one, str)}
    for name, axis in found.items():
        places = [place for place, size in enumerate(inputs[name]) if size in words]
        if axis is not None and inputs[name][axis] == 1 and len(places) == 1:
            found[name] = places[0]
    return found


def batch_axis(
    name: str, declared: Declared, readers: Sequence[Operation], sizes: Collection[int]
) -> int | None:
    """Which axis of an input is the batch, as far as its sizes and its readers tell.

    The first one, but for sequences, whose steps stand before it: they are read by a recurrence,
    or have an open size behind a fixed one. `sizes` are those that first axes of maps have: several
    of them are no batch.
    """
    if len(declared) < 2:
        return None
    if _is_sequence(name, declared, readers):
        return 1
    if declared[0] == 1 or isinstance(declared[0], str):
        return 0
    open_axes = [axis for axis, size in enumerate(declared) if isinstance(size, str)]
    if len(declared) == 3 and open_axes == [1]:
        return 1
    return 0 if len(declared) > 3 and len(sizes) == 1 else None


def _is_sequence(name: str, declared: Declared, readers: Sequence[Operation]) -> bool:
    """True for an input of three axes that recurrences alone read, steps or directions first."""
    return (
        len(declared) == 3
        and all(
            one.op in ("LSTM", "GRU", "RNN")
            and name in (one.operand, *one.inputs[5:7])
            and not one.attributes.get("layout")
            for one in readers
        )
        and bool(readers)
    )


def batches(model: Model, readers: Mapping[str, Sequence[Operation]]) -> set[int]:
    """The sizes of axes that may be a batch, but for 1."""
    if model.is_whole:
        return set()
    found = {one[0] for one in model.inputs.values() if len(one) > 3}
    found |= {
        one[1]
        for name, one in model.inputs.items()
        if _is_sequence(name, one, readers.get(name, ()))
    }
    return {size for size in found if isinstance(size, int) and size > 1}
