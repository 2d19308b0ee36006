"""Files made to take forever: a finding, in bounded work and memory, and never a crash."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import convcalc
from convcalc import planning
from convcalc.network import expand, placement, trials
from convcalc.network.count import at_least
from convcalc.network.expand import Expansion
from tests.each import each
from tests.ending import ending

HEAD = "convcalc: 1\ninput: [3, 32, 32]\n"


@contextmanager
def bounded(megabytes: int | None = None) -> Iterator[None]:
    if megabytes is not None:
        tracemalloc.start()
    try:
        with ending():
            yield
        if megabytes is not None:
            assert tracemalloc.get_traced_memory()[1] < megabytes * 10**6
    finally:
        if megabytes is not None:
            tracemalloc.stop()


def slugs(text: str, **options: int) -> list[str]:
    try:
        convcalc.plan(convcalc.loads(text), **options)  # type: ignore[arg-type]
    except convcalc.StackError as error:
        return [problem.slug for problem in error.problems]
    return []


def tower(depth: int, use: str, innermost: str) -> str:
    blocks = [f"  b{i}: {{layers: [{use.format(f'b{i + 1}')}]}}\n" for i in range(depth)]
    blocks.append(f"  b{depth}: {{layers: [{innermost}]}}\n")
    return HEAD + "blocks:\n" + "".join(blocks) + "layers: [b0]\n"


BOMBS = [
    pytest.param(HEAD + "layers: [{relu: {}, repeat: 999999999999999999}]\n", id="one repeat"),
    pytest.param(HEAD + "layers: [{relu: {}, repeat: =10*1000*1000}]\n", id="by expression"),
    pytest.param(tower(9, "{{{}: {{}}, repeat: 100}}", "relu"), id="blocks that repeat"),
    pytest.param(tower(60, "{0}, {0}", "relu"), id="blocks that double"),
    pytest.param(tower(9, "{{{}: {{}}, repeat: =cin*33}}", "relu"), id="repeats by expression"),
    pytest.param(
        HEAD
        + "blocks:\n"
        + "".join(
            f"  b{i}: {{args: [x], layers: [{{b{i + 1}: {{}}, each: {{x: [1, 2, 3, 4]}}}}]}}\n"
            for i in range(9)
        )
        + "  b9: {args: [x], layers: [relu]}\nlayers: [{b0: {x: 1}}]\n",
        id="blocks with each",
    ),
]


@pytest.mark.parametrize("text", BOMBS)
def test_too_many_layers(text: str) -> None:
    with bounded():
        assert slugs(text, max_layers=10_000) == ["too-many-layers"]


def test_refusing_takes_no_memory() -> None:
    with bounded(megabytes=10):
        assert slugs(tower(60, "{0}, {0}", "relu"), max_layers=10_000) == ["too-many-layers"]


WITHOUT_LAYERS = [
    pytest.param(tower(60, "{0}, {0}", "{relu: {}, if: =cin>3}"), id="all left out"),
    pytest.param(
        tower(60, "{0}, {0}", "{relu: {}, repeat: 0}"),
        id="all repeated 0 times",
        marks=pytest.mark.thorough,
    ),
    pytest.param(
        HEAD
        + "blocks:\n  b: {layers: ["
        + "{relu: {}, repeat: 0}, " * 3000
        + "relu]}\nlayers: [{b: {}, repeat: 5000}]",
        id="a long list of nothing",
        marks=pytest.mark.thorough,
    ),
    pytest.param(
        HEAD
        + "blocks:\n  b: {layers: [relu], args: {"
        + ", ".join(f"a{i}: 1" for i in range(6000))
        + "}}\nlayers: [{b: {}, repeat: 5000}]",
        id="arguments",
    ),
    pytest.param(
        HEAD + "layers: [{add: [prev, " + ", ".join(["input"] * 6000) + "], repeat: 5000}]",
        id="inputs of merges",
    ),
    pytest.param(
        HEAD
        + "blocks: {b: {layers: [{relu: {}, if: '="
        + "+".join(["cin"] * 120)
        + ">0'}]}}\nlayers: [{b: {}, repeat: 9000}]",
        id="steps of expressions",
    ),
]


@pytest.mark.parametrize("text", WITHOUT_LAYERS)
def test_work_that_makes_few_layers_is_bounded(text: str) -> None:
    with bounded():
        assert slugs(text, max_layers=10_000) == ["too-much-work"]


def test_patterns_of_different_layers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 4,000 joins of 4,096 positions kept a table of its own: 3 GB and over a minute."""
    monkeypatch.setattr(placement, "MAX_LISTED", 1_000)
    text = (
        "convcalc: 1\ninput: [1, 64]\nblocks:\n  b:\n    args: {c: 1}\n    layers:\n"
        "      - {conv: {out: =c, k: 1}, from: input, name: a}\n"
        "      - concat: {inputs: [a, a], axis: positions}\n"
        "layers:\n" + "".join(f"  - b: {{c: {n}}}\n" for n in range(1, 10))
    )
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(text))
    # Two tables of 128 units each: four of them are beyond a thousand.
    assert str(caught.value) == (
        "8:9: error CC916 too-much-work: the patterns of different layers list more than "
        "1,000 units; no further than layer `b_4.concat_1` (concat), used in line 13\n"
        "  positions that are joined, strides and bins of thousands each have a table\n"
        "  help: repeat equal layers, which have one table, or divide the network"
    )


@pytest.mark.parametrize(
    ("join", "most"),
    [
        pytest.param("{concat: {inputs: [" + "x, " * 999 + "], axis: positions}}", 500_000,
                     id="a table of each of many inputs"),
        pytest.param("{concat: {inputs: [x, x], axis: positions}, repeat: 200}", 500,
                     id="one table read by many layers"),
    ],
)  # fmt: skip
def test_tables_that_plans_read_are_bounded(
    join: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,040 names took 24 s."""
    monkeypatch.setattr(planning, "MAX_ENTRIES", most)
    text = f"convcalc: 1\ninput: [1, 9]\nlayers: [{{identity: {{}}, name: x}}, {join}]\n"
    with ending():
        rows = convcalc.plan(convcalc.loads(text)).rows
    assert rows[-1].receptive_fields == ()


def test_patterns_of_a_chain_are_followed_while_they_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Units of two phases at every layer: 2, 4, 6 entries, and 8 are too many."""
    monkeypatch.setattr(planning, "MAX_ENTRIES", 6)
    layers = "{conv_transpose: {out: 1, k: 3, s: 2, p: 1}}, {conv: {out: 1, k: 3}, repeat: 5}"
    plan = convcalc.plan(convcalc.loads(f"convcalc: 1\ninput: [1, 20]\nlayers: [{layers}]\n"))
    assert [bool(row.receptive_fields) for row in plan.rows] == [True] * 3 + [False] * 3
    # Straight lines have none.
    plan = convcalc.plan(
        convcalc.loads("convcalc: 1\ninput: [1, 20]\nlayers: [{conv: {out: 1, k: 3}, repeat: 9}]\n")
    )
    assert all(row.receptive_fields for row in plan.rows)


def test_a_merge_that_does_not_fit_is_traced_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way back of each of 10,000 layers was kept: 3 GB."""
    monkeypatch.setattr(trials, "MAX_STEPS", 1_000)
    layers = "".join(f"  - {{conv: {{out: 1, k: 3}}, name: a{n}}}\n" for n in range(20))
    text = f"convcalc: 1\ninput: [1, 90]\nlayers:\n{layers}  - {{add: [a0, a1], repeat: 50}}\n"
    names = ", ".join(f"a{n}" for n in range(20))
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(f"{text}  - add: [{names}]\n"))
    (short,) = caught.value.problems
    # Gone back for once, and behind a finding the long one may be no news.
    assert short.note.endswith("the same holds for 49 more layers")
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(text.replace("[a0, a1]", f"[{names}]")))
    (long,) = caught.value.problems
    assert (long.note, long.help) == (
        "add wants equal shapes, or a gate [1], got 1x88 and 1x86 and 1x84 and 1x82 and 1x80 and "
        "1x78 and 14 more; the same holds for 49 more layers",
        "pad or crop one of them",
    )


def test_what_is_said_of_too_much_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expand, "STEPS_PER_LAYER", 1)
    text = HEAD + (
        "blocks:\n"
        "  nothing: {layers: [{relu: {}, repeat: 0}, {relu: {}, if: =cin>3, name: never}]}\n"
        "layers:\n"
        "  - {nothing: {}, repeat: 999}\n"
        "  - {nothing: {}, repeat: 9999}\n"
        "  - relu\n"
    )
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(text))
    assert str(caught.value) == (
        "4:45: error CC916 too-much-work: the network takes more than 100,000 steps to place, "
        "and gets no further than `never`\n"
        "  entries that are left out, arguments and inputs of merges take steps too\n"
        "  help: use blocks and merges less often, or raise the limit with --max-layers"
    )


@each(
    ("file", "steps"),
    [
        # An entry takes 10, and each of its passes 10 more; an input, an argument or a step of an
        # expression takes 3.
        pytest.param("layers: [relu]", 20, id="a layer"),
        pytest.param("layers: [{relu: {}, repeat: 5}]", 60, id="a series"),
        pytest.param("layers: [relu, {relu: {}, repeat: 0}]", 30, id="an empty series"),
        pytest.param("layers: [relu, {relu: {}, if: false}]", 40, id="left out"),
        pytest.param("layers: [{add: [prev, input]}]", 26, id="a merge"),
        pytest.param("layers: [{conv: {out: =2*cin, k: 1}}]", 29, id="an expression"),
        pytest.param(
            "blocks: {b: {args: {c: 1, d: 2}, layers: [relu]}}\nlayers: [b]", 46, id="a block"
        ),
    ],
)
def test_steps_are_counted(file: str, steps: int) -> None:
    network = convcalc.loads(HEAD + file)
    expansion = Expansion(network.template, network.document, network.inputs, {}, 10, {}, {})
    expansion.run()
    assert expansion.budget.spent == steps


@pytest.mark.thorough
def test_a_file_full_of_expressions() -> None:
    lines = "".join(f"  - conv: {{out: ={'+'.join([f'{i}'] * 90)}, k: 1}}\n" for i in range(4000))
    with bounded():
        found = slugs(HEAD + "layers:\n" + lines)
    assert found == ["too-much-work"]


@pytest.mark.thorough
def test_variables_in_a_chain() -> None:
    chain = "".join(f"  v{i}: =v{i - 1}\n" for i in range(1, 20_000))
    with bounded():
        assert slugs(HEAD + f"vars:\n  v0: 1\n{chain}layers: [relu]") == []


@pytest.mark.thorough
def test_fields_of_many_inputs_are_followed_for_a_while_only() -> None:
    names = [f"i{number}" for number in range(500)]
    text = (
        "convcalc: 1\ninput: {"
        + ", ".join(f"{name}: [1, 9, 9]" for name in names)
        + f"}}\nlayers: [{{add: [{', '.join(names)}]}}, "
        + "{conv: {out: 1, k: 3, p: 1}, repeat: 1000}]"
    )
    with bounded(megabytes=200):
        plan = convcalc.plan(convcalc.loads(text))
    assert len(plan.rows[100].seen) == 500
    assert plan.rows[100].receptive_field is not None
    followed = sum(len(row.seen) for row in plan)
    assert 100_000 < followed * 4 <= 500_000 + 10 * len(plan)
    first = plan[plan.unfollowed]
    assert first.receptive_field is None
    assert all(not row.seen for row in plan.rows[first.node.at - 500 :])


def test_fields_of_one_input_are_always_followed() -> None:
    text = HEAD + "layers: [{conv: {out: 3, k: 3, p: 1}, repeat: 3000}]"
    plan = convcalc.plan(convcalc.loads(text))
    assert plan.unfollowed == ""
    assert plan.rows[-1].receptive_field is not None
    assert plan.rows[-1].receptive_field.size == (6001, 6001)


def test_the_limit_counts_exactly() -> None:
    text = (
        HEAD + "layers: [{relu: {}, repeat: 50}, {tanh: {}, if: false}, {relu: {}, repeat: =50}]\n"
    )
    assert slugs(text, max_layers=100) == []
    assert slugs(text, max_layers=99) == ["too-many-layers"]


@pytest.mark.thorough
def test_a_hundred_thousand_layers() -> None:
    with bounded():
        plan = convcalc.plan(convcalc.loads(HEAD + "layers: [{tanh: {}, repeat: 100000}]\n"))
        assert len(plan) == 100_000


@each("count", [63, 64, 65, 1000])
def test_blocks_in_a_chain(count: int) -> None:
    text = tower(count - 1, "{0}", "relu")
    with bounded():
        assert slugs(text) == ([] if count <= 64 else ["nesting-too-deep"])


@pytest.mark.thorough
def test_blocks_in_a_long_circle() -> None:
    text = tower(5000, "{0}", "b0")
    with bounded(), pytest.raises(convcalc.StackError) as caught:
        convcalc.loads(text)
    circle, depth = sorted(caught.value.problems, key=lambda problem: problem.slug, reverse=True)
    assert circle.message == "block `b0` uses itself: b0 -> b1 -> b2 -> ... -> b5000 -> b0"
    assert depth.slug == "nesting-too-deep"


@pytest.mark.thorough
def test_an_expression_cannot_grow() -> None:
    squares = "".join(f"  a{i}: =a{i - 1}*a{i - 1}\n" for i in range(1, 1000))
    with bounded():
        assert slugs(HEAD + "vars:\n  a0: 10\n" + squares + "layers: [relu]\n") == [
            "bad-expression"
        ]


@pytest.mark.parametrize("layer", ["upsample: 1000000", "pixel_shuffle: 1", "pad: 1000000000"])
def test_sizes_grow_to_the_limit_only(layer: str) -> None:
    with bounded():
        found = slugs(HEAD + f"layers: [{{{layer}, repeat: 1000}}]\n")
    assert found == (["size-too-large"] if "upsample" in layer else [])


# Patterns of receptive fields that repeat only after very many units.
PATTERNS = [
    pytest.param("adaptive_avg_pool: 5000", id="adaptive bins"),
    pytest.param("upsample: {output_size: 5000}", id="nearest"),
    pytest.param("upsample: {output_size: 5000, mode: bilinear}", id="bilinear"),
    pytest.param("upsample: {scale_factor: 1.2345678}", id="an odd factor"),
    pytest.param("conv_transpose: {out: 3, k: 3, s: 100000000}", id="a huge stride"),
]


@each("layer", PATTERNS)
def test_endless_patterns_are_not_followed(layer: str) -> None:
    text = (
        "convcalc: 1\ninput: [3, 5003, 5003]\nlayers:\n"
        + f"  - {layer}\n  - conv: {{out: 3, k: 3}}\n"
    )
    with bounded(megabytes=50):
        plan = convcalc.plan(convcalc.loads(text))
    assert [row.receptive_field for row in plan] == [None, None]
    assert plan.to_dict()["rows"][0]["receptive_field"] is None


@pytest.mark.thorough
def test_long_patterns_are_followed_for_a_while_only() -> None:
    text = """
convcalc: 1
input: [3, 4093, 4093]
layers:
  - upsample: {output_size: 4091}
  - {conv: {out: 3, k: 3, p: 1}, repeat: 1000}
"""
    with bounded():
        plan = convcalc.plan(convcalc.loads(text))
    assert plan["conv_1.0"].receptive_field is not None
    assert plan["conv_1.999"].receptive_field is None


def test_a_wide_kernel_on_a_long_pattern() -> None:
    text = """
convcalc: 1
input: [3, 4001, 4001]
layers:
  - upsample: {output_size: 4093}
  - conv_transpose: {out: 3, k: 3, s: 2, d: 3, p: 3}
  - conv: {out: 3, k: 3000}
"""
    with bounded():
        assert len(convcalc.plan(convcalc.loads(text))) == 3


@pytest.mark.thorough
def test_a_thousand_layers_with_the_same_mistake() -> None:
    text = HEAD + "layers: [{conv: {out: 3, k: 1, g: 2}, repeat: 90000}]\n"
    with bounded():
        assert slugs(text) == ["groups-indivisible"]


def test_numbers_of_layers_are_told_up_to_a_thousand_million_million() -> None:
    assert at_least(10**15) == "at least 1,000,000,000,000,000"
    assert at_least(10**15 + 1) == "more than 10**15"
