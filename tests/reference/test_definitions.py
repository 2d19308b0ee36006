"""The definitions themselves: hand-worked numbers, and that they share no code with the layers."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcalc.kinds import kind_names
from tests import reference
from tests.crosscheck.draws import Case
from tests.each import each
from tests.reference.comparing import array_of, grid_of
from tests.reference.definition import gathered

FOLDER = Path(__file__).parent
FILES = sorted({path.stem for path in FOLDER.glob("*.py")} - {"comparing", "test_definitions"})


def looped(kind: str, x: Any, weights: Any = None, **fields: Any) -> list[Any]:
    given = {name: grid_of(np.array(array)) for name, array in (weights or {}).items()}
    sample = np.array(x)
    case = Case(kind, fields, (sample.shape,))
    found: list[Any] = array_of(reference.values(case, [grid_of(sample)], given)).tolist()
    return found


@each("name", FILES)
def test_a_definition_is_plain_python_and_imports_nothing_of_convcalc(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {
        n.name for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names
    }
    assert not {name for name in imported if name.split(".")[0] in ("convcalc", "numpy")}


def test_every_kind_has_its_definition() -> None:
    for name in kind_names():
        reference.definition(name)
    assert set(reference.definitions()) <= set(kind_names())


def test_a_kind_without_one_says_what_to_add() -> None:
    with pytest.raises(
        AssertionError, match="add `'nothing': Definition\\(\\)` to DEFINITIONS in a "
    ):
        reference.definition("nothing")


# Worked by hand.
@each(
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
            "upsample",
            # torch 2.13: interpolate(x, scale_factor=1.02, mode="linear") is x.
            [[1, 2, 4, 8]],
            {},
            {"scale_factor": 1.02, "mode": "linear"},
            [[1, 2, 4, 8]],
            id="upsample: a size that stays is copied",
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
            {"padding": [[2, 1]], "mode": "reflect"},
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


@each(
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


def test_a_grid_is_as_large_as_its_indices() -> None:
    assert gathered({(0, 1): 1.0, (2, 0): 2.0}).shape == (3, 2)
