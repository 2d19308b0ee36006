"""Dense layers as convolutions: the same numbers by running both, and the file otherwise as it was.

Networks are run here by plain loops over exact fractions, written for this test alone.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.shapes import Shape
from convcalc.features.convert.answer import convert
from tests.configs import CONFIGS, configs
from tests.convert.converting import converted
from tests.each import each

Array = dict[tuple[int, ...], Fraction]


def places(shape: Shape) -> Iterator[tuple[int, ...]]:
    return product(*map(range, shape))


def run_network(text: str, x: Array, weights: list[list[Fraction]]) -> tuple[Array, Shape]:
    """The output of a network; each layer that learns takes the next of `weights`, in order."""
    plan = convcalc.plan(convcalc.loads(text))
    graph = plan.graph
    values = [x]
    learnt = iter(weights)
    for row in plan.rows:
        inputs = [values[index] for index in row.node.inputs]
        shapes = [graph.shape_of(index) for index in row.node.inputs]
        values.append(run_layer(row, inputs, shapes, learnt))
    return values[-1], plan.rows[-1].output


def run_layer(
    row: Any, inputs: list[Array], shapes: list[Shape], learnt: Iterator[list[Fraction]]
) -> Array:
    x, shape, out = inputs[0], shapes[0], row.output
    kind, layer = row.kind, row.node.layer
    if kind in ("relu", "dropout", "identity"):
        return {at: max(value, Fraction(0)) if kind == "relu" else value for at, value in x.items()}
    if kind == "flatten":
        return {(number,): x[at] for number, at in enumerate(places(shape))}
    if kind.startswith("global"):
        found: Array = {}
        for channel in range(shape[0]):
            cells = [value for at, value in x.items() if at[0] == channel]
            best = max(cells) if "max" in kind else sum(cells, Fraction(0)) / len(cells)
            found[(channel, *(0,) * (len(out) - 1))] = best
        return found
    if kind in ("mul", "add"):
        return {at: _merged(kind, inputs, shapes, at) for at in places(out)}
    if kind.startswith("adaptive"):
        size = [i // o for i, o in zip(shape[1:], out[1:], strict=True)]
        return {at: _mean(x, at, size, size) for at in places(out)}
    if kind == "avg_pool":
        windows = layer.windows(shape)
        size, stride = [w.kernel for w in windows], [w.stride for w in windows]
        return {at: _mean(x, at, size, stride) for at in places(out)}
    assert kind in ("linear", "conv")
    numbers = next(learnt)
    fan_in = (
        shape[0] if kind == "linear" else shape[0] * prod(w.kernel for w in layer.windows(shape))
    )
    made: Array = {}
    for at in places(out):
        row_of = numbers[at[0] * fan_in : (at[0] + 1) * fan_in]
        cells = (
            [x[(i,)] for i in range(fan_in)] if kind == "linear" else _window(x, layer, shape, at)
        )
        bias = numbers[out[0] * fan_in + at[0]] if layer.bias else Fraction(0)
        made[at] = sum((w * v for w, v in zip(row_of, cells, strict=True)), bias)
    return made


def _window(x: Array, layer: Any, shape: Shape, at: tuple[int, ...]) -> list[Fraction]:
    windows = layer.windows(shape)
    cells = []
    for channel in range(shape[0]):
        for taps in places(tuple(w.kernel for w in windows)):
            where = tuple(
                u * w.stride - w.before + tap * w.dilation
                for u, w, tap in zip(at[1:], windows, taps, strict=True)
            )
            cells.append(x.get((channel, *where), Fraction(0)))
    return cells


def _mean(x: Array, at: tuple[int, ...], size: list[int], stride: list[int]) -> Fraction:
    cells = [
        x[(at[0], *(u * s + tap for u, s, tap in zip(at[1:], stride, taps, strict=True)))]
        for taps in places(tuple(size))
    ]
    return sum(cells, Fraction(0)) / len(cells)


def _merged(kind: str, inputs: list[Array], shapes: list[Shape], at: tuple[int, ...]) -> Fraction:
    whole = max(map(len, shapes))
    values = []
    for value, shape in zip(inputs, shapes, strict=True):
        where = (
            at[:1]
            if len(shape) < whole
            else tuple(0 if size == 1 else place for place, size in zip(at, shape, strict=True))
        )
        values.append(value[where])
    return prod(values, start=Fraction(1)) if kind == "mul" else sum(values, Fraction(0))


NUMERIC = {
    "flatten and two dense": (
        "[2, 5, 4]", "",
        "  - conv: {out: 3, k: 2}\n  - relu\n  - flatten\n  - linear: 4\n  - relu\n  - linear: 3\n",
    ),
    "no bias, and defaults that would change a convolution": (
        "[2, 4, 4]", "defaults: {conv: {bias: false, p: 1}, linear: {bias: false}}\n",
        "  - conv: {out: 2, k: 3}\n  - flatten\n  - linear: 3\n  - linear: {out: 2, bias: true}\n",
    ),
    "global average": (
        "[2, 4, 3]", "", "  - conv: {out: 3, k: 2}\n  - global_avg_pool\n  - linear: 4\n",
    ),
    "gate": (
        "[3, 4, 4]", "",
        "  - global_avg_pool\n  - linear: 2\n  - relu\n  - {linear: 3, name: gate}\n"
        "  - mul: [input, gate]\n",
    ),
    "adaptive pool of even bins": (
        "[2, 4, 6]", "", "  - adaptive_avg_pool: [2, 3]\n  - relu\n  - flatten\n  - linear: 3\n",
    ),
    "sequence": ("[3, 7]", "", "  - conv: {out: 2, k: 3}\n  - flatten\n  - linear: 3\n"),
}  # fmt: skip


@pytest.mark.parametrize("title", NUMERIC)
def test_both_give_the_same_numbers(title: str) -> None:
    input, more, layers = NUMERIC[title]
    text = f"convcalc: 1\ninput: {input}\n{more}layers:\n{layers}"
    network = convcalc.loads(text)
    found = convert(network)
    assert "linear:" not in found.text.partition("layers:")[2]
    draw = random.Random(title)
    weights = [
        [Fraction(draw.randint(-9, 9)) for _ in range(row.params)]
        for row in found.before.rows
        if row.params
    ]
    (shape,) = network.inputs.values()
    x = {at: Fraction(draw.randint(-9, 9)) for at in places(shape)}
    before, _ = run_network(text, x, weights)
    after, new_shape = run_network(found.text, x, weights)
    if title == "gate":
        assert before == after
    else:
        # A dense layer's weights, row by row, are a kernel's: channels first, then positions.
        assert new_shape[1:] == (1,) * (len(shape) - 1)
        assert list(before.values()) == list(after.values())
    assert len(before) > 1


# Dense layers that are written once for clouds of different kernels, or that read no map.
NOT_ROLLED = frozenset({"ddpm_cifar10", "pointnet"})


def whole_maps(plan: convcalc.Plan) -> int:
    """The dense layers of a whole map; the others stand at each position already."""
    return sum(row.kind == "linear" and row.fields["over"] == "all" for row in plan.rows)


@pytest.mark.parametrize("path", configs())
def test_examples_keep_their_counts_and_expectations(path: Path) -> None:
    network = convcalc.load(path)
    if not whole_maps(convcalc.plan(network)) or path.name.removesuffix(".net.yaml") in NOT_ROLLED:
        with pytest.raises(convcalc.StackError, match="no dense layer"):
            convert(network)
        return
    found = convert(network)
    assert whole_maps(found.after) == 0
    assert found.after.totals.params == found.before.totals.params
    assert found.after.totals.macs == found.before.totals.macs
    assert found.after.failures == ()
    assert found.failures == ()
    # Nothing but the lines that speak of dense layers changes.
    changed = [
        line[2:]
        for line in difflib.ndiff(network.document.text.splitlines(), found.text.splitlines())
        if line.startswith("- ")
    ]
    words = ("linear", "flatten", "global_", "adaptive_", "expect:")
    assert all(any(word in line for word in words) for line in changed), changed


def test_vgg_becomes_fully_convolutional() -> None:
    """Simonyan & Zisserman 2015, section 3.2: fc6 is 7x7, fc7 and fc8 are 1x1."""
    network = convcalc.load(CONFIGS["vgg16"])
    found = convert(network, input=(3, 384, 384))
    assert [one.becomes for one in found.changes if one.was == "linear"] == [
        "conv 7x7", "conv 1x1", "conv 1x1",
    ]  # fmt: skip
    assert found.after.rows[-1].output == (1000, 1, 1)
    assert found.larger is not None
    # 384 / 32 = 12, and 12 - 7 + 1 = 6.
    assert found.larger.rows[-1].output == (1000, 6, 6)


@each(
    ("layers", "expected"),
    [
        pytest.param(
            "  - flatten  # all of it\n  - linear: 10 # classes\n",
            "  # all of it\n  - conv: {out: 10, k: 6} # classes\n",
            id="comments stay",
        ),
        pytest.param(
            "  [relu, flatten, linear: 10]\n", "  [relu, conv: {out: 10, k: 6}]\n", id="in brackets"
        ),
        pytest.param(
            "  [relu, tanh, flatten, linear: 10]\n",
            "  [relu, tanh, conv: {out: 10, k: 6}]\n",
            id="third in brackets",
        ),
        pytest.param(
            "  [flatten, linear: 10]\n", "  [conv: {out: 10, k: 6}]\n", id="first in brackets"
        ),
        pytest.param(
            "  - flatten\n  - linear: {out: 10, bias: false}\n",
            "  - conv: {out: 10, bias: false, k: 6}\n",
            id="fields in braces",
        ),
        pytest.param(
            "  - flatten\n  - linear:\n      out_features: 10  # ten\n      bias: false\n",
            "  - conv:\n      k: 6\n      out_channels: 10  # ten\n      bias: false\n",
            id="fields on lines",
        ),
        pytest.param(
            "  - flatten\n  - linear:\n       out: 10\n       bias: false\n",
            "  - conv:\n       k: 6\n       out: 10\n       bias: false\n",
            id="fields on lines, an odd number of blanks before them",
        ),
        pytest.param(
            "  - {flatten: {}, name: flat}\n  - {linear: 10, from: flat, name: head}\n",
            "  - {identity: {}, name: flat}\n  - {conv: {out: 10, k: 6}, from: flat, name: head}\n",
            id="a name that others use",
        ),
        pytest.param(
            "  - flatten\n  - {linear: '=max(2, 3)', expect: {output: [3]}}\n",
            "  - {conv: {out: '=max(2, 3)', k: 6}, expect: {output: [3, 1, 1]}}\n",
            id="expression and expectation",
        ),
        pytest.param(
            "  - flatten\n  - {relu: {}, expect: {output: [72]}}\n  - linear: 9\n"
            "  - {slice: [2, 5], expect: {output: [3]}}\n",
            "  - {relu: {}, expect: {output: [2, 6, 6]}}\n  - conv: {out: 9, k: 6}\n"
            "  - {slice: [2, 5], expect: {output: [3, 1, 1]}}\n",
            id="expectations of what is not changed",
        ),
        pytest.param(
            "  - flatten\n  - linear: =max(2, 3)\n",
            '  - conv: {out: "=max(2, 3)", k: 6}\n',
            id="expression that braces would break",
        ),
        pytest.param(
            "  - conv: {out: 2, k: [2, 1]}\n  - flatten\n  - linear: 4\n"
            "  - {linear: {}, each: {out: [3, 2]}}\n",
            "  - conv: {out: 2, k: [2, 1]}\n  - conv: {out: 4, k: [5, 6]}\n"
            "  - {conv: {k: 1}, each: {out: [3, 2]}}\n",
            id="kernel of two sizes, and a series",
        ),
        pytest.param(
            "  - global_max_pool\n  - linear: 4\n",
            "  - max_pool: {k: 6, s: 1}\n  - conv: {out: 4, k: 1}\n",
            id="global pool slides",
        ),
        pytest.param(
            "  - {global_avg_pool: {}, name: gap, from: input}\n  - linear: 4\n",
            "  - {avg_pool: {k: 6, s: 1}, name: gap, from: input}\n  - conv: {out: 4, k: 1}\n",
            id="global pool with a name",
        ),
        pytest.param(
            "  - flatten\n  - linear: 4", "  - conv: {out: 4, k: 6}", id="no break at the end"
        ),
        pytest.param(
            "  - relu\n  - flatten\n  - linear: 4\n",
            "  - relu\n  - conv: {out: 4, k: 6}\n",
            id="a line goes whole",
        ),
        pytest.param(
            "  - flatten\n  - {linear: {}, each: {out_features: [3]}}\n",
            "  - {conv: {k: 6}, each: {out_channels: [3]}}\n",
            id="the long name in a series",
        ),
        pytest.param(
            "  - flatten\n  - linear:\n      bias: false\n      out: 4\n",
            "  - conv:\n      k: 6\n      bias: false\n      out: 4\n",
            id="the short name on lines",
        ),
        pytest.param(
            "  - adaptive_avg_pool: 6\n  - flatten\n  - linear: 4\n",
            "  - identity\n  - conv: {out: 4, k: 6}\n",
            id="adaptive pool that does nothing",
        ),
    ],
)  # fmt: skip
def test_only_these_words_change(layers: str, expected: str) -> None:
    if layers.startswith("  ["):
        text = f"convcalc: 1\ninput: [2, 6, 6]\nlayers: {layers.strip()}\n"
        result = convert(convcalc.loads(text)).text
        assert result == f"convcalc: 1\ninput: [2, 6, 6]\nlayers: {expected.strip()}\n"
        return
    assert converted(layers) == expected
    # In the line breaks of the file.
    text = f"convcalc: 1\ninput: [2, 6, 6]\nlayers:\n{layers}".replace("\n", "\r\n")
    assert convert(convcalc.loads(text)).text.endswith(expected.replace("\n", "\r\n"))


def test_dense_layers_inside_a_block() -> None:
    text = (
        "convcalc: 1\ninput: [2, 6, 6]\n"
        "blocks:\n"
        "  head:\n    args: [n]\n    layers:\n      - flatten\n      - linear: =n\n      - relu\n"
        "layers:\n  - max_pool: 2\n  - {head: {n: 5}, expect: {output: [5]}}\n  - linear: 3\n"
        "expect: {output: [~]}\n"
    )
    result = convert(convcalc.loads(text)).text
    assert "    layers:\n      - conv: {out: =n, k: 3}\n      - relu\n" in result
    assert "{head: {n: 5}, expect: {output: [5, 1, 1]}}" in result
    assert result.endswith("  - conv: {out: 3, k: 1}\nexpect: {output: [~, 1, 1]}\n")


@each(
    ("before", "after"),
    [
        pytest.param(
            "blocks:\n  f: {layers: [flatten]}\nlayers:\n  - f\n  - linear: 4\n",
            "blocks:\n  f: {layers: [identity]}\nlayers:\n  - f\n  - conv: {out: 4, k: 6}\n",
            id="all of a block",
        ),
        pytest.param(
            "defaults: {linear: {out: 4}}\nlayers:\n  - flatten\n  - linear\n",
            "defaults: {linear: {out: 4}}\nlayers:\n  - conv: {out: 4, k: 6}\n",
            id="a bare word",
        ),
        pytest.param(
            "layers:\n  - {flatten: {}, expect: {output: [72]}}\n  - linear: 4\n",
            "layers:\n  - {identity: {}, expect: {output: [2, 6, 6]}}\n  - conv: {out: 4, k: 6}\n",
            id="what is expected of a vector of all",
        ),
    ],
)
def test_what_becomes_of_the_rest_of_the_file(before: str, after: str) -> None:
    head = "convcalc: 1\ninput: [2, 6, 6]\n"
    assert convert(convcalc.loads(head + before)).text == head + after


def test_a_global_pool_that_keeps_its_axis_is_no_border() -> None:
    pool = "  - global_avg_pool: {keepdim: true}\n"
    found = converted(f"{pool}  - flatten\n  - linear: 3\n", "[3, 7]")
    assert found == f"{pool}  - conv: {{out: 3, k: 1}}\n"
