"""Layers as a line of PyTorch and of Keras, by the signatures in their manuals; and undone.

`tests/crosscheck` runs the lines of PyTorch; here are those that its draws may pass by.
"""

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each

Shape = tuple[int, ...]


def layer(text: str, x: Shape) -> Any:
    network = f"convcalc: 1\ninput: {list(x)}\nlayers:\n  - {text}\n"
    return convcalc.plan(convcalc.loads(network)).rows[-1].node.layer


@each(
    ("text", "x", "torch", "keras"),
    [
        ("linear: 4", (8,), "nn.Linear(8, 4)", "layers.Dense(4)"),
        (
            "linear: {out: 4, bias: false, over: channels}",
            (8, 5, 6),
            "nn.Conv2d(8, 4, kernel_size=1, bias=False)",
            "layers.Dense(4, use_bias=False)",
        ),
        ("avg_pool: 2", (3, 8, 8), "nn.AvgPool2d(2)", "layers.AveragePooling2D(2)"),
        ("avg_pool: 2", (3, 8), "nn.AvgPool1d(2)", "layers.AveragePooling1D(2)"),
        (
            "avg_pool: {k: 2, divisor_override: 3}",
            (3, 8, 8),
            "nn.AvgPool2d(2, divisor_override=3)",
            None,
        ),
        ("avg_pool: {k: 2, divisor_override: 3}", (3, 8), None, None),
        ("avg_pool: {k: 2, d: 2}", (3, 8, 8), None, None),
        ("flatten", (3, 8, 8), "nn.Flatten()", None),
        ("flatten: {axis: positions}", (3, 8, 8), "nn.Flatten(2)", "layers.Reshape((64, 3))"),
    ],
)
def test_lines(text: str, x: Shape, torch: str | None, keras: str | None) -> None:
    found = layer(text, x)
    assert found.torch(x) == (torch and [torch])
    if keras or torch is None:
        assert found.keras(x) == (keras and [keras])


@each(
    ("text", "x", "is_exact"),
    [
        # Columns that lie side by side hold every pixel once.
        ("unfold: {k: 2, s: 2}", (3, 8, 8), True),
        ("unfold: {k: 2, s: 2}", (3, 9, 8), False),
        ("unfold: {k: 2, s: 2, p: 1}", (3, 8, 8), False),
        ("unfold: {k: 2, s: 2, d: 2}", (3, 8, 8), False),
        ("unfold: 2", (3, 8, 8), False),
        ("flatten", (3, 8, 8), True),
    ],
)
def test_what_undoes_a_layer_says_whether_it_does(text: str, x: Shape, is_exact: bool) -> None:
    found = layer(text, x)
    undone = found.undone(x, found.output(x))
    assert undone is not None
    assert undone.is_exact is is_exact


def test_a_layer_that_changes_nothing_is_not_undone() -> None:
    found = layer("flatten", (3,))
    assert found.undone((3,), (3,)) is None


def test_offsets_that_do_not_fit_are_told_how_many_there_should_be() -> None:
    """A kernel of 9 taps has a shift along both axes for each: 18."""
    network = convcalc.loads(
        "convcalc: 1\ninput: [4, 8, 8]\nlayers:\n"
        "  - {conv: {out: 7, k: 3, p: 1}, name: offsets}\n"
        "  - deform_conv: {out: 4, k: 3, p: 1, inputs: [input, offsets]}\n"
    )
    with pytest.raises(StackError) as caught:
        convcalc.plan(network)
    (problem,) = caught.value.problems
    assert problem.slug == "groups-indivisible"
    assert problem.help == "give the layer that finds them 18 channels"
