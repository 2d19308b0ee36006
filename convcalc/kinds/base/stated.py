"""What a kind states of a layer, as values: work, what is kept, links, channels, all its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from convcalc.core.arrangement import Arrangement
from convcalc.core.links import POINTWISE, TOO_LONG, Link
from convcalc.core.shapes import Shape

WorkClass = Literal["bias", "norm", "activation", "pool", "merge", "upsample"]
WORK_CLASSES: tuple[WorkClass, ...] = ("bias", "norm", "activation", "pool", "merge", "upsample")
Work = Mapping[WorkClass, int]
NO_WORK = (0,) * len(WORK_CLASSES)

# What the backward pass needs again: the layer's input, its output, or nothing.
Keeps = Literal["input", "output", "nothing"]


# What a layer may declare, or leave unsaid: `kept` is what it keeps for its backward pass.
Figure = Literal["params", "buffers", "macs", "elementwise", "kept", "receptive_field"]


class Kept(NamedTuple):
    """What a layer keeps for its backward pass, as PyTorch's operators save it.

    `inputs` and `output` are whole tensors that other layers may keep too. Beside them:
    `values`, further numbers of the network's type for each sample; `values_once`, such numbers
    for the whole batch; `bytes`, for each sample whatever the type (indices, masks).
    """

    inputs: bool = False
    output: bool = False
    values: int = 0
    values_once: int = 0
    bytes: int = 0


KEPT_BY_WORD: dict[Keeps, Kept] = {
    "input": Kept(inputs=True),
    "output": Kept(output=True),
    "nothing": Kept(),
}

# How a layer reads one of its inputs: per axis a link; None where no position is left to speak
# of (a global pool, a dense layer) and every output sees the whole map.
Links = tuple[Link, ...] | None

# One shared value a rank, so that the planner can pass over pointwise layers by identity.
POINTWISE_LINKS: tuple[tuple[Link, ...], ...] = tuple((POINTWISE,) * rank for rank in range(4))

MAX_SIZE = 2**63 - 1


def shared(links: Links) -> Links:
    """The links, pointwise ones as the shared value."""
    if links is not None and links == POINTWISE_LINKS[len(links)]:
        return POINTWISE_LINKS[len(links)]
    return links


class Flow(NamedTuple):
    """What a layer does with the channels of a position, for what single ones have seen.

    `kept`: each output channel reads some of them, and together they read all; `own`: each reads
    the one of its number alone, as a kind that stays in its channel; `mixed`: each
    reads all; `picked`: so many in a row are left; `shuffled`: those of so many groups are dealt
    out in turn; `joined`: those of several inputs, so many each, in a row; `scaled`: each is
    multiplied by what others hold, which is no mask of it before shares are taken; `dealt`: each
    reads some of the positions that its links tell, and together they read all; `masked`: as
    `kept`, of positions that a mask may hide. `unfollowed`:
    positions become others in a way that is not told; `sampled`: so do some of them, and the
    others are left out.
    """

    how: Literal[
        "kept",
        "own",
        "mixed",
        "picked",
        "shuffled",
        "joined",
        "scaled",
        "dealt",
        "masked",
        "unfollowed",
        "sampled",
    ]
    counts: tuple[int, ...] = ()


KEPT = Flow("kept")
OWN = Flow("own")
MIXED = Flow("mixed")
DEALT = Flow("dealt")
SCALED = Flow("scaled")


class Facts(NamedTuple):
    """Everything about one layer at one input shape, exact.

    `work` follows WORK_CLASSES; `links` has one entry an input. `sees_all` marks layers whose
    every output depends on the whole map although it keeps its position, such as a
    normalisation over space. `declared` figures are as the file says, and no more than that;
    `unknown` ones are at least what stands here, fields at most.
    """

    output: Shape
    params: int = 0
    buffers: int = 0
    macs: int = 0
    work: tuple[int, ...] = NO_WORK
    links: tuple[Links, ...] = ()
    sees_all: bool = False
    kept: Kept = Kept()
    notes: tuple[str, ...] = ()
    # Values of one sample that are alive while the layer runs, beside its inputs and its output.
    workspace: int = 0
    # How the axes of each input become those of the output, where the layer moves whole axes.
    arrangements: tuple[Arrangement | None, ...] = ()
    flow: Flow = KEPT
    declared: tuple[Figure, ...] = ()
    unknown: tuple[Figure, ...] = ()
    inputs: tuple[Shape, ...] = ()

    @property
    def entries(self) -> int:
        """Units that its patterns list, over all inputs and axes; 0 for plain windows."""
        links = (link for own in self.links if own is not None for link in own)
        return sum([len(link.taps) for link in links if len(link.taps) > 1])

    def without_patterns(self) -> Facts:
        """The same, with nothing to be followed through its patterns."""
        return self._replace(links=tuple(map(_without_patterns, self.links)))


def _without_patterns(links: Links) -> Links:
    return links and tuple(TOO_LONG if len(link.taps) > 1 else link for link in links)
