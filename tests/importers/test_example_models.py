"""The model files of `examples/models` are those that are written here, and one network."""

from __future__ import annotations

import numpy as np
import pytest

import convcalc
from tests.importers.example_models import FILES, FOLDER


@pytest.mark.parametrize("name", FILES)
def test_an_example_is_as_it_is_written(name: str) -> None:
    assert (FOLDER / name).read_bytes() == FILES[name]()
    plan = convcalc.plan(convcalc.load(FOLDER / name))
    # 4 (9 + 1) and 10 (196 + 1) numbers; 9 at 14 x 14 positions of 4 channels, and 1,960.
    assert [row.params for row in plan if row.params] == [40, 1970]
    assert plan.totals.macs == 9 * 14 * 14 * 4 + 1960


def test_examples_of_keras_and_tflite_give_the_same_scores() -> None:
    image = (np.arange(256).reshape(1, 1, 16, 16) % 7 / 7).astype(np.float32)
    found = [convcalc.run(convcalc.load(FOLDER / name), image) for name in FILES]
    first, second = (next(iter(one.values())) for one in found)
    assert first.sum() == pytest.approx(1, abs=1e-6)
    assert np.allclose(first, second, atol=1e-6)


def test_an_example_of_keras_is_written_as_by_hand() -> None:
    text = convcalc.import_(convcalc.load(FOLDER / "digits.keras")).text
    assert text.partition("layers:\n")[2].splitlines() == [
        "  - conv: {out: 4, k: 3}",
        "  - relu",
        "  - max_pool: 2",
        "  - flatten",
        "  - {linear: 10, name: scores}",
        "  - softmax",
        "expect: {output: [10], params: 2010, macs: 9016}",
    ]
