"""What a reader of the figures should know of how the stored arrays of a model were counted."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Sequence

from convcalc.core.text import in_words
from convcalc.importers.building import Builder
from convcalc.importers.model import Model


def first_named(names: Sequence[str]) -> str:
    """The first of several names, and how many more there are.

    >>> first_named(["a"]), first_named(["a", "b", "c"])
    ('`a`', '`a` and 2 more')
    """
    return f"`{names[0]}`" if len(names) == 1 else f"`{names[0]}` and {len(names) - 1:,} more"


def counting_notes(
    model: Model,
    builder: Builder,
    names: Sequence[str],
    owners: Container[int],
    twice: Collection[str],
) -> Iterator[str]:
    """Sentences; none where every learnt array counts once, for a layer.

    `names` are those of the layers, `owners` the layers that use another one's arrays, and `twice`
    the learnt arrays that several layers use as no shared weight is used.
    """
    yield from _either(model, builder, names, owners)
    for name in sorted(twice):
        yield f"`{name}` is used by layers that cannot share it here, and counts for each of them"
    yield from _gone(model, builder)


def _either(
    model: Model, builder: Builder, names: Sequence[str], owners: Container[int]
) -> Iterator[str]:
    """A note of the arrays that are layers of their own and may be buffers."""
    if not model.unsaid or not builder.stored.sourced:
        return
    from convcalc.kinds.source_family import Parameter

    found = [
        at
        for at, one in enumerate(builder.placed)
        if isinstance(one.layer, Parameter)
        and at not in owners
        and not model.unsaid.isdisjoint(part.name for part in one.held["weight"].in_order())
    ]
    if found:
        count = sum(builder.placed[at].facts.params for at in found)
        yield (
            f"the file does not say whether {in_words(count, 'parameter')} of "
            f"{first_named([names[at] for at in found])}, which no layer has as its weight, "
            f"{'is' if count == 1 else 'are'} learnt or in buffers"
        )


def _gone(model: Model, builder: Builder) -> Iterator[str]:
    """A note of single numbers that the source says are learnt, and that no layer has."""
    single = {
        held.name: model.own_names[held.name]
        for name, held in model.constants.items()
        if held.count == 1 and name in model.learnt and name not in model.unsaid
        if model.own_names.get(held.name)
    }
    if not single:
        return
    arrays = (array for one in builder.placed for array in one.held.values())
    kept = {part.name for array in arrays for part in array.in_order()}
    gone = [own for name, own in single.items() if name not in kept]
    if gone:
        count = "is learnt and counts" if len(gone) == 1 else "are learnt and count"
        yield f"{in_words(len(gone), 'single number')} {count} as constants: {first_named(gone)}"
