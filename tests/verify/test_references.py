"""The references themselves: hand-worked numbers, and that they share no code with the layers."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc.features.verify
from convcalc.features.verify.grid import gathered
from convcalc.features.verify.loops import LOOPS, loop_of
from convcalc.features.verify.measure import array_of, grid_of
from convcalc.features.verify.shifted import reference_of
from convcalc.kinds import find_kind, kind_names

FOLDER = Path(convcalc.features.verify.__file__).parent
REFERENCES = ["grid", "loops", "loops_attention", "loops_elements", "loops_moves", "raw", "shifted"]


def layer(kind: str, **fields: Any) -> Any:
    found = find_kind(kind)
    assert found is not None
    return found.model_validate(fields)


def looped(kind: str, x: Any, weights: Any = None, **fields: Any) -> list[Any]:
    loop = loop_of(kind)
    assert loop is not None
    given = {name: grid_of(np.array(array)) for name, array in (weights or {}).items()}
    found: list[Any] = array_of(loop(layer(kind, **fields), [grid_of(np.array(x))], given)).tolist()
    return found


@pytest.mark.parametrize("name", REFERENCES)
def test_a_reference_imports_neither_kinds_nor_the_executor(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    imported = {
        node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("convcalc")
    }
    assert imported <= {
        "convcalc.core.shapes",
        *(f"convcalc.features.verify.{other}" for other in REFERENCES),
        "convcalc.features.verify",
    }


@pytest.mark.parametrize("name", [name for name in REFERENCES if name != "shifted"])
def test_the_loops_are_plain_python(name: str) -> None:
    assert "numpy" not in (FOLDER / f"{name}.py").read_text().replace("no numpy is used", "")


def test_every_kind_has_its_loops() -> None:
    assert set(LOOPS) == set(kind_names())


# Worked by hand.
@pytest.mark.parametrize(
    ("kind", "x", "weights", "fields", "expected"),
    [
        pytest.param(
            "conv",
            [[1, 2, 3, 4]],
            {"weight": [[[1, 0, -1]]]},
            {"out_channels": 1, "kernel_size": 3, "padding": 1, "bias": False},
            [[-2, -2, -2, 3]],
            id="conv: left less right",
        ),
        pytest.param(
            "conv",
            [[1, 2], [3, 4]],
            {"weight": [[[1]], [[10]]], "bias": [0.5, -0.5]},
            {"out_channels": 2, "kernel_size": 1, "groups": "depthwise"},
            [[1.5, 2.5], [29.5, 39.5]],
            id="conv: each channel by its own filter",
        ),
        pytest.param(
            "conv",
            [[1, 2, 3]],
            {"weight": [[[1, 10, 100]]]},
            {"out_channels": 1, "kernel_size": 3, "padding": "causal", "bias": False},
            [[100, 210, 321]],
            id="conv: nothing of what comes after",
        ),
        pytest.param(
            "conv_transpose",
            [[1, 2]],
            {"weight": [[[1, 10, 100]]]},
            {"out_channels": 1, "kernel_size": 3, "stride": 2, "bias": False},
            [[1, 10, 102, 20, 200]],
            id="conv_transpose: kernels two apart, added where they meet",
        ),
        pytest.param(
            "conv_transpose",
            [[1, 2]],
            {"weight": [[[1, 10, 100]]]},
            {
                "out_channels": 1,
                "kernel_size": 3,
                "stride": 2,
                "padding": 1,
                "output_padding": 1,
                "bias": False,
            },
            [[10, 102, 20, 200]],
            id="conv_transpose: one cut before, a one after",
        ),
        pytest.param(
            "max_pool",
            [[-3, -1, -2]],
            {},
            {"kernel_size": 2, "stride": 2, "padding": 1},
            [[-3, -1]],
            id="max_pool: the padding never wins",
        ),
        pytest.param(
            "avg_pool",
            [[1, 2, 3, 4, 5]],
            {},
            {"kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": True},
            [[0.5, 2.5, 4.5]],
            id="avg_pool: a window that would start in the padding after is dropped",
        ),
        pytest.param(
            "avg_pool",
            [[1, 2, 3, 4, 5]],
            {},
            {"kernel_size": 3, "stride": 3, "ceil_mode": True},
            [[2, 4.5]],
            id="avg_pool: the last window counts what it holds",
        ),
        pytest.param(
            "adaptive_avg_pool",
            [[0, 1, 2, 3, 4]],
            {},
            {"output_size": 2},
            [[1, 3]],
            id="adaptive_avg_pool: bins 0 to 2 and 2 to 4",
        ),
        pytest.param(
            "upsample",
            [[0, 4]],
            {},
            {"scale_factor": 2, "mode": "linear"},
            [[0, 1, 3, 4]],
            id="upsample: a quarter of the way",
        ),
        pytest.param(
            "pixel_shuffle",
            [[[1]], [[2]], [[3]], [[4]]],
            {},
            {"factor": 2},
            [[[1, 2], [3, 4]]],
            id="pixel_shuffle: rows first",
        ),
        pytest.param(
            "channel_shuffle",
            [[1], [2], [3], [4], [5], [6]],
            {},
            {"groups": 2},
            [[1], [4], [2], [5], [3], [6]],
            id="channel_shuffle: one of each group in turn",
        ),
        pytest.param(
            "pad",
            [[1, 2, 3]],
            {},
            {"padding": ((2, 1),), "mode": "reflect"},
            [[3, 2, 1, 2, 3, 2]],
            id="pad: the border itself is not repeated",
        ),
        pytest.param(
            "unfold",
            [[1, 2, 3], [4, 5, 6]],
            {},
            {"kernel_size": 2},
            [[1, 2], [2, 3], [4, 5], [5, 6]],
            id="unfold: a window a column, channel by channel",
        ),
    ],
)
def test_loops(kind: str, x: Any, weights: Any, fields: Any, expected: Any) -> None:
    assert looped(kind, x, weights, **fields) == expected


@pytest.mark.parametrize(
    ("kind", "at", "value"),
    [
        # Tables of the error function and of logarithms.
        ("gelu", 1.0, 0.8413447461),
        ("softplus", 0.0, 0.6931471806),
        ("selu", -1.0, -1.1113307378),
        ("mish", 1.0, 0.8650983883),
        ("hardswish", 1.0, 2 / 3),
    ],
)
def test_functions(kind: str, at: float, value: float) -> None:
    ((found,),) = looped(kind, [[at]])
    assert found == pytest.approx(value, rel=1e-9)


def test_group_norm_by_hand() -> None:
    # Mean 2, variance 1 in each group.
    weights = {"weight": [1.0, 1, 2, 2], "bias": [0.0, 0, 1, 1]}
    found = looped("group_norm", [[1.0], [3.0], [1.0], [3.0]], weights, groups=2)
    assert np.ravel(found) == pytest.approx([-1, 1, -1, 3], rel=1e-4)


def test_the_shifted_sums_are_the_loops() -> None:
    rng = np.random.default_rng(3)
    conv = layer(
        "conv", out_channels=4, kernel_size=(2, 3), stride=(2, 1), padding="full", groups=2
    )
    x = rng.integers(-4, 5, (1, 6, 5, 7)).astype(np.float32)
    weights = {
        "weight": rng.integers(-4, 5, (4, 3, 2, 3)).astype(np.float32),
        "bias": np.arange(4, dtype=np.float32),
    }
    reference, loop = reference_of("conv"), loop_of("conv")
    assert reference is not None
    assert loop is not None
    part = reference(conv, x, weights, 10**9)
    grids = {name: grid_of(array) for name, array in weights.items()}
    assert np.array_equal(part.values[0], array_of(loop(conv, [grid_of(x[0])], grids)))
    assert part.in_words == ""
    # A part of it is the same numbers.
    few = reference(conv, x, weights, 200)
    assert few.in_words == "1 of 4 channels, 1 of 3 rows"
    assert np.array_equal(few.values, few.of_output(part.values))


def test_a_grid_is_as_large_as_its_indices() -> None:
    assert gathered({(0, 1): 1.0, (2, 0): 2.0}).shape == (3, 2)
