"""How far back a network over sequences sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.features.rf.values import LayerField, Verdict
from convcalc.kinds.border_family import Border

if TYPE_CHECKING:
    from convcalc.features.rf.lens import Lens


def history_verdicts(
    lens: Lens, wanted: int | None, finals: Sequence[LayerField]
) -> Iterator[Verdict]:
    """How far back a network over sequences sees, and whether that covers `wanted` samples.

    Raises StackError where `wanted` is asked of a layer with several spatial axes.
    """
    for field in finals:
        if len(field.axes) != 1:
            if wanted is not None:
                raise StackError(
                    [
                        Problem(
                            "wrong-value",
                            f"a history is asked of `{field.layer}`, which has "
                            f"{len(field.axes)} spatial axes",
                            help="--history is for networks over sequences; --object is for images",
                            file=lens.graph.file,
                        )
                    ]
                )
            continue
        yield from _one_history(lens, wanted, field)


def _one_history(lens: Lens, wanted: int | None, field: LayerField) -> Iterator[Verdict]:
    axis = field.axes[0]
    # A cropped map does not begin at sample 0, so unit 0 tells nothing of the present.
    if axis.varies or axis.stride != 1:
        return
    shift = _shift(lens, field.index)
    behind, ahead = shift - axis.start, axis.start + axis.size - 1 - shift
    if ahead < 0:
        kind = f"sees samples {-ahead} to {behind} before the present one, which it does not see"
    elif ahead > 0:
        kind = f"looks {ahead} ahead and {max(behind, 0)} back"
    else:
        kind = f"is causal: it sees the present sample and {behind} before it"
    message = f"`{field.layer}` {kind}"
    if wanted is None:
        if ahead <= 0 and behind > 0:
            yield Verdict("history", "note", message, "", (field.layer,))
        return
    span = behind + 1
    # Of the samples that are wanted, the last may not be seen.
    short = max(wanted - span, 0) + min(max(-ahead, 0), wanted)
    if not short:
        yield Verdict("history", "good", f"{message}, which covers {wanted}", "", (field.layer,))
        return
    help = ""
    if behind > 0 and ahead >= 0:
        times = ceil(Fraction(wanted - 1, behind))
        help = f"the same layers {times} times over see {times * behind + 1}"
    yield Verdict(
        "history",
        "warning",
        f"{message}, {short} short of {wanted}",
        help,
        (field.layer,),
    )


def _shift(lens: Lens, index: int) -> int:
    """Samples that the crops on the way to a layer move its unit 0 by.

    Padding leaves unit t at sample t, be it a layer or a layer's own, and is taken off by crops.
    """
    shift = 0
    while index not in lens.sources:
        inputs, facts = lens.reads(index)
        if isinstance(lens.graph.nodes[index].layer, Border):
            links = facts.links[0]
            if links:
                shift += links[0].taps[0].start
        if not inputs:
            break
        index = inputs[0]
    return max(shift, 0)
