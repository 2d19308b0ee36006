"""With a network, the layer that an error is about, and the input that leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.features.why import suspects as looking
from convcalc.features.why.suspects import Suspect
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

# A map of 8 channels; each stride of 2 halves it; the dense layer was written for 32x32.
HEAD = """
convcalc: 1
input: [3, 32, 32]
layers:
  - {conv: {out: 8, k: 3, s: 2, p: 1}, name: stem}
  - {conv: {out: 8, k: 3, s: 2, p: 1}, name: next}
  - flatten
  - {linear: 10, name: head}
"""
# 31 rows become 16, and 32 again.
HOURGLASS = """
convcalc: 1
input: [4, 32, 32]
layers:
  - {conv: {out: 4, k: 3, s: 2, p: 1}, name: down}
  - {upsample: 2, name: up}
  - {add: [up, input], name: join}
"""


def blamed(text: str, message: str) -> tuple[Suspect, ...]:
    found = convcalc.why(message, convcalc.loads(text)).layers
    assert found is not None
    return found


def test_the_dense_layer_and_the_input_that_gives_so_many() -> None:
    (one,) = blamed(HEAD, "mat1 and mat2 shapes cannot be multiplied (1x1152 and 512x10)")
    # 1152 = 8 * 12 * 12: inputs of 45 to 48 become 12, by 23 or 24 rows between.
    assert (one.layer, one.line) == ("head", 8)
    assert one.why == (
        "its weights are [10, 512]; here it reads 512, so 512 fit; "
        "an input of 3x45x45 to 3x48x48 in place of 3x32x32 gives 1152"
    )


@pytest.mark.parametrize(
    ("message", "why"),
    [
        pytest.param(
            # The flattened map of `next`, 8 * 8 * 8, in front of the pool that the file has.
            "mat1 and mat2 shapes cannot be multiplied (1x512 and 8x10)",
            "`next` gives 8x8x8, flattened 512: what stands between the two is left out in the "
            "program",
            id="pool left out",
        ),
        pytest.param(
            "Given groups=1, weight of size [8, 8, 3, 3], expected input[1, 3, 32, 32] to have 8 "
            "channels, but got 3 channels instead",
            "`input` gives 3x32x32: what stands between the two is left out in the program",
            id="convolution left out",
        ),
    ],
)
def test_what_the_program_leaves_out(message: str, why: str) -> None:
    text = HEAD.replace("- flatten", "- global_avg_pool\n  - flatten")
    (one,) = blamed(text, message)
    assert one.why.endswith(f"fit; {why}")


def test_the_program_s_layer_is_written_wrong() -> None:
    (one,) = blamed(HEAD, "mat1 and mat2 shapes cannot be multiplied (1x512 and 256x10)")
    assert (one.layer, one.why) == (
        "head",
        "its weights are [10, 512] here; the program's are [10, 256]: 512 in place of 256",
    )


def test_a_kernel_that_is_not_there_is_no_suspect() -> None:
    # Smaller inputs fail elsewhere, with the same numbers among others.
    message = (
        "Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3). Kernel size "
        "can't be greater than actual input size"
    )
    text = HEAD.replace("k: 3, s: 2, p: 1", "k: 5, s: 3")
    assert blamed(text, message) == ()
    (one,) = blamed(HEAD.replace("k: 3, s: 2, p: 1", "k: 3, s: 2"), message)
    assert one.layer == "next"


def test_what_to_ask_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "my net.yaml"
    file.write_text(HEAD, encoding="utf-8")
    found = convcalc.why(
        "mat1 and mat2 shapes cannot be multiplied (1x1152 and 512x10)", convcalc.load(file)
    )
    assert found.meaning.ask == f"convcalc plan '{file}' --input 3x224x224"


def test_no_input_gives_what_another_layer_made() -> None:
    (one,) = blamed(HEAD, "mat1 and mat2 shapes cannot be multiplied (1x1153 and 512x10)")
    assert one.why.endswith(
        "no square input that was tried gives 1153: something else stands before it"
    )


def test_the_convolution_of_these_weights() -> None:
    (one,) = blamed(
        HEAD,
        "Given groups=1, weight of size [8, 8, 3, 3], expected input[1, 3, 16, 16] to have 8 "
        "channels, but got 3 channels instead",
    )
    assert (one.layer, one.line) == ("next", 6)


def test_the_merge_that_other_sizes_break() -> None:
    (one,) = blamed(
        HOURGLASS,
        "The size of tensor a (32) must match the size of tensor b (31) at non-singleton "
        "dimension 2",
    )
    assert (one.layer, one.line) == ("join", 7)
    assert one.why.startswith("with an input of 4x31x31: ")


def test_a_file_that_does_not_stand_is_the_answer() -> None:
    text = HOURGLASS.replace("[4, 32, 32]", "[4, 31, 31]")
    (one,) = blamed(
        text,
        "The size of tensor a (32) must match the size of tensor b (31) at non-singleton "
        "dimension 2",
    )
    assert one.layer == "join"


def test_of_several_findings_those_with_two_of_the_numbers_are_meant() -> None:
    text = "convcalc: 1\ninput: [1152]\nlayers:\n"
    text += "  - {unflatten: [7, 2], name: v}\n  - {unflatten: [512, 3], name: u, from: input}\n"
    (one,) = blamed(text, "mat1 and mat2 shapes cannot be multiplied (1x1152 and 512x10)")
    assert (one.layer, one.line) == ("u", 5)


def test_nothing_fits() -> None:
    assert blamed(HEAD, "mat1 and mat2 shapes cannot be multiplied (1x8 and 9x7)") == ()


def test_tries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_TRIED", 4)
    (one,) = blamed(HEAD, "mat1 and mat2 shapes cannot be multiplied (1x1152 and 512x10)")
    assert "no square input that was tried gives 1152" in one.why


@pytest.mark.thorough
def test_vgg() -> None:
    network = convcalc.load(CONFIGS / "vgg16.net.yaml")
    found = convcalc.why(
        "mat1 and mat2 shapes cannot be multiplied (1x18432 and 25088x4096)", network
    )
    assert found.layers is not None
    # 18432 = 512 * 6 * 6, and five pools of 2 halve 192 to 223 to 6.
    assert "an input of 3x192x192 to 3x223x223" in found.layers[0].why


def test_one_number_alone_blames_nothing() -> None:
    # 4 stands in each finding of the sum, but any layer may have 4 of something.
    assert blamed(HOURGLASS, "Invalid input scale: 0th dimension != 4") == ()
    assert blamed(HOURGLASS, "The size of tensor a (4) must match the size of tensor b (3) at "
                  "non-singleton dimension 3") != ()  # fmt: skip


def grouped(*names: str) -> str:
    """Convolutions of the same weights, 8x4x3x3, one behind the other."""
    layers = "".join(
        f"  - {{conv: {{out: 8, k: 3, p: 1, g: 2}}, name: {name}}}\n" for name in names
    )
    return f"convcalc: 1\ninput: [8, 16, 16]\nlayers:\n{layers}"


IN_GROUPS = (
    "Given groups=2, weight of size [8, 4, 3, 3], expected input[1, 6, 16, 16] to have 8 channels, "
    "but got 6 channels instead"
)
SAME = "its weights are [8, 4, 3, 3]; here it reads 8x16x16"


@each(("names", "last"), [
    pytest.param("a", "", id="one"),
    pytest.param("abc", "", id="as many as are named"),
    pytest.param("abcd", " (4 layers have such weights)", id="one more"),
])  # fmt: skip
def test_three_layers_of_such_weights_are_named(names: str, last: str) -> None:
    found = blamed(grouped(*names), IN_GROUPS)
    assert [(one.layer, one.line) for one in found] == list(zip(names[:3], (4, 5, 6), strict=False))
    assert [one.why for one in found] == [SAME] * (len(found) - 1) + [SAME + last]


def test_the_last_of_three_says_what_it_reads_itself() -> None:
    sizes = "".join(f"  - {{crop: 1, name: {name}}}\n  - CONV{name}\n" for name in "wxy")
    text = grouped("a").replace("name: a", "name: c0") + sizes
    for at, name in enumerate("wxy", 1):
        text = text.replace(f"CONV{name}", f"{{conv: {{out: 8, k: 3, p: 1, g: 2}}, name: c{at}}}")
    assert [one.why for one in blamed(text, IN_GROUPS)] == [
        SAME,
        SAME.replace("16x16", "14x14"),
        SAME.replace("16x16", "12x12") + " (4 layers have such weights)",
    ]


def test_a_map_of_one_channel_is_flattened_too() -> None:
    text = """
convcalc: 1
input: [1, 512]
layers:
  - {relu: {}, name: row}
  - crop: [[0, 504]]
  - flatten
  - {linear: 10, name: head}
"""
    (one,) = blamed(text, "mat1 and mat2 shapes cannot be multiplied (1x512 and 8x10)")
    assert one.why == (
        "its weights are [10, 8]; here it reads 8, so 8 fit; `row` gives 1x512, flattened 512: "
        "what stands between the two is left out in the program"
    )


def test_three_layers_as_they_should_be_are_named() -> None:
    message = IN_GROUPS.replace("groups=2", "groups=1").replace("[8, 4", "[8, 8").replace("6", "4")
    found = blamed(grouped(*"abcd"), message)
    assert [one.layer for one in found] == ["a", "b", "c"]
    assert {one.why for one in found} == {
        "its weights are [8, 4, 3, 3] here; the program's are [8, 8, 3, 3]: 4 in place of 8"
    }


def test_the_nearest_layer_that_gives_so_many_is_named() -> None:
    text = HEAD.replace("- flatten", "- {relu: {}, name: act}\n  - global_avg_pool\n  - flatten")
    (one,) = blamed(text, "mat1 and mat2 shapes cannot be multiplied (1x512 and 8x10)")
    assert one.why == (
        "its weights are [10, 8]; here it reads 8, so 8 fit; `act` gives 8x8x8, flattened 512: "
        "what stands between the two is left out in the program"
    )


@each("size", [1, 31, 33, 47])
def test_an_odd_input_breaks_the_merge(size: int) -> None:
    # An odd n becomes (n + 1) / 2 rows, and n + 1 again.
    (one,) = blamed(
        HOURGLASS,
        f"The size of tensor a ({size + 1}) must match the size of tensor b ({size}) at "
        "non-singleton dimension 2",
    ) or (None,)
    if size == 1:
        # A map of 1x1 is spread over the other.
        assert one is None
    else:
        assert one is not None
        assert (one.layer, one.line) == ("join", 7)
        assert one.why.startswith(f"with an input of 4x{size}x{size}: ")
        assert one.problem is not None


def test_what_the_file_is_refused_for_is_told_with_its_repair() -> None:
    text = HOURGLASS.replace("[4, 32, 32]", "[4, 31, 31]") + (
        "  - {conv: {out: 6, k: 1}, name: aside, from: input}\n"
        "  - {add: [aside, input], name: sum}\n"
    )
    sizes = (
        "The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton "
        "dimension 2"
    )
    rows, channels = blamed(text, sizes.format(32, 31)), blamed(text, sizes.format(6, 4))
    assert [one.layer for one in rows] == ["join"]
    assert [one.layer for one in channels] == ["sum"]
    # Numbers of which nothing speaks: all that the file is refused for.
    assert [one.layer for one in blamed(text, sizes.format(77, 78))] == ["join", "sum"]
    for one in (*rows, *channels):
        assert one.problem is not None
        told = (one.problem.message, one.problem.note, one.problem.help)
        assert one.why == "; ".join(filter(None, told))


@each(("text", "end"), [
    pytest.param("convcalc: 1\ninput: {a: [8, 4, 4], b: [8, 4, 4]}\nlayers:\n  - add: [a, b]\n"
                 "  - flatten\n  - {linear: 10, name: head}\n",
                 "no square input that was tried gives 200: something else stands before it",
                 id="two inputs"),
    pytest.param("convcalc: 1\ninput: [128]\nlayers:\n  - {linear: 10, name: head}\n",
                 "it reads the input itself, of which the program was given 200", id="a vector"),
])  # fmt: skip
def test_no_other_sizes_of_such_inputs_are_tried(text: str, end: str) -> None:
    (one,) = blamed(text, "mat1 and mat2 shapes cannot be multiplied (1x200 and 128x10)")
    assert one.why == (f"its weights are [10, 128]; here it reads 128, so 128 fit; {end}")


def test_an_input_of_one_size_is_named_once() -> None:
    # A stride of 1 gives each size once: 11 rows of 2 channels are 242 numbers.
    text = "convcalc: 1\ninput: [2, 8, 8]\nlayers:\n  - flatten\n  - {linear: 10, name: head}\n"
    (one,) = blamed(text, "mat1 and mat2 shapes cannot be multiplied (1x242 and 128x10)")
    assert one.why.endswith("an input of 2x11x11 in place of 2x8x8 gives 242")


def sizes_tried(text: str) -> list[tuple[int, ...]]:
    return looking.other_sizes(convcalc.loads(text).graph())


def chain(count: int, input: str = "[2, 5, 9]") -> str:
    return f"convcalc: 1\ninput: {input}\nlayers:\n  - {{relu: {{}}, repeat: {count}}}\n"


@each(("input", "sizes"), [
    ("[2, 5, 9]", [10, 2, 4, 6, 3]),
    ("[2, 8]", [16, 4, 7, 9, 6]),
    # There is no size of 0.
    ("[2, 1, 1, 1]", [2, 1, 2, 3, 4]),
    ("[2, 2]", [4, 1, 1, 3, 4]),
])  # fmt: skip
def test_twice_half_and_the_nearest_sizes_are_tried(
    input: str, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST_TRIED", 4)
    rank = input.count(",")
    assert sizes_tried(chain(1, input)) == [(2, *[size] * rank) for size in sizes]


def test_as_many_sizes_are_tried_as_layers_are_placed_in_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Twice, half, and one less than are tried, since the size itself is one of them.
    assert len(sizes_tried(chain(1))) == 2 + 255
    # 200,000 layers by 1,000 in a network, its input among them.
    assert len(sizes_tried(chain(999))) == 2 + 199
    monkeypatch.setattr(looking, "MOST_PLACED", 0)
    assert len(sizes_tried(chain(1))) == 2 + 15


@each(
    "text",
    [
        "convcalc: 1\ninput: [8]\nlayers:\n  - relu\n",
        "convcalc: 1\ninput: {a: [8, 4], b: [8, 4]}\nlayers:\n  - add: [a, b]\n",
    ],
)
def test_vectors_and_several_inputs_have_no_other_sizes(text: str) -> None:
    assert sizes_tried(text) == []


def test_the_input_itself_has_other_channels() -> None:
    (one,) = blamed(
        HEAD,
        "Given groups=1, weight of size [8, 3, 3, 3], expected input[1, 1, 32, 32] to have 3 "
        "channels, but got 1 channels instead",
    )
    assert (one.layer, one.why) == (
        "stem",
        "its weights are [8, 3, 3, 3]; here it reads 3x32x32, so 3 fit; it reads the input itself, "
        "of which the program was given 1",
    )
