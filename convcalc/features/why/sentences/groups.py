"""Numbers that must divide others: groups, heads, blocks of pixels."""

from __future__ import annotations

from convcalc.core.text import listed
from convcalc.features.why.sentence import (
    Clue,
    Found,
    Meaning,
    Said,
    Sentence,
    many,
    number,
    sizes,
)


def _divisors(of: int, near: int) -> str:
    """The divisors of a number nearest to another.

    >>> _divisors(48, 32)
    '24 or 48'
    """
    found = [one for one in range(1, min(of, 100_000) + 1) if of % one == 0]
    low = [one for one in found if one <= near][-1:]
    high = [one for one in found if one > near][:1]
    return listed(map(str, low + high), "or")


def _multiples(of: int, near: int) -> str:
    """The multiples of a number nearest to another that is none.

    >>> _multiples(32, 50), _multiples(32, 20)
    ('32 or 64', '32')
    """
    low = near - near % of
    return f"{low} or {low + of}" if low else str(of)


def indivisible(whole: int, parts: int, one: str, into: str, field: str) -> Meaning:
    """What it means that `whole`, a number of what `one` is called, is no multiple of `parts`."""
    return Meaning(
        f"{many(whole, one)} cannot be split into {parts} equal {into}",
        (
            f"{whole} / {parts} leaves {whole % parts}",
            "a width was scaled (by a multiplier, say) and not rounded to a multiple",
        ),
        (
            f"{field}={_divisors(whole, parts)}",
            f"{_multiples(parts, whole)} {one}s",
        ),
        clue=Clue(sizes=(whole, parts)),
    )


def _unsaid(of: str) -> Meaning:
    return Meaning(
        f"the {of} of a grouped convolution are no multiple of its groups",
        (
            "groups split inputs and outputs alike, so both have to be multiples",
            "depthwise layers have groups = in_channels, and a multiple of it as out_channels",
        ),
        ("groups=math.gcd(in_channels, out_channels), at most",),
        ask="convcalc explain groups-indivisible",
    )


def _weight(found: Found) -> Meaning:
    outputs = sizes(found, "weight")[0]
    return indivisible(outputs or 0, number(found, "groups"), "output channel", "groups", "groups")


def _filters(found: Found) -> Meaning:
    return indivisible(
        number(found, "whole"), number(found, "groups"), "filter", "groups", "groups"
    )


def _inputs(found: Found) -> Meaning:
    return indivisible(
        number(found, "whole"), number(found, "groups"), "input channel", "groups", "groups"
    )


def _norm(found: Found) -> Meaning:
    return indivisible(
        number(found, "whole"), number(found, "groups"), "channel", "groups", "num_groups"
    )


def _norm_input(found: Found) -> Meaning:
    whole = sizes(found, "shape")[1]
    return indivisible(whole or 0, number(found, "groups"), "channel", "groups", "num_groups")


def _heads(found: Found) -> Meaning:
    return Meaning(
        "the features of an attention are no multiple of its heads",
        ("each head gets features / heads of them",),
        ("a number of heads that divides embed_dim: 64 features a head is the usual choice",),
        ask="convcalc explain attention",
    )


def _heads_said(found: Found) -> Meaning:
    return indivisible(
        number(found, "whole"), number(found, "groups"), "feature", "heads", "num_heads"
    )


def _shuffle(found: Found) -> Meaning:
    whole, parts = number(found, "whole"), number(found, "parts")
    return Meaning(
        f"{many(whole, 'channel')} cannot be dealt out to {parts} pixels each",
        ("a pixel shuffle by r makes r * r pixels of each r * r channels",),
        (f"{_multiples(parts, whole)} channels",),
        (f"{whole} / {parts} leaves {whole % parts}",),
        clue=Clue(sizes=(whole, parts)),
    )


def _unshuffle(found: Found) -> Meaning:
    whole, parts = number(found, "whole"), number(found, "parts")
    return Meaning(
        f"{whole} rows or columns cannot be gathered {parts} by {parts}",
        ("the input's size is no multiple of the factor",),
        (f"padding by {-whole % parts}, or a crop of {whole % parts}",),
        (f"{whole} / {parts} leaves {whole % parts}",),
        clue=Clue(sizes=(whole, parts)),
    )


def _halves(found: Found) -> Meaning:
    size = number(found, "size")
    return Meaning(
        f"a gated unit halves an axis of {size}, which is odd",
        ("a glu multiplies one half of the channels by the sigmoid of the other",),
        (f"{size - 1} or {size + 1} channels in front of it",),
        clue=Clue(sizes=(size, 2)),
    )


SENTENCES = (
    Sentence(
        "groups",
        (Said("PyTorch", "in_channels must be divisible by groups"),),
        lambda found: _unsaid("input channels"),
    ),
    Sentence(
        "groups",
        (Said("PyTorch", "out_channels must be divisible by groups"),),
        lambda found: _unsaid("output channels"),
    ),
    Sentence(
        "groups",
        (
            Said(
                "PyTorch",
                "Given groups={groups}, expected weight to be at least {least} at dimension 0, but "
                "got weight of size {weight:shape}",
            ),
            Said(
                "PyTorch",
                "Given groups={groups}, expected weight to be divisible by {by} at dimension 0, "
                "but got weight of size {weight:shape}",
            ),
        ),
        _weight,
    ),
    Sentence(
        "groups",
        (
            Said(
                "Keras",
                "The number of filters must be evenly divisible by the number of groups. Received: "
                "groups={groups}, filters={whole}",
            ),
        ),
        _filters,
    ),
    Sentence(
        "groups",
        (
            Said(
                "Keras",
                "evenly divisible by the number of groups. Received groups={groups}, but the input "
                "has {whole} channels",
            ),
        ),
        _inputs,
    ),
    Sentence(
        "norm-groups",
        (
            Said("PyTorch", "num_channels ({whole}) must be divisible by num_groups ({groups})"),
            Said(
                "Keras",
                "Number of groups ({groups}) must be a multiple of the number of channels "
                "({whole})",
            ),
        ),
        _norm,
    ),
    Sentence(
        "norm-groups",
        (Said("PyTorch", "num_channels must be divisible by num_groups"),),
        lambda found: Meaning(
            "the channels of a group norm are no multiple of its groups",
            ("each group is normalised by itself, so all have as many channels",),
            ("num_groups=math.gcd(32, channels)",),
        ),
    ),
    Sentence(
        "norm-groups",
        (
            Said(
                "PyTorch",
                "Expected number of channels in input to be divisible by num_groups, but got input "
                "of shape {shape:shape} and num_groups={groups}",
            ),
        ),
        _norm_input,
    ),
    Sentence(
        "heads",
        (
            Said("PyTorch", "embed_dim must be divisible by num_heads"),
            Said("timm", "dim should be divisible by num_heads"),
        ),
        _heads,
    ),
    Sentence(
        "heads",
        (
            Said(
                "Transformers",
                "The hidden size ({whole}) is not a multiple of the number of attention heads "
                "({groups})",
            ),
            Said(
                "Transformers",
                "embed_dim must be divisible by num_heads (got `embed_dim`: {whole} and "
                "`num_heads`: {groups})",
            ),
        ),
        _heads_said,
    ),
    Sentence(
        "pixel-shuffle",
        (
            Said(
                "PyTorch",
                "to be divisible by the square of upscale_factor, but input.size(-3)={whole} is "
                "not divisible by {parts}",
            ),
        ),
        _shuffle,
    ),
    Sentence(
        "pixel-unshuffle",
        (
            Said(
                "PyTorch",
                "to be divisible by downscale_factor, but input.size({axis})={whole} is not "
                "divisible by {parts}",
            ),
        ),
        _unshuffle,
    ),
    Sentence(
        "halves",
        (Said("PyTorch", "Halving dimension must be even, but dimension {axis} is size {size}"),),
        _halves,
    ),
)
