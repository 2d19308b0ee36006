"""Limits written into files of every style: what is added, changed and kept, byte for byte."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import convcalc
from convcalc.features.budget import answer
from convcalc.features.budget.answer import Budgeted, BudgetError, Terms, budgeted
from convcalc.features.check.patching import encoded
from tests.configs import configs
from tests.each import each

# conv: 3*3*3*8 + 8 = 224 parameters, 3*9*8 * 30*30 = 194,400 MACs; the peak is
# (224 + 3*32*32 + 8*30*30) * 4 = 41,984 B = 41 KiB; the field is 3 + 1 = 4.
HEAD = """\
convcalc: 1
input: [3, 32, 32]
layers:
  - {conv: {out: 8, k: 3}, name: stem}  # the only one that learns
  - max_pool: 2
"""
BLOCK = """\
expect:
  params: {max: 224}
  macs: {max: 194400}
  memory: {max: 41KiB}
  receptive_field: {min: 4}
"""
EXACT = Terms(slack=Fraction(0))
PARAMS = Terms(slack=Fraction(0), only=("params",))


def done(text: str, terms: Terms = EXACT) -> Budgeted:
    return budgeted(convcalc.loads(text, "a.net.yaml"), terms)


def test_a_file_without_expectations_gets_a_block() -> None:
    assert done(HEAD).text == HEAD + BLOCK


def test_with_room_to_spare() -> None:
    found = done(HEAD, Terms())
    assert found.text == HEAD + (
        "expect:\n  params: {max: 246}\n  macs: {max: 213K}\n  memory: {max: 45KiB}\n"
        "  receptive_field: {min: 4}\n"
    )
    assert [entry[1:6] for entry in found.entries] == [
        ("params", "224", "", "{max: 246}", "added"),
        ("macs", "194,400", "", "{max: 213K}", "added"),
        ("memory", "41,984 B", "", "{max: 45KiB}", "added"),
        ("receptive_field", "4", "", "{min: 4}", "added"),
    ]


@each("newline", ["\n", "\r\n", "\r"])
@each("end", ["", "\n", "\n\n# the end\n"])
@each("mark", ["", "\ufeff"])
def test_line_breaks_the_end_and_the_mark_stay(newline: str, end: str, mark: str) -> None:
    body = HEAD.rstrip("\n").replace("\n", newline)
    data = (mark + body + end.replace("\n", newline)).encode()
    new = encoded(budgeted(convcalc.loads(data), EXACT).text, data)
    block = newline + BLOCK.rstrip("\n").replace("\n", newline)
    assert new == (mark + body + block + end.replace("\n", newline)).encode()


def test_the_same_twice_changes_nothing() -> None:
    once = done(HEAD, Terms()).text
    again = done(once, Terms())
    assert (again.text, again.is_changed) == (once, False)
    assert {entry.change for entry in again.entries} == {"same"}


STYLES = [
    pytest.param(
        "expect: {output: [8, 15, 15]}  # checked\n",
        "expect: {output: [8, 15, 15], params: {max: 224}}  # checked\n",
        id="braces",
    ),
    pytest.param("expect: {}\n", "expect: {params: {max: 224}}\n", id="empty braces"),
    pytest.param(
        "expect:\n    output: [8, 15, 15]  # checked\n",
        "expect:\n    output: [8, 15, 15]  # checked\n    params: {max: 224}\n",
        id="block",
    ),
    pytest.param(
        "expect: {\n  output: [8, 15, 15],  # checked\n  stride: 2  # too\n}\n",
        "expect: {\n  output: [8, 15, 15],  # checked\n  stride: 2,  # too\n"
        "  params: {max: 224}\n}\n",
        id="braces on lines",
    ),
    pytest.param(
        "expect: {params: {max: 999}}\n", "expect: {params: {max: 224}}\n", id="another limit"
    ),
    pytest.param(
        "expect: {params: {max: '1K' }}\n", "expect: {params: {max: 224 }}\n", id="in quotes"
    ),
    pytest.param(
        "expect: {params: {min: 1}}\n", "expect: {params: {min: 1, max: 224}}\n", id="its opposite"
    ),
    pytest.param(
        "expect:\n  params:  # of all\n    min: 1\n    max: 1K  # for now\n",
        "expect:\n  params:  # of all\n    min: 1\n    max: 224  # for now\n",
        id="a block of limits",
    ),
    pytest.param(
        "expect:\n  params:\n    min: 1  # some\n",
        "expect:\n  params:\n    min: 1  # some\n    max: 224\n",
        id="a block of its opposite",
    ),
    pytest.param(
        "expect: {params: 224}\n", "expect: {params: 224}\n", id="exact and right"
    ),
    pytest.param(
        "expect: {params: {max: 0.224K}}\n", "expect: {params: {max: 0.224K}}\n", id="the same"
    ),
    pytest.param(
        "expect: {params: {max: 999}}\nname: x\n",
        "expect: {params: {max: 224}}\nname: x\n",
        id="in the middle of the file",
    ),
]  # fmt: skip


@each(("before", "after"), STYLES)
def test_every_style_is_kept(before: str, after: str) -> None:
    assert done(HEAD + before, PARAMS).text == HEAD + after
    # And above the layers as well as below.
    assert done(before + HEAD, PARAMS).text == after + HEAD


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_file_in_braces(bom: bytes) -> None:
    text = b"{convcalc: 1, input: [3, 32, 32], layers: [{conv: {out: 8, k: 3}}],}\n"
    new = budgeted(convcalc.loads(bom + text), PARAMS)
    assert new.text == text.decode().replace("}],}", "}], expect: {params: {max: 224}},}")


def test_exact_expectations_are_kept_until_told() -> None:
    text = HEAD + "expect: {params: 225, macs: 194400}\n"
    kept = done(text, PARAMS)
    assert kept.text == text
    (entry,) = kept.entries
    assert entry[:7] == ("", "params", "224", "225", "225", "kept", "--update rewrites it")
    assert entry.value == 224
    assert [problem.slug for problem in kept.failures] == ["expected-params"]
    updated = done(text, Terms(only=("params", "macs"), update=True))
    assert updated.text == HEAD + "expect: {params: 224, macs: 194400}\n"
    assert [entry.change for entry in updated.entries] == ["changed", "same"]
    assert updated.failures == ()


def test_an_opposite_limit_that_is_passed_is_rewritten_only_when_told() -> None:
    text = HEAD + "expect: {params: {min: 300, max: 500}}\n"
    assert [one.slug for one in done(text, PARAMS).failures] == ["expected-params"]
    told = Terms(slack=Fraction(0), only=("params",), update=True)
    assert done(text, told).text == HEAD + "expect: {params: {min: 224, max: 224}}\n"


def test_shapes_and_strides_are_exact() -> None:
    terms = Terms(only=("stride", "output"))
    assert done(HEAD, terms).text == HEAD + "expect:\n  stride: 2\n  output: [8, 15, 15]\n"
    pattern = HEAD + "expect: {output: [8, ~, ~], stride: 2}\n"
    assert done(pattern, terms).text == pattern
    short = done(HEAD + "expect: {output: [8, 15]}\n", Terms(only=("output",), update=True))
    assert short.text == HEAD + "expect: {output: [8, 15, 15]}\n"
    wrong = HEAD + "expect:\n  output:\n    - 8\n    - ~\n    - 9\n  stride: {max: 9}\n"
    found = done(wrong, Terms(only=("stride", "output"), update=True))
    assert found.text == HEAD + "expect:\n  output:\n    [8, 15, 15]\n  stride: {max: 9}\n"
    assert [entry[5:7] for entry in found.entries] == [("same", ""), ("changed", "")]


def test_other_expectations_that_fail_are_told() -> None:
    found = done(HEAD + "expect: {stride: 4}\n", PARAMS)
    assert [problem.slug for problem in found.failures] == ["expected-stride"]


def test_a_field_that_sees_everything_is_left_out_unless_asked_for() -> None:
    text = HEAD + "  - global_avg_pool\n"
    field = done(text).entries[-1]
    assert (field.figure, field.today, field.change) == ("receptive_field", "32", "left out")
    assert "receptive_field" not in done(text).text
    asked = done(text, Terms(only=("receptive_field",)))
    assert asked.text == text + "expect:\n  receptive_field: {min: 29}\n"


def test_of_axes_that_differ_the_smallest_counts() -> None:
    text = "convcalc: 1\ninput: [1, 32, 32]\nlayers:\n  - conv: {out: 1, k: [3, 5], s: [1, 2]}\n"
    found = done(text, Terms(Fraction(0), only=("receptive_field", "stride")))
    assert found.text == text + "expect:\n  receptive_field: {min: 3}\n"
    assert found.entries[1][2:7] == (
        "1 to 2", "", "", "left out", "it differs from axis to axis",
    )  # fmt: skip


LAYERS = """\
convcalc: 1
input: [3, 32, 32]
blocks:
  unit:
    args: [c]
    layers:
      - conv: {out: =c, k: 3, p: 1}
layers:
  - conv: {out: 8, k: 3}  # first
    name: stem
  - {unit: {}, each: {c: [4, 8]}, name: body}
  - relu
  - conv:
      out: 2
      k: 1
  - {conv: {out: 2, k: 1}, if: =1>2}
"""


def test_layers_and_blocks_get_limits_of_their_own() -> None:
    # body: 8*9*4 + 4 = 292 and 4*9*8 + 8 = 296 parameters, 288 * 900 MACs each; last: 8*2 + 2.
    terms = Terms(slack=Fraction(0), only=("params", "macs"), layers=True)
    after = LAYERS.replace(
        "    name: stem\n",
        "    name: stem\n    expect: {params: {max: 224}, macs: {max: 194400}}\n",
    ).replace(
        "name: body}", "name: body, expect: {params: {max: 296}, macs: {max: 259200}}}"
    ).replace(
        "      k: 1\n", "      k: 1\n    expect: {params: {max: 18}, macs: {max: 14400}}\n"
    )  # fmt: skip
    after += "expect:\n  params: {max: 830}\n  macs: {max: 727200}\n"
    assert done(LAYERS, terms).text == after
    assert done(after, terms).is_changed is False


def test_what_costs_nothing_gets_no_limit() -> None:
    text = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - batch_norm: {}\n  - relu: {}\n"
    found = done(text, Terms(only=("params", "macs"), layers=True))
    assert "  - batch_norm: {}\n    expect: {params: {max: 6}}\n  - relu: {}\n" in found.text


def test_what_cannot_be_edited_is_said() -> None:
    # The blank lines belong to the text: with something behind them it would be another.
    text = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - relu:\n    note: |+\n      a\n\n\n"
    try:
        found = done(text)
    except BudgetError as error:
        assert str(error) == "the limits would change more than `expect`"  # noqa: PT017
    else:
        assert convcalc.loads(found.text)


def test_a_file_that_has_no_room_for_limits_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcalc.document.characters.MAX_BYTES", len(HEAD) + 10)
    with pytest.raises(BudgetError) as caught:
        done(HEAD)
    most = f"the file has more than {len(HEAD) + 10} bytes"
    assert str(caught.value) == f"the limits would break the file: {most}"
    assert caught.value.help.startswith("write `expect: {params: {max: 12M}}` by hand")


def test_a_sum_that_lacks_a_part_gets_no_limit_but_its_least_is_told() -> None:
    found = done(HEAD + "  - {opaque: {output: [8, 5, 5]}, name: o}\n")
    assert not found.is_changed
    assert [(entry.figure, entry.today) for entry in found.entries][:3] == [
        ("params", "at least 224"),
        ("macs", "at least 194,400"),
        ("memory", "at least 41.00 KiB"),
    ]
    assert {entry.change for entry in found.entries} == {"left out"}
    assert found.entries[2].reason == "`o` does not tell its part"


def test_a_network_that_does_not_plan_has_no_figures() -> None:
    with pytest.raises(convcalc.StackError):
        done(HEAD.replace("k: 3", "k: 99"))


@pytest.mark.parametrize("file", configs())
def test_every_example_keeps_its_comments_and_holds(file: Path) -> None:
    before = file.read_text(encoding="utf-8")
    found = budgeted(convcalc.load(file), Terms(layers=True, update=True))
    assert found.failures == ()
    assert found.is_changed
    # What was there is there still, in its order.
    rest = iter(found.text)
    assert all(char in rest for char in before)
    comments = [line for line in before.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in found.text.splitlines() if line.lstrip().startswith("#")] == comments


def test_limits_that_would_break_the_file_are_not_written() -> None:
    network = convcalc.loads(HEAD, "a.net.yaml")
    with pytest.raises(
        BudgetError, match="the limits would break the file: there is no key `inputs`"
    ):
        answer._failures(network, HEAD.replace("input", "inputs"), 100)
    with pytest.raises(BudgetError, match="would change more than `expect`"):
        answer._failures(network, HEAD.replace("out: 8", "out: 9"), 100)
    assert answer._failures(network, HEAD, 100) == ()
