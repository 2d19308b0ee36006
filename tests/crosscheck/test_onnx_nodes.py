"""The node tests of the onnx package: shapes against onnx's own inference, values as stored.

Every one of them that has tensors of known sizes is read. Where the file states them, its shapes
are taken away first, so that they are worked out here. All inputs are those of the network; where
sizes or weights are among them, all but the first are stored in the file, as an exporter does.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.importers.network import ForeignNetwork

onnx = pytest.importorskip("onnx", reason="its node tests are what is compared with")
pytest.importorskip("torch", reason="the helpers of these tests need it")
pytest.importorskip("onnxruntime", reason="the helpers of these tests need it")

from tests.crosscheck.onnx_files import both_ways  # noqa: E402 - only where onnx is
from tests.importers.recorded import as_tensor  # noqa: E402

pytestmark = pytest.mark.crosscheck

# What is refused: text, sequences and optional values; losses and labels of training; loops; what
# has as many elements as its numbers say; what reads nothing, or no more than a shape.
REFUSED = {
    *("OptionalGetElement", "OptionalHasElement", "RegexFullMatch", "SplitToSequence"),
    *("StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer", "ImageDecoder"),
    *("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss", "If", "Loop", "Scan"),
    *("Compress", "NonZero", "Unique", "Range", "ConstantOfShape", "Constant", "Shape", "Size"),
    *("BlackmanWindow", "HammingWindow", "HannWindow", "MelWeightMatrix"),
}
# Normed over all samples, taken from among them, and a slope that no kind has.
REFUSED_CASES = {
    "test_gather_0",
    "test_layer_normalization_4d_axis0",
    "test_layer_normalization_4d_axis_negative_4",
    "test_mvn_expanded",
    "test_rms_normalization_4d_axis0",
    "test_rms_normalization_4d_axis_negative_4",
    "test_swiglu_alpha",
}
# Of which the shape that is planned is the largest that may come out.
AT_MOST = {"NonMaxSuppression"}
# Read in their float sense: what is compared are integers. And one with four digits stored.
NO_VALUES = {
    *("ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger"),
    *("QLinearConv", "QLinearMatMul", "QuantizeLinear"),
}
FOUR_DIGITS = "test_averagepool_2d_ceil_last_window_starts_on_pad"
# A factor leaves a part of a pixel between the corners: ONNX Runtime and PyTorch leave it out.
PARTS_OF_PIXELS = {
    "test_resize_downsample_scales_cubic_align_corners",
    "test_resize_downsample_scales_linear_align_corners",
}


class Case(NamedTuple):
    """A node test: the file, the names and arrays of what goes in, and what comes out."""

    name: str
    model: Any
    feeds: dict[str, Any]
    outputs: dict[str, Any]

    @property
    def ops(self) -> list[str]:
        return [node.op_type for node in self.model.graph.node]


def as_read(case: Any, is_stored: bool) -> Case:
    """The test without the shapes that it states; with stored inputs but for the first."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    arrays, outputs = case.data_sets[0]
    for info in model.graph.output:
        info.type.tensor_type.ClearField("shape")
    kept, feeds = [], {}
    for at, info in enumerate(model.graph.input):
        array = arrays[at] if at < len(arrays) else None
        if is_stored and at and isinstance(array, np.ndarray | np.generic):
            found = onnx.numpy_helper.from_array(np.asarray(array), info.name)
            model.graph.initializer.append(found)
            continue
        kept.append(onnx.ValueInfoProto.FromString(info.SerializeToString()))
        feeds[info.name] = array
    del model.graph.input[:]
    model.graph.input.extend(kept)
    names = [info.name for info in model.graph.output]
    return Case(case.name, model, feeds, dict(zip(names, outputs, strict=False)))


def is_static(info: Any) -> bool:
    tensor = info.type
    if not tensor.HasField("tensor_type") or not tensor.tensor_type.HasField("shape"):
        return False
    sizes = tensor.tensor_type.shape.dim
    return all(size.HasField("dim_value") and size.dim_value for size in sizes)


@cache
def cases() -> list[Any]:
    """The tests whose tensors have sizes, none of them 0, and operations of the standard."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = load_model_tests(kind="node")
    return [
        case
        for case in found
        if all(map(is_static, [*case.model.graph.input, *case.model.graph.output]))
        and all(node.domain in ("", "ai.onnx") for node in case.model.graph.node)
    ]


@cache
def networks() -> list[tuple[Case, ForeignNetwork | StackError]]:
    """Every test as it is read: all inputs open, or else all but the first stored."""
    found: list[tuple[Case, ForeignNetwork | StackError]] = []
    for one in cases():
        opaque: tuple[Case, ForeignNetwork | StackError] | None = None
        for is_stored in (False, True):
            case = as_read(one, is_stored)
            try:
                network = convcalc.loads(case.model.SerializeToString(), f"{one.name}.onnx")
                kinds = {row.kind for row in convcalc.plan(network)}
                assert isinstance(network, ForeignNetwork)
            except StackError as error:
                opaque = opaque or (case, error)
                continue
            if "opaque" not in kinds:
                opaque = (case, network)
                break
            if opaque is None or isinstance(opaque[1], StackError):
                opaque = (case, network)
        assert opaque is not None
        found.append(opaque)
    return found


def samples_of(network: ForeignNetwork) -> int:
    sizes = [one.sizes[one.batch] for one in network.input_axes if one.batch is not None]
    return max(sizes, default=1)


def is_one_sample(found: Sequence[int], wanted: Sequence[int], samples: int) -> bool:
    """True where the shapes are equal, or all samples stand along one axis of the wanted one."""
    unequal = [pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]]
    is_spread = len(unequal) <= 1 and all(one * samples == all_ for one, all_ in unequal)
    return len(found) == len(wanted) and is_spread


def inferred(case: Case) -> dict[str, tuple[int, ...]]:
    """The shapes that onnx infers for the outputs, where they have sizes."""
    model = onnx.shape_inference.infer_shapes(case.model, data_prop=True)
    return {
        info.name: tuple(size.dim_value for size in info.type.tensor_type.shape.dim)
        for info in model.graph.output
        if is_static(info)
    }


def test_shapes_equal_those_of_onnxs_inference() -> None:
    known: Counter[str] = Counter()
    wrong, refused = [], set()
    for case, network in networks():
        if isinstance(network, StackError):
            known["refused"] += 1
            if not REFUSED.intersection(case.ops) and case.name not in REFUSED_CASES:
                refused.add((case.name, network.problems[0].message, network.problems[0].note))
            continue
        is_opaque = any(row.kind == "opaque" for row in convcalc.plan(network))
        known["opaque" if is_opaque else "rule"] += 1
        stored = {name: np.shape(array) for name, array in case.outputs.items()}
        # The stored outputs have the last word: STFT's inference forgets what its default is.
        wanted = inferred(case) | {
            name: dims
            for name, dims in stored.items()
            if isinstance(case.outputs[name], np.ndarray)
        }
        wrong += [
            (case.name, name, view.dims, wanted[name])
            for name, view in network.output_views.items()
            if name in wanted
            and not is_one_sample(view.dims, wanted[name], samples_of(network))
            and not (AT_MOST.intersection(case.ops) and view.dims >= wanted[name])
        ]
    print(dict(known))
    assert not wrong
    assert {name for name in refused if not name[0].endswith("_expanded")} == set()
    assert known["rule"] >= 750
    assert known["refused"] <= 200


def are_numbers(arrays: Iterable[Any]) -> bool:
    """True for arrays of numbers that we calculate with, none of them infinite."""
    return all(
        isinstance(one, np.ndarray | np.generic)
        and np.asarray(one).dtype.kind in "fiub"
        and not np.isinf(one).any()
        for one in arrays
    )


def runnable() -> Iterator[tuple[Case, ForeignNetwork]]:
    """The tests that are by a rule, and hold arrays of numbers that we calculate with."""
    for case, network in networks():
        if isinstance(network, StackError) or NO_VALUES.intersection(case.ops):
            continue
        is_mixed = any(case.name.startswith(one) for one in REFUSED_CASES)
        if (
            case.name not in {FOUR_DIGITS, *PARTS_OF_PIXELS}
            and not is_mixed
            and are_numbers(case.feeds.values())
            and all(row.kind != "opaque" for row in convcalc.plan(network))
        ):
            yield case, network


def first_sample(wanted: Any, shape: Sequence[int], samples: int) -> Any:
    """The part of what is stored that belongs to the first sample; None where it is not told."""
    if samples == 1:
        return wanted if wanted.shape == shape else None
    for axis, size in enumerate(wanted.shape):
        if size == samples and wanted.take([0], axis).shape == shape:
            return wanted.take([0], axis)
    return None


def test_values_equal_those_that_are_stored() -> None:
    count, wrong = 0, []
    for case, network in runnable():
        samples, ours = samples_of(network), {}
        for axes in network.input_axes:
            array = np.asarray(case.feeds[axes.name])
            array = array if axes.batch is None else array.take([0], axes.batch)
            left = [axis for axis in range(array.ndim) if axis not in axes.order]
            shape = network.inputs[axes.name]
            ours[axes.name] = array.transpose(*left, *axes.order).reshape(1, *shape)
        got = convcalc.run(network, ours)
        is_half = any(np.asarray(one).dtype == np.float16 for one in case.outputs.values())
        for name, stored in case.outputs.items():
            if name not in network.output_views:
                continue
            found = as_tensor(network, name, got)
            if np.asarray(stored).dtype.kind not in "fiub":
                continue
            wanted = np.asarray(stored, np.float64)
            of_first = first_sample(wanted, found.shape, samples)
            if of_first is None:
                # All samples in a row, or stored beside one of them: not those of one.
                continue
            wanted = of_first
            count += 1
            if not np.allclose(found, wanted, 1e-4, 2e-3 if is_half else 1e-4, equal_nan=True):
                wrong.append((case.name, float(np.abs(found - wanted).max())))
    print(count)
    assert not wrong
    assert count >= 600


# Figures of torchvision and of Caffe's model zoo: parameters, multiply-accumulates; 0 for none.
LIGHT = {
    "bvlc_alexnet": (60_965_224, 0),
    "densenet121": (0, 2_834_161_664),
    "inception_v1": (6_998_552, 0),
    "inception_v2": (0, 0),
    "resnet50": (25_557_032, 4_089_184_256),
    "shufflenet": (0, 0),
    "squeezenet": (1_235_496, 349_151_936),
    "vgg19": (143_667_240, 19_632_062_464),
    "zfnet512": (0, 0),
}


@pytest.mark.parametrize("name", LIGHT)
def test_light_models_give_what_onnx_runtime_gives(name: str) -> None:
    folder = Path(onnx.__file__).parent / "backend/test/data/light"
    path = folder / f"light_{name}.onnx"
    plan = convcalc.plan(convcalc.load(path))
    params, macs = LIGHT[name]
    assert all(row.kind != "opaque" for row in plan)
    assert params in (0, plan.totals.params)
    assert macs in (0, plan.totals.macs)
    if name != "vgg19":
        # That one takes half a minute, and has nothing that others have not.
        _, apart = both_ways(path)
        assert apart < 1e-5
