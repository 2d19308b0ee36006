"""Layers and calls of Keras that cannot be read, and why."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each
from tests.importers.keras_calls import of, operation
from tests.importers.onnx_cases import Case, W, X

MAP, PLACE = (4, 5, 2), (4, 3)
ALONG = "it works along samples, of which there is one here"
NN, IM = "keras.src.ops.nn", "keras.src.ops.image"
OWN = {"name": "own", "units": 2}


@each(
    ("case", "said"),
    [
        (
            operation("Split", PLACE, indices_or_sections=3, axis=1),
            "`y` (ops.Split) cannot be read: 4 are no 3 equal parts",
        ),
        (
            operation("GetItem", PLACE, [0]),
            "`y` (ops.GetItem) cannot be read: it picks samples, or places by indices",
        ),
        (
            operation("Pad", PLACE, pad_width=[[1, 0], [0, 0], [0, 0]]),
            "`y` (ops.Pad) cannot be read: it adds samples",
        ),
        (
            operation("Resize", MAP, module=IM, size=[2, 3, 4]),
            "`y` (ops.Resize) cannot be read: its size or its mode is none of ours",
        ),
        (
            operation("Resize", MAP, module=IM, size=[2, 3], interpolation="lanczos3"),
            "`y` (ops.Resize) cannot be read: its size or its mode is none of ours",
        ),
        (
            operation("Resize", MAP, module=IM, size=[2, 3], antialias=True),
            "`y` (ops.Resize) cannot be read: it smooths, or keeps the ratio of the sides",
        ),
        (
            operation("Flip", PLACE, axis=0),
            f"`y` (ops.Flip) cannot be read: {ALONG}",
        ),
        (operation("Flip", PLACE), f"`y` (ops.Flip) cannot be read: {ALONG}"),
        (of("Softmax", PLACE, axis=0), f"`y` (Softmax) cannot be read: {ALONG}"),
        (
            of("LayerNormalization", PLACE, axis=[-3, 1, 2]),
            f"`y` (LayerNormalization) cannot be read: {ALONG}",
        ),
        (
            operation("Sum", PLACE, axis=None, keepdims=False),
            f"`y` (ops.Sum) cannot be read: {ALONG}",
        ),
        (operation("Tile", PLACE, repeats=[2, 1, 1]), f"`y` (ops.Tile) cannot be read: {ALONG}"),
        (
            operation("Einsum", [PLACE, PLACE], subscripts="npc,mpc->nm"),
            f"`y` (ops.Einsum) cannot be read: {ALONG}",
        ),
        (
            operation("Einsum", PLACE, subscripts="npc->pc"),
            f"`y` (ops.Einsum) cannot be read: {ALONG}",
        ),
        (of("Softmax", PLACE, axis=3), "`y` (Softmax) names axis 3 of 3"),
        (of("BatchNormalization", PLACE, axis=-4), "`y` (BatchNormalization) names axis -4 of 3"),
        (of("Concatenate", [PLACE, PLACE], axis=7), "`y` (Concatenate) names axis 7 of 3"),
        (of("Dot", [PLACE, PLACE], axes=[1, 7]), "`y` (Dot) names axis 7 of 3"),
        (operation("Mean", PLACE, axis=[1, 5]), "`y` (ops.Mean) names axis 5 of 3"),
        (operation("Transpose", PLACE, axes=[0, 2, 4]), "`y` (ops.Transpose) names axis 4 of 3"),
        (
            operation("Moveaxis", PLACE, source=1, destination=3),
            "`y` (ops.Moveaxis) names axis 3 of 3",
        ),
        (operation("ExpandDims", PLACE, axis=4), "`y` (ops.ExpandDims) names axis 4 of 4"),
        (
            operation("Normalize", PLACE, module=NN, axis=-1, order=1),
            "`y` (ops.Normalize) cannot be read: it takes another norm than the Euclidean",
        ),
        (
            operation("Sort", PLACE, axis=-1),
            "`y` (ops.Sort) cannot be read: no layer of ours does this",
        ),
        (
            of("UnitNormalization", PLACE, axis=[1, 2]),
            "`y` (UnitNormalization) cannot be read: its `axis` is [1, 2]",
        ),
        (
            of("Concatenate", [PLACE, PLACE], axis=0),
            "`y` (Concatenate) cannot be read: it joins samples",
        ),
        (
            operation("Concatenate", [PLACE, PLACE], are_joined=True),
            "`y` (ops.Concatenate) cannot be read: its `axis` is None",
        ),
        (
            of("Subtract", [PLACE, PLACE, PLACE]),
            "`y` (Subtract) cannot be read: it subtracts 3 tensors",
        ),
        (of("Subtract", PLACE), "`y` (Subtract) cannot be read: it reads a single tensor"),
        (
            of("Normalization", PLACE, mean=[0.5, 1.0, -1.0], variance=[4.0] * 3, invert=True),
            "`y` (Normalization) cannot be read: it is the way back",
        ),
        (
            of("BatchNormalization", PLACE, axis="x"),
            "`y` (BatchNormalization) cannot be read: its `axis` is x",
        ),
        (
            of("GroupNormalization", (2, 2, 4), W((4,)), groups=2, center=False),
            "`y` (GroupNormalization) cannot be read: it learns a factor or a shift, and not both",
        ),
        (
            of("Conv2D", MAP, filters=2, kernel_size=2, padding="wide"),
            "`y` (Conv2D) cannot be read: its `padding` is wide",
        ),
        (
            of("Conv2D", (4,), filters=2, kernel_size=2),
            "`y` (Conv2D) cannot be read: its input has 2 axes",
        ),
        (
            of("Conv2D", MAP, filters=2, kernel_size=[2, 2, 2]),
            "`y` (Conv2D) cannot be read: its `kernel_size` is [2, 2, 2], for 2 axes",
        ),
        (of("Conv2D", MAP, kernel_size=2), "`y` (Conv2D) cannot be read: it has no `filters`"),
        (
            of("Conv2D", MAP, filters=3, kernel_size=2, groups=3),
            "`y` (Conv2D) cannot be read: 2 channels are no 3 groups",
        ),
        (of("LSTM", (4,), units=2), "`y` (LSTM) cannot be read: its input has 2 axes"),
        (
            of("Bidirectional", PLACE, layer={"class_name": "Dense", "config": OWN}),
            "`y` (Bidirectional) cannot be read: it goes both ways with a `Dense`",
        ),
        (
            of(
                "Bidirectional",
                PLACE,
                layer={"class_name": "LSTM", "config": OWN},
                merge_mode="max",
            ),
            "`y` (Bidirectional) cannot be read: its `merge_mode` is max",
        ),
        (of("RNN", PLACE), "`y` (RNN) cannot be read: it has no `cell`"),
        (
            of("RNN", PLACE, cell={"class_name": "MyCell", "config": OWN}),
            "`y` (RNN) cannot be read: its cell is a `MyCell`",
        ),
        (
            of("Reshape", PLACE, target_shape=[5, -1]),
            "`y` (Reshape) cannot be read: 12 elements are no [5, -1]",
        ),
        (
            of("Permute", PLACE, dims=[1, 1]),
            "`y` (Permute) cannot be a `rearrange`; its `pattern` names `l` twice on one side",
        ),
        (of("Dense", PLACE, units="many"), "`y` (Dense) cannot be read: its `units` is many"),
        (
            of("Activation", PLACE, activation=["relu"]),
            "`y` (Activation) cannot be read: its activation is ['relu']",
        ),
        (
            of("Embedding", X((4,), 5), output_dim=3),
            "`y` (Embedding) cannot be read: it has no `input_dim`",
        ),
        (of("Attention", PLACE), "`y` (Attention) cannot be read: it reads a single tensor"),
        (
            of("Cropping1D", (4, 2), cropping=[2, 2]),
            "`y` (Cropping1D), read as `crop`; cutting 4 of 4 pixels leaves none",
        ),
        (of("Strange", PLACE), "`y` (Strange) cannot be read: no layer of ours does this"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_why_it_cannot_be_read(case: Case, said: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.plan(convcalc.loads(case.data, "net.keras"))
    (problem,) = caught.value.problems
    assert "; ".join(filter(None, (problem.message, problem.note))) == said
