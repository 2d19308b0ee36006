"""What a reader of the figures should know of how a model was read, and its arrays counted."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import chain

from convcalc.core.text import are, in_words
from convcalc.importers.building import Builder
from convcalc.importers.model import Model
from convcalc.importers.same_arrays import Counted
from convcalc.kinds.base import Kind


def first_named(names: Sequence[str]) -> str:
    """The first of several names, and how many more there are.

    >>> first_named(["a"]), first_named(["a", "b", "c"])
    ('`a`', '`a` and 2 more')
    """
    first, *others = names
    return f"`{first}` and {len(others):,} more" if others else f"`{first}`"


def calculating_notes(builder: Builder) -> Iterator[str]:
    """Notes of what is calculated otherwise here: quantised tensors, and norms as they train."""
    if builder.uncut:
        many = len(builder.uncut)
        yield (
            f"{in_words(many, 'quantised tensor')} {are(many)} read as reals: "
            f"numbers are not cut off where integers end: {first_named([*builder.uncut])}"
        )
    if builder.trained:
        many = len(builder.trained)
        yield (
            f"{in_words(many, 'batch norm')} {are(many)} stored as training has them, and run by "
            f"stored statistics here: {first_named([*builder.trained])}"
        )


def counting_notes(
    model: Model,
    builder: Builder,
    owners: Container[int],
    counts: Mapping[str, Counted],
) -> Iterator[str]:
    """Sentences; none where every learnt array counts once, for a layer.

    `owners` are the layers that use another one's arrays, `counts` what layers count of each stored
    array.
    """
    yield from _either(model, builder, owners, counts)
    yield from _perhaps_learnt(model, builder)
    yield from _too_often([one for one in counts.values() if one.is_too_often])
    yield from _not_learnt(model, counts)
    yield from _in_no_layer(model, builder, counts)


def _too_often(found: Sequence[Counted]) -> Iterator[str]:
    """A note of arrays that several layers use as no shared weight is used."""
    if not found:
        return
    stored, counted = sum(one.stored for one in found), sum(one.counted for one in found)
    is_one = len(found) == 1
    count, have, them = ("counts", "has", "it") if is_one else ("count", "have", "them")
    yield (
        f"{first_named(sorted(one.name for one in found))} {count} {counted:,} parameters, and "
        f"{have} {stored:,}: layers use {them} that cannot share {them} here"
    )


def _either(
    model: Model, builder: Builder, owners: Container[int], counts: Mapping[str, Counted]
) -> Iterator[str]:
    """A note of the arrays that may be buffers: that are layers of their own, or say so little."""
    if not model.unsaid:
        return
    alone = {
        part.name
        for at, one in enumerate(builder.placed)
        if at not in owners and one.held and not one.facts.macs and _is_one_array(one.layer)
        for array in one.held.values()
        for part in array.in_order()
    }
    parameters = {name: held.parameter for name, held in model.constants.items()}
    found = {
        counted.name: min(counted.counted, counted.stored)
        for name in (alone & model.unsaid) | model.doubtful
        if (counted := counts.get(parameters.get(name, ""))) is not None
    }
    if found:
        count = sum(found.values())
        yield (
            f"the file does not say whether {in_words(count, 'parameter')} of "
            f"{first_named(sorted(found))} {are(count)} learnt or in buffers"
        )


def _perhaps_learnt(model: Model, builder: Builder) -> Iterator[str]:
    """A note of arrays that may be learnt and no layer has, such as states of 0."""
    names = model.doubtful & model.learnt
    kept = _kept(builder) if names else set()
    found = [held for name, held in model.constants.items() if name in names]
    found = [held for held in found if held.parameter not in kept]
    if found:
        count = sum(held.count for held in found)
        yield (
            f"the file does not say whether {in_words(count, 'number')} of "
            f"{first_named(sorted(held.parameter for held in found))} are learnt: no layer has "
            "them, and they do not count"
        )


def _kept(builder: Builder) -> set[str]:
    """The stored arrays that layers have, and parts of them."""
    held = chain(*(one.held.values() for one in builder.placed), builder.stored.in_opaque)
    return {part.parameter for array in held for part in array.in_order()}


def _is_one_array(layer: Kind) -> bool:
    """True for a layer that any stored array may be, whatever it was to the program."""
    from convcalc.kinds.learnt_family import Bias, Scale
    from convcalc.kinds.source_family import Parameter

    return isinstance(layer, Bias | Scale | Parameter)


def _not_learnt(model: Model, counts: Mapping[str, Counted]) -> Iterator[str]:
    """A note of buffers that layers have as their weights."""
    others = {
        held.parameter
        for tensor, held in model.constants.items()
        if tensor not in model.learnt and held.element.startswith(("float", "bfloat"))
    }
    others |= {one.name for one in counts.values() if one.is_generated}
    for derived, why in (
        (False, "no parameter of the module"),
        (True, "worked out of parameters that count besides"),
    ):
        found = sorted(one for one in others & counts.keys() if (one in model.derived) is derived)
        if found:
            count = sum(counts[name].counted for name in found)
            they = "they" if found[1:] else "it"
            yield (
                f"{in_words(count, 'parameter')} of {first_named(found)} "
                f"{are(count)} not learnt: {they} {are(len(found))} {why}"
            )


def _in_no_layer(model: Model, builder: Builder, counts: Mapping[str, Counted]) -> Iterator[str]:
    """Notes of what the source says is learnt and no layer has: constants, and what is not read."""
    learnt = model.learnt - model.unsaid
    arrays = {tensor: held for tensor, held in model.constants.items() if tensor in learnt}
    kept = _kept(builder) if arrays else set()
    gone = {tensor: held for tensor, held in arrays.items() if held.parameter not in kept}
    read = {tensor for one in model.operations for tensor in one.inputs} if gone else set()
    single = {tensor for tensor, held in gone.items() if held.count == 1 and tensor in read}
    names = [name for tensor in gone if tensor in single and (name := _own_name(model, tensor))]
    if names:
        count = "count" if names[1:] else "counts"
        yield (
            f"{in_words(len(names), 'single number')} {are(len(names))} learnt and {count} as "
            f"constants: {first_named(names)}"
        )
    # Of what is a layer's weight in part there is no doubt that the rest is learnt as well.
    held_arrays = chain(*(one.held.values() for one in builder.placed))
    in_part = {array.whole for array in held_arrays if array.is_part}
    arrays |= {
        tensor: held
        for tensor, held in model.constants.items()
        if tensor in model.learnt and held in in_part
    }
    missing = {
        held.parameter: held.count - counts[held.parameter].counted
        for held in arrays.values()
        if held.parameter in counts
    }
    missing |= {gone[tensor].parameter: gone[tensor].count for tensor in gone.keys() - single}
    missing = {name: missing[name] for name in sorted(missing) if missing[name] > 0}
    if missing:
        total = sum({held.parameter: held.count for held in arrays.values()}.values())
        lost = sum(missing.values())
        # Two names of one array are told by the place of its numbers.
        others = {held.dims for tensor, held in arrays.items() if tensor not in gone}
        may_be_tied = any(one.is_drawn and one.dims in others for one in gone.values())
        or_tied = ", or tied to others" if may_be_tied else ""
        yield (
            f"of {in_words(total, 'parameter')} {lost:,} {are(lost)} not read"
            f"{or_tied}: {first_named(list(missing))}"
        )


def _own_name(model: Model, tensor: str) -> str:
    return model.own_names.get(model.constants[tensor].name, "")
