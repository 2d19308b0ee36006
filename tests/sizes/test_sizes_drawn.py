"""Networks drawn at random: verdicts on sizes are those of planning, on one axis and on both."""

from __future__ import annotations

from random import Random

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.sizes.search import checked_sizes
from convcalc.network import Network

HIGH = 14
SHAPES = ((4, 12, 12), (4, 11, 14), (4, 8, 8))
PLAIN = (
    "relu", "batch_norm", "layer_norm", "flatten", "global_avg_pool", "linear: 3",
    "linear: =cin//2+1", "pixel_unshuffle: 2", "unfold: {k: 2, s: 2}", "upsample: 3",
    "upsample: {scale_factor: 1.5}", "upsample: {output_size: 5}", "adaptive_avg_pool: 1",
    "adaptive_avg_pool: [~, 2]", "reshape: [4, -1]", "reshape: [-1, 4, 4]", "reshape: [-1]",
)  # fmt: skip


def drawn_network(draw: Random) -> str:
    names = ["input"]
    lines = []
    for number in range(draw.randint(2, 7)):
        layer = drawn_layer(draw, names)
        if draw.random() < 0.5:
            word, _, fields = layer.partition(": ")
            layer = f"{{{word}: {fields or '{}'}, name: n{number}}}"
            names.append(f"n{number}")
        lines.append(f"  - {layer}")
    shape = list(draw.choice(SHAPES))
    return f"convcalc: 1\ninput: {shape}\nlayers:\n" + "\n".join(lines)


def drawn_layer(draw: Random, names: list[str]) -> str:
    def axes(low: int, high: int) -> str:
        first, second = draw.randint(low, high), draw.randint(low, high)
        return draw.choice([str(first), f"[{first}, {second}]"])

    ceil = draw.choice(["true", "false"])
    padding = draw.choice([axes(0, 2), "same_upper", "half", "full"])
    groups = draw.choice(["1", "2", "depthwise"])
    window = f"k: {axes(1, 5)}, s: {axes(1, 3)}"
    merged = f"[prev, {draw.choice(names)}]"
    return draw.choice(
        [
            f"conv: {{out: 4, {window}, p: {padding}, d: {draw.randint(1, 2)}, g: {groups}}}",
            f"conv: {{out: 4, {window}, p: 1}}",
            f"max_pool: {{k: {axes(2, 4)}, s: {axes(1, 3)}, p: 1, ceil_mode: {ceil}}}",
            f"avg_pool: {{k: {draw.randint(1, 3)}, ceil_mode: {ceil}}}",
            f"conv_transpose: {{out: 4, {window}, p: {draw.randint(0, 1)}}}",
            f"pad: {axes(0, 2)}",
            f"crop: {axes(0, 2)}",
            f"add: {merged}",
            f"mul: {merged}",
            f"concat: {merged}",
            f"concat: {{inputs: {merged}, align: crop}}",
            draw.choice(PLAIN),
        ]
    )


def fits(network: Network, height: int, width: int) -> bool:
    try:
        network.graph((4, height, width))
    except StackError:
        return False
    return True


@pytest.mark.parametrize(
    ("seed", "count"),
    [(7, 3), *(pytest.param(seed, 14, marks=pytest.mark.thorough) for seed in range(3))],
)
def test_drawn_networks(seed: int, count: int) -> None:
    draw = Random(seed)
    judged = apart = 0
    while judged < count:
        text = drawn_network(draw)
        try:
            network = convcalc.loads(text)
            network.graph()
        except StackError:
            continue
        judged += 1
        answer = checked_sizes(network, 1, HIGH, required=("legal",))
        (base,) = network.inputs.values()
        rows, columns = (set(axis.members()) for axis in answer.axes)
        for size in range(1, HIGH + 1):
            assert (size in rows) == fits(network, size, base[2]), (text, size)
            assert (size in columns) == fits(network, base[1], size), (text, size)
        if answer.tied or answer.by_planning:
            continue
        apart += 1
        for height in range(1, HIGH + 1):
            for width in range(1, HIGH + 1):
                both = height in rows and width in columns
                assert both == fits(network, height, width), (text, height, width)
    assert apart > count // 4
