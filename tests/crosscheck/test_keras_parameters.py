"""Parameters and buffers of small Keras models against `model.count_params()`, and their numbers.

A figure is Keras' own, or a note says why it is not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import convcalc  # noqa: E402 - only where Keras is installed
from convcalc.importers.network import ForeignNetwork  # noqa: E402
from tests.crosscheck.keras_parameters import MODELS  # noqa: E402
from tests.crosscheck.test_keras_files import drawn, fed  # noqa: E402
from tests.importers.recorded import as_tensor  # noqa: E402

pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore")]

# What the figure is besides, where it is not Keras' own, and what a note says of it: a layer counts
# for each model that it is in; a spectral norm has a vector with which training goes on; low-rank
# arrays are 6 * 2 + 2 * 5 numbers; five scales are no part of the reals.
SAID = {
    "a layer in a model and beside it": (42, "stands in several models and counts for each"),
    "a layer in two models": (42, "stands in several models and counts for each"),
    "a spectral norm": (-5, "the vectors of 1 spectral norm, with which training goes on"),
    "low rank added": (-22, "the low-rank arrays beside 1 kernel are not counted"),
    "integers of a dense layer": (-5, "the weights of 1 layer are stored as integers"),
    # What is frozen counts as learnt.
    "a frozen layer": (0, "1 layer is frozen"),
    "a frozen norm": (0, "1 layer is frozen"),
    "a frozen convolution twice": (0, "1 layer is frozen"),
    "a model half frozen": (0, " frozen (`trainable: false`)"),
    "a frozen model": (0, "2 layers are frozen"),
}
# Keras rounds what goes in as well, which a note says.
OTHER_NUMBERS = ("integers of a dense layer",)


@pytest.mark.parametrize("ending", ["keras", "h5", "json"])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_the_parameters_of_keras_or_says_so(
    name: str, ending: str, tmp_path: Path
) -> None:
    model, path = MODELS[name](), tmp_path / f"model.{ending}"
    if ending != "json":
        drawn(model, np.random.default_rng(3))
        model.save(path)
    else:
        path.write_text(model.to_json(), encoding="utf-8")
    network = convcalc.load(path)
    assert isinstance(network, ForeignNetwork)
    plan = convcalc.plan(network)
    written = sum(row.buffers for row in plan if row.kind == "constant")
    counted = plan.totals.params + plan.totals.buffers - written
    more, said = SAID.get(name, (0, ""))
    assert counted - more == model.count_params()
    assert len(plan.notes) == bool(said)
    assert said in "".join(plan.notes)
    assert convcalc.import_(network).after.totals.params == plan.totals.params
    is_known = not any(row.kind == "opaque" for row in plan)
    is_whole = not any("several models" in one for one in plan.notes)
    if ending != "json" and is_known and is_whole and name not in OTHER_NUMBERS:
        check_values(network, model)


def check_values(network: ForeignNetwork, model: Any) -> None:
    theirs, ours = fed(model, network, np.random.default_rng(4))
    wanted = [keras.ops.convert_to_numpy(one) for one in keras.tree.flatten(model(theirs))]
    got = convcalc.run(network, ours)
    for tensor, want in zip(network.output_views, wanted, strict=True):
        found = as_tensor(network, tensor, got)
        assert found.shape == want.shape
        assert np.abs(found - want).max() <= 1e-4 * np.abs(want).max(), tensor
