"""What the layers of a model file say of sizes, held against the file itself.

The layers are those of one size. Where a size is written into the file (a `Reshape` to its own
numbers of patches), they may stand at sizes at which its operations do not fit: only going
through the file anew tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from convcalc.features.sizes.axis_groups import AxisGroup
from convcalc.features.sizes.place import walk_by_planning
from convcalc.features.sizes.walk import Sample, WalkedSamples

if TYPE_CHECKING:
    from convcalc.network import Network
    from convcalc.network.graph import Graph

# Operations gone through to hold the layers against the file, and the sizes of an axis at most.
_MAX_HELD = 50_000
_MOST_HELD = 24
# What numbers are spread by: multiples of the golden section keep apart, and hit every remainder.
_GOLDEN = 0.6180339887


def held(
    network: Network,
    base: Graph,
    groups: Sequence[AxisGroup],
    samples: Sequence[Sequence[Sample]],
    walks: Sequence[WalkedSamples],
) -> int | None:
    """At how many sizes the file was gone through; None where it says otherwise at one of them.

    `samples` has the sizes of each of `groups`, `walks` what the layers say of them.
    """
    most = max(_MAX_HELD // max(network.operations, 1), 2)
    tried = 0
    for group, some, walk in zip(groups, samples, walks, strict=True):
        numbers = _numbers(group, base, some, walk, min(most - tried, _MOST_HELD))
        chosen = [some[number] for number in numbers]
        found, _ = walk_by_planning(network, base, chosen, {}, [group])
        tried += len(numbers)
        if any(_verdict(walk, at) != _verdict(found, n) for n, at in enumerate(numbers)):
            return None
    return tried


def _numbers(
    group: AxisGroup, base: Graph, samples: Sequence[Sample], walk: WalkedSamples, most: int
) -> list[int]:
    """The samples that tell most: about the file's own size, where sizes begin to fit, spread."""
    at, count = group.inputs[0], len(samples)
    low = samples[0][at][1 + group.axis]
    own = list(base.inputs.values())[at][1 + group.axis]
    first = next((number for number in range(count) if number not in walk.failed), 0)
    telling = [own + 1 - low, 2 * own - low, first, first - 1, count - 1, own - 1 - low, own - low]
    spread = (int(number * _GOLDEN * count) % count for number in range(1, _MOST_HELD))
    inside = (number for number in (*telling, *spread) if 0 <= number < count)
    return list(islice(dict.fromkeys(inside), most))


def _verdict(walk: WalkedSamples, number: int) -> tuple[bool, ...] | None:
    """What a walk says of a sample; None where it does not stand."""
    if number in walk.failed:
        return None
    sets = (walk.dropping, walk.inexact, walk.uneven, walk.reweighted)
    return tuple(number in one for one in sets)
