"""What `convcalc show` shows against torch: the matrix is the Jacobian, im2col is `unfold`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcalc.features.show.chosen import Data, of_words
from convcalc.features.show.values import Numbers, Shown

torch = pytest.importorskip("torch", reason="torch is what it is compared with")

pytestmark = pytest.mark.crosscheck

functional = torch.nn.functional
Layer = Callable[[Any, Any], Any]

LAYERS: dict[str, Layer] = {
    "5x5 k3 s2 p1": lambda x, w: functional.conv2d(x, w, stride=2, padding=1),
    "6x7 k2x3 s1x2 p1x0 d2x1": lambda x, w: functional.conv2d(
        x, w, stride=(1, 2), padding=(1, 0), dilation=(2, 1)
    ),
    "4x5x5 conv 6 k3 g2 p1 nobias": lambda x, w: functional.conv2d(x, w, padding=1, groups=2),
    "9 k3 s2 p2 d2": lambda x, w: functional.conv1d(x, w, stride=2, padding=2, dilation=2),
    "@3x4x3 k2 p1": lambda x, w: functional.conv3d(x, w, padding=1),
    "4x3 conv_transpose k3 s2 p1 a1": lambda x, w: functional.conv_transpose2d(
        x, w, stride=2, padding=1, output_padding=1
    ),
    "4x3x3 conv_transpose 2 k2x3 s3x1 d2 g2 nobias": lambda x, w: functional.conv_transpose2d(
        x, w, stride=(3, 1), dilation=2, groups=2
    ),
    "4x4 conv_transpose k3 p2": lambda x, w: functional.conv_transpose2d(x, w, padding=2),
    "2x6x5 avg_pool k3 s2 p1 exclude_pad ceil": lambda x, w: functional.avg_pool2d(
        x, 3, 2, 1, ceil_mode=True, count_include_pad=False
    ),
    "2x6x5 max_pool k3 s2 p1 ceil": lambda x, w: functional.max_pool2d(x, 3, 2, 1, ceil_mode=True),
}


def tensor(numbers: Numbers) -> Any:
    return torch.tensor(np.reshape(numbers.values, numbers.shape), dtype=torch.float64)


def shown_by(words: str, seed: int) -> Shown:
    (shown,) = of_words(words.split(), Data(seed=seed))
    return shown


@pytest.mark.parametrize("words", LAYERS)
def test_outputs_and_matrices(words: str) -> None:
    for seed in range(3):
        shown = shown_by(words, seed)
        x = tensor(shown.input)[None]
        weight = tensor(shown.arrays["weight"]) if "weight" in shown.arrays else None

        def layer(x: Any, weight: Any = weight) -> Any:
            return LAYERS[words](x, weight)

        np.testing.assert_allclose(np.ravel(layer(x)), shown.output.values, atol=1e-12)
        assert shown.matrix is not None
        if not shown.matrix.winners:
            jacobian = torch.autograd.functional.jacobian(layer, x)
            expected = jacobian.reshape(len(shown.output.values), -1)
            np.testing.assert_allclose(shown.matrix.rows, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("words", "options"),
    [
        pytest.param("5x5 k3 s2 p1", {"stride": 2, "padding": 1}, id="strided"),
        pytest.param("3x5x6 conv 1 k3 d2 p2", {"dilation": 2, "padding": 2}, id="dilated"),
    ],
)
def test_im2col(words: str, options: dict[str, int]) -> None:
    shown = shown_by(words, 0)
    columns = functional.unfold(tensor(shown.input)[None], 3, **options)[0].T
    rows = [
        [0 if read.place is None else shown.input[read.place] for read in cell.reads]
        for cell in shown.cells
    ]
    np.testing.assert_array_equal(rows, columns)
