"""Operators of PyTorch on tensors of other forms: folded into the batch, worked out, or filled."""

from __future__ import annotations

from typing import Any

from tests.importers.onnx_cases import W, X
from tests.importers.pt2_calls import TRUTH, WHOLE, Buffer, Call, aten, folded
from tests.importers.pt2_cases_of_sequences import ATTENTION, RECURRENT

MAP, SMALL, ROWS = (1, 4, 4, 5), (1, 2, 3, 4), (1, 3, 4)


def true(*dims: int) -> Call:
    """Where what goes in is more than a number."""
    return aten("gt", self=dims, other=0.25, stated=dims, element=TRUTH)


def at_least(number: int) -> Call:
    """A column of three: where 0, 1 and 2 are as much or more."""
    counted = aten("arange", end=3, stated=(3,), element=WHOLE)
    column = aten("unsqueeze", self=counted, dim=1, stated=(3, 1), element=WHOLE)
    return aten("ge", self=column, other=number, stated=(3, 1), element=TRUTH)


def filled(*dims: int, by: float = 2.5) -> Call:
    """A tensor of one number."""
    return aten("full", size=list(dims), fill_value=by, stated=dims)


def learnt(*dims: int) -> Call:
    """A learnt tensor that is twice as much as the stored one."""
    return aten("mul", self=W(dims), other=2.0, stated=dims)


FOLDED = {
    "conv1d of rows in the batch": aten(
        "conv1d", input=folded(3, 2, 5), weight=W((4, 2, 2)), bias=W((4,)), macs=3 * 16 * 4
    ),
    "conv3d of volumes in the batch": aten(
        "conv3d",
        input=aten("reshape", self=(1, 2, 9, 4), shape=[2, 1, 3, 3, 4]),
        weight=W((1, 1, 2, 2, 2)),
        opaque=True,
    ),
    "conv_transpose2d of maps in the batch": aten(
        "conv_transpose2d", input=folded(3, 2, 3, 4), weight=W((2, 1, 2, 2)), macs=3 * 8 * 12
    ),
    "conv_transpose1d of rows in the batch, of steps": aten(
        "conv_transpose1d",
        input=folded(3, 2, 4),
        weight=W((2, 3, 3)),
        bias=W((3,)),
        stride=[2],
        padding=[1],
        output_padding=[1],
        dilation=[2],
        macs=3 * 18 * 4,
    ),
    "conv_transpose2d of maps in the batch, by what goes in": aten(
        "conv_transpose2d",
        input=folded(3, 2, 3, 4),
        weight=(2, 1, 2, 2),
        macs=3 * 8 * 12,
        opaque=True,
    ),
    "max_pool1d of rows in the batch": aten(
        "max_pool1d", self=folded(3, 2, 6), kernel_size=[3], stride=[2], padding=[1]
    ),
    "adaptive_avg_pool1d of rows in the batch": aten(
        "adaptive_avg_pool1d", self=folded(3, 2, 6), output_size=[1]
    ),
    "im2col of maps in the batch": aten(
        "im2col",
        self=folded(3, 2, 3, 4),
        kernel_size=[2, 3],
        dilation=[1, 1],
        padding=[0, 0],
        stride=[1, 1],
        opaque=True,
    ),
    "col2im of maps in the batch": aten(
        "col2im",
        self=folded(3, 4, 6),
        output_size=[3, 4],
        kernel_size=[2, 2],
        dilation=[1, 1],
        padding=[0, 0],
        stride=[1, 1],
        opaque=True,
    ),
    "nearest pixels of maps in the batch": aten(
        "upsample_nearest2d",
        input=folded(3, 2, 3, 4),
        output_size=[6, 4],
        scale_factors=None,
        opaque=True,
    ),
    "pixels of channels in the batch": aten(
        "pixel_shuffle", self=folded(3, 8, 2, 3), upscale_factor=2, opaque=True
    ),
    "channels shuffled in the batch": aten(
        "channel_shuffle", self=folded(3, 6, 2, 2), groups=3, opaque=True
    ),
    "group_norm of maps in the batch": aten(
        "group_norm", input=folded(3, 4, 2), num_groups=2, opaque=True
    ),
    "layer_norm of rows in the batch": aten(
        "layer_norm", input=folded(3, 2, 4), normalized_shape=[4], weight=W((4,)), bias=W((4,))
    ),
    "linear of rows in the batch": aten("linear", input=folded(3, 4), weight=W((2, 4)), macs=24),
    "matmul of matrices in the batch": aten(
        "matmul",
        self=folded(2, 3, 4),
        other=aten("transpose", self=folded(2, 5, 4), dim0=1, dim1=2),
        macs=2 * 60,
    ),
}


def alone(*dims: int) -> Call:
    """What goes in, without the axis of its sample."""
    return aten("select", self=(1, *dims), dim=0, index=0, stated=dims)


# They take the first sample of several for all, and so are not among the forms of each.
ALONE = {
    "conv1d of a sample alone": aten(
        "conv1d", input=alone(2, 5), weight=W((4, 2, 2)), bias=W((4,)), macs=16 * 4
    ),
    "conv2d of a sample alone": aten(
        "conv2d", input=alone(2, 3, 4), weight=W((3, 2, 2, 1)), stride=[1, 2], macs=12 * 4
    ),
    "conv3d of a sample alone": aten(
        "conv3d", input=alone(1, 3, 3, 4), weight=W((2, 1, 2, 2, 2)), macs=16 * 12
    ),
    "conv_transpose2d of a sample alone": aten(
        "conv_transpose2d", input=alone(2, 3, 4), weight=W((2, 1, 2, 2)), macs=24 * 4
    ),
    "max_pool1d of a sample alone": aten(
        "max_pool1d", self=alone(2, 6), kernel_size=[3], stride=[2], padding=[1]
    ),
    "avg_pool2d of a sample alone": aten(
        "avg_pool2d", self=alone(2, 4, 6), kernel_size=[2, 3], stride=[2, 1]
    ),
    "max_pool3d of a sample alone": aten(
        "max_pool3d", self=alone(1, 3, 4, 4), kernel_size=[2, 2, 2], stride=[1, 2, 2]
    ),
    "adaptive_avg_pool2d of a sample alone": aten(
        "adaptive_avg_pool2d", self=alone(2, 4, 6), output_size=[2, 3]
    ),
    "im2col of a sample alone": aten(
        "im2col",
        self=alone(2, 3, 4),
        kernel_size=[2, 3],
        dilation=[1, 1],
        padding=[0, 0],
        stride=[1, 1],
    ),
    "col2im of a sample alone": aten(
        "col2im",
        self=alone(8, 6),
        output_size=[3, 4],
        kernel_size=[2, 2],
        dilation=[1, 1],
        padding=[0, 0],
        stride=[1, 1],
    ),
    "nearest pixels of a sample of one map": aten(
        "upsample_nearest2d", input=(1, 1, 3, 4), output_size=[6, 8], scale_factors=None
    ),
}
WORKED_OUT = {
    "conv2d by what goes in": aten(
        "conv2d", input=MAP, weight=(1, 4, 2, 3), bias=None, stride=[2, 1], opaque=True
    ),
    "conv2d by what goes in, as large as before": aten(
        "conv2d", input=MAP, weight=(1, 4, 3, 3), padding="same", opaque=True
    ),
    "conv_transpose2d by what goes in": aten(
        "conv_transpose2d", input=(1, 1, 3, 4), weight=(1, 2, 2, 2), opaque=True
    ),
    "linear by what goes in": aten(
        "linear", input=(1, 2, 3), weight=aten("reshape", self=(1, 12), shape=[4, 3]), macs=24
    ),
    "linear by what goes in, and shifted by it": aten(
        "linear",
        input=(1, 2, 3),
        weight=aten("reshape", self=(1, 12), shape=[4, 3]),
        bias=aten("reshape", self=(1, 4), shape=[4]),
        macs=24,
    ),
    "linear, shifted by what goes in": aten(
        "linear",
        input=(1, 2, 3),
        weight=W((4, 3)),
        bias=aten("reshape", self=(1, 4), shape=[4]),
        macs=24,
    ),
    "linear of a vector by what goes in": aten(
        "linear",
        input=aten("reshape", self=(1, 3), shape=[3]),
        weight=aten("reshape", self=(1, 12), shape=[4, 3]),
        opaque=True,
    ),
    "weight_norm of what goes in": aten(
        "mul",
        self=(1, 4),
        other=aten(
            "_weight_norm",
            v=aten("reshape", self=(1, 12), shape=[3, 4]),
            g=W((3, 1)),
            stated=(3, 4),
        ),
        opaque=True,
    ),
    "add of two learnt rows, one times the other": aten(
        "add", self=ROWS, other=aten("mul", self=W((4,)), other=W((4,)))
    ),
    "mul of twice a learnt row": aten("mul", self=ROWS, other=learnt(4)),
    "addmm that leaves out its first": aten(
        "addmm", self=(1, 4), mat1=(1, 3), mat2=W((3, 4)), beta=0, macs=12
    ),
}

FILLED = {
    "mul of a filled row": aten("mul", self=ROWS, other=filled(4)),
    "add of a filled row": aten("add", self=ROWS, other=filled(4)),
    "sub from a filled row": aten("sub", self=filled(1, 4), other=ROWS),
    "sub of a filled row": aten("sub", self=ROWS, other=filled(3, 1)),
    "div of a filled matrix": aten("div", self=filled(3, 4), other=X(ROWS, is_positive=True)),
    "div by a filled row": aten("div", self=ROWS, other=filled(4, by=4)),
    "ge of a filled row": aten("ge", self=ROWS, other=filled(4, by=0.25)),
    "a filled row less than": aten("lt", self=filled(4, by=0.25), other=ROWS),
    "where of filled rows": aten(
        "where", condition=X(ROWS, limit=2), self=filled(4), other=filled(3, 1, by=-1)
    ),
    "add of a filled matrix, turned": aten(
        "add", self=(1, 2, 1, 4), other=aten("permute", self=filled(4, 3), dims=[1, 0])
    ),
    "add of a filled row, expanded": aten(
        "add", self=(1, 3, 4), other=aten("expand", self=filled(1, 4), size=[3, -1])
    ),
    "add of a filled span": aten(
        "add", self=ROWS, other=aten("slice", self=filled(6), dim=0, start=1, end=5)
    ),
    "cat of a filled row": aten("cat", tensors=[ROWS, filled(1, 2, 4)], dim=1),
}

FIGURES = {
    "var of one number": aten("var", self=(1, 3, 1), dim=[2], correction=0, opaque=True),
    "var of two numbers, less two": aten("var", self=(1, 3, 2), dim=[2], correction=2, opaque=True),
    "var of everything": aten("var", self=ROWS, dim=None, correction=0),
    "std of no correction's name": aten("std", self=ROWS, dim=[1], correction=None),
    "mean of an axis of 1": aten("mean", self=(1, 3, 1), dim=[2]),
    "mean of an axis of 1, kept": aten("mean", self=(1, 3, 1), dim=[2], keepdim=True),
    "max of everything": aten("max", self=ROWS),
    "argmax of everything": aten("argmax", self=ROWS, opaque=True, element=WHOLE),
    "max of an axis of 1": aten("max", self=(1, 3, 1), dim=2, opaque=True),
    "argmax of an axis of 1": aten("argmax", self=(1, 3, 1), dim=2, opaque=True),
    "sum of the last axis by its number": aten("sum", self=SMALL, dim=[-1]),
    "cumsum of an axis of 1": aten("cumsum", self=(1, 3, 1), dim=2),
}

# Figures over one axis and over several, from the front and from the end, which stay or go.
OF_AXES: dict[str, dict[str, Any]] = {
    "mean": {}, "sum": {}, "amax": {}, "amin": {}, "linalg_vector_norm": {"ord": 2},
    "var": {"correction": 0}, "std": {"correction": 1},
}  # fmt: skip
OVER = {
    f"{op} over {dims}, {'kept' if keepdim else 'gone'}": aten(
        op, self=SMALL, dim=[*dims], keepdim=keepdim, **more
    )
    for op, more in OF_AXES.items()
    for dims in ((-1,), (1, -1), (-3, -2), (1, 2, 3))
    for keepdim in (False, True)
}
OTHERS = {
    "conv_transpose1d of two groups of three": aten(
        "conv_transpose1d", input=(1, 4, 3), weight=W((4, 3, 2)), groups=2, macs=2 * 2 * 3 * 2 * 3
    ),
    "matmul of heads that the first lacks": aten(
        "matmul", self=(1, 2, 1, 3, 4), other=(1, 2, 3, 4, 5), opaque=True
    ),
    "matmul of heads that the second lacks": aten(
        "matmul", self=(1, 2, 3, 2, 4), other=(1, 2, 1, 4, 5), macs=2 * 3 * 2 * 4 * 5
    ),
    "matmul of a vector": aten(
        "matmul", self=(1, 2, 3), other=aten("reshape", self=(1, 3), shape=[3]), macs=6
    ),
    "einsum of an axis twice": aten(
        "einsum", equation="bii,bij->bj", tensors=[(1, 3, 3), (1, 3, 4)], opaque=True
    ),
    "einsum over an axis of the first": aten(
        "einsum", equation="bij,bjk->bk", tensors=[(1, 2, 3), (1, 3, 4)], macs=12
    ),
    "einsum over an axis of the second": aten(
        "einsum", equation="bij,bjk->bi", tensors=[(1, 2, 3), (1, 3, 4)], macs=6
    ),
    "einsum of heads, turned": aten(
        "einsum", equation="bihd,bjhd->bhij", tensors=[(1, 3, 2, 4), (1, 5, 2, 4)],
        macs=2 * 3 * 5 * 4,
    ),
    "bilinear of rows": aten(
        "bilinear", input1=(1, 2, 3), input2=(1, 2, 2), weight=W((4, 3, 2)), macs=2 * 24
    ),
    "nothing around": aten("pad", self=SMALL, pad=[0, 0]),
    "numbers around samples": aten("pad", self=(1, 3), pad=[1, 1, 1, 1], opaque=True),
    "numbers around an axis of 1": aten("pad", self=(1, 3, 1), pad=[1, 0]),
    "numbers around axes of 1": aten("pad", self=(1, 2, 1, 3, 1), pad=[1, 2, 0, 1, 2, 0]),
    "rolled, all elements": aten("roll", self=SMALL, shifts=[1], opaque=True),
    "flip of an axis of 1": aten("flip", self=(1, 3, 1), dims=[2]),
    "embedding of a map": aten("embedding", weight=W((5, 3)), indices=X((1, 2, 4), 5)),
    "index_select of an axis of 1": aten(
        "index_select", self=(1, 1, 3), dim=1, index=X((2,), 1), opaque=True
    ),
    "div by 0": aten("div", self=ROWS, other=0, opaque=True),
    "div by 0, rounded down": aten(
        "div", self=ROWS, other=0, rounding_mode="floor", opaque=True
    ),
    "floor_divide": aten("floor_divide", self=ROWS, other=1.5),
    "floor_divide of two": aten("floor_divide", self=ROWS, other=X(ROWS, is_positive=True)),
    "cat of one": aten("cat", tensors=[ROWS], dim=1),
    "cat of learnt rows": aten(
        "add",
        self=(1, 5),
        other=aten("cat", tensors=[W((2,)), W((3,))], stated=(5,)),
    ),
    "cat of one that is cut otherwise": aten(
        "cat",
        tensors=[(1, 6, 2), aten("reshape", self=(1, 2, 3, 2), shape=[1, 6, 2])],
        dim=2,
    ),
    "cat behind one that is cut otherwise": aten(
        "cat",
        tensors=[aten("reshape", self=(1, 2, 3, 2), shape=[1, 6, 2]), (1, 6, 2)],
        dim=2,
    ),
    "batch_norm as it trains": aten(
        "batch_norm",
        input=SMALL,
        weight=None,
        bias=None,
        running_mean=None,
        running_var=None,
        training=True,
        momentum=0.1,
        eps=1e-5,
        cudnn_enabled=False,
        opaque=True,
    ),
    "instance_norm by stored numbers": aten(
        "instance_norm",
        input=SMALL,
        weight=W((2,)),
        bias=W((2,)),
        running_mean=Buffer((2,)),
        running_var=Buffer((2,), True),
        use_input_stats=False,
        momentum=0.1,
        eps=0.5,
        cudnn_enabled=False,
    ),
    "elu of other scales": aten("elu", self=ROWS, alpha=1.0, scale=2.0, opaque=True),
    "type_as of whole numbers": aten("type_as", self=ROWS, other=X(ROWS, limit=3), element=WHOLE),
    "type_as of reals": aten("type_as", self=X(ROWS, limit=3), other=ROWS),
    "type_as of truths": aten("type_as", self=ROWS, other=true(1, 3, 1), element=TRUTH),
    "type_as of numbers, of truths": aten(
        "type_as", self=true(1, 3, 4), other=X(ROWS, limit=3), element=WHOLE
    ),
    "bitwise_and of truths": aten(
        "bitwise_and", self=true(1, 3, 4), other=true(1, 3, 1), element=TRUTH
    ),
    "bitwise_or of truths": aten(
        "bitwise_or", self=true(1, 3, 4), other=true(1, 3, 1), element=TRUTH
    ),
    "bitwise_xor of truths": aten(
        "bitwise_xor", self=true(1, 3, 4), other=true(1, 3, 1), element=TRUTH
    ),
    **{
        f"logical_{word} of {left} and a column of at least {least}": aten(
            f"logical_{word}", self=true(*dims), other=at_least(least), element=TRUTH
        )
        for left, dims, word, least in (
            ("a row", (1, 1, 4), "and", 0), ("a map", (1, 2, 3, 4), "and", 0),
            ("a column", (1, 3, 1), "xor", 3), ("a row", (1, 1, 4), "or", 3),
            ("a row", (1, 1, 4), "and", 1), ("a row", (1, 1, 4), "and", 3),
            ("a row", (1, 1, 4), "xor", 0),
        )
    },
    "logical_or of at least 3 and a row": aten(
        "logical_or", self=at_least(3), other=true(1, 1, 4), element=TRUTH
    ),
    "bitwise_not of truths": aten("bitwise_not", self=true(1, 3, 4), element=TRUTH),
    "slice_scatter of every second": aten(
        "slice_scatter", self=SMALL, src=(1, 2, 3, 2), dim=3, start=0, end=4, step=2
    ),
    "slice_scatter of every second row": aten(
        "slice_scatter", self=(1, 2, 6, 3), src=(1, 2, 3, 3), dim=2, start=1, end=6, step=2
    ),
    "slice_scatter of every third channel, the last row of which ends early": aten(
        "slice_scatter", self=(1, 7, 2, 3), src=(1, 3, 2, 3), dim=1, start=0, end=7, step=3
    ),
    "slice_scatter of the last of each two": aten(
        "slice_scatter", self=(1, 3, 8), src=(1, 3, 3), dim=2, start=3, end=8, step=2
    ),
    "slice_scatter of rows that end early": aten(
        "slice_scatter", self=(1, 3, 8), src=(1, 3, 3), dim=2, start=1, end=8, step=3
    ),
    "slice_scatter at the end": aten(
        "slice_scatter", self=SMALL, src=(1, 2, 3, 2), dim=3, start=2, end=4
    ),
    "bitwise_and of numbers": aten(
        "bitwise_and", self=X(ROWS, limit=4), other=X(ROWS, limit=3), opaque=True, element=WHOLE
    ),
    "squeeze of whatever is 1": aten("squeeze", self=(1, 3, 1)),
    "repeat_interleave of all": aten("repeat_interleave", self=ROWS, repeats=2, opaque=True),
    "unbind of channels": aten("unbind", self=(1, 3, 2), dim=1),
}  # fmt: skip


def cut() -> Call:
    """A map that is seen with five axes beside the samples."""
    dims = [1, 2, 2, 3, 2, 2]
    return aten("reshape", self=(1, 4, 3, 4), shape=dims, stated=tuple(dims))


def back(call: Call) -> Call:
    """As the map that it was."""
    return aten("reshape", self=call, shape=[1, 4, 3, 4])


OF_FIVE = {
    **{
        f"{op} along axis {dim} of five": back(aten(op, self=cut(), dim=dim))
        for op, dims in (("softmax", (1, 2, 3, 4, -1)), ("cumsum", (2, 3, 4)))
        for dim in dims
    },
    **{
        f"flip of axes {dims} of five": back(aten("flip", self=cut(), dims=dims))
        for dims in ([1, 4], [2, -1], [3])
    },
    **{
        f"mean of axes {dims} of five": aten("mean", self=cut(), dim=dims, keepdim=False)
        for dims in ([1, 2], [2, 4], [3], [1, 2, 3, 4, 5])
    },
    "a permutation of five axes": back(aten("permute", self=cut(), dims=[0, 2, 1, 3, 5, 4])),
    "a permutation of five axes, all": back(aten("permute", self=cut(), dims=[0, 5, 3, 1, 4, 2])),
    "a slice of an axis of five": aten(
        "reshape",
        self=aten("slice", self=cut(), dim=3, start=1, end=3),
        shape=[1, 4, 2, 4],
    ),
    "add of two of five axes": back(aten("add", self=cut(), other=cut())),
    "add of one of five axes to a filled tensor of them": back(
        aten(
            "add",
            self=filled(1, 2, 2, 3, 2, 2),
            other=aten("reshape", self=(1, 3), shape=[1, 1, 1, 3, 1, 1]),
        )
    ),
    "mul of five axes by one of them": back(
        aten("mul", self=cut(), other=aten("reshape", self=(1, 3), shape=[1, 1, 1, 3, 1, 1]))
    ),
    "layer_norm of the last of five": back(
        aten("layer_norm", input=cut(), normalized_shape=[2], weight=W((2,)), bias=W((2,)))
    ),
    "linear of the last of five": aten(
        "reshape", self=aten("linear", input=cut(), weight=W((3, 2))), shape=[1, 4, 3, 6], macs=144
    ),
    "cat of five axes": aten(
        "reshape",
        self=aten("cat", tensors=[cut(), cut()], dim=2, stated=(1, 2, 4, 3, 2, 2)),
        shape=[1, 8, 3, 4],
        opaque=True,
    ),
}

FORMS: dict[str, Call] = {
    **OF_FIVE,
    **RECURRENT,
    **FOLDED,
    **ATTENTION,
    **WORKED_OUT,
    **FILLED,
    **FIGURES,
    **OTHERS,
    **OVER,
}
