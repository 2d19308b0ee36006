"""What layers without a name of their own are called that a merge reads: as papers call them."""

from __future__ import annotations

import re

import convcalc
from tests.each import each

C1, C3, C5, HEAD = (
    "conv: {out: 4, k: 1}", "conv: {out: 4, k: 3, p: 1}", "conv: {out: 4, k: 5, p: 2}",
    "relu: {}, name: relu_1",
)  # fmt: skip
A, B, C = (
    f"{layer}, from: relu_1, name: conv_{number}" for number, layer in enumerate((C1, C3, C5), 1)
)
TANH, SIGMOID = (f"{word}: {{}}, name: {word}_1" for word in ("tanh", "sigmoid"))


def names(*layers: str) -> list[str]:
    """The names of layers in the new file, in their order; the names here are a plan's own."""
    listed = "".join(f"  - {{{layer}}}\n" for layer in (HEAD, *layers))
    network = convcalc.loads(f"convcalc: 1\ninput: [4, 9, 9]\nlayers:\n{listed}")
    text = convcalc.import_(network).text.partition("layers:\n")[2]
    return re.findall(r"name: (\w+)", text)


@each(("layers", "found"), [
    # The way around others, where all read it.
    ((C1, "add: [relu_1, prev]"), ["skip"]), ((C1, "sub: [relu_1, prev]"), ["skip"]),
    ((C1, "concat: [relu_1, prev]"), ["skip"]), ((C1, "mul: [relu_1, prev]"), ["main"]),
    # Of two that both calculate the longer one is the main one.
    ((A, B, "tanh: {}", "add: [conv_1, prev]"), ["relu", "shortcut"]),
    ((A, SIGMOID, B, "add: [sigmoid_1, prev]"), ["relu", "main"]),
    ((A, SIGMOID, B, "sub: [sigmoid_1, prev]"), ["relu", "main"]),
    # Of three none is; what is joined are branches, by their places.
    ((A, B, C, "add: [conv_1, conv_2, conv_3]"), ["relu", "conv", "conv_2"]),
    ((A, B, C, "concat: [conv_1, conv_2, conv_3]"), ["relu", "branch1", "branch2"]),
    ((A, B, C, "concat: [conv_2, conv_1, conv_3]"), ["relu", "branch2", "branch1"]),
    # What is multiplied, or calculates nothing, is called by its kind.
    ((A, B, "mul: [conv_1, prev]"), ["relu", "conv"]),
    (("tanh: {}, from: relu_1, name: tanh_1", "sigmoid: {}, from: relu_1", "add: [tanh_1, prev]"),
     ["relu", "tanh"]),
    (("tanh: {}, from: relu_1, name: tanh_1", "sigmoid: {}, from: relu_1",
      "concat: [tanh_1, prev]"), ["relu", "tanh"]),
    (("tanh: {}, from: relu_1, name: tanh_1", B, "add: [tanh_1, prev]"), ["relu", "tanh"]),
])  # fmt: skip
def test_what_a_merge_reads_is_called_by_what_it_is_to_it(
    layers: tuple[str, ...], found: list[str]
) -> None:
    assert names(*layers) == found
