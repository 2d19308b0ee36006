"""Random networks for receptive fields: chains with branches, in YAML and in torch alike.

All weights are 1, so no two paths cancel: a pixel has a gradient exactly where a unit sees it.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any, NamedTuple

import pytest

from tests.crosscheck.draws import Case, Shape

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor  # noqa: E402 - only where torch is installed

from tests.crosscheck.torch_layers import layer_of  # noqa: E402
from tests.crosscheck.torch_windows import Layer  # noqa: E402

LARGEST = {1: 120, 2: 26}


class Step(NamedTuple):
    """One layer, and the numbers of the maps it reads (0 is the network's input)."""

    case: Case
    sources: tuple[int, ...]
    layer: Layer


class RandomGraph(NamedTuple):
    """A network of `steps` on an input of `shape`."""

    shape: Shape
    steps: tuple[Step, ...]

    def text(self) -> str:
        """The network as YAML; layer n is called `at_n`."""
        layers = []
        for number, (case, sources, _) in enumerate(self.steps, 1):
            fields = dict(case.fields)
            layer: dict[str, Any] = {case.kind: fields, "name": _name(number)}
            if len(sources) > 1:
                fields["inputs"] = [_name(source) for source in sources]
            else:
                layer["from"] = _name(sources[0])
            layers.append(layer)
        return (
            f"convcalc: 1\ninput: {list(self.shape)}\nlayers: {json.dumps(layers)}\n"
            f"outputs: {[_name(number) for number in range(1, len(self.steps) + 1)]}\n"
        ).replace("'", "")

    def run(self, x: Tensor) -> list[Tensor]:
        """All maps for one input, the input itself first."""
        maps = [x]
        for _, sources, layer in self.steps:
            maps.append(layer.forward(*(maps[source] for source in sources)))
        return maps


def _name(number: int) -> str:
    return f"at_{number}" if number else "input"


def random_graph(rng: Random, rank: int, kinds: tuple[str, ...], depth: int) -> RandomGraph:
    """A network of about `depth` layers of the given kinds; what torch refuses is left out."""
    top = LARGEST[rank] // 2
    shape = (1, *(rng.randint(top // 2, top) for _ in range(rank)))
    growth = _Growth(shape)
    for _ in range(8 * depth):
        if len(growth.steps) >= depth:
            break
        growth.grow(rng, rng.choice(kinds))
    return RandomGraph(shape, tuple(growth.steps))


class _Growth:
    """A graph in the making: its steps, and the maps that one input of zeros gives."""

    def __init__(self, shape: Shape) -> None:
        self.rank = len(shape) - 1
        self.steps: list[Step] = []
        self.maps = [torch.zeros(1, *shape, dtype=torch.float64)]

    def grow(self, rng: Random, kind: str) -> None:
        last = len(self.maps) - 1
        if kind == "add":
            # A residual branch: a convolution that keeps the shape, and its input beside it.
            fields = _fields(rng, "conv", (), self.rank) | {"padding": "same_upper"}
            fields |= {"stride": 1, "out_channels": self.maps[last].shape[1]}
            if self.added("conv", fields, (last,)):
                self.added("add", {}, (rng.choice((last, last + 1)), last + 1, last))
        elif kind == "concat":
            if last:
                self.added(kind, {"align": "crop"}, (rng.randrange(last), last))
        else:
            # Mostly on the layer before; now and then on a branch from further back.
            source = last if rng.random() < 0.85 else rng.randint(0, last)
            if kind == "pixel_shuffle" and not self._is_mixed(source):
                return
            shape = tuple(self.maps[source].shape[1:])
            self.added(kind, _fields(rng, kind, shape, self.rank), (source,))

    def _is_mixed(self, source: int) -> bool:
        # A receptive field speaks of positions. pixel_shuffle also chooses among channels, so it
        # only sees all that its input sees where each channel has read all channels.
        return source > 0 and self.steps[source - 1].case.kind in ("conv", "conv_transpose")

    def added(self, kind: str, fields: dict[str, Any], sources: tuple[int, ...]) -> bool:
        """Adds the layer, if torch takes it and its map is neither empty nor too large."""
        inputs = [self.maps[source] for source in sources]
        case = Case(kind, fields, tuple(tuple(map_.shape[1:]) for map_ in inputs))
        try:
            layer = layer_of(case)
            if layer.module is not None:
                layer.module.double()
                for weight in layer.module.parameters():
                    weight.detach().fill_(1)
            result = layer.forward(*inputs)
        except (RuntimeError, ValueError):
            return False
        sizes = result.shape[2:]
        if min(sizes) < 1 or max(sizes) > LARGEST[self.rank] or result.shape[1] > 8:
            return False
        self.maps.append(result)
        self.steps.append(Step(case, sources, layer))
        return True


def _fields(rng: Random, kind: str, shape: Shape, rank: int) -> dict[str, Any]:
    def each(low: int, high: int) -> list[int]:
        return [rng.randint(low, high) for _ in range(rank)]

    if kind == "conv":
        forms: list[Any] = [
            each(0, 3),
            [[a, b] for a, b in zip(each(0, 3), each(0, 3), strict=True)],
        ]
        forms += ["same_upper", "same_lower"]
        return _weighted(rng) | {
            "kernel_size": each(1, 4),
            "stride": each(1, rng.choice((1, 1, 2, 3))),
            "dilation": each(1, rng.choice((1, 1, 2, 3))),
            "padding": rng.choice(forms),
        }
    if kind == "conv_transpose":
        # A unit that sees nothing on one axis of an image sees nothing at all, but the axes are
        # looked at one by one: units between the taps are drawn for sequences only.
        gaps = rank == 1
        return _weighted(rng) | {
            "kernel_size": each(1 if gaps else 3, 5),
            "stride": each(1, 3),
            "dilation": each(1, rng.choice((1, 1, 2, 3)) if gaps else 1),
            "padding": each(0, 2),
            "output_padding": each(0, rng.choice((0, 0, 1))),
        }
    if kind == "avg_pool":
        return {
            "kernel_size": each(2, 3),
            "stride": each(1, 3),
            "padding": each(0, 1),
            "ceil_mode": rng.random() < 0.4,
        }
    if kind == "adaptive_avg_pool":
        return {"output_size": [rng.randint(1, size + 2) for size in shape[1:]]}
    if kind == "upsample":
        return _resampling(rng, shape, rank)
    if kind in ("pixel_shuffle", "pixel_unshuffle"):
        return {"factor": 2}
    if kind == "pad":
        return {
            "padding": [each(0, 3) for _ in range(2)] if rank == 2 else [[1, 3]],
            "mode": "zeros",
        }
    if kind == "crop":
        return {"padding": each(0, 3)}
    raise LookupError(kind)


def _weighted(rng: Random) -> dict[str, Any]:
    return {"out_channels": rng.choice((1, 2, 4)), "groups": 1, "bias": False}


def _resampling(rng: Random, shape: Shape, rank: int) -> dict[str, Any]:
    mode = rng.choice(("nearest", *{1: ("linear",), 2: ("bilinear", "bicubic")}[rank]))
    fields: dict[str, Any] = {"mode": mode}
    if rng.random() < 0.6:
        fields["scale_factor"] = rng.choice((2, 2, 3, 1.5, 0.5))
    elif mode == "nearest":
        # Only whole ratios: torch finds the pixel in single precision, so that for 54 -> 76 unit
        # 38 copies pixel 26, although 38 * 54 / 76 is 27.
        fields["output_size"] = [2 * size for size in shape[1:]]
    else:
        fields["output_size"] = [rng.randint(1, 2 * size) for size in shape[1:]]
    if mode != "nearest" and rng.random() < 0.4:
        fields["align_corners"] = True
    return fields
