"""Maps that are joined and differ on another axis."""

from __future__ import annotations

from dataclasses import replace

from convcalc.features.why.sentence import Found, Meaning, Said, Sentence, number, sizes, written
from convcalc.features.why.sentences.broadcasting import unequal


def joined(a: int, b: int, where: str) -> Meaning:
    """What it means that maps of `a` and `b` positions are joined."""
    meaning = unequal(a, b, where, "joined")
    return replace(
        meaning,
        means=f"maps are joined whose sizes {where} are {a} and {b}; all axes but the joined one "
        "have to be equal",
    )


def _in_list(found: Found) -> Meaning:
    meaning = joined(number(found, "a"), number(found, "b"), "on another axis")
    return replace(
        meaning, numbers=(f"joined on axis {number(found, 'axis')} (from 0; 1 are the channels)",)
    )


def _along(found: Found) -> Meaning:
    return joined(
        number(found, "a"), number(found, "b"), f"on axis {number(found, 'other')} (from 0)"
    )


def _two(found: Found) -> Meaning:
    a, b = sizes(found, "a"), sizes(found, "b")
    pairs = zip(a, b, strict=False)
    unlike = [(at, *pair) for at, pair in enumerate(pairs) if len({*pair, None}) > 2]
    if not unlike:
        return _of_ranks(len(a), len(b))
    # The channels, last in Keras, may differ: they are what is joined, unless nothing else does.
    at, one, other = unlike[0]
    return joined(one or 0, other or 0, f"on axis {at} of {written(a)} and {written(b)}")


def _ranks(found: Found) -> Meaning:
    return _of_ranks(number(found, "a"), number(found, "b"))


def _of_ranks(a: int, b: int) -> Meaning:
    return Meaning(
        f"tensors of {a} and {b} axes are joined; all need as many",
        ("one way flattens, or pools to a vector, and the other keeps the map",),
        (
            "torch.flatten(x, 1) on the way that keeps its map",
            "x[:, :, None, None].expand(-1, -1, *other.shape[2:]) to spread a vector over a map",
        ),
    )


def _stacked(found: Found) -> Meaning:
    a, b = sizes(found, "a"), sizes(found, "b")
    return Meaning(
        f"tensors of {written(a)} and {written(b)} are stacked; all have to be equal",
        (
            "samples of several sizes in one batch",
            "maps of several levels, which have other sizes",
        ),
        (
            "a resize or a crop in the data set",
            "a collate_fn that pads",
            "a list in place of a stack",
        ),
    )


SENTENCES = (
    Sentence(
        "join",
        (
            Said(
                "PyTorch",
                "Sizes of tensors must match except in dimension {axis}. Expected size {a} but got "
                "size {b} for tensor number {at} in the list",
            ),
            Said(
                "PyTorch",
                "Sizes of tensors must match except in dimension {axis}. Got {a} and {b} in "
                "dimension {other}",
            ),
            Said(
                "PyTorch",
                "Sizes of tensors must match except in dimension {axis}. Got {a} and {b} "
                "(The offending index is {other})",
            ),
        ),
        _in_list,
    ),
    Sentence(
        "join",
        (
            Said(
                "numpy",
                "except for the concatenation axis must match exactly, but along dimension "
                "{other}, the array at index {i} has size {a} and the array at index {j} has "
                "size {b}",
            ),
            Said(
                "ONNX Runtime",
                "Non concat axis dimensions must match: Axis {other} has mismatched dimensions of "
                "{a} and {b}",
            ),
            Said(
                "ONNX",
                "Can't merge shape info. Both inferred and declared dimension have values but they "
                "differ. Inferred={a} Declared={b} Dimension={other}",
            ),
        ),
        _along,
    ),
    Sentence(
        "join",
        (
            Said(
                "Keras",
                "requires inputs with matching shapes except for the concatenation axis. Received: "
                "input_shape=[{a:shape}, {b:shape}",
            ),
            Said(
                "Keras",
                "requires inputs with matching shapes except for the concatenation axis. Got "
                "inputs shapes: [{a:shape}, {b:shape}",
            ),
            Said(
                "TensorFlow",
                "in both shapes must be equal: shape[0] = {a:shape} vs. shape[1] = {b:shape}",
            ),
            Said(
                "TensorFlow",
                "Dimensions of inputs should match: shape[0] = {a:shape} vs. shape[1] = {b:shape}",
            ),
        ),
        _two,
    ),
    Sentence(
        "stack",
        (
            Said(
                "PyTorch",
                "stack expects each tensor to be equal size, but got {a:shape} at entry {i} and "
                "{b:shape} at entry {j}",
            ),
        ),
        _stacked,
    ),
    Sentence(
        "join-rank",
        (
            Said("PyTorch", "Tensors must have same number of dimensions: got {a} and {b}"),
            Said(
                "numpy",
                "all the input arrays must have same number of dimensions, but the array at index "
                "{i} has {a} dimension(s) and the array at index {j} has {b} dimension(s)",
            ),
        ),
        _ranks,
    ),
)
