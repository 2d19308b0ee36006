"""What is calculated of constants, function by function, against PyTorch's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcalc.arrays.calculated import calculated
from convcalc.arrays.calculated_layers import FUNCTIONS
from convcalc.arrays.calculated_maps import OF_MAPS
from convcalc.arrays.calculated_places import PLACES
from convcalc.arrays.calculated_windows import WINDOWS
from convcalc.network.held import Nth

torch = pytest.importorskip("torch", reason="the functions are PyTorch's")

pytestmark = pytest.mark.crosscheck

# Our names of arguments, where they differ.
_NAMES = {"self": "x", "input": "x", "mat2": "other", "ord": "p"}
INF = float("inf")


def _reals(*rows: Any) -> Any:
    return torch.tensor(rows, dtype=torch.float64)


X = _reals([0.5, -1.25, 2.0], [3.0, -0.75, 0.25])
Y = _reals([1.5, 0.5, -2.0], [0.25, 4.0, 1.0])
Z = _reals([1.0, 2.0], [3.0, -4.0], [0.5, 1.0])
B = torch.linspace(-2, 2, 24, dtype=torch.float64).reshape(2, 3, 4)
C = torch.linspace(1, -3, 16, dtype=torch.float64).reshape(2, 4, 2)
D = torch.linspace(-1, 2, 12, dtype=torch.float64).reshape(2, 3, 2)
MAPS = torch.linspace(-3, 1, 80, dtype=torch.float64).reshape(2, 2, 4, 5)
PLACES_OF = torch.tensor([[1, 2], [2, 1]])
_ALONE = (
    "relu relu6 sigmoid silu log_sigmoid hardsigmoid hardswish mish erf expm1 exp2 square tan "
    "sinh cosh atan asinh isnan isinf isfinite sgn frac gelu softplus elu celu leaky_relu hardtanh"
)
CASES: list[tuple[str, dict[str, Any]]] = [
    *((word, {"self": X}) for word in _ALONE.split()),
    *((word, {"self": X / 4}) for word in ("asin", "acos", "atanh")),
    ("acosh", {"self": X.abs() + 1}),
    ("log10", {"self": X.abs()}),
    ("softmax.int", {"self": X, "dim": -1}),
    ("softmax.int", {"self": X, "dim": 0, "dtype": None}),
    ("log_softmax.int", {"self": X, "dim": 1}),
    ("_softmax", {"self": X, "dim": 1, "half_to_float": False}),
    ("dropout", {"input": X, "p": 0.5, "train": False}),
    ("alpha_dropout", {"input": X, "p": 0.5, "train": False}),
    ("logsumexp", {"self": X, "dim": [1]}),
    ("logsumexp", {"self": X, "dim": [0, 1], "keepdim": True}),
    ("logsumexp", {"self": _reals([-INF, -INF], [INF, 2], [-INF, 3]), "dim": [1]}),
    ("gelu", {"self": X}),
    ("gelu", {"self": X, "approximate": "tanh"}),
    ("softplus", {"self": X, "beta": 2, "threshold": 3}),
    ("elu", {"self": X, "alpha": 0.5, "scale": 2, "input_scale": 1.5}),
    ("celu", {"self": X, "alpha": 0.5}),
    ("leaky_relu", {"self": X, "negative_slope": 0.2}),
    ("hardtanh", {"self": X, "min_val": -0.5, "max_val": 1.5}),
    ("var.dim", {"self": X, "dim": [1], "unbiased": False}),
    ("var.correction", {"self": X, "dim": [1], "correction": 0, "keepdim": True}),
    ("var.correction", {"self": X}),
    ("var.correction", {"self": X, "dim": [0], "correction": None}),
    ("std.correction", {"self": X, "dim": [1]}),
    ("var", {"self": X, "unbiased": False}),
    ("std", {"self": X}),
    ("linalg_vector_norm", {"self": X}),
    ("linalg_vector_norm", {"self": X, "ord": 1, "dim": [1]}),
    ("linalg_vector_norm", {"self": X, "ord": INF, "dim": [1]}),
    ("linalg_vector_norm", {"self": X, "ord": -INF, "dim": [0]}),
    ("linalg_vector_norm", {"self": X, "ord": 0, "dim": [0], "keepdim": True}),
    ("linalg_vector_norm", {"self": X, "ord": 3, "dim": [1]}),
    ("norm.ScalarOpt_dim", {"self": X, "p": 2, "dim": [1], "keepdim": True}),
    ("norm.Scalar", {"self": X, "p": 2}),
    ("constant_pad_nd", {"self": X, "pad": [1, 2], "value": 3}),
    ("constant_pad_nd", {"self": X, "pad": [1, -1, 0, 1]}),
    ("constant_pad_nd", {"self": X, "pad": [0, 1, -1, 2], "value": -1.5}),
    ("pad", {"self": X, "pad": [1, 2], "mode": "constant", "value": 4.0}),
    ("pad", {"self": X, "pad": [1, 2], "mode": "constant", "value": None}),
    ("pad", {"self": B, "pad": [1, 2], "mode": "reflect"}),
    ("pad", {"self": B, "pad": [1, 2], "mode": "replicate"}),
    ("pad", {"self": B, "pad": [1, 2], "mode": "circular"}),
    ("layer_norm", {"input": X, "normalized_shape": [3]}),
    ("layer_norm", {"input": X, "normalized_shape": [3], "weight": Y[0], "bias": Y[1], "eps": 0.1}),
    ("layer_norm", {"input": X, "normalized_shape": [2, 3]}),
    ("addcmul", {"self": X, "tensor1": Y, "tensor2": X, "value": 2}),
    ("addcdiv", {"self": X, "tensor1": Y, "tensor2": X, "value": 2}),
    ("rsub.Scalar", {"self": X, "other": 1.5, "alpha": 2}),
    ("rsub.Tensor", {"self": X, "other": Y, "alpha": 2}),
    ("einsum", {"equation": "ij,jk->ik", "tensors": [X, Z]}),
    ("einsum", {"equation": "bij,bjk->bki", "tensors": [B, C]}),
    ("linear", {"input": X, "weight": Y, "bias": Z[0]}),
    ("linear", {"input": X, "weight": Y}),
    ("addmm", {"self": Z[:2], "mat1": X, "mat2": Z, "beta": 2, "alpha": 3}),
    ("addmm", {"self": Z[:2] / 0, "mat1": X, "mat2": Z, "beta": 0}),
    (
        "baddbmm",
        {"self": torch.ones(2, 3, 2).double(), "batch1": B, "batch2": C, "beta": 2, "alpha": 3},
    ),
    ("mm", {"self": X, "mat2": Z}),
    ("bmm", {"self": B, "mat2": C}),
    ("mv", {"self": X, "vec": Y[0]}),
    ("dot", {"self": X[0], "tensor": Y[0]}),
    ("lerp.Scalar", {"self": X, "end": Y, "weight": 0.3}),
    ("lerp.Tensor", {"self": X, "end": Y, "weight": X}),
    ("cumprod", {"self": X, "dim": 1}),
    ("embedding", {"weight": Z, "indices": torch.tensor([[2, 0], [1, 1]])}),
    ("argsort", {"self": X, "dim": 1}),
    ("argsort", {"self": X, "dim": 0, "descending": True}),
    ("fmod.Tensor", {"self": X, "other": Y}),
    ("fmod.Scalar", {"self": X, "other": 0.7}),
    ("hypot", {"self": X, "other": Y}),
    ("kron", {"self": X, "other": Z}),
    ("sort", {"self": X, "dim": 1, "descending": True}),
    ("sort", {"self": X, "dim": 0}),
    ("clip", {"self": X, "min": -0.5, "max": 1}),
    ("max.dim", {"self": X, "dim": 1}),
    ("flip", {"self": X, "dims": [1]}),
    *((word, {"self": X}) for word in ("softsign", "tanhshrink", "sinc", "deg2rad", "rad2deg")),
    ("conv1d", {"input": B, "weight": D, "bias": Z[0]}),
    ("conv1d", {"input": B, "weight": D, "stride": [2], "padding": [2], "dilation": [2]}),
    ("conv1d", {"input": B[0], "weight": D}),
    ("conv2d", {"input": MAPS, "weight": MAPS[:, :1, :2, :3], "groups": 2, "padding": [1, 0]}),
    ("conv3d", {"input": MAPS[None], "weight": MAPS[None, :, :2, :2, :2]}),
    ("max_pool1d", {"self": B, "kernel_size": [3], "stride": [2], "padding": [1]}),
    ("max_pool2d", {"self": MAPS, "kernel_size": [2, 1], "dilation": [1, 2]}),
    ("max_pool3d", {"self": MAPS, "kernel_size": [2]}),
    ("avg_pool1d", {"self": B, "kernel_size": [2]}),
    ("avg_pool3d", {"self": MAPS, "kernel_size": [2, 1, 3]}),
    ("avg_pool2d", {"self": MAPS, "kernel_size": [3], "stride": [1], "padding": [1]}),
    (
        "avg_pool2d",
        {"self": MAPS, "kernel_size": [3, 2], "padding": [1, 1], "count_include_pad": False},
    ),
    ("avg_pool2d", {"self": MAPS, "kernel_size": [2, 2], "divisor_override": 3}),
    ("group_norm", {"input": MAPS, "num_groups": 1, "weight": Z[0], "bias": Z[1], "eps": 0.1}),
    ("group_norm", {"input": B, "num_groups": 3}),
    (
        "batch_norm",
        {
            "input": MAPS,
            "weight": Z[0],
            "bias": Z[1],
            "running_mean": Z[2],
            "running_var": Z[0],
            "training": False,
            "momentum": 0.1,
            "eps": 0.1,
            "cudnn_enabled": False,
        },
    ),
    ("rms_norm", {"input": B, "normalized_shape": [3, 4], "weight": B[0], "eps": 0.1}),
    ("rms_norm", {"input": B, "normalized_shape": [4]}),
    ("cosine_similarity", {"x1": B, "x2": B.flip(0), "dim": 2}),
    ("cdist", {"x1": B, "x2": B.flip(0)}),
    ("cdist", {"x1": B, "x2": B[:, :2], "p": 1.0}),
    ("scaled_dot_product_attention", {"query": B, "key": B, "value": B.flip(0)}),
    (
        "scaled_dot_product_attention",
        {"query": B, "key": B, "value": B, "attn_mask": B[:, :, :3], "scale": 0.3},
    ),
    (
        "scaled_dot_product_attention",
        {"query": B, "key": B, "value": B, "attn_mask": torch.ones(3, 3).tril().bool()},
    ),
    ("scaled_dot_product_attention", {"query": B, "key": B, "value": B, "is_causal": True}),
    ("topk", {"self": X, "k": 2}),
    ("topk", {"self": X, "k": 1, "dim": 0, "largest": False}),
    ("kthvalue", {"self": X, "k": 2}),
    ("median", {"self": X}),
    ("median.dim", {"self": B, "dim": 2, "keepdim": True}),
    ("aminmax", {"self": X, "dim": 1}),
    ("aminmax", {"self": X}),
    ("scatter.src", {"self": X, "dim": 1, "index": PLACES_OF, "src": Y}),
    ("scatter.value", {"self": X, "dim": 0, "index": PLACES_OF[:1] - 1, "value": 7}),
    ("scatter_add", {"self": X, "dim": 1, "index": PLACES_OF, "src": Y}),
    (
        "index_add",
        {"self": Z, "dim": 0, "index": torch.tensor([2, 2]), "source": Z[:2], "alpha": 2},
    ),
    ("index_put", {"self": Z, "indices": [torch.tensor([2, 0])], "values": Z[:2]}),
    (
        "index_put",
        {"self": Z, "indices": [torch.tensor([2, 2])], "values": Z[:2], "accumulate": True},
    ),
    ("take", {"self": X, "index": torch.tensor([[5, 0]])}),
    ("take_along_dim", {"self": X, "indices": PLACES_OF, "dim": 1}),
    ("take_along_dim", {"self": X, "indices": torch.tensor([4, 1])}),
    ("bucketize.Tensor", {"self": X, "boundaries": _reals(-1.25, 0.25, 2)}),
    ("bucketize.Tensor", {"self": X, "boundaries": _reals(-1.25, 0.25, 2), "right": True}),
    ("bincount", {"self": torch.tensor([2, 0, 2]), "minlength": 5}),
    ("bincount", {"self": torch.tensor([2, 0, 2]), "weights": X[0]}),
    ("diagonal", {"self": B, "offset": 1, "dim1": 1, "dim2": 2}),
    ("trace", {"self": X}),
    ("min.dim", {"self": X, "dim": 0, "keepdim": True}),
    ("glu", {"self": B}),
    ("glu", {"self": MAPS, "dim": 1}),
    ("selu", {"self": X}),
    ("prelu", {"self": X, "weight": Y[0]}),
    ("prelu", {"self": MAPS, "weight": X[0, :2]}),
    ("prelu", {"self": MAPS, "weight": X[0, :1]}),
    ("hardshrink", {"self": X}),
    ("softshrink", {"self": X, "lambd": 0.75}),
    ("threshold", {"self": X, "threshold": 0.25, "value": 7}),
    ("logaddexp", {"self": X, "other": Y}),
    ("nan_to_num", {"self": _reals([INF, -INF], [float("nan"), 2]), "nan": 3.0, "posinf": 4.0}),
    ("adaptive_avg_pool1d", {"self": B, "output_size": [3]}),
    ("adaptive_avg_pool2d", {"self": MAPS, "output_size": [3, 2]}),
    ("_adaptive_avg_pool2d", {"self": MAPS, "output_size": [1, 1]}),
    ("adaptive_avg_pool3d", {"self": MAPS[None], "output_size": [1, 4, 3]}),
    ("_adaptive_avg_pool3d", {"self": MAPS[None], "output_size": [2, 1, 3]}),
    ("pixel_shuffle", {"self": MAPS.reshape(1, 8, 5, 2), "upscale_factor": 2}),
    ("pixel_unshuffle", {"self": MAPS.reshape(1, 2, 4, 10), "downscale_factor": 2}),
    ("channel_shuffle", {"self": MAPS.reshape(2, 8, 5, 1), "groups": 2}),
]


@pytest.mark.parametrize(("word", "given"), CASES, ids=[word for word, _ in CASES])
def test_what_is_calculated_is_what_torch_calculates(word: str, given: dict[str, Any]) -> None:
    of: list[Any] = []

    def marked(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            of.append(value.numpy())
            return Nth(len(of) - 1)
        return tuple(map(marked, value)) if isinstance(value, list) else value

    name, _, overload = word.partition(".")
    # What PyTorch writes in pieces is one function again.
    is_whole = name in ("softsign", "tanhshrink")
    packet = getattr(torch.ops.aten, "relu" if is_whole else name)
    does = (
        getattr(torch.nn.functional, name)
        if is_whole
        else getattr(packet, overload or packet.overloads()[0])
    )
    wanted = does(*given.values()) if is_whole else does(**given)
    outputs = wanted if isinstance(wanted, tuple) else (wanted,)
    arguments = {_NAMES.get(key, key): marked(value) for key, value in given.items()}
    for number, output in enumerate(outputs):
        more = {"nth": number} if len(outputs) > 1 else {}
        fields = {"op": f"aten.{name}", "arguments": arguments | more}
        found = calculated(of, tuple(output.shape), fields)
        np.testing.assert_allclose(found, output.numpy(), rtol=1e-12, atol=1e-12)


def test_every_function_is_compared() -> None:
    compared = {f"aten.{word.partition('.')[0]}" for word, _ in CASES}
    # Other names of what is compared.
    same = {
        "aten._log_softmax",
        "aten.feature_dropout",
        "aten.feature_alpha_dropout",
    }
    every = FUNCTIONS.keys() | WINDOWS.keys() | PLACES.keys() | OF_MAPS.keys()
    # What PyTorch writes in pieces is held where a network has them.
    assert {word for word in every - same if word.startswith("aten.")} <= compared
