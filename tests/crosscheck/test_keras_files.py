"""Models of Keras as Keras saves them: the sizes, the weights and the work that it has itself."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import convcalc  # noqa: E402
from convcalc.importers.network import ForeignNetwork  # noqa: E402
from tests.crosscheck.keras_models import APPLICATIONS, WRITTEN, steep  # noqa: E402
from tests.importers.recorded import as_tensor  # noqa: E402

pytestmark = pytest.mark.crosscheck
Shape = tuple[int, ...]


def built(name: str) -> Any:
    """A model without numbers: on no device, so that large ones take no time."""
    make = next((one for one in WRITTEN if one.__name__ == name), None)
    with keras.device("meta"):
        return getattr(keras.applications, name)(weights=None) if make is None else make()


def size(weights: Any) -> int:
    return sum(prod(one.shape) for one in weights)


def layers_in(model: Any) -> list[Any]:
    """Every layer of a model and of the models in it, once."""
    found: dict[int, Any] = {}
    for layer in model._flatten_layers(include_self=False):
        found.setdefault(id(layer), layer)
    return list(found.values())


def channels_first(shape: Shape) -> Shape:
    """A shape of Keras without its samples."""
    return (*shape[-1:], *shape[1:-1])


def more_than_one(shape: Shape) -> Shape:
    """A shape without its axes of 1, which a view of it may have left out."""
    return tuple(one for one in shape if one != 1)


def by_hand(model: Any) -> int:
    """Multiply-accumulates of a graph of convolutions and dense layers.

    Each weight of a kernel once at each position: those of the output, or where a layer is
    transposed, those of the input.
    """
    total = 0
    for layer in layers_in(model):
        kernels = [one for one in layer.trainable_weights if one.name.endswith("kernel")]
        if not kernels or layer._layers:
            continue
        shape = layer.input.shape if "Transpose" in type(layer).__name__ else layer.output.shape
        positions = prod(shape[1:-1])
        total += sum(prod(kernel.shape) for kernel in kernels) * positions
    return total


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("name", [*APPLICATIONS, *(one.__name__ for one in WRITTEN)])
def test_a_model_has_the_sizes_the_weights_and_the_work_of_keras(name: str, tmp_path: Path) -> None:
    model = built(name)
    path = tmp_path / f"{name}.json"
    path.write_text(model.to_json(), encoding="utf-8")
    network = convcalc.load(path)
    # The V3 of MobileNet leaves its sizes open.
    sizes = (3, 224, 224) if any(0 in one for one in network.inputs.values()) else None
    plan = convcalc.plan(network, input=sizes)
    assert plan.totals.params == size(model.trainable_weights)
    # Numbers in calls and among the fields of a `Rescaling` are constants here, and Keras
    # counts the samples that a `Normalization` has seen, and what a norm of training goes on with.
    special = [one for one in layers_in(model) if type(one).__name__ in NUMBERED]
    names = {one.name for one in special}
    written = sum(one.buffers for one in plan if one.name in names or one.kind == "constant")
    counted = size(w for one in special for w in one.non_trainable_weights)
    assert plan.totals.buffers - written == size(model.non_trainable_weights) - counted
    if sizes is None:
        rows = {row.name: more_than_one(row.output) for row in plan.rows}
        shapes = {
            one.name: more_than_one(channels_first(one.output.shape))
            for one in model.layers
            if one.name in rows and hasattr(one.output, "shape")
        }
        assert {one: rows[one] for one in shapes} == shapes
    if name in APPLICATIONS and sizes is None:
        assert len(shapes) > len(model.layers) // 3
        assert plan.totals.macs == by_hand(model)
        assert plan.totals.complete


NUMBERED = ("Rescaling", "Normalization", "SpectralNormalization")


def drawn(model: Any, rng: np.random.Generator) -> None:
    """Numbers for all weights, none of them 0 or 1 as Keras begins with."""
    for weight in model.weights:
        values = rng.normal(0, 0.3, weight.shape).astype(np.float32)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)


def array(given: Any, rng: np.random.Generator) -> Any:
    """Numbers for an input of Keras: one sample of reals, of truths, or of numbers in a table."""
    sizes = (1, *given.shape[1:])
    most = 2 if str(given.dtype) == "bool" else 9
    x = rng.normal(0, 1, sizes) if "float" in str(given.dtype) else rng.integers(0, most, sizes)
    return x.astype(np.float32)


def fed(model: Any, network: ForeignNetwork, rng: np.random.Generator) -> tuple[Any, Any]:
    """The same inputs for Keras, and for us with channels first."""
    theirs, ours = [], {}
    for given, axes in zip(model.inputs, network.input_axes, strict=True):
        theirs.append(array(given, rng))
        ours[axes.name] = theirs[-1].transpose(0, *axes.order)
    return theirs if len(theirs) > 1 else theirs[0], ours


# Layers that are told, not known, do not run.
RUNNING = tuple(one for one in WRITTEN if one is not steep)


# Keras asks PyTorch for arrays in a way that numpy will give up.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", ["MobileNetV2", *(one.__name__ for one in RUNNING)])
def test_a_saved_model_runs_to_the_numbers_of_keras(name: str, ending: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    make = next((one for one in WRITTEN if one.__name__ == name), None)
    model = keras.applications.MobileNetV2(weights=None) if make is None else make()
    drawn(model, rng)
    model.save(tmp_path / f"model.{ending}")
    network = convcalc.load(tmp_path / f"model.{ending}")
    assert isinstance(network, ForeignNetwork)
    theirs, ours = fed(model, network, rng)
    wanted = [keras.ops.convert_to_numpy(one) for one in keras.tree.flatten(model(theirs))]
    got = convcalc.run(network, ours)
    for tensor, want in zip(
        network.output_views, map(keras.ops.convert_to_numpy, wanted), strict=True
    ):
        found = as_tensor(network, tensor, got)
        assert found.shape == want.shape
        assert np.abs(found - want).max() <= 1e-4 * np.abs(want).max(), tensor


@pytest.mark.filterwarnings("ignore")
def test_weights_of_8_bits_are_the_reals_that_they_stand_for(tmp_path: Path) -> None:
    x = keras.Input((3, 2))
    a = keras.layers.EinsumDense("abc,cde->abde", (3, 2, 5), bias_axes="de")(x)
    model = keras.Model(x, keras.layers.Dense(4)(keras.layers.Flatten()(a)))
    rng = np.random.default_rng(7)
    drawn(model, rng)
    # What goes in stays as it is: where it is rounded too, the outputs are near each other.
    model.quantize(config=keras.quantizers.Int8QuantizationConfig(activation_quantizer=None))
    model.save(tmp_path / "model.keras")
    network = convcalc.load(tmp_path / "model.keras")
    assert isinstance(network, ForeignNetwork)
    theirs, ours = fed(model, network, rng)
    want = keras.ops.convert_to_numpy(model(theirs))
    (found,) = convcalc.run(network, ours).values()
    assert np.abs(found - want).max() <= 1e-5 * np.abs(want).max()


def test_vgg16_has_the_work_that_its_paper_leads_to(tmp_path: Path) -> None:
    path = tmp_path / "vgg16.json"
    path.write_text(built("VGG16").to_json(), encoding="utf-8")
    # 13 convolutions of 3x3 and 3 dense layers, as torch's counter has it for torchvision's.
    assert convcalc.plan(convcalc.load(path)).totals.macs == 15_470_264_320
