"""Cuts of tensors, moves of axes, figures over axes, and shapes of what no kind does."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.importers.onnx_bytes import node
from tests.importers.onnx_cases import C, Case, W, X, net, op

MAP = (1, 4, 5, 6)


def placed(*places: range, into: tuple[int, ...] = (1, 3, 5, 6), **more: Any) -> Case:
    """A new tensor at the places of the first axes of another one."""
    listed = [one for row in product(*places) for one in row]
    sizes = tuple(map(len, places))
    at = C((*sizes, len(places)), listed, "int64")
    return op("ScatterND", into, at, (*sizes, *into[len(places) :]), **more)


CUTS = {
    "put in a range": placed(range(1), range(1, 3)),
    "put at the last": placed(range(-1, 0)),
    "put in every second row": placed(range(1), range(3), range(0, 5, 2)),
    "put in every second row, the last beyond": placed(range(1), range(3), range(1, 5, 2)),
    "put in rows and columns": placed(range(1), range(3), range(1, 5, 3), range(0, 6, 2)),
    "put in a part of each axis": placed(range(1), range(1, 2), range(1, 4), range(2, 6)),
    "put in every third of the first": placed(range(2, 9, 3), into=(9, 2, 3)),
    "put at places in no order": op(
        "ScatterND", (3, 4), C((2, 1), [2, 0], "int64"), (2, 4), opaque=True
    ),
    "a range": op("Slice", MAP, [1, 2], [4, 5], [2, 3]),
    "a range, axes from the end": op("Slice", MAP, [-3], [-1], [-1]),
    "a range without axes": op("Slice", (1, 4, 5), [0, 1], [1, 3]),
    "a range beyond the end": op("Slice", MAP, [3], [1 << 40], [2]),
    "every second of a whole axis": op("Slice", MAP, [1], [6], [3], [2]),
    "every third of a part": op("Slice", MAP, [1], [6], [3], [3]),
    "every second row": op("Slice", MAP, [0], [5], [2], [2]),
    "some channels": op("Slice", MAP, [1], [3], [1]),
    "every second channel": op("Slice", MAP, [1], [4], [1], [2]),
    "backwards": op("Slice", MAP, [-1], [-(1 << 40)], [3], [-1]),
    "a range by attributes": op("Slice", MAP, starts=[1, 0], ends=[3, -1], axes=[1, 3], opset=9),
    "a range by attributes, no axes": op("Slice", (1, 4, 5), starts=[0, 1], ends=[1, 4], opset=9),
    "parts": op("Split", MAP, [1, 3], axis=1, results=2),
    "parts of the last axis": op("Split", MAP, [3, 1, 2], axis=-1, results=3),
    "equal parts": op("Split", MAP, axis=3, results=2, opset=13),
    "parts by attribute": op("Split", MAP, axis=2, split=[2, 3], results=2, opset=11),
    "parts, the last one smaller": op("Split", MAP, axis=2, num_outputs=2, results=2),
    "one behind the other": op("Concat", (1, 2, 3), (1, 4, 3), (1, 1, 3), axis=1),
    "one behind the other, last axis": op("Concat", (1, 2, 3, 2), (1, 2, 3, 4), axis=-1),
    "with a stored one": op("Concat", (1, 2, 3), C((1, 2, 1), [0.5, -1.5]), axis=2),
    "with a learnt one": op("Concat", (1, 2, 3), W((1, 4, 3)), axis=1),
    "a position": op("Gather", MAP, C((), [2]), axis=2),
    "a position from the end": op("Gather", MAP, C((), [-1]), axis=-1),
    "positions side by side": op("Gather", MAP, [1, 2], axis=1),
    "positions that are not": op("Gather", MAP, [2, 0, -1], axis=1),
    "positions of two axes": op("Gather", MAP, C((2, 2), [0, 1, 2, 3]), axis=3),
    "parts of rows, every third, and of columns, every second": op(
        "Slice", (1, 4, 6, 5), [0, 1], [6, 5], [2, 3], [3, 2]
    ),
    "every third of an axis that it does not divide": op("Slice", (1, 4, 7, 5), [1], [7], [2], [3]),
    "every second backwards": op("Slice", (1, 4, 7, 5), [6], [0], [2], [-2]),
    "channels backwards": op("Slice", (1, 4, 7), [3], [0], [1], [-1]),
    "every third channel of seven": op("Slice", (1, 7, 4), [0], [7], [1], [3], opaque=True),
    "all of the samples": op("Slice", MAP, [0], [1], [0]),
    "ranges of three axes, one by steps": op(
        "Slice", (1, 4, 6, 5), [1, 0, 2], [3, 6, -1], [1, 2, 3], [1, 2, 1]
    ),
    "one alone": op("Concat", (1, 2, 3), axis=1),
    "three of several sizes": op("Concat", (1, 2, 3), (1, 2, 1), (1, 2, 2), axis=2),
    "a map that was made flat, and a vector": net(
        [node("Reshape", ["a", "dims"], ["f"]), node("Concat", ["f", "b"], ["y"], axis=1)],
        {"a": (1, 2, 6), "dims": [1, 12], "b": (1, 3)},
    ),
    "maps of unequal sides that were made sequences": net(
        [
            node("Reshape", ["a", "dims"], ["f"]),
            node("Reshape", ["b", "dims"], ["g"]),
            node("Concat", ["f", "g"], ["y"], axis=2),
        ],
        {"a": (1, 6, 4, 2), "b": (1, 4, 6, 2), "dims": [1, 24, 2]},
    ),
    "maps of unequal sides as sequences, one behind each other": net(
        [
            node("Reshape", ["a", "dims"], ["f"]),
            node("Reshape", ["b", "dims"], ["g"]),
            node("Concat", ["f", "g"], ["y"], axis=3),
        ],
        {"a": (1, 6, 4, 2), "b": (1, 4, 6, 2), "dims": [1, 24, 2, 1]},
    ),
    "positions backwards": op("Gather", (1, 3, 4), [2, 1], axis=2),
    "positions of two axes that go in": op("Gather", (1, 3, 4), X((1, 2, 2), 3), axis=1),
    "columns of a table": op("Gather", W((5, 3)), X((1, 2, 2), 3), axis=1),
    "rows of matrices": op("Gather", W((2, 5, 3)), X((1, 4), 5), axis=1),
    "all places of an axis": op(
        "GatherND", (1, 1, 4), C((4, 3), [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3])
    ),
    "rows of a table": op("Gather", W((5, 3)), X((1, 4), 5)),
    "rows of a table for each place": op("Gather", W((5, 3)), X((1, 2, 3), 5), axis=-2),
    "rows by one index each": op("GatherND", W((5, 3)), X((1, 4, 1), 5)),
}

AXES = {
    "another shape": op("Reshape", MAP, [0, -1, 2, 3]),
    "another shape, the last one found": op("Reshape", MAP, [1, 20, -1]),
    "another shape by attribute": op("Reshape", MAP, shape=[1, 2, 60], opset=1),
    "flat": op("Flatten", MAP),
    "flat from the third axis on": op("Flatten", MAP, axis=2),
    "flat up to the last axis": op("Flatten", MAP, axis=-1),
    "flat from the first axis on": op("Flatten", MAP, axis=0),
    "no axes of 1": op("Squeeze", (1, 1, 3, 1)),
    "an axis of 1 less": op("Squeeze", (1, 1, 3, 1), [-1]),
    "an axis of 1 less by attribute": op("Squeeze", (1, 1, 3, 1), axes=[1], opset=11),
    "an axis more": op("Unsqueeze", (1, 2, 3), [-1]),
    "two axes more": op("Unsqueeze", (1, 2, 3), [1, 4]),
    "two axes more by attribute": op("Unsqueeze", (1, 2, 3), axes=[2, 1], opset=11),
    "axes turned round": op("Transpose", (1, 2, 3, 4)),
    "axes in another order": op("Transpose", (1, 2, 3, 4), perm=[0, 2, 3, 1]),
    "spread": op("Expand", (1, 2, 1), [1, 2, 3]),
    "spread, a size of 1 asked for": op("Expand", (1, 2, 3), [2, 1]),
    "spread to more axes": op("Expand", (1, 3), [2, 2, 3]),
    "repeated": op("Tile", (1, 2, 3), [1, 2, 1]),
    "repeated on two axes": op("Tile", (1, 2, 3), [1, 3, 2]),
    "samples repeated": op("Tile", (1, 2, 3), [2, 1, 1]),
    "samples spread": op("Expand", (1, 2, 3), [2, 2, 3]),
    "an axis in front": op("Unsqueeze", (1, 2, 3), [0]),
    "another shape, two sizes kept": op("Reshape", (1, 2, 3), [0, 0, -1]),
    "another shape, zeros allowed": op("Reshape", (1, 2, 3), [1, 3, 2], allowzero=1),
    "depth to space": op("DepthToSpace", (1, 8, 2, 3), blocksize=2),
    "depth to space, columns first": op("DepthToSpace", (1, 8, 2, 3), blocksize=2, mode="CRD"),
    "space to depth": op("SpaceToDepth", (1, 2, 4, 6), blocksize=2),
}

FIGURES = {
    **{
        f"{word} {said}": op(
            f"Reduce{word}", X(dims, is_positive="Log" in word), [axis], keepdims=keeps
        )
        for word in (
            "Mean",
            "Sum",
            "Max",
            "Min",
            "L1",
            "L2",
            "SumSquare",
            "LogSum",
            "LogSumExp",
            "Prod",
        )
        for said, dims, axis, keeps in (
            ("of channels", (1, 3, 2, 2), 1, 1),
            ("of rows, which are left out", (1, 2, 3, 2), -2, 0),
        )
    },
    "Mean of a map": op("ReduceMean", MAP, [2, 3]),
    "Length of one number": op("ReduceL2", (1, 1, 4), [1]),
    "Length of one number, left out": op("ReduceL2", (1, 3, 1), [-1], keepdims=0),
    "Mean of a map, left out": op("ReduceMean", MAP, [-1, -2], keepdims=0),
    "Max of a map": op("ReduceMax", MAP, [2, 3], keepdims=0),
    "Sum of all": op("ReduceSum", (1, 2, 3)),
    "Sum of none": op("ReduceSum", (1, 2, 3), noop_with_empty_axes=1),
    "Sum of an axis of 1": op("ReduceSum", (1, 2, 1, 3), [2], keepdims=0),
    "Mean by attributes": op("ReduceMean", MAP, axes=[1, -1], keepdims=0, opset=13),
    "sums up to each place": op("CumSum", (1, 2, 3, 4), C((), [2])),
    "sums of channels up to each": op("CumSum", (1, 3, 4), C((), [-2])),
    "sums from behind": op("CumSum", (1, 3, 4), C((), [1]), reverse=1),
    "sums without the place": op("CumSum", (1, 3, 4), C((), [1]), exclusive=1, opaque=True),
}

# No kind does them: their shapes are worked out.
SHAPES = {
    "more on one side, less on another": op("Pad", MAP, [0, 0, 1, -1, 0, 0, 0, 2]),
    "shifted by a row": op("Pad", MAP, [0, 0, 1, 0, 0, 0, -1, 0], 0.5),
    "less on one side, mirrored on another": op(
        "Pad", MAP, [0, 0, 1, -1, 0, 0, 0, 2], mode="reflect", opaque=True
    ),
    "boxes that are apart, three of each class": op(
        "NonMaxSuppression",
        C((1, 4, 4), [float(at + side) for at in (0, 9, 18, 27) for side in (0, 0, 2, 2)]),
        X((1, 2, 4), is_positive=True),
        [3],
        opaque=True,
    ),
    "the most's place": op("ArgMax", (1, 3, 4), axis=1),
    "the least's place, left out": op("ArgMin", (1, 3, 4), axis=-1, keepdims=0),
    "the most's place of columns": op("ArgMax", (1, 3, 4), axis=-1, keepdims=1),
    "the least's place of rows, left out": op("ArgMin", (1, 3, 4), axis=1, keepdims=0),
    "the last most's place": op("ArgMax", (1, 3, 4), axis=1, select_last_index=1, opaque=True),
    "taken by what goes in": op("Gather", (1, 3, 4), X((1, 5), 3), axis=1),
    "taken of one axis": op("GatherElements", (1, 1, 4), X((1, 1, 3), 4), axis=2),
    "taken by columns": op("GatherND", (1, 1, 4), C((2, 3), [0, 0, 3, 0, 0, 1])),
    "the largest": op("TopK", (1, 3, 4), [2], results=2, opaque=True),
    "the largest channels": op("TopK", (1, 3, 4), [2], axis=1, results=2, opaque=True),
    "one of many": op("OneHot", X((1, 3), 4), C((), [4]), C((2,), [0.0, 1.0]), opaque=True),
    "one of many, in the middle": op(
        "OneHot", X((1, 3), 4), C((), [4]), C((2,), [0.0, 1.0]), axis=1, opaque=True
    ),
    "picked of each": op("GatherElements", (1, 3, 4), X((1, 2, 4), 3), axis=1, opaque=True),
    "picked by several": op("GatherND", (1, 3, 4), X((1, 5, 1), 3), batch_dims=1, opaque=True),
    "a grid's pixels": op("GridSample", (1, 2, 3, 4), (1, 5, 6, 2), opset=20, opaque=True),
    "a grid": op("AffineGrid", (1, 2, 3), [1, 2, 4, 5], opset=20, opaque=True),
    "a grid of volumes": op("AffineGrid", (1, 3, 4), [1, 2, 4, 5, 3], opset=20, opaque=True),
    "regions": op(
        "RoiAlign",
        (1, 2, 6, 6),
        C((3, 4), [0.0, 0.0, 3.0, 3.0] * 3),
        [0, 0, 0],
        output_height=2,
        output_width=3,
        opaque=True,
    ),
    "most of regions": op(
        "MaxRoiPool",
        (1, 2, 6, 6),
        C((3, 5), [0.0, 0.0, 0.0, 3.0, 3.0] * 3),
        pooled_shape=[2, 3],
        opaque=True,
    ),
    "the middle": op("CenterCropPad", (1, 4, 5), [2, 7], axes=[1, -1], opset=18, opaque=True),
    "put back": op(
        "MaxUnpool",
        (1, 1, 2, 2),
        X((1, 1, 2, 2), 8),
        kernel_shape=[2, 3],
        strides=[2, 3],
        pads=[0, 1, 0, 0],
        opaque=True,
    ),
    "put back to a size": op(
        "MaxUnpool",
        (1, 1, 2, 2),
        X((1, 1, 2, 2), 8),
        [1, 1, 5, 4],
        kernel_shape=[2, 2],
        strides=[2, 2],
        opaque=True,
    ),
    "a determinant": op("Det", (1, 2, 3, 3), opset=11, opaque=True),
    "a spectrum": op("DFT", (1, 6, 1), None, C((), [1]), opset=20, opaque=True),
    "half a spectrum": op("DFT", (1, 7, 1), None, C((), [1]), onesided=1, opset=20, opaque=True),
    "half a spectrum of a length": op(
        "DFT", (1, 7, 1), C((), [10]), C((), [1]), onesided=1, opset=20, opaque=True
    ),
    "a spectrum of an older file": op("DFT", (1, 6, 4, 1), axis=2, opset=17, opaque=True),
    "a spectrum back": op("DFT", (1, 6, 2), None, C((), [1]), inverse=1, opset=20, opaque=True),
    "half a spectrum back": op(
        "DFT", (1, 6, 2), None, C((), [1]), inverse=1, onesided=1, opset=20, opaque=True
    ),
    "half a spectrum back of a length": op(
        "DFT", (1, 6, 2), C((), [9]), C((), [1]), inverse=1, onesided=1, opset=20, opaque=True
    ),
    "half a spectrum of the axis that goes in": op(
        "DFT", (1, 6, 4, 1), None, C((), [1]), onesided=1, opset=20, opaque=True
    ),
    "spectra of frames": op(
        "STFT", (1, 16, 1), C((), [3]), None, C((), [6]), opset=17, opaque=True
    ),
    "whole spectra of frames": op(
        "STFT", (1, 16, 1), C((), [4]), C((8,), [1.0] * 8), onesided=0, opset=17, opaque=True
    ),
    "shares of one": op("Hardmax", (1, 3, 4), axis=1, opaque=True),
}
