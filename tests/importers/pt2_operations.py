"""Small exported programs: each operator of PyTorch, and each way in which its arguments come.

What PyTorch makes of them is recorded in `pt2_operations.json`.
"""

from __future__ import annotations

from pathlib import Path

from tests.importers.onnx_cases import W, X
from tests.importers.pt2_calls import Buffer, Call, aten
from tests.importers.pt2_cases_of_arguments import RARE
from tests.importers.pt2_cases_of_forms import ALONE, FORMS
from tests.importers.pt2_cases_of_pieces import PIECES

RECORDED = Path(__file__).parent / "pt2_operations.json"

MAP, SMALL, ROWS = (1, 4, 4, 5), (1, 2, 3, 4), (1, 3, 4)
WINDOWS = {
    "conv2d": aten("conv2d", input=MAP, weight=W((3, 4, 2, 3)), bias=W((3,)), macs=3 * 24 * 9),
    "conv2d of steps and sides": aten(
        "conv2d",
        input=MAP,
        weight=W((1, 4, 2, 2)),
        stride=[2, 1],
        padding=[1, 0],
        macs=16 * 3 * 4,
    ),
    "conv2d, dilated": aten(
        "conv2d", input=MAP, weight=W((1, 4, 2, 2)), dilation=[3, 2], macs=16 * 1 * 3
    ),
    "conv2d of groups": aten(
        "conv2d", input=MAP, weight=W((4, 2, 2, 2)), groups=2, macs=4 * 8 * 12
    ),
    "conv2d, depthwise": aten(
        "conv2d", input=MAP, weight=W((4, 1, 2, 2)), bias=W((4,)), groups=4, macs=4 * 4 * 12
    ),
    "conv1d": aten("conv1d", input=ROWS, weight=W((2, 3, 3)), padding=[1], macs=18 * 4),
    "conv3d": aten(
        "conv3d", input=(1, 1, 3, 3, 4), weight=W((1, 1, 2, 1, 3)), bias=W((1,)), macs=6 * 2 * 3 * 2
    ),
    "convolution": aten(
        "convolution",
        input=MAP,
        weight=W((2, 4, 2, 2)),
        bias=None,
        stride=[1, 2],
        padding=[0, 1],
        dilation=[1, 1],
        transposed=False,
        output_padding=[0, 0],
        groups=1,
        macs=32 * 3 * 3,
    ),
    "convolution, transposed": aten(
        "convolution",
        input=SMALL,
        weight=W((2, 1, 2, 2)),
        bias=W((1,)),
        stride=[2, 1],
        padding=[1, 0],
        dilation=[1, 1],
        transposed=True,
        output_padding=[1, 0],
        groups=1,
        macs=8 * 12,
    ),
    "conv_transpose2d": aten(
        "conv_transpose2d",
        input=SMALL,
        weight=W((2, 2, 3, 2)),
        bias=W((2,)),
        stride=[2, 3],
        padding=[1, 0],
        output_padding=[1, 2],
        groups=1,
        dilation=[1, 2],
        macs=2 * 2 * 6 * 12,
    ),
    "conv_transpose1d of groups": aten(
        "conv_transpose1d", input=(1, 4, 3), weight=W((4, 2, 2)), groups=2, macs=4 * 4 * 3
    ),
    "max_pool2d": aten("max_pool2d", self=MAP, kernel_size=[2, 3]),
    "max_pool2d, all of its numbers": aten(
        "max_pool2d",
        self=MAP,
        kernel_size=[2, 2],
        stride=[1, 2],
        padding=[1, 0],
        dilation=[2, 1],
        ceil_mode=True,
    ),
    "max_pool1d": aten("max_pool1d", self=ROWS, kernel_size=[2], stride=[1]),
    "max_pool3d": aten("max_pool3d", self=(1, 1, 2, 4, 4), kernel_size=[1, 2, 3], stride=[1, 2, 1]),
    "avg_pool2d": aten("avg_pool2d", self=MAP, kernel_size=[2, 3], stride=[2, 1]),
    "avg_pool2d, border left out": aten(
        "avg_pool2d",
        self=MAP,
        kernel_size=[2, 2],
        stride=[2, 2],
        padding=[1, 1],
        ceil_mode=False,
        count_include_pad=False,
    ),
    "avg_pool2d, border counted": aten(
        "avg_pool2d",
        self=MAP,
        kernel_size=[2, 2],
        stride=[2, 2],
        padding=[1, 1],
    ),
    "avg_pool2d rounded up": aten(
        "avg_pool2d", self=MAP, kernel_size=[3, 2], stride=[2, 2], ceil_mode=True
    ),
    "avg_pool1d": aten("avg_pool1d", self=ROWS, kernel_size=[2]),
    "avg_pool3d": aten("avg_pool3d", self=(1, 1, 2, 4, 4), kernel_size=[2, 2, 1]),
    "adaptive_avg_pool2d": aten("adaptive_avg_pool2d", self=MAP, output_size=[2, 1]),
    "adaptive_avg_pool2d to one": aten("adaptive_avg_pool2d", self=MAP, output_size=[1, 1]),
    "adaptive_avg_pool1d": aten("adaptive_avg_pool1d", self=(1, 2, 6), output_size=[3]),
    "im2col": aten(
        "im2col", self=SMALL, kernel_size=[2, 3], dilation=[1, 1], padding=[0, 1], stride=[1, 2]
    ),
    "col2im": aten(
        "col2im",
        self=(1, 4, 6),
        output_size=[3, 4],
        kernel_size=[2, 2],
        dilation=[1, 1],
        padding=[0, 0],
        stride=[1, 1],
    ),
}

SIZES = {
    "nearest pixels": aten(
        "upsample_nearest2d", input=SMALL, output_size=[6, 4], scale_factors=None
    ),
    "nearest pixels by factors": aten(
        "upsample_nearest2d", input=SMALL, output_size=None, scale_factors=[2.0, 3.0]
    ),
    "nearest of a row": aten("upsample_nearest1d", input=ROWS, output_size=[7], scale_factors=None),
    "nearest centres": aten(
        "_upsample_nearest_exact2d", input=SMALL, output_size=[5, 3], scale_factors=None
    ),
    "lines": aten(
        "upsample_bilinear2d",
        input=SMALL,
        output_size=[5, 7],
        align_corners=False,
        scale_factors=None,
    ),
    "lines between corners": aten(
        "upsample_bilinear2d",
        input=SMALL,
        output_size=[5, 7],
        align_corners=True,
        scale_factors=None,
    ),
    "lines by factors": aten(
        "upsample_bilinear2d",
        input=SMALL,
        output_size=None,
        align_corners=False,
        scale_factors=[1.5, 2.5],
    ),
    "lines of a row": aten(
        "upsample_linear1d", input=ROWS, output_size=[6], align_corners=False, scale_factors=None
    ),
    "lines of a volume": aten(
        "upsample_trilinear3d",
        input=(1, 1, 2, 3, 2),
        output_size=[3, 2, 4],
        align_corners=False,
        scale_factors=None,
    ),
    "cubic curves": aten(
        "upsample_bicubic2d",
        input=SMALL,
        output_size=[5, 7],
        align_corners=False,
        scale_factors=None,
    ),
    "zeros around": aten("pad", self=SMALL, pad=[1, 2, 0, 3]),
    "a number around": aten("constant_pad_nd", self=SMALL, pad=[0, 1], value=1.5),
    "channels around": aten("constant_pad_nd", self=SMALL, pad=[0, 0, 0, 0, 1, 2]),
    "cut off": aten("constant_pad_nd", self=SMALL, pad=[-1, -1, 0, -1]),
    "mirrored": aten("pad", self=SMALL, pad=[1, 2, 2, 0], mode="reflect"),
    "edges repeated": aten("pad", self=SMALL, pad=[1, 2, 2, 0], mode="replicate"),
    "wrapped": aten("pad", self=SMALL, pad=[1, 2, 2, 0], mode="circular"),
    "pixels of channels": aten("pixel_shuffle", self=(1, 8, 2, 3), upscale_factor=2),
    "channels of pixels": aten("pixel_unshuffle", self=(1, 2, 2, 4), downscale_factor=2),
    "channels shuffled": aten("channel_shuffle", self=(1, 6, 2, 2), groups=3),
    "rolled": aten("roll", self=SMALL, shifts=[1, -2], dims=[2, 3]),
    "rolled, an axis twice": aten("roll", self=SMALL, shifts=[1, 1], dims=[2, -2]),
    "rolled, the last axis": aten("roll", self=SMALL, shifts=[1], dims=[-1]),
}

AXES = {
    "view": aten("view", self=SMALL, size=[1, 6, -1]),
    "reshape": aten("reshape", self=SMALL, shape=[1, 2, 2, 6]),
    "flatten": aten("flatten", self=SMALL, start_dim=1),
    "flatten in the middle": aten("flatten", self=SMALL, start_dim=-3, end_dim=2),
    "unflatten": aten("unflatten", self=(1, 6, 2), dim=1, sizes=[2, -1]),
    "permute": aten("permute", self=SMALL, dims=[0, -1, 1, 2]),
    "transpose": aten("transpose", self=SMALL, dim0=1, dim1=-1),
    "movedim": aten("movedim", self=SMALL, source=[1], destination=[-1]),
    "unsqueeze": aten("unsqueeze", self=ROWS, dim=-1),
    "unsqueeze in the middle": aten("unsqueeze", self=ROWS, dim=1),
    "squeeze": aten("squeeze", self=(1, 3, 1, 2), dim=2),
    "squeeze of several": aten("squeeze", self=(1, 1, 3, 1), dim=[1, -1]),
    "squeeze of a longer axis": aten("squeeze", self=ROWS, dim=1),
    "expand": aten("expand", self=(1, 2, 1), size=[-1, 2, 3]),
    "repeat": aten("repeat", self=(1, 2, 3), repeats=[1, 2, 3]),
    "repeat_interleave": aten("repeat_interleave", self=(1, 2, 3), repeats=2, dim=-1),
    "slice": aten("slice", self=SMALL, dim=2, start=1, end=3),
    "slice from the end": aten("slice", self=SMALL, dim=-1, start=-3, end=9223372036854775807),
    "slice of every second": aten("slice", self=SMALL, dim=3, start=0, end=4, step=2),
    "slice of channels": aten("slice", self=SMALL, dim=1, start=1),
    "narrow": aten("narrow", self=SMALL, dim=3, start=1, length=2),
    "select": aten("select", self=SMALL, dim=2, index=-1),
    "select of channels": aten("select", self=SMALL, dim=1, index=1),
    "split": aten("split", self=(1, 5, 2), split_size=2, dim=1),
    "split_with_sizes": aten("split_with_sizes", self=(1, 5, 2), split_sizes=[1, 4], dim=-2),
    "chunk": aten("chunk", self=(1, 5, 2), chunks=2, dim=1),
    "unbind": aten("unbind", self=(1, 2, 3), dim=1),
    "cat": aten("cat", tensors=[(1, 2, 3), (1, 4, 3)], dim=1),
    "cat of the last axis": aten("cat", tensors=[(1, 2, 3), (1, 2, 1), (1, 2, 2)], dim=-1),
    "stack": aten("stack", tensors=[(1, 2, 3), (1, 2, 3)], dim=1),
    "stack behind": aten("stack", tensors=[(1, 2, 3), (1, 2, 3)], dim=-1),
    "embedding": aten("embedding", weight=W((5, 3)), indices=X((1, 4), 5)),
    "index_select": aten("index_select", self=SMALL, dim=3, index=X((2,), 2)),
}

PLACE = (1, 4, 5)
POSITIVE = X(PLACE, is_positive=True)
FUNCTIONS = {
    **{
        word: aten(word, self=PLACE)
        for word in (
            "relu",
            "relu6",
            "sigmoid",
            "tanh",
            "silu",
            "mish",
            "hardsigmoid",
            "hardswish",
            "exp",
            "abs",
            "neg",
            "sin",
            "cos",
            "leaky_relu",
            "elu",
            "celu",
            "selu",
            "softplus",
            "hardtanh",
            "gelu",
            "log_sigmoid",
            "clone",
            "square",
        )
    },
    **{word: aten(word, self=POSITIVE) for word in ("log", "sqrt", "rsqrt", "reciprocal")},
    "leaky_relu of 0.3": aten("leaky_relu", self=PLACE, negative_slope=0.3),
    "elu of 0.3": aten("elu", self=PLACE, alpha=0.3),
    "softplus, steeper": aten("softplus", self=PLACE, beta=2.0, threshold=10.0),
    "hardtanh of bounds": aten("hardtanh", self=PLACE, min_val=-0.5, max_val=1.5),
    "gelu by tanh": aten("gelu", self=PLACE, approximate="tanh"),
    "threshold": aten("threshold", self=PLACE, threshold=0.5, value=-1.0),
    "softshrink": aten("softshrink", self=PLACE, lambd=0.75),
    "hardshrink": aten("hardshrink", self=PLACE, lambd=0.75),
    "clamp": aten("clamp", self=PLACE, min=-0.5, max=1.5),
    "clamp from below": aten("clamp", self=PLACE, min=-0.5),
    "clamp from above": aten("clamp", self=PLACE, max=1.5),
    "clamp at 0": aten("clamp_min", self=PLACE, min=0),
    "clamp_max": aten("clamp_max", self=PLACE, max=0.25),
    "glu": aten("glu", self=PLACE, dim=1),
    "glu of the last axis": aten("glu", self=(1, 3, 4)),
    "prelu": aten("prelu", self=PLACE, weight=W((4,))),
    "prelu of one slope": aten("prelu", self=PLACE, weight=W((1,))),
    **{
        f"pow of {exponent}": aten("pow", self=POSITIVE, exponent=exponent)
        for exponent in (2, 3, 0.5, -0.5, -1, 1)
    },
    **{
        f"pow of {exponent}": aten("pow", self=POSITIVE, exponent=exponent)
        for exponent in (4, 0.75, -2.0)
    },
    "pow of what goes in": aten("pow", self=POSITIVE, exponent=PLACE),
    "pow of a learnt number": aten("pow", self=POSITIVE, exponent=W((1,))),
    "a number to powers": aten("pow", self=2.5, exponent=PLACE),
    "exp2": aten("exp2", self=PLACE),
    "log2": aten("log2", self=POSITIVE),
    "log10": aten("log10", self=POSITIVE),
    "frac": aten("frac", self=PLACE),
    "rrelu": aten("rrelu", self=PLACE, lower=0.125, upper=0.25, training=False),
    "softmax": aten("softmax", self=PLACE, dim=-1),
    "softmax of channels": aten("_softmax", self=PLACE, dim=1, half_to_float=False),
    "log_softmax": aten("log_softmax", self=PLACE, dim=1),
    "dropout": aten("dropout", input=PLACE, p=0.3, train=False),
    "batch_norm": aten(
        "batch_norm",
        input=PLACE,
        weight=W((4,)),
        bias=W((4,)),
        running_mean=Buffer((4,)),
        running_var=Buffer((4,), True),
        training=False,
        momentum=0.1,
        eps=0.5,
        cudnn_enabled=False,
    ),
    "batch_norm without numbers": aten(
        "batch_norm",
        input=SMALL,
        weight=None,
        bias=None,
        running_mean=Buffer((2,)),
        running_var=Buffer((2,), True),
        training=False,
        momentum=0.1,
        eps=1e-5,
        cudnn_enabled=False,
    ),
    "instance_norm": aten(
        "instance_norm",
        input=SMALL,
        weight=W((2,)),
        bias=W((2,)),
        running_mean=None,
        running_var=None,
        use_input_stats=True,
        momentum=0.1,
        eps=0.25,
        cudnn_enabled=False,
    ),
    "group_norm": aten(
        "group_norm", input=PLACE, num_groups=2, weight=W((4,)), bias=W((4,)), eps=0.5
    ),
    "layer_norm": aten(
        "layer_norm", input=PLACE, normalized_shape=[5], weight=W((5,)), bias=W((5,))
    ),
    "layer_norm of two axes": aten(
        "layer_norm",
        input=SMALL,
        normalized_shape=[3, 4],
        weight=W((3, 4)),
        bias=W((3, 4)),
        eps=0.5,
    ),
    "layer_norm without numbers": aten("layer_norm", input=PLACE, normalized_shape=[5]),
    "rms_norm": aten("rms_norm", input=PLACE, normalized_shape=[5], weight=W((5,)), eps=0.5),
}

FIGURES = {
    **{
        f"{word} {said}": aten(word, self=SMALL, dim=axes, keepdim=keeps)
        for word in ("mean", "sum", "amax", "amin")
        for said, axes, keeps in (
            ("of channels", [1], True),
            ("of a map", [-1, -2], False),
            ("of rows", [2], False),
        )
    },
    "norm": aten("linalg_vector_norm", self=SMALL, ord=2, dim=[1], keepdim=True),
    "max of an axis": aten("max", self=ROWS, dim=1, keepdim=False),
    "argmax": aten("argmax", self=ROWS, dim=1),
    "argmin": aten("argmin", self=ROWS, dim=-1, keepdim=True),
    "gather": aten("gather", self=(1, 1, 4), dim=2, index=X((1, 1, 3), 4)),
    "cumsum": aten("cumsum", self=SMALL, dim=2),
    "cumsum of the last axis": aten("cumsum", self=SMALL, dim=-1),
    "var": aten("var", self=SMALL, dim=[1], correction=0, keepdim=True),
    "std, less one": aten("std", self=SMALL, dim=[3], correction=1),
}

DECISIONS = {
    **{
        f"{word} {said}": aten(word, self=PLACE, other=other)
        for word in ("eq", "ne", "lt", "le", "gt", "ge")
        for said, other in (
            ("of two", PLACE),
            ("and a number", 0.25),
            ("and numbers", Buffer((5,))),
        )
    },
    **{
        f"logical_{word}": aten(f"logical_{word}", self=X(PLACE, limit=2), other=X(PLACE, limit=3))
        for word in ("and", "or", "xor")
    },
    "logical_not": aten("logical_not", self=X(PLACE, limit=2)),
    "isnan": aten("isnan", self=PLACE),
    "masked_fill": aten("masked_fill", self=PLACE, mask=X(PLACE, limit=2), value=-2.5),
    "where": aten("where", condition=X((1, 4, 1), limit=2), self=PLACE, other=(1, 1, 5)),
    "where of a number": aten("where", condition=X(PLACE, limit=2), self=PLACE, other=0.5),
}

BOTH = {
    **{
        f"{word} of two": aten(word, self=PLACE, other=POSITIVE)
        for word in ("add", "sub", "mul", "div", "maximum", "minimum")
    },
    **{
        f"{word} of a number": aten(word, self=PLACE, other=-1.5)
        for word in ("add", "sub", "mul", "div", "rsub")
    },
    "add of a share": aten("add", self=PLACE, other=POSITIVE, alpha=0.5),
    "sub of a share": aten("sub", self=PLACE, other=POSITIVE, alpha=2),
    "rsub of a share": aten("rsub", self=PLACE, other=POSITIVE, alpha=2),
    "addcmul": aten("addcmul", self=PLACE, tensor1=POSITIVE, tensor2=PLACE, value=0.5),
    "add of learnt channels": aten("add", self=PLACE, other=W((4, 1))),
    "mul of learnt channels": aten("mul", self=PLACE, other=W((1, 4, 1))),
    "mul of learnt columns": aten("mul", self=PLACE, other=W((5,))),
    "sub of learnt channels": aten("sub", self=PLACE, other=W((4, 1))),
    "add of a learnt number for each": aten("add", self=PLACE, other=W((4, 5))),
    "mul of a learnt number for each": aten("mul", self=PLACE, other=W((4, 5))),
    "add of stored channels": aten("add", self=PLACE, other=Buffer((4, 1))),
    "mul of a gate": aten("mul", self=SMALL, other=(1, 2, 1, 1)),
    "mul by a gate in front": aten("mul", self=(1, 2, 1, 1), other=SMALL),
    "add of one map": aten("add", self=SMALL, other=(1, 1, 3, 4)),
    "sub of rows and columns": aten("sub", self=(1, 3, 1), other=(1, 1, 4)),
    "div of columns": aten("div", self=SMALL, other=X((1, 1, 1, 4), is_positive=True)),
}

PRODUCTS = {
    "linear": aten("linear", input=(1, 3), weight=W((4, 3)), bias=W((4,)), macs=12),
    "linear of many features": aten("linear", input=(1, 70), weight=W((2, 70)), macs=140),
    "linear of rows": aten("linear", input=(1, 2, 3), weight=W((4, 3)), macs=24),
    "linear of one feature": aten("linear", input=(1, 5, 1), weight=W((3, 1)), macs=15),
    "linear of maps": aten("linear", input=(1, 2, 2, 3), weight=W((4, 3)), bias=W((4,)), macs=48),
    "addmm": aten("addmm", self=W((4,)), mat1=(1, 3), mat2=W((3, 4)), macs=12),
    "mm": aten("mm", self=(1, 3), mat2=W((3, 4)), macs=12),
    "matmul": aten("matmul", self=(1, 2, 3), other=(1, 3, 4), macs=24),
    "matmul of heads": aten("matmul", self=(1, 2, 3, 4), other=(1, 2, 4, 2), macs=48),
    "matmul of windows, shared by rows of them": aten(
        "matmul", self=(1, 2, 3, 4, 5), other=(1, 2, 1, 5, 2), macs=6 * 4 * 5 * 2
    ),
    "matmul of windows, shared by columns of them": aten(
        "matmul", self=(1, 2, 3, 4, 5), other=(1, 1, 3, 5, 2), macs=6 * 4 * 5 * 2
    ),
    "matmul of a weight": aten("matmul", self=(1, 2, 3), other=W((3, 4)), macs=24),
    "bmm": aten("bmm", self=(1, 2, 3), mat2=(1, 3, 4), macs=24),
    "bilinear": aten(
        "bilinear",
        input1=(1, 3),
        input2=(1, 2),
        weight=W((4, 3, 2)),
        bias=W((4,)),
        macs=4 * 3 * 2,
    ),
    "einsum": aten("einsum", equation="bij,bkj->bki", tensors=[(1, 2, 3), (1, 4, 3)], macs=24),
    "attention": aten(
        "scaled_dot_product_attention",
        query=(1, 2, 3, 4),
        key=(1, 2, 3, 4),
        value=(1, 2, 3, 5),
        macs=2 * 9 * 4 + 2 * 9 * 5,
    ),
    "attention to what was before": aten(
        "scaled_dot_product_attention",
        query=(1, 2, 3, 4),
        key=(1, 2, 3, 4),
        value=(1, 2, 3, 4),
        attn_mask=None,
        dropout_p=0.0,
        is_causal=True,
        macs=144,
    ),
    "attention by a scale": aten(
        "scaled_dot_product_attention",
        query=(1, 2, 3, 4),
        key=(1, 2, 5, 4),
        value=(1, 2, 5, 4),
        scale=0.25,
        macs=240,
    ),
    "attention under a mask": aten(
        "scaled_dot_product_attention",
        query=(1, 2, 3, 4),
        key=(1, 2, 3, 4),
        value=(1, 2, 3, 4),
        attn_mask=Buffer((3, 3)),
        macs=144,
    ),
}

ALL: dict[str, Call] = {
    **WINDOWS, **SIZES, **AXES, **FUNCTIONS, **FIGURES, **DECISIONS, **BOTH, **PRODUCTS,
    **RARE, **FORMS, **ALONE, **PIECES,
}  # fmt: skip
