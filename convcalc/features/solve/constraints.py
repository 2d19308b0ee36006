"""What a chain may see and cost: the kinds' own figures, checked as a chain grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from convcalc.core.errors import LayerError
from convcalc.core.links import transposed_link, window_link
from convcalc.core.reach import IDENTITY, AxisReach, PatternError, compose
from convcalc.core.reach_figures import measure
from convcalc.core.shapes import Shape, Window
from convcalc.features.compare.stacks import Channels
from convcalc.features.solve.candidates import Axes, Family, Found
from convcalc.features.solve.search import Solution
from convcalc.kinds.base import Facts, Kind
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.pool_family import MaxPool

KINDS: dict[Family, type[Kind]] = {
    "window": Conv,
    "pool": MaxPool,
    "transposed": ConvTranspose,
}


@dataclass(frozen=True)
class Costs:
    """Figures of a chain for one sample: pixels seen on each axis, parameters, MACs.

    `field` is the largest over the map; None where its pattern is too long to follow.
    """

    field: Axes | None
    params: int
    macs: int


def chain_costs(
    family: Family, solution: Solution, channels: Channels, rounds_up: bool = False
) -> Costs:
    """The figures of the layers of `solution`, channels as in a stack of convolutions.

    >>> from convcalc.features.solve.candidates import Found
    >>> layer = Found(3, 2, 1, (1,), (0,))
    >>> chain_costs("window", Solution((layer,) * 2, ((8,), (4,), (2,))), Channels(3, 8, 8))
    Costs(field=(7,), params=280, macs=672)
    """
    x: Shape = (channels.cin, *solution.sizes[0])
    params = macs = 0
    last = len(solution.layers) - 1
    for number, layer in enumerate(solution.layers):
        out = channels.cout if number == last else channels.mid
        facts = _facts(family, layer, out, x, rounds_up)
        params += facts.params
        macs += facts.macs
        x = facts.output
    return Costs(chain_field(family, solution.layers, solution.sizes[-1]), params, macs)


@lru_cache(maxsize=50_000)
def _facts(family: Family, layer: Found, out: int, x: Shape, rounds_up: bool) -> Facts:
    return make_layer(family, layer, out, rounds_up).facts((x,))


def make_layer(family: Family, layer: Found, out: int, rounds_up: bool = False) -> Kind:
    """The layer of its kind."""
    fields: dict[str, object] = {
        "kernel_size": layer.kernel,
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
    }
    if family == "pool":
        fields["ceil_mode"] = rounds_up
    else:
        fields["out_channels"] = out
    if family == "transposed":
        fields["output_padding"] = layer.extra
    return KINDS[family].model_validate(fields)


def chain_field(family: Family, layers: Sequence[Found], output: Axes) -> Axes | None:
    """The largest receptive field of a unit, per axis; None where it cannot be followed."""
    link = transposed_link if family == "transposed" else window_link
    found = []
    try:
        for axis, count in enumerate(output):
            reach: AxisReach = IDENTITY
            for layer in layers:
                pad = layer.padding[axis]
                reach = compose(
                    reach, link(Window(layer.kernel, layer.stride, pad, pad, layer.dilation))
                )
            found.append(measure(reach, count).most)
    except PatternError:
        return None
    return tuple(found)


@dataclass(frozen=True)
class Limits:
    """Constraints on a chain; None where there is none.

    `field` is the range that the largest field has to be in, on every axis.
    """

    family: Family
    channels: Channels
    rounds_up: bool = False
    field: range | None = None
    max_params: int | None = None
    max_macs: int | None = None

    @property
    def any(self) -> bool:
        """True where there is something to hold."""
        return (self.field, self.max_params, self.max_macs) != (None, None, None)

    def allow(self, chain: Solution, is_whole: bool) -> bool:
        """False where the chain does not hold, or no chain can that begins with it.

        Fields and costs only grow with further layers.
        """
        if self.field is not None:
            field = chain_field(self.family, chain.layers, chain.sizes[-1])
            if field is None or max(field) >= self.field.stop:
                return False
            if is_whole and min(field) < self.field.start:
                return False
        if self.max_params is None and self.max_macs is None:
            return True
        try:
            costs = self._costs(chain, is_whole)
        except LayerError:
            return False
        return (self.max_params is None or costs.params <= self.max_params) and (
            self.max_macs is None or costs.macs <= self.max_macs
        )

    def _costs(self, chain: Solution, is_whole: bool) -> Costs:
        channels = self.channels
        if not is_whole:
            # The last layer of a part has the channels that stand between layers.
            channels = Channels(channels.cin, channels.mid, channels.mid)
        return chain_costs(self.family, chain, channels, self.rounds_up)
