"""Operations of ONNX on tensors of other forms: folded into the batch, of other axes, or large."""

from __future__ import annotations

from math import inf
from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, Read, W, X, adds, net, op
from tests.importers.onnx_cases_of_attention import FLOATS, TRUTHS, joined

HEADS = (1, 2, 3, 4)


def folded(word: str, dims: tuple[int, ...], *reads: Read, **more: Any) -> Case:
    """An operation on what goes in, its first axis behind the sample joined to the batch."""
    opaque, macs = more.pop("opaque", False), more.pop("macs", 0)
    params = more.pop("params", None)
    names = ["" if one is None else f"c{place}" for place, one in enumerate(reads)]
    nodes = [node("Reshape", ["x", "d"], ["f"]), node(word, ["f", *names], ["y"], **more)]
    given: dict[str, Read] = {"x": (1, *dims), "d": [*dims], **dict(zip(names, reads, strict=True))}
    return net(nodes, given, params=params, opaque=opaque, macs=macs)


FOLDED = {
    "Conv of rows in the batch": folded(
        "Conv", (3, 2, 5), W((4, 2, 2)), W((4,)), pads=[1, 0], macs=3 * 16 * 5
    ),
    "Conv of rows in the batch, padded by a word": folded(
        "Conv", (3, 2, 5), W((4, 2, 2)), auto_pad="SAME_UPPER", opaque=True
    ),
    "ConvTranspose of rows in the batch": folded(
        "ConvTranspose", (3, 2, 5), W((2, 1, 2)), opaque=True
    ),
    "MaxPool of rows in the batch": folded(
        "MaxPool", (3, 2, 6), kernel_shape=[3], strides=[2], pads=[1, 0]
    ),
    "AveragePool of rows in the batch": folded(
        "AveragePool", (3, 2, 6), kernel_shape=[3], strides=[1], pads=[1, 1]
    ),
    "GlobalAveragePool of rows in the batch": folded("GlobalAveragePool", (3, 2, 6)),
    "InstanceNormalization of rows in the batch": folded(
        "InstanceNormalization", (3, 2, 6), W((2,)), W((2,)), opaque=True
    ),
    "BatchNormalization of rows in the batch": folded(
        "BatchNormalization", (3, 2, 4), W((2,)), W((2,)), W((2,)), W((2,), True), params=4
    ),
    "Resize of rows in the batch": folded(
        "Resize", (3, 2, 4), None, C((3,), [1.0, 1.0, 2.0]), opaque=True
    ),
    "MatMul of rows in the batch": folded("MatMul", (3, 4), W((4, 2)), macs=24),
    "Softmax of rows in the batch": folded("Softmax", (3, 4), axis=-1),
}

AXES = {
    "a learnt row spread to a matrix of one": adds("Expand", W((3,)), [1, 3]),
    "a learnt row spread to rows": adds("Expand", W((3,)), [2, 3]),
    "a stored row repeated": adds("Tile", C((3,), [0.5, -1.0, 2.0]), [1]),
    "a large row spread": adds("Expand", C((1, 3000), [0.5] * 3000), [3, 3000], dims=(1, 3, 3000)),
    "repeated once": op("Tile", (1, 2, 3), [1, 1, 1]),
    "space to depth, columns first": op("SpaceToDepth", (1, 2, 4, 6), blocksize=2, mode="CRD"),
    "depth to space, of three": op("DepthToSpace", (1, 18, 2, 1), blocksize=3),
    "the place of one": op("ArgMax", (1, 1, 4), axis=1, opaque=True),
    "picked on several axes": op("GatherND", (1, 3, 4), X((1, 5, 3), 1), opaque=True),
    "picked by columns of all axes": op("GatherND", (1, 3, 4), C((2, 3), [0, 1, 2, 0, 2, 3])),
    "one alone, summed": op("Sum", (1, 2, 3)),
    "three shapes, summed": op("Sum", (1, 2, 3), (1, 2, 3), (1, 1, 3)),
    "the mean of three shapes": op("Mean", (1, 2, 3), (1, 2, 3), (1, 1, 3)),
    "Mean of a stored one": op("Mean", (1, 2, 3), C((3,), [0.5, 1.0, -2.0])),
    "Mean of stored numbers": adds("Mean", C((3,), [0.5, 1.0, -2.0]), C((3,), [1.5, 1.0, 0.0])),
    "Dropout of stored numbers": adds("Dropout", C((3,), [0.5, 1.0, -2.0])),
    "Max of stored and what goes in": op("Max", C((3,), [0.5, 1.0, -2.0]), (1, 2, 3)),
    "one of two, known": op(
        "Where", C((3,), [1, 1, 1], "bool"), (1, 2, 3), C((3,), [0.5, 1.0, -2.0])
    ),
    "the other of two, known": op(
        "Where", C((3,), [0, 0, 0], "bool"), C((3,), [0.5, 1.0, -2.0]), (1, 2, 3)
    ),
    "one of two, known for all but one": op(
        "Where", C((3,), [1, 1, 0], "bool"), (1, 2, 3), C((3,), [0.5, 1.0, -2.0])
    ),
    "one of two, known, of fewer axes": op(
        "Where", C((1, 2, 1), [1, 1], "bool"), C((3,), [0.5, 1.0, -2.0]), (1, 2, 3)
    ),
    "numbers that follow each other": adds("Range", 0.5, 5.0, 1.5),
    "numbers that go down": adds("Range", 3.0, -1.5, -1.5),
    "a triangle": adds(
        "Trilu", C((3, 4), [float(one) for one in range(12)]), C((), [1]), upper=0, dims=(1, 3, 4)
    ),
    "an upper triangle": adds(
        "Trilu", C((2, 3, 3), [float(one) for one in range(18)]), dims=(1, 2, 3, 3)
    ),
    "sums of stored numbers up to each": adds(
        "CumSum", C((2, 3), [1.0, 2.0, 4.0] * 2), C((), [-1])
    ),
}

WINDOWS = {
    "a norm whose factors are calculated": op(
        "InstanceNormalization", (1, 3, 4, 5), X((3,)), W((3,)), opaque=True
    ),
    "norms of windows, padded": op(
        "LpPool", (1, 2, 4, 5), kernel_shape=[2, 3], pads=[0, 1, 0, 1], strides=[1, 2]
    ),
    "norms of windows of absolute numbers": op("LpPool", (1, 2, 6), kernel_shape=[3], p=1),
    "means of dilated windows": op(
        "AveragePool", (1, 1, 7, 6), kernel_shape=[3, 2], dilations=[2, 1], strides=[1, 2]
    ),
    "a transposed conv to a size": op(
        "ConvTranspose",
        (1, 2, 3, 3),
        W((2, 3, 3, 2)),
        strides=[2, 3],
        output_shape=[6, 7],
        macs=2 * 3 * 6 * 9,
    ),
    "a transposed conv as large as its steps": op(
        "ConvTranspose",
        (1, 2, 3, 3),
        W((2, 1, 3, 4)),
        W((1,)),
        strides=[2, 2],
        auto_pad="SAME_LOWER",
        macs=2 * 12 * 9,
    ),
    "a transposed conv of groups, and more": op(
        "ConvTranspose",
        (1, 4, 3),
        W((4, 3, 2)),
        strides=[3],
        output_padding=[2],
        group=2,
        macs=4 * 3 * 2 * 3,
    ),
    "cubic curves that leave out what lies outside": op(
        "Resize",
        (1, 1, 4, 4),
        None,
        C((4,), [1.0, 1.0, 2.0, 2.0]),
        mode="cubic",
        exclude_outside=1,
        opaque=True,
    ),
    "lines to one pixel by PyTorch's centres": op(
        "Resize",
        (1, 1, 4, 4),
        None,
        None,
        [1, 1, 1, 6],
        mode="linear",
        coordinate_transformation_mode="pytorch_half_pixel",
        opaque=True,
    ),
    "lines to a size of some axes": op(
        "Resize", (1, 1, 4, 4), None, None, [6], axes=[3], mode="linear"
    ),
    "moved to 0, by less than the threshold": op(
        "Shrink", (1, 2, 3), lambd=0.5, bias=0.25, opaque=True
    ),
    "mirrored, channels too": op("Pad", (1, 3, 4), [0, 1, 2, 0, 1, 0], mode="reflect"),
    "numbers around channels and rows": op("Pad", (1, 3, 4), [0, 1, 2, 0, 2, 0], C((), [0.5])),
    "numbers around columns of two": op("Pad", (1, 2, 3, 4), [1, 2], None, [-1]),
}

SEQUENCES = {
    "LSTM of other functions": op(
        "LSTM",
        (4, 1, 3),
        W((1, 8, 3)),
        W((1, 8, 2)),
        hidden_size=2,
        activations=["Sigmoid", "Tanh", "Relu"],
        opaque=True,
    ),
    "LSTM of all steps": op(
        "LSTM", (4, 1, 3), W((1, 8, 3)), W((1, 8, 2)), None, [4], hidden_size=2, macs=4 * 8 * 5
    ),
    "LSTM whose numbers are cut off": op(
        "LSTM", (4, 1, 3), W((1, 8, 3)), W((1, 8, 2)), hidden_size=2, clip=0.5, opaque=True
    ),
    "GRU backwards": op(
        "GRU",
        (4, 1, 3),
        W((1, 6, 3)),
        W((1, 6, 2)),
        W((1, 12)),
        hidden_size=2,
        direction="reverse",
        linear_before_reset=1,
        macs=4 * 6 * 5,
    ),
    "RNN from a state of its own": op(
        "RNN",
        (4, 1, 3),
        W((1, 2, 3)),
        W((1, 2, 2)),
        None,
        None,
        C((1, 1, 2), [0.5, 1.0]),
        hidden_size=2,
        macs=4 * 2 * 5,
    ),
    "RNN from zeros": op(
        "RNN",
        (4, 1, 3),
        W((1, 2, 3)),
        W((1, 2, 2)),
        None,
        None,
        C((1, 1, 2), [0.0, 0.0]),
        hidden_size=2,
        macs=4 * 2 * 5,
    ),
}


def under(mask: str, **more: Any) -> Case:
    """The operator under a mask of where what goes in is less than 2, or than a number of it."""
    stored = {"t": C((1, 1, 3, 3), [1, 0, 1, 1, 1, 0, 1, 0, 1], "bool")}
    made = [node("Less", ["b", "two"], ["t"])] if mask == "calculated" else []
    reads: dict[str, Read] = {"q": HEADS, "k": HEADS, "v": HEADS}
    reads |= {"b": (1, 1, 3, 3), "two": 2.0} if made else stored
    opaque = more.pop("opaque", False)
    nodes = [*made, node("Attention", ["q", "k", "v", "t"], ["y"], **more)]
    return net(nodes, reads, opset=23, macs=0 if opaque else 144, opaque=opaque)


ATTENTION = {
    "attention under truths that are calculated": under("calculated"),
    "attention under truths that are calculated, to what was before": under(
        "calculated", is_causal=1
    ),
    "attention under truths that are calculated, and a cap": under(
        "calculated", softcap=0.5, opaque=True
    ),
    "attention under stored truths, to what was before": under("stored", is_causal=1),
    "attention under stored truths, and a cap": under("stored", softcap=0.5),
    "shares of queries": net(
        [
            node("MatMul", ["q", "k"], ["a"]),
            node("Softmax", ["a"], ["w"], axis=-2),
            node("MatMul", ["w", "v"], ["y"]),
        ],
        {"q": HEADS, "k": (1, 2, 4, 5), "v": (1, 2, 5, 6)},
        macs=2 * 3 * 5 * (4 + 6),
    ),
    "kept where it is true, and numbers added": joined(
        [node("Where", ["t", "m", "low"], ["m2"]), node("Add", ["m2", "f"], ["n"])],
        {"t": TRUTHS, "low": -inf, "f": FLOATS},
    ),
    "a scale of nothing": joined([node("Mul", ["m", "r"], ["n"])], {"r": 0.0}),
    "scores in a shape of their own": joined(
        [
            node("Reshape", ["m", "d"], ["m2"]),
            node("Add", ["m2", "f"], ["m3"]),
            node("Reshape", ["m3", "e"], ["n"]),
        ],
        {"d": [1, 2, 5, 3], "e": [1, 2, 3, 5], "f": C((5, 3), FLOATS.values)},
    ),
    "a row of all hidden": joined(
        [node("Add", ["m", "f"], ["n"])], {"f": C((3, 5), [0.0] * 5 + [-1e9] * 5 + [0.0] * 5)}
    ),
}

SHAPES = {
    "linear attention": op(
        "LinearAttention",
        (1, 3, 8),
        (1, 3, 8),
        (1, 3, 12),
        q_num_heads=2,
        kv_num_heads=2,
        update_rule="linear",
        opset=27,
        results=2,
        opaque=True,
    ),
    "linear attention of heads that share": op(
        "LinearAttention",
        (1, 3, 8),
        (1, 3, 4),
        (1, 3, 6),
        q_num_heads=2,
        kv_num_heads=1,
        update_rule="linear",
        opset=27,
        results=2,
        opaque=True,
    ),
    "a conv of what was before, and what goes on": op(
        "CausalConvWithState", (1, 2, 6), W((2, 1, 4)), opset=27, results=2, opaque=True
    ),
    "a gate of a swish": op("SwiGLU", (1, 2, 3), (1, 2, 3), opset=28),
    "a gate of another swish": op("SwiGLU", (1, 2, 3), (1, 2, 3), alpha=0.5, opset=28, opaque=True),
    "products so far": op("CumProd", (1, 3, 4), C((), [1]), opset=26, opaque=True),
    "most of windows, padded and dilated, and their places": op(
        "MaxPool",
        (1, 2, 7, 6),
        kernel_shape=[3, 2],
        strides=[2, 1],
        pads=[1, 0, 0, 1],
        dilations=[1, 2],
        results=2,
        opaque=True,
    ),
    "one of many in front": op(
        "OneHot", X((1, 3), 4), C((), [4]), C((2,), [0.0, 1.0]), axis=0, opaque=True
    ),
    "the largest, and more of them": op("TopK", (1, 3, 4), [3], axis=1, results=2, opaque=True),
    "the largest by an attribute": op(
        "TopK", (1, 4, 5), k=2, axis=-1, results=2, opset=9, opaque=True
    ),
    "a spectrum of rows": op("DFT", (1, 5, 6, 1), None, C((), [1]), opset=20, opaque=True),
    "a spectrum along the usual axis": op("DFT", (1, 5, 6, 1), opset=20, opaque=True),
    "a spectrum along the usual axis of an older file": op(
        "DFT", (1, 5, 6, 1), opset=17, opaque=True
    ),
    "half a spectrum along the usual axis": op(
        "DFT", (1, 5, 6, 1), onesided=1, opset=20, opaque=True
    ),
    "put back, padded": op(
        "MaxUnpool",
        (1, 1, 3, 2),
        X((1, 1, 3, 2), 8),
        kernel_shape=[3, 2],
        strides=[2, 2],
        pads=[1, 0, 1, 0],
        opaque=True,
    ),
    "the middle of rows alone": op(
        "CenterCropPad", (1, 4, 5), [3], axes=[1], opset=18, opaque=True
    ),
    "picked by several in a batch": op(
        "GatherND", (1, 3, 4), X((1, 2, 2), 1), batch_dims=1, opaque=True
    ),
    "products of two axes, kept": op("ReduceProd", (1, 3, 4, 2), [1, 3]),
    "products of all": op("ReduceProd", (1, 3, 4)),
    "a determinant of each": op("Det", (1, 2, 3, 2, 2), opset=11, opaque=True),
}

# What a version of the standard reads otherwise than the one before it.
PLANE, ROWS, NO_REGION = (1, 2, 3, 4), (1, 3, 4), C((0,), [])
VERSIONS = {
    **{
        f"{word} of version {version} without an axis": op(
            word, (1, 3, 4), opset=version, opaque=word == "Hardmax"
        )
        for word in ("Softmax", "LogSoftmax", "Hardmax")
        for version in (12, 13)
    },
    "Softmax of version 12 over all axes from the last but one": op(
        "Softmax", PLANE, axis=-2, opset=12
    ),
    "Clip of version 10": op("Clip", ROWS, min=-0.5, max=1.0, opset=10),
    "Clip of version 11": op("Clip", ROWS, -0.5, 1.0, opset=11),
    "Resize of version 10": op(
        "Resize", PLANE, C((4,), [1.0, 1.0, 2.0, 3.0]), mode="nearest", opset=10
    ),
    "Resize of version 11": op(
        "Resize", PLANE, NO_REGION, C((4,), [1.0, 1.0, 2.0, 3.0]), mode="nearest", opset=11
    ),
    "to more axes, the last one found": op("Reshape", (1, 12), [0, 3, -1]),
    "to fewer axes, the first one found": op("Reshape", (1, 3, 4), [-1, 12]),
    "Dropout of version 11": op("Dropout", ROWS, ratio=0.25, opset=11),
    "Dropout of version 12": op("Dropout", ROWS, 0.25, opset=12),
    **{
        f"Reduce{word} of version {version} over {axes}, {kept}": op(
            f"Reduce{word}", PLANE, [*axes], keepdims=kept, opset=version
        )
        if is_read
        else op(f"Reduce{word}", PLANE, axes=axes, keepdims=kept, opset=version)
        for word, version, is_read in (
            ("Sum", 12, False), ("Sum", 13, True), ("Mean", 17, False), ("Mean", 18, True),
        )
        for axes in ((-1,), (1, -1), (-3, -2), (1, 2, 3))
        for kept in (0, 1)
    },
}  # fmt: skip

FORMS: dict[str, Case] = {
    **SHAPES,
    **FOLDED,
    **AXES,
    **WINDOWS,
    **SEQUENCES,
    **ATTENTION,
    **VERSIONS,
}
