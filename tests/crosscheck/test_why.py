"""The sentences that `convcalc why` knows are those that programs of today say, and its repairs
work there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import convcalc

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

pytestmark = pytest.mark.crosscheck
Call = Callable[[], object]
R: Any = torch.randn

PYTORCH: list[tuple[Call, str]] = [
    (lambda: nn.Linear(9216, 4096)(R(32, 8192)), "product"),
    (lambda: nn.Linear(512, 10)(R(1, 512, 7, 7)), "product"),
    (lambda: torch.bmm(R(8, 3, 4), R(8, 5, 6)), "batched-product"),
    (lambda: torch.einsum("ij,jk->ik", R(3, 4), R(5, 6)), "subscripts"),
    (lambda: R(1, 64, 32, 32) + R(1, 64, 31, 31), "unequal-sizes"),
    (lambda: R(1, 3).expand(2, 4), "expand"),
    (lambda: torch.cat([R(1, 64, 32, 32), R(1, 64, 31, 32)], 1), "join"),
    (lambda: torch.cat([R(1, 64, 32, 32), R(1, 64)], 1), "join-rank"),
    (lambda: torch.stack([R(3), R(4)]), "stack"),
    (lambda: nn.Conv2d(3, 64, 7)(R(1, 1, 224, 224)), "channels"),
    (lambda: nn.ConvTranspose2d(3, 64, 2)(R(1, 1, 24, 24)), "channels"),
    (lambda: nn.MultiheadAttention(64, 8)(R(5, 1, 32), R(5, 1, 32), R(5, 1, 32)), "channels"),
    (lambda: nn.Conv2d(3, 64, 3, groups=2), "groups"),
    (lambda: nn.Conv2d(4, 7, 3, groups=2), "groups"),
    (lambda: F.conv2d(R(1, 4, 8, 8), R(1, 2, 3, 3), groups=2), "groups"),
    (lambda: F.conv2d(R(1, 6, 8, 8), R(8, 2, 3, 3), groups=3), "groups"),
    (lambda: nn.Conv2d(3, 64, 3)(R(1, 3, 2, 2)), "kernel"),
    (lambda: nn.Conv1d(3, 64, 7)(R(1, 3, 5)), "kernel"),
    (lambda: nn.MaxPool2d(2)(R(1, 64, 1, 1)), "empty-output"),
    (lambda: nn.MaxPool1d(4)(R(1, 64, 3)), "empty-output"),
    (lambda: nn.ConvTranspose2d(3, 64, 3, padding=4)(R(1, 3, 2, 2)), "empty-output"),
    (lambda: F.interpolate(R(1, 3, 1, 1), scale_factor=0.5), "scaled-to-nothing"),
    (lambda: nn.MaxPool2d(2, padding=2)(R(1, 3, 8, 8)), "pool-padding"),
    (lambda: nn.MaxPool1d(2, padding=2)(R(1, 3, 8)), "pool-padding"),
    (
        lambda: nn.ConvTranspose2d(3, 64, 3, stride=2, output_padding=2)(R(1, 3, 8, 8)),
        "output-padding",
    ),
    (
        lambda: nn.ConvTranspose3d(3, 64, 3, stride=2, output_padding=2)(R(1, 3, 8, 8, 8)),
        "output-padding",
    ),
    (
        lambda: nn.ConvTranspose2d(3, 64, 3, stride=2)(R(1, 3, 8, 8), output_size=(30, 30)),
        "output-size",
    ),
    (lambda: nn.Conv2d(3, 64, 3, stride=2, padding="same"), "same-padding"),
    (lambda: nn.ReflectionPad2d(3)(R(1, 3, 3, 3)), "mirror-padding"),
    (lambda: nn.BatchNorm2d(64)(R(1, 64, 1, 1)), "single-value"),
    (lambda: nn.InstanceNorm2d(64)(R(1, 64, 1, 1)), "single-value"),
    (lambda: nn.BatchNorm2d(64)(R(2, 32, 8, 8)), "norm-channels"),
    (lambda: nn.BatchNorm2d(64, track_running_stats=False)(R(2, 32, 8, 8)), "norm-channels"),
    (lambda: nn.PReLU(8)(R(1, 3, 4, 4)), "norm-channels"),
    (lambda: nn.LayerNorm(768)(R(1, 196, 384)), "norm-shape"),
    (lambda: nn.GroupNorm(32, 48), "norm-groups"),
    (lambda: nn.GroupNorm(32, 64)(R(1, 48, 8, 8)), "norm-groups"),
    (lambda: nn.MultiheadAttention(100, 8), "heads"),
    (lambda: nn.PixelShuffle(2)(R(1, 10, 4, 4)), "pixel-shuffle"),
    (lambda: nn.PixelUnshuffle(2)(R(1, 3, 5, 4)), "pixel-unshuffle"),
    (lambda: nn.GLU(1)(R(1, 3)), "halves"),
    (lambda: nn.LSTM(32, 64)(R(5, 1, 16)), "step-features"),
    (lambda: nn.LSTM(3, 4)(R(5, 3, 3), (R(2, 3, 4), R(1, 3, 4))), "step-states"),
    (lambda: nn.GRU(3, 4)(R(5, 3, 3), R(1, 5, 4)), "step-states"),
    (lambda: R(32, 16, 8, 16).view(32, 400), "elements"),
    (lambda: nn.Unflatten(1, (3, 5))(R(2, 16)), "elements"),
    (lambda: R(2, 3, 4).transpose(1, 2).view(2, 12), "view"),
    (lambda: nn.Conv2d(3, 64, 3)(R(3, 224)), "axes"),
    (lambda: nn.BatchNorm2d(64)(R(64, 8, 8)), "axes"),
    (lambda: F.cross_entropy(R(64, 10), torch.zeros(32).long()), "batch"),
    (lambda: F.cross_entropy(R(2, 10), torch.tensor([10, 1])), "label"),
    (lambda: nn.Embedding(10, 3)(torch.tensor([11])), "index"),
    (lambda: nn.Linear(512, 10).load_state_dict(nn.Linear(512, 9).state_dict()), "checkpoint"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("provoke", "name"), PYTORCH)
def test_pytorch(provoke: Call, name: str) -> None:
    with pytest.raises(Exception) as caught:
        provoke()
    found = convcalc.why(f"Traceback ...\n{type(caught.value).__name__}: {caught.value}")
    assert (found.program, found.error) == ("PyTorch", name)


@pytest.mark.parametrize(
    ("broken", "repair", "works"),
    [
        pytest.param(
            lambda: nn.Linear(9216, 40)(R(2, 8192)),
            "nn.Linear(8192, 40)",
            lambda: nn.Linear(8192, 40)(R(2, 8192)),
            id="the features that arrive",
        ),
        pytest.param(
            lambda: nn.Conv2d(3, 8, 3)(R(1, 8, 8, 3)),
            "x.permute(0, 3, 1, 2)",
            lambda: nn.Conv2d(3, 8, 3)(R(1, 8, 8, 3).permute(0, 3, 1, 2)),
            id="channels last",
        ),
        pytest.param(
            lambda: nn.MaxPool2d(3, padding=2)(R(1, 3, 8, 8)),
            "padding=1",
            lambda: nn.MaxPool2d(3, padding=1)(R(1, 3, 8, 8)),
            id="half of the pool",
        ),
        pytest.param(
            lambda: nn.ConvTranspose2d(3, 4, 3, stride=2, output_padding=2)(R(1, 3, 8, 8)),
            "output_padding=1 at most",
            lambda: nn.ConvTranspose2d(3, 4, 3, stride=2, output_padding=1)(R(1, 3, 8, 8)),
            id="below the stride",
        ),
        pytest.param(
            lambda: nn.GroupNorm(32, 48),
            "num_groups=24 or 48",
            lambda: (nn.GroupNorm(24, 48), nn.GroupNorm(48, 48)),
            id="divisors",
        ),
        pytest.param(
            lambda: R(32, 16, 8, 16).view(32, 400),
            "x.view(32, 2048) is what fits",
            lambda: R(32, 16, 8, 16).view(32, 2048),
            id="numbers a sample",
        ),
        pytest.param(
            lambda: nn.PixelUnshuffle(4)(R(1, 3, 9, 8)),
            "padding by 3, or a crop of 1",
            lambda: (nn.PixelUnshuffle(4)(R(1, 3, 12, 8)), nn.PixelUnshuffle(4)(R(1, 3, 8, 8))),
            id="multiples",
        ),
    ],
)
def test_what_it_says_to_write_works(broken: Call, repair: str, works: Call) -> None:
    with pytest.raises(Exception) as caught:
        broken()
    write = convcalc.why(str(caught.value)).meaning.write
    assert any(repair in line for line in write)
    works()


def _onnx(op: str, shapes: list[tuple[int, ...]], is_free: bool, **attributes: Any) -> None:
    onnx = pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    import numpy as np

    names = [f"x{at}" for at in range(len(shapes))]
    inputs = [
        onnx.helper.make_tensor_value_info(
            name,
            onnx.TensorProto.FLOAT,
            [f"{name}_{axis}" for axis in range(len(shape))] if is_free else shape,
        )
        for name, shape in zip(names, shapes, strict=True)
    ]
    output = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    node = onnx.helper.make_node(op, names, ["y"], **attributes)
    graph = onnx.helper.make_graph([node], "g", inputs, [output])
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feed = dict(zip(names, (np.zeros(shape, "float32") for shape in shapes), strict=True))
    session.run(None, feed)


@pytest.mark.parametrize("is_free", [True, False], ids=["when it runs", "when it is loaded"])
@pytest.mark.parametrize(
    ("op", "shapes", "attributes", "name"),
    [
        ("Conv", [(1, 1, 9, 9), (64, 3, 7, 7)], {}, "channels"),
        ("Gemm", [(1, 8192), (4096, 9216)], {"transB": 1}, "product"),
        ("MatMul", [(1, 8192), (9216, 4096)], {}, "product"),
        ("Concat", [(1, 3, 32), (1, 4, 31)], {"axis": 1}, "join"),
    ],
)
def test_onnxruntime(
    op: str, shapes: list[tuple[int, ...]], attributes: dict[str, Any], name: str, is_free: bool
) -> None:
    with pytest.raises(Exception) as caught:
        _onnx(op, shapes, is_free, **attributes)
    assert convcalc.why(str(caught.value)).error == name


def test_onnxruntime_on_a_map_of_another_size() -> None:
    with pytest.raises(Exception) as caught:
        _onnx("Add", [(1, 32), (1, 31)], is_free=True)
    assert convcalc.why(str(caught.value)).error == "unequal-sizes"


def _keras() -> Any:
    return pytest.importorskip("keras")


KERAS: list[tuple[Callable[[Any, Any], object], str]] = [
    (lambda k, x: k.Sequential([x(784), k.layers.Dense(10)])(R(1, 28, 28)), "input-shape"),
    (lambda k, x: k.layers.Conv2D(8, 3)(x(28, 28)), "axes"),
    (lambda k, x: k.layers.Conv2D(8, 3)(x(2, 2, 64)), "empty-output"),
    (lambda k, x: k.layers.MaxPooling2D(3)(x(2, 2, 64)), "empty-output"),
    (lambda k, x: k.layers.Add()([x(32, 32, 64), x(31, 31, 64)]), "unequal-sizes"),
    (lambda k, x: k.layers.Concatenate()([x(32, 32, 64), x(31, 31, 64)]), "join"),
    (lambda k, x: k.layers.Reshape((400,))(x(32, 32)), "elements"),
    (lambda k, x: k.layers.Conv2D(8, 3, groups=3)(x(8, 8, 6)), "groups"),
    (lambda k, x: k.layers.Conv2D(9, 3, groups=3)(x(8, 8, 4)), "groups"),
    (
        lambda k, x: k.layers.Conv2DTranspose(8, 3, strides=2, output_padding=2)(x(8, 8, 4)),
        "output-padding",
    ),
    (lambda k, x: k.ops.matmul(x(3, 4), x(5, 6)), "product"),
    (lambda k, x: k.layers.GroupNormalization(3)(x(4, 4, 4)), "norm-groups"),
]


@pytest.mark.parametrize(("provoke", "name"), KERAS)
def test_keras(provoke: Callable[[Any, Any], object], name: str) -> None:
    keras = _keras()
    with pytest.raises(Exception) as caught:
        provoke(keras, lambda *shape: keras.Input(shape))
    assert convcalc.why(str(caught.value)).error == name
