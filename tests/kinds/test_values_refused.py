"""Values that no field takes: what is said of each, and what stands at the border."""

from __future__ import annotations

import convcalc
from convcalc.core.errors import Problem
from tests.each import each

HEAD = "convcalc: 1\ninput: {{a: {a}, b: {b}}}\nlayers:\n  - {{{layer}}}\n"
TALL = "[8, 4, 6]"


def problems(layer: str, a: str = TALL, b: str = TALL) -> tuple[Problem, ...]:
    """What is found in a file of this layer; nothing where it can be planned."""
    try:
        convcalc.plan(convcalc.loads(HEAD.format(layer=layer, a=a, b=b)))
    except convcalc.StackError as error:
        return error.problems
    return ()


SIZES = "wants a list of sizes, got"
FACTOR = "wants a positive factor, got"
SPAN = "wants [start, stop], got"
FOUR = "has 5 axes; 4 (C, D, H, W) are the most"
WINDOW = "write `position`, `all`, or a window as in `{k: 3, s: 1, p: 1}`"
REFUSED = {
    "pow_number: 0": ("`value` of `pow_number` wants a number other than 0, got 0", "write 2"),
    "div_number: 0": ("`value` of `div_number` wants a number other than 0, got 0", "write 2"),
    "upsample: {scale_factor: 0}": (f"`scale_factor` of `upsample` {FACTOR} 0", "write 2"),
    "upsample: {scale_factor: [2, -1]}": (
        f"`scale_factor` of `upsample` {FACTOR} [2, -1]", "write 2",
    ),
    "upsample: {scale_factor: 1000001}": (
        f"`scale_factor` of `upsample` {FACTOR} 1000001", "write 2",
    ),
    "upsample: {scale_factor: 0.0000001}": (
        f"`scale_factor` of `upsample` {FACTOR} 1e-07", "write 2",
    ),
    "adaptive_avg_pool: []": (
        "`output_size` of `adaptive_avg_pool` is an empty list", "write one value per spatial axis",
    ),
    "adaptive_avg_pool: 0": (
        "`output_size` of `adaptive_avg_pool` wants a positive integer, or ~ to keep an axis, "
        "got 0",
        "write 1 or more",
    ),
    "reshape: []": (f"`shape` of `reshape` {SIZES} []", "write [64, 7, 7]"),
    "reshape: 3": (f"`shape` of `reshape` {SIZES} 3", "write [64, 7, 7]"),
    "reshape: [-1, -1]": (
        "`shape` of `reshape` wants positive sizes, at most one -1, got [-1, -1]", "",
    ),
    "reshape: [0, 3]": (
        "`shape` of `reshape` wants positive sizes, at most one -1, got [0, 3]", "",
    ),
    "reshape: [1, 2, 3, 4, 8]": (f"`shape` of `reshape` {FOUR}", ""),
    "opaque: {output: []}": (f"`output` of `opaque` {SIZES} []", "write [64, 7, 7]"),
    "opaque: {output: [1, 2, 3, 4, 5]}": (
        f"`output` of `opaque` {FOUR}", "join some, as by `rearrange`",
    ),
    "opaque: {output: [1, 2], params: -1}": (
        "`params` of `opaque` wants an integer of 0 or more, or ~ where it is not known, got -1",
        "write 0 or more",
    ),
    "opaque: {output: [1, 2], note: 3}": (
        "`note` of `opaque` wants words, got 3", "write them in quotes",
    ),
    "opaque: {output: [8, 4, 6], reads: {p: 1}}": (
        "`reads` of `opaque` is a window without its kernel, `k`", WINDOW,
    ),
    "opaque: {output: [8, 4, 6], reads: {k: 3, q: 1}}": (
        "`reads` of `opaque` has `q`, which no window has", WINDOW,
    ),
    "opaque: {output: [8, 4, 6], reads: {k: 3, kernel_size: 3}}": (
        "`reads` of `opaque` gives one field of its window twice", WINDOW,
    ),
    "opaque: {output: [8, 4, 6], reads: {k: 0}}": (
        "`reads` of `opaque` has `kernel_size`, which wants a positive integer or a list of them, "
        "got 0",
        "write 1 or more",
    ),
    "rearrange: 'a b c -> a b c d e'": (
        "`pattern` of `rearrange` has 5 axes on a side: 'a b c d e'",
        "a sample has 1 to 4 axes, channels first",
    ),
    "roll: []": ("`shifts` of `roll` is an empty list", "write one value per spatial axis"),
    "permute: [0, 1, 2, 5]": (
        "`axes` of `permute` wants every axis once, got [0, 1, 2, 5]",
        "write [0, 1, 2, 3]: 0 is the axis of the channels",
    ),
    # 0 and 5 are no two of four axes.
    "permute: [0, 5]": (
        "`axes` of `permute` wants every axis once, got [0, 5]",
        "write [0, 1]: 0 is the axis of the channels",
    ),
    "permute: [0, 4]": (
        "`axes` of `permute` wants every axis once, got [0, 4]",
        "write [0, 1]: 0 is the axis of the channels",
    ),
    "rearrange: {pattern: 'a b (c d) -> a b c d', sizes: {d: 1000000001}}": (
        "`sizes` of `rearrange` wants a size from 1 to 1,000,000,000 for `d`, got 1000000001",
        "write {d: 2}",
    ),
    "rearrange: {pattern: 'a b (c d) -> a b c d', sizes: {d: 0}}": (
        "`sizes` of `rearrange` wants a size from 1 to 1,000,000,000 for `d`, got 0",
        "write {d: 2}",
    ),
    "rearrange: 'a (b c d e f g) (h i j k l m) -> a b (c d e f g) (h i j k l m)'": (
        "`pattern` of `rearrange` has 13 names, more than 12", "split it over several layers",
    ),
    "conv_transpose: {out: 1, k: 3, output_size: 9, output_padding: 1}": (
        "`conv_transpose`: `output_padding` and `output_size` both set the size",
        "keep one of them",
    ),
    "max_pool: 1000000000.0": (
        "`kernel_size` of `max_pool` wants a positive integer or a list of them, got 1000000000.0",
        "write 1000000000",
    ),
    # What cannot be written is not proposed.
    "max_pool: 1000000001.0": (
        "`kernel_size` of `max_pool` wants a positive integer or a list of them, got 1000000001.0",
        "write an integer, 1 or more",
    ),
    "slice: [3]": (f"`channels` of `slice` {SPAN} [3]", "write [0, 32]"),
    "slice: 3": (f"`channels` of `slice` {SPAN} 3", "write [0, 32]"),
    "slice: [3, 3]": ("`channels` of `slice` takes no channel: [3, 3]", "stop is exclusive"),
    "rearrange: 'a b c, d -> a'": (
        "`pattern` of `rearrange` names 2 inputs, and `rearrange` takes 1",
        'write "c (h p) (w q) -> (c p q) h w"',
    ),
    "broadcast: 'a b c -> a b'": (
        "`pattern` of `broadcast` loses `c`: it is not in the output",
        "name it there, or use `reduce`",
    ),
}  # fmt: skip


@each("layer", REFUSED)
def test_what_no_field_takes(layer: str) -> None:
    (problem,) = problems(f"{layer}, from: a")
    assert (problem.message, problem.help) == REFUSED[layer]


@each("layer", [
    "div_number: -0.5", "upsample: {scale_factor: 1}", "upsample: {scale_factor: [1, 2]}",
    "adaptive_avg_pool: [1, ~]", "reshape: [-1, 3]", "reshape: [1, 2, 3, 32]",
    "opaque: {output: [1, 2, 3, 4]}", "opaque: {output: [1, 2], params: 0, note: words}",
    "opaque: {output: [1, 2], params: 1000000001}",
    "rearrange: {pattern: 'a b (c d) -> a b c d', sizes: {d: 2}}",
    "rearrange: {pattern: 'a b c -> a b c', sizes: ~}",
    "conv_transpose: {out: 1, k: 3, output_size: [6, 8], output_padding: 0}",
    # 12 names.
    "rearrange: {pattern: 'a (b c d e f) (g h i j k l) -> a b c (d e f g h i j k l)',"
    " sizes: {b: 1, c: 1, d: 1, e: 1, g: 1, h: 1, i: 1, j: 1, k: 1}}",
    "slice: [7, 8]", f"rearrange: 'a b c -> {' ' * 186}a b c'",
])  # fmt: skip
def test_what_stands_at_the_border_is_taken(layer: str) -> None:
    assert problems(f"{layer}, from: a") == ()


def test_a_pattern_has_200_characters_at_most() -> None:
    (problem,) = problems(f"rearrange: 'a b c -> {' ' * 187}a b c', from: a")
    assert problem.message == "`pattern` of `rearrange` has 201 characters, more than 200"


@each(("transpose", "sums", "at", "out"), [
    ("none", "5 and 4", "b", 5), ("first", "3 and 4", "b", 3), ("both", "3 and 6", "a", 6),
    ("second", "5 and 6", "", 0),
])  # fmt: skip
def test_products_that_do_not_fit_say_which_layer_makes_them(
    transpose: str, sums: str, at: str, out: int
) -> None:
    layer = "matmul: {{inputs: [{0}, {1}], transpose: {2}}}"
    (problem,) = problems(layer.format("a", "b", transpose), "[3, 5]", "[4, 6]")
    assert problem.note == f"matmul sums over {sums} of 3x5 and 4x6"
    if not at:
        assert problem.help == "take two maps that have the axis in common"
        return
    assert problem.help == f"put `linear: {{out: {out}, over: channels}}` behind `{at}`"
    names = ["c" if name == at else name for name in "ab"]
    made = f"linear: {{out: {out}, over: channels}}, from: {at}, name: c"
    repaired = f"{made}}}\n  - {{{layer.format(*names, transpose)}"
    assert problems(repaired, "[3, 5]", "[4, 6]") == ()
