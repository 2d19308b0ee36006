"""Operators of PyTorch by their rarer names, and with their rarer arguments."""

from __future__ import annotations

from tests.importers.onnx_cases import W, X
from tests.importers.pt2_calls import Buffer, Call, aten

MAP, SMALL, ROWS = (1, 4, 4, 5), (1, 2, 3, 4), (1, 3, 4)

RARE: dict[str, Call] = {
    "chunk of the last axis, in three": aten("chunk", self=MAP, chunks=3, dim=-1),
    "split of the last axis": aten("split", self=MAP, split_size=2, dim=-1),
    "unbind of the last axis": aten("unbind", self=(1, 4, 2), dim=-1),
    "_adaptive_avg_pool2d": aten("_adaptive_avg_pool2d", self=MAP, output_size=[2, 1]),
    "adaptive_avg_pool3d": aten("adaptive_avg_pool3d", self=(1, 1, 4, 2, 4), output_size=[2, 1, 2]),
    "_adaptive_avg_pool3d": aten(
        "_adaptive_avg_pool3d", self=(1, 1, 4, 2, 4), output_size=[2, 1, 2]
    ),
    "_log_softmax": aten("_log_softmax", self=ROWS, dim=-1, half_to_float=False),
    "nearest centres of a row": aten(
        "_upsample_nearest_exact1d", input=ROWS, output_size=[7], scale_factors=None
    ),
    "nearest centres of a volume": aten(
        "_upsample_nearest_exact3d",
        input=(1, 1, 2, 3, 2),
        output_size=[3, 2, 4],
        scale_factors=None,
    ),
    "nearest of a volume": aten(
        "upsample_nearest3d", input=(1, 1, 2, 3, 2), output_size=[4, 3, 4], scale_factors=None
    ),
    "_unsafe_view": aten("_unsafe_view", self=SMALL, size=[1, 6, -1]),
    "alias": aten("alias", self=SMALL),
    "detach": aten("detach", self=SMALL),
    "contiguous": aten("contiguous", self=SMALL),
    "alpha_dropout": aten("alpha_dropout", input=SMALL, p=0.5, train=False),
    "feature_dropout": aten("feature_dropout", input=SMALL, p=0.5, train=False),
    "baddbmm": aten(
        "baddbmm", self=(1, 2, 4), batch1=(1, 2, 3), batch2=(1, 3, 4), beta=0.5, alpha=2, macs=24
    ),
    "baddbmm of a row for all": aten(
        "baddbmm", self=(1, 1, 4), batch1=(1, 2, 3), batch2=(1, 3, 4), macs=24
    ),
    "concat of channels": aten("concat", tensors=[(1, 2, 3), (1, 4, 3)], dim=1),
    "conv_transpose3d": aten(
        "conv_transpose3d",
        input=(1, 2, 2, 2, 2),
        weight=W((2, 1, 2, 1, 2)),
        stride=[1, 2, 1],
        macs=2 * 4 * 8,
    ),
    "expand_as": aten("expand_as", self=(1, 1, 3), other=(1, 4, 3)),
    "reshape_as": aten("reshape_as", self=(1, 2, 6), other=(1, 4, 3)),
    "view_as": aten("view_as", self=(1, 2, 6), other=(1, 4, 3)),
    "type_as": aten("type_as", self=ROWS, other=ROWS),
    "flip": aten("flip", self=SMALL, dims=[2, -1]),
    "flip of channels": aten("flip", self=SMALL, dims=[1]),
    "min": aten("min", self=ROWS, dim=1),
    "min, kept": aten("min", self=ROWS, dim=-1, keepdim=True),
    "norm of rows": aten("norm", self=ROWS, p=2, dim=[1]),
    "norm, kept": aten("norm", self=ROWS, p=2, dim=[-1], keepdim=True),
    "norm of absolute numbers": aten("norm", self=ROWS, p=1, dim=[1]),
    "norm of cubes": aten("norm", self=ROWS, p=3, dim=[1]),
    "norm of what is not 0": aten("norm", self=ROWS, p=0, dim=[1], opaque=True),
    "norm of one number": aten("norm", self=(1, 1, 4), p=2, dim=[1]),
    "vector_norm of absolute numbers": aten("linalg_vector_norm", self=ROWS, ord=1, dim=[1]),
    "vector_norm of cubes": aten("linalg_vector_norm", self=ROWS, ord=3, dim=[1]),
    "vector_norm, the largest": aten(
        "linalg_vector_norm", self=SMALL, ord=float("inf"), dim=[2, 3], keepdim=True
    ),
    "vector_norm, the smallest": aten("linalg_vector_norm", self=ROWS, ord=float("-inf"), dim=[-1]),
    "vector_norm of one number": aten("linalg_vector_norm", self=(1, 4, 1), dim=[2]),
    "clamp by maps": aten("clamp", self=ROWS, min=X((1, 3, 1)), max=X(ROWS)),
    "clamp by a parameter": aten("clamp", self=SMALL, min=W((2, 1, 1))),
    "clamp by a buffer": aten("clamp", self=ROWS, max=Buffer((4,))),
    "clamp of limits that cross": aten("clamp", self=ROWS, min=0.3, max=-0.1),
    "clip": aten("clip", self=ROWS, min=-0.5, max=0.5),
    **{word: aten(word, self=SMALL) for word in ("mT", "mH", "adjoint")},
    "numpy_T": aten("numpy_T", self=(1, 3)),
    "swapaxes": aten("swapaxes", self=SMALL, axis0=1, axis1=-1),
    "native_channel_shuffle": aten("native_channel_shuffle", self=(1, 6, 2, 2), groups=3),
    "true_divide": aten("true_divide", self=ROWS, other=X(ROWS, is_positive=True)),
    "select_scatter": aten("select_scatter", self=SMALL, src=(1, 2, 4), dim=2, index=-1),
    "slice_scatter": aten("slice_scatter", self=SMALL, src=(1, 2, 3, 2), dim=-1, start=1, end=3),
    "slice_scatter at the front": aten(
        "slice_scatter", self=SMALL, src=(1, 2, 3, 2), dim=3, start=0, end=2
    ),
    "slice_scatter of everything": aten("slice_scatter", self=SMALL, src=(1, 2, 3, 4), dim=3),
    "select_scatter of a channel": aten(
        "select_scatter", self=SMALL, src=(1, 3, 4), dim=1, index=0
    ),
    "copy": aten("copy", self=SMALL, src=(1, 1, 4)),
    "permute, from the end": aten("permute", self=SMALL, dims=[0, 2, -1, 1]),
    "repeat to more axes": aten("repeat", self=(1, 3), repeats=[1, 2, 3]),
    "tile of the last axes": aten("tile", self=ROWS, dims=[2, 3]),
    "tile to more axes": aten("tile", self=(1, 3), dims=[1, 2, 3]),
    "repeat of two axes": aten("repeat", self=ROWS, repeats=[1, 2, 3]),
    "repeat_interleave of columns": aten("repeat_interleave", self=ROWS, repeats=2, dim=-1),
    "expand of rows": aten("expand", self=(1, 1, 3), size=[1, 4, 3]),
    "expand of what is kept": aten("expand", self=(1, 1, 3), size=[-1, 4, -1]),
    "squeeze of rows": aten("squeeze", self=(1, 1, 3), dim=1),
    "div, rounded down": aten(
        "div", self=ROWS, other=X(ROWS, is_positive=True), rounding_mode="floor"
    ),
    "div by a number, cut off": aten("div", self=ROWS, other=2.0, rounding_mode="trunc"),
    "addmm by factors": aten(
        "addmm", self=W((4,)), mat1=(1, 3), mat2=W((3, 4)), beta=0.5, alpha=2.0, macs=12
    ),
    "addmm of what goes in": aten("addmm", self=(1, 4), mat1=(1, 3), mat2=W((3, 4)), macs=12),
    "baddbmm by a learnt matrix, of one": aten(
        "baddbmm", self=W((3, 4)), batch1=(1, 3, 3), batch2=W((1, 3, 4)), macs=36
    ),
    "baddbmm by a learnt matrix, of a row": aten(
        "baddbmm", self=W((4,)), batch1=(1, 2, 3), batch2=W((1, 3, 4)), macs=24
    ),
    "addmm of a learnt matrix": aten("addmm", self=W((1, 4)), mat1=(1, 3), mat2=W((3, 4)), macs=12),
    "addmm of one learnt number": aten("addmm", self=W((1,)), mat1=(1, 3), mat2=W((3, 4)), macs=12),
    "addmm of one learnt number for a product that goes in": aten(
        "addmm", self=W((1,)), mat1=(1, 3), mat2=aten("t", self=W((4, 3)), stated=(3, 4)), macs=12
    ),
    "max of another": aten("max", self=ROWS, other=ROWS),
    "min of another": aten("min", self=ROWS, other=ROWS),
    "mean of all": aten("mean", self=ROWS),
    "sum of two axes, kept": aten("sum", self=SMALL, dim=[1, -1], keepdim=True),
    "amax of two axes": aten("amax", self=SMALL, dim=[2, 3]),
    "prod": aten("prod", self=ROWS, dim=1),
    "prod of all": aten("prod", self=ROWS),
    "logsumexp of columns": aten("logsumexp", self=ROWS, dim=[2]),
    "logsumexp of two axes, kept": aten("logsumexp", self=SMALL, dim=[1, -1], keepdim=True),
    "std of all numbers": aten("std", self=ROWS, dim=[1], correction=0),
    "std_mean": aten("std_mean", self=ROWS, dim=[-1], correction=1, keepdim=True),
    "var, less two": aten("var", self=ROWS, dim=[1], correction=2),
    "var_mean": aten("var_mean", self=ROWS, dim=[1], correction=0),
    "cumsum of rows": aten("cumsum", self=ROWS, dim=1),
    "gather of one axis": aten("gather", self=(1, 1, 5), dim=2, index=X((1, 1, 3), 5)),
    "gather of each": aten("gather", self=(1, 3, 5), dim=1, index=X((1, 2, 5), 3), opaque=True),
    "rms_norm without numbers": aten("rms_norm", input=ROWS, normalized_shape=[4]),
    "layer_norm of rows and columns, no shift": aten(
        "layer_norm", input=SMALL, normalized_shape=[3, 4], weight=W((3, 4))
    ),
    "rms_norm of rows and columns": aten(
        "rms_norm", input=SMALL, normalized_shape=[3, 4], weight=W((3, 4)), eps=0.25
    ),
    "tensor_split in three": aten("tensor_split", self=ROWS, sections=3, dim=2),
    "tensor_split at places": aten("tensor_split", self=ROWS, indices=[1, -1], dim=1),
    "group_norm without numbers": aten("group_norm", input=(1, 4, 2, 3), num_groups=2),
    "layer_norm without a shift": aten(
        "layer_norm", input=ROWS, normalized_shape=[4], weight=W((4,))
    ),
    "instance_norm without numbers": aten(
        "instance_norm",
        input=(1, 3, 2, 5),
        weight=None,
        bias=None,
        running_mean=None,
        running_var=None,
        use_input_stats=True,
        momentum=0.1,
        eps=0.5,
        cudnn_enabled=False,
    ),
    "celu of 0.3": aten("celu", self=ROWS, alpha=0.3),
    "softplus up to 1": aten("softplus", self=ROWS, beta=1, threshold=1),
    "einsum of three": aten(
        "einsum",
        equation="bij,bjk,bkl->bil",
        tensors=[(1, 2, 3), (1, 3, 4), (1, 4, 5)],
        macs=2 * 3 * 4 + 2 * 4 * 5,
    ),
    "einsum of four": aten(
        "einsum",
        equation="bij,bjk,bkl,bl->bi",
        tensors=[(1, 2, 3), (1, 3, 4), (1, 4, 5), (1, 5)],
        macs=2 * 3 * 4 + 2 * 4 * 5 + 2 * 5,
    ),
    "einsum of any axes": aten(
        "einsum", equation="...d,dk->...k", tensors=[(1, 2, 3), W((3, 4))], macs=2 * 3 * 4
    ),
    "einsum of a stack, without an arrow": aten(
        "einsum", equation="...ij,...jk", tensors=[(1, 2, 3), (1, 3, 4)], macs=24
    ),
    "einsum of unequal stacks": aten(
        "einsum",
        equation="b...ij,b...jk->b...ik",
        tensors=[(1, 2, 3, 4), (1, 1, 4, 5)],
        opaque=True,
    ),
    "einsum of one": aten("einsum", equation="bij->bji", tensors=[(1, 2, 3)]),
    "einsum over an axis of one": aten("einsum", equation="bij->bi", tensors=[(1, 2, 3)]),
    "matmul by a column": aten("matmul", self=(1, 2, 3), other=W((3,)), macs=6),
    "mv by a column": aten("mv", self=(1, 3), vec=W((3,)), macs=3),
    "matmul of heads by one": aten("matmul", self=(1, 2, 3, 4), other=(1, 4, 5), macs=2 * 60),
    "linear of a vector": aten("linear", input=(1, 3), weight=W((4, 3)), macs=12),
    "a channel in front": aten("pad", self=SMALL, pad=[0, 0, 0, 0, 1, 0]),
    "cut off and more": aten("pad", self=SMALL, pad=[-1, 2]),
    "another number around": aten("pad", self=SMALL, pad=[1, 0], mode="constant", value=2.5),
    "rolled channels": aten("roll", self=SMALL, shifts=[-1], dims=[1]),
    "conv2d of one step and one dilation for both axes": aten(
        "conv2d",
        input=MAP,
        weight=W((2, 4, 2, 3)),
        stride=[2],
        padding=[2],
        dilation=[2],
        macs=48 * 3 * 3,
    ),
    "linear by some columns of a matrix": aten(
        "linear",
        input=(1, 3),
        weight=aten(
            "slice",
            self=aten("t", self=W((3, 4)), stated=(4, 3)),
            dim=0,
            start=1,
            end=3,
            stated=(2, 3),
        ),
        macs=6,
    ),
    "cut and added on three axes": aten(
        "constant_pad_nd", self=(1, 3, 5, 4), pad=[1, -1, -2, 2, 0, 1], value=2.5
    ),
    "mirrored on one side, edges on the other axis": aten(
        "pad",
        self=aten("pad", self=(1, 2, 3, 5), pad=[3, 0, 0, 0], mode="reflect"),
        pad=[0, 0, 2, 1],
        mode="replicate",
    ),
    "rolled by several axes": aten("roll", self=(1, 2, 3, 5), shifts=[2, 1], dims=[-1, 1]),
    "matmul over an axis that the second lacks, in front of a shared one": aten(
        "matmul", self=(1, 2, 3, 2, 5), other=(1, 1, 3, 5, 4), macs=2 * 3 * 2 * 5 * 4
    ),
    "matmul of a row by matrices": aten(
        "matmul", self=aten("reshape", self=(1, 3), shape=[3]), other=(1, 2, 3, 5), macs=2 * 15
    ),
    "matmul of heads by a parameter": aten("matmul", self=(1, 2, 3, 4), other=W((4, 5)), macs=120),
    "einsum of unequal axes": aten(
        "einsum",
        equation="bhid,bjhd->bijh",
        tensors=[(1, 2, 3, 4), (1, 5, 2, 4)],
        macs=2 * 3 * 5 * 4,
    ),
    "einsum of three, that keeps an axis of each": aten(
        "einsum",
        equation="bij,bjk,blk->bkil",
        tensors=[(1, 2, 3), (1, 3, 4), (1, 5, 4)],
        macs=2 * 3 * 4 + 4 * 2 * 5,
    ),
    "einsum that sums over an axis of one alone": aten(
        "einsum", equation="bijk,bj->bki", tensors=[(1, 2, 3, 4), (1, 3)], macs=24
    ),
    "chunk of channels, in two of five": aten("chunk", self=(1, 5, 3, 2), chunks=2, dim=-3),
    "tensor_split of five in two": aten("tensor_split", self=(1, 5, 3), sections=2, dim=-2),
    "unflatten in front of others": aten("unflatten", self=(1, 6, 4, 5), dim=-3, sizes=[3, -1]),
    "flatten of the middle": aten("flatten", self=(1, 2, 3, 5), start_dim=2, end_dim=-1),
    "movedim of two axes": aten("movedim", self=(1, 2, 3, 5), source=[1, -1], destination=[-1, -2]),
    "repeat_interleave of channels": aten("repeat_interleave", self=(1, 2, 3, 5), repeats=3, dim=1),
    "repeat of every axis": aten("repeat", self=(1, 2, 3), repeats=[1, 3, 2]),
    "glu of the middle": aten("glu", self=(1, 3, 4, 5), dim=-2),
    "argmin of the middle, kept": aten("argmin", self=(1, 3, 4, 5), dim=2, keepdim=True),
    "max of the middle": aten("max", self=(1, 3, 4, 5), dim=-2),
    "var of a map, less two": aten("var", self=(1, 2, 3, 5), dim=[-1, 2], correction=2),
    "std_mean of channels and columns": aten(
        "std_mean", self=(1, 2, 3, 5), dim=[1, -1], correction=0, keepdim=True
    ),
    "nearest of a map by one factor for rows": aten(
        "upsample_nearest2d", input=(1, 2, 3, 4), output_size=None, scale_factors=[3.0, 0.5]
    ),
    "conv2d, as large as before": aten(
        "conv2d", input=MAP, weight=W((2, 4, 3, 3)), padding="same", macs=36 * 2 * 20
    ),
    "slice of every third of seven": aten("slice", self=(1, 7, 4), dim=1, start=0, end=7, step=3),
    "slice of every second but the first": aten(
        "slice", self=(1, 8, 4), dim=1, start=3, end=8, step=2
    ),
    "slice of everything": aten("slice", self=ROWS, dim=1, start=0, end=9223372036854775807),
    "cosine_similarity": aten("cosine_similarity", x1=ROWS, x2=ROWS, dim=-1),
    "cosine_similarity of channels": aten("cosine_similarity", x1=MAP, x2=MAP, dim=1, eps=0.75),
    "cosine_similarity to one of all": aten(
        "cosine_similarity", x1=ROWS, x2=(1, 1, 4), dim=2, eps=1e-8
    ),
    "cosine_similarity of numbers to vectors": aten(
        "cosine_similarity", x1=ROWS, x2=(1, 3, 1), dim=2, opaque=True
    ),
    "pairwise_distance": aten("pairwise_distance", x1=ROWS, x2=ROWS),
    "pairwise_distance of rows, kept": aten(
        "pairwise_distance", x1=(1, 6), x2=(1, 6), p=1.0, eps=0.5, keepdim=True
    ),
    "unfold": aten("unfold", self=(1, 2, 6), dimension=2, size=2, step=2),
    "unfold, some places left": aten("unfold", self=(1, 2, 7), dimension=-1, size=3, step=3),
    "unfold of windows over each other": aten(
        "unfold", self=(1, 3, 7), dimension=2, size=3, step=2
    ),
    "unfold of one window": aten("unfold", self=(1, 2, 5), dimension=2, size=4, step=3),
    "unfold with steps beyond the window": aten(
        "unfold", self=(1, 2, 8), dimension=2, size=2, step=3
    ),
    "unfold of steps before features": aten("unfold", self=(1, 7, 3), dimension=1, size=3, step=2),
    "unfold of rows of a map": aten("unfold", self=MAP, dimension=2, size=2, step=1),
    "unfold of channels of a map": aten("unfold", self=MAP, dimension=1, size=3, step=1),
    "unfold of columns behind rows": aten(
        "unfold",
        self=aten("unfold", self=MAP, dimension=2, size=3, step=1, stated=(1, 4, 2, 5, 3)),
        dimension=3,
        size=2,
        step=1,
    ),
    "stack of three": aten("stack", tensors=[ROWS, ROWS, ROWS], dim=2),
    "cat of features": aten("cat", tensors=[(1, 2), (1, 3)], dim=-1),
    "pixels of nine channels": aten("pixel_shuffle", self=(1, 9, 2, 1), upscale_factor=3),
    "cubic curves between corners": aten(
        "upsample_bicubic2d",
        input=SMALL,
        output_size=[5, 7],
        align_corners=True,
        scale_factors=None,
    ),
    "attention of heads that share": aten(
        "scaled_dot_product_attention",
        query=(1, 4, 3, 2),
        key=(1, 2, 3, 2),
        value=(1, 2, 3, 2),
        enable_gqa=True,
        macs=4 * 9 * 4,
    ),
}
