"""What a block is called that has no name in its source: what it does."""

from __future__ import annotations

import re

import convcalc
from convcalc.features.import_.block_names import Names, _turns
from tests.each import each

# The layers of a block by what it is called: of {c} channels they make {d}, or as many where they
# do not say {d}. They stand three times in a row; {in} is what the first of them reads.
BLOCKS = {
    "conv_relu_sigmoid": "conv: {{out: {d}, k: 3, p: 1}} | relu | sigmoid",
    "conv_norm_relu": "conv: {{out: {d}, k: 3, p: 1}} | batch_norm | relu",
    "unit": (
        "conv: {{out: {d}, k: 3, p: 1}} | batch_norm | relu | conv: {{out: {d}, k: 1}} | sigmoid"
    ),
    "separable": (
        "conv: {{out: {c}, k: 3, p: 1, g: {c}}} | relu | conv: {{out: {d}, k: 1}} | relu"
    ),
    "conv_relu_tanh": "conv: {{out: {c}, k: 3, p: 1, g: {c}}} | relu | tanh",
    # What is deep comes last, or has two products behind it.
    "conv_conv_relu": ("conv: {{out: {d}, k: 1}} | conv: {{out: {d}, k: 3, p: 1, g: {d}}} | relu"),
    "conv_conv_conv": (
        "conv: {{out: {c}, k: 3, p: 1, g: {c}}} | conv: {{out: {d}, k: 1}} |"
        " conv: {{out: {d}, k: 5, p: 2}}"
    ),
    "inverted_bottleneck": (
        "conv: {{out: {e}, k: 1}} | conv: {{out: {e}, k: 3, p: 1, g: {e}}} |"
        " conv: {{out: {d}, k: 1}}"
    ),
    "inverted_residual": (
        "conv: {{out: {e}, k: 1}} | conv: {{out: {e}, k: 3, p: 1, g: {e}}} |"
        " conv: {{out: {c}, k: 1}} | add: [prev, {in}]"
    ),
    "residual": "conv: {{out: {c}, k: 3, p: 1}} | relu | add: [prev, {in}]",
    "residual, projected": (
        "conv: {{out: {d}, k: 3, p: 1}} | relu | conv: {{out: {d}, k: 1}}, from: {in} |"
        " add: [{before}, prev]"
    ),
    "residual, projected side by side": (
        "conv: {{out: {d}, k: 3, p: 1}} | conv: {{out: {d}, k: 1}}, from: {in} |"
        " add: [{before}, prev]"
    ),
    "branches, summed": (
        "conv: {{out: {d}, k: 3, p: 1}} | relu | conv: {{out: {d}, k: 1}} | add: [{before}, prev]"
    ),
    "branches": (
        "conv: {{out: {d}, k: 3, p: 1}} | conv: {{out: {d}, k: 1}}, from: {in} |"
        " concat: [{before}, prev]"
    ),
    "branches, multiplied": (
        "conv: {{out: {d}, k: 3, p: 1}} | conv: {{out: {d}, k: 1}}, from: {in} |"
        " mul: [{before}, prev]"
    ),
    "squeeze_excitation": (
        "global_avg_pool: {{keepdim: true}} | conv: {{out: {c}, k: 1}} | sigmoid |"
        " mul: [prev, {in}]"
    ),
    "gate": "global_avg_pool: {{keepdim: true}} | sigmoid | mul: [prev, {in}]",
}


def stack(block: str) -> str:
    """The layers three times, each called by its place alone."""
    lines, reads = ["convcalc: 1", "input: [4, 8, 8]", "layers:"], "input"
    for at, (width, wider) in enumerate([(4, 8), (8, 16), (16, 32)]):
        if "{d}" not in block:
            width = 4
        rows = block.split(" | ")
        for place, row in enumerate(rows):
            named = {"in": reads, "before": f"n{at}_{place - 2}"}
            text = row.format(c=width, d=wider, e=6 * width, **named)
            layer, _, more = text.partition(", from: ")
            layer = layer if ":" in layer else f"{layer}: {{}}"
            source = f", from: {more}" if more else ""
            lines.append(f"  - {{{layer}{source}, name: n{at}_{place}}}")
        reads = f"n{at}_{len(rows) - 1}"
    return "\n".join(lines)


def test_names_that_are_taken_get_the_next_numbers() -> None:
    names = Names(["add", "b_3"])
    found = [names.free(base) for base in ("a", "a", "a", "add", "b", "a", "b", "b", "add")]
    assert found == ["a", "a_2", "a_3", "add_2", "b", "a_4", "b_2", "b_4", "add_3"]


@each("name", BLOCKS)
def test_a_block_is_called_what_it_does(name: str) -> None:
    network = convcalc.loads(stack(BLOCKS[name]), "net.yaml")
    text = convcalc.import_(network).text
    blocks = re.findall(r"^  (\w+):$", text.partition("\nlayers:")[0], re.M)
    assert blocks == [name.partition(",")[0]], text
    assert convcalc.plan(convcalc.loads(text)).totals.macs == convcalc.plan(network).totals.macs


# Halves of a sum's one product change places before they are multiplied.
TURN = ("mul: [a, b]", "split: {parts: 2, part: 0}, from: a", "split: {parts: 2, part: 1}, from: a",
        "mul_number: -1", "concat: [n3, n1]", "mul: [prev, b]", "add: [n0, prev]")  # fmt: skip


@each(("changed", "turns"), [
    ({}, True), ({6: "sub: [n0, prev]"}, True), ({6: "mul: [n0, prev]"}, False),
    ({6: "max: [n0, prev]"}, False), ({5: "add: [prev, b]"}, False), ({0: "add: [a, b]"}, False),
    ({5: "relu: {}"}, False), ({3: "concat: [n2, n1]", 4: "mul_number: -1"}, True),
    # More is joined, multiplied or added than that.
    ({1: "concat: [a, b]", 2: "split: {parts: 4, part: 0}", 4: "concat: [n3, n2]"}, False),
    ({3: "concat: [n2]", 4: "concat: [n3, n1]"}, False), ({3: "mul: [prev, n1]"}, False),
    ({3: "add: [prev, n1]"}, False),
])  # fmt: skip
def test_what_turns_pairs_of_numbers_is_told_by_what_it_merges(
    changed: dict[int, str], turns: bool
) -> None:
    rows = [changed.get(at, row) for at, row in enumerate(TURN)]
    listed = "".join(f"  - {{{row}, name: n{at}}}\n" for at, row in enumerate(rows))
    text = f"convcalc: 1\ninput: {{a: [4, 9], b: [4, 9]}}\nlayers:\n{listed}"
    assert _turns(convcalc.loads(text).graph().layers) is turns
