"""With a network, the layer that an error is about, and the input that leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.features.why import suspects as looking
from convcalc.features.why.suspects import Suspect

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
