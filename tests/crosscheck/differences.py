"""Where convcalc and torch may disagree on what is legal, each with the reason why."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.crosscheck.draws import Case, Shape


class Answer(NamedTuple):
    """What a layer gives; or, in `refusal`, why there is none."""

    output: Shape = ()
    params: int = 0
    buffers: int = 0
    macs: int = 0
    refusal: str = ""


class Difference(NamedTuple):
    """A kind of case on which the two may disagree about legality, and why that is right."""

    reason: str
    # From the case, convcalc's answer and torch's.
    applies: Callable[[Case, Answer, Answer], bool]


def _is_uneven(case: Case) -> bool:
    padding = case.fields.get("padding")
    if isinstance(padding, str):
        return padding == "causal"
    return isinstance(padding, list) and isinstance(padding[0], list)


DIFFERENCES: dict[str, Difference] = {
    "empty map": Difference(
        "torch hands on maps without elements, which nothing after them can use; convcalc wants "
        "at least one element on every axis",
        lambda case, ours, theirs: not ours.output and 0 in theirs.output,
    ),
    "padding word": Difference(
        "words that torch has not (`half` on even spans, `causal` on several axes, `same` of a "
        "pool with a stride) have no meaning there; as numbers torch takes them",
        lambda case, ours, theirs: ours.refusal == "padding-word-unfit",
    ),
    "uneven pool padding": Difference(
        "torch pads pools evenly, so the comparison pads before the pool, where torch has no "
        "limit; convcalc holds each side to half the kernel",
        lambda case, ours, theirs: ours.refusal == "pool-padding-too-big" and _is_uneven(case),
    ),
    "3-d average pool": Difference(
        "torch's avg_pool3d alone forgets the padding and ceil_mode when it compares the kernel "
        "with the input; sizes and values are well defined, and ONNX takes them",
        lambda case, ours, theirs: (
            case.kind in ("avg_pool", "lp_pool")
            and len(case.inputs[0]) == 4
            and "smaller than kernel size" in theirs.refusal
        ),
    ),
    "linear on a map": Difference(
        "torch applies linear to the last axis of a map, its columns; in a layer stack that is a "
        "forgotten flatten",
        lambda case, ours, theirs: ours.refusal == "linear-needs-flatten",
    ),
    "unflatten on a map": Difference(
        "torch splits the channels of a map and keeps the rest, which gives more axes than a "
        "layer may have; convcalc unflattens vectors",
        lambda case, ours, theirs: case.kind == "unflatten" and len(case.inputs[0]) > 1,
    ),
    "slice past the end": Difference(
        "Python's slices stop at the last channel, or position, in silence",
        lambda case, ours, theirs: case.kind == "slice" and ours.refusal == "size-out-of-range",
    ),
    "broadcasting": Difference(
        "torch stretches any axis of size 1; convcalc only a gate over the map of its channels, "
        "and only for `add` and `mul`, since anything else in a network is a mistake",
        lambda case, ours, theirs: ours.refusal == "merge-size-mismatch" and case.kind != "concat",
    ),
}


def excuse_for(case: Case, ours: Answer, theirs: Answer) -> str:
    """Name of the difference that allows one side to refuse what the other takes, or empty."""
    if bool(ours.refusal) == bool(theirs.refusal):
        return ""
    named = (name for name, known in DIFFERENCES.items() if known.applies(case, ours, theirs))
    return next(named, "")
