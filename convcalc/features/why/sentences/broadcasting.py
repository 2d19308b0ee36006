"""Sums and products of maps whose sizes differ."""

from __future__ import annotations

from math import isqrt

from convcalc.core.text import in_words
from convcalc.features.why.sentence import (
    FILE,
    Clue,
    Found,
    Meaning,
    Said,
    Sentence,
    number,
    sizes,
    written,
)

# Tokens that stand beside patches: of a class, of a teacher too, with four registers.
_TOKENS = (1, 2, 5)
_TRIED = (1, 0, 2, 5)
# Fewer patches may as well be the side of a map.
_FEWEST = 49


def unequal(a: int, b: int, where: str, act: str = "combined") -> Meaning:
    """What it means that two maps of `a` and `b` positions meet."""
    large, small = max(a, b), min(a, b)
    causes = []
    write = []
    if squares := patches(small, large):
        causes.append(
            f"{squares}: sequences of so many patches, of which one was made for another input, "
            "as a table of positions is"
        )
        write.append("an input of the size that the table was made for, or F.interpolate of it")
    elif small >= _FEWEST and isqrt(small) ** 2 == small and large - small in _TOKENS:
        side = isqrt(small)
        causes.append(
            f"{small} = {side} * {side} patches: one has {in_words(large - small, 'token')} beside "
            "them, as for the class, and the other none"
        )
    elif large - small == 1:
        causes.append(
            f"a layer of stride 2 halved an odd size, and the way back doubles what is left: "
            f"{large} is lost and {small} comes back (or the other way round)"
        )
    elif small > 1 and large % small == 0:
        causes.append(
            f"{large} is {large // small} times {small}: one way has a stride or an upsampling "
            "that the other has not"
        )
    elif (large - small) % 2 == 0:
        causes.append(
            f"{large - small} pixels are lost on one way: convolutions without padding (k = 3 "
            "loses 2)"
        )
    causes += [
        "the shortcut around a block has another stride or padding than the block",
        "the axes are not the ones that are meant (batch, channels, rows, columns)",
    ]
    return Meaning(
        f"two tensors are {act} whose sizes {where} are {a} and {b}; only equal sizes, or 1, go "
        "together",
        tuple(causes),
        (
            *write,
            "the same stride and padding on both ways",
            "an input whose size every stride divides: `convcalc sizes` lists them",
            "F.interpolate(x, size=skip.shape[2:]), or a crop of the larger one",
        ),
        ask=f"convcalc sizes {FILE}",
        clue=Clue(sizes=(a, b)),
    )


def patches(small: int, large: int) -> str:
    """Two lengths as square maps of patches with as many tokens beside; "" where they are none.

    Tokens of a class, of a teacher, and four registers are usual. Without any, maps that are a
    multiple of one another may as well be two sides, which a stride tells better.

    >>> patches(197, 257), patches(196, 576), patches(64, 256)
    ('197 = 14 * 14 + 1 and 257 = 16 * 16 + 1', '196 = 14 * 14 and 576 = 24 * 24', '')
    """
    for tokens in _TRIED:
        sides = [isqrt(max(0, length - tokens)) for length in (small, large)]
        are_maps = [side**2 + tokens for side in sides] == [small, large] and min(sides) > 1
        if are_maps and (tokens or large % small):
            beside = f" + {tokens}" * (tokens > 0)
            return " and ".join(f"{side**2 + tokens} = {side} * {side}{beside}" for side in sides)
    return ""


def _at(found: Found) -> Meaning:
    axis = number(found, "axis")
    return unequal(number(found, "a"), number(found, "b"), f"on axis {axis} (from 0)")


def _pair(found: Found) -> Meaning:
    return unequal(number(found, "a"), number(found, "b"), "on one axis")


def _shapes(found: Found) -> Meaning:
    a, b = sizes(found, "a"), sizes(found, "b")
    # From the last axis on, as numpy and all others compare.
    for one, other in zip(reversed(a), reversed(b), strict=False):
        if one != other and one is not None and other is not None and 1 not in (one, other):
            return unequal(one, other, f"on one axis of {written(a)} and {written(b)}")
    return Meaning(
        f"two tensors of {written(a)} and {written(b)} are combined, which have no common shape",
        ("one has fewer axes than the other, and they are compared from the last one on",),
        ("x[:, None], or .unsqueeze(1), where an axis is missing",),
    )


def _expanded(found: Found) -> Meaning:
    wanted, size = number(found, "wanted"), number(found, "size")
    return Meaning(
        f"an axis of {size} is to be repeated to {wanted}; only an axis of 1 can be",
        ("the tensor was made for another batch or another input size, such as a position table",),
        ("a tensor made from the size of the input, or F.interpolate of the table",),
        (f"axis {number(found, 'axis')} (from 0): {size} is neither 1 nor {wanted}",),
        clue=Clue(sizes=(wanted, size)),
    )


SENTENCES = (
    Sentence(
        "unequal-sizes",
        (
            Said(
                "PyTorch",
                "The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton "
                "dimension {axis}",
            ),
        ),
        _at,
    ),
    Sentence(
        "unequal-sizes",
        (
            Said("TensorFlow", "Dimensions must be equal, but are {a} and {b}"),
            Said(
                "ONNX Runtime",
                "Attempting to broadcast an axis by a dimension other than 1. {a} by {b}",
            ),
        ),
        _pair,
    ),
    Sentence(
        "unequal-sizes",
        (
            Said(
                "numpy", "operands could not be broadcast together with shapes {a:shape} {b:shape}"
            ),
            Said(
                "Keras", "Inputs have incompatible shapes. Received shapes {a:shape} and {b:shape}"
            ),
            Said(
                "Keras", "Operands could not be broadcast together with shapes {a:shape} {b:shape}"
            ),
            Said("TensorFlow", "Incompatible shapes: {a:shape} vs. {b:shape}"),
            Said("JAX", "Incompatible shapes for broadcasting: shapes=[{a:shape}, {b:shape}]"),
            Said("JAX", "Incompatible shapes for broadcasting: ({a:shape}, {b:shape})"),
            Said("JAX", "got incompatible shapes for broadcasting: {a:shape}, {b:shape}"),
            Said(
                "numpy", "could not broadcast input array from shape {a:shape} into shape {b:shape}"
            ),
        ),
        _shapes,
    ),
    Sentence(
        "unequal-sizes",
        (Said("TensorFlow", "required broadcastable shapes"),),
        lambda found: Meaning(
            "two tensors are combined whose sizes differ; the program does not say which",
            ("the two ways to this layer differ in stride, padding or upsampling",),
            ("print(a.shape, b.shape) in front of it", "the same stride and padding on both ways"),
            ask=f"convcalc sizes {FILE}",
        ),
    ),
    Sentence(
        "expand",
        (
            Said(
                "PyTorch",
                "The expanded size of the tensor ({wanted}) must match the existing size ({size}) "
                "at non-singleton dimension {axis}",
            ),
        ),
        _expanded,
    ),
)
