"""What a sum is made of: the parts of every example add up to it."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.planning.contributors import Contributor, contributors, shares, whole
from convcalc.planning.memory import alive_at_peak
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
FILES = ["unet", "densenet121", "squeezenet1_0", "shufflenet_v2_x1_0", "wavenet_stack", "lenet5"]


@pytest.mark.parametrize("name", FILES)
def test_the_parts_add_up(name: str) -> None:
    plan = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    params = [node.facts.params for node in plan.graph.nodes]
    parts = contributors(plan.graph, params, whole(plan.graph))
    assert sum(part.amount for part in parts) == plan.totals.params
    assert [part.amount for part in parts] == sorted((p.amount for p in parts), reverse=True)
    # No block that could be told apart has more than half of everything.
    rows = {row.name for row in plan}
    assert 2 * parts[0].amount <= plan.totals.params or parts[0].name in rows


@each("name", FILES)
def test_the_tensors_alive_add_up_to_the_peak(name: str) -> None:
    plan = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    alive = alive_at_peak(plan.graph, 1, 4)
    assert sum(alive.values()) == plan.totals.memory.peak_activations
    # The layer that runs at the peak is one of them, unless it writes into what it reads.
    assert plan.totals.memory.peak_at in {plan.graph.name_of(index) for index in alive}


@pytest.mark.parametrize(
    ("repeat", "named"),
    [
        pytest.param(20, "unit_1.0", id="a twentieth each"),
        pytest.param(21, "unit_1.*", id="less than a twentieth each"),
    ],
)
def test_many_small_parts_stay_one(repeat: int, named: str) -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: [4, 8, 8]\n"
        "blocks: {unit: {layers: [{conv: {out: 4, k: 3, p: 1}}, relu]}}\n"
        f"layers: [{{unit: {{}}, repeat: {repeat}}}]\n"
    )
    planned = convcalc.plan(network)
    amounts = [node.facts.params for node in planned.graph.nodes]
    assert contributors(planned.graph, amounts, whole(planned.graph))[0].name == named


def test_an_input_that_nothing_reads_is_no_part_of_the_peak() -> None:
    text = "convcalc: 1\ninput: {a: [9, 9, 9], b: [1, 4]}\nlayers: [{relu: {}, from: b}]\n"
    plan = convcalc.plan(convcalc.loads(text))
    # Input and output of the layer: 4 numbers of 4 bytes each.
    assert alive_at_peak(plan.graph, 1, 4) == {1: 16, 2: 16}
    assert plan.totals.memory.peak_activations == 32


SHARES = [
    pytest.param([Contributor("a", 5)], 5, "all in `a`", id="one has everything"),
    pytest.param([], 0, "", id="nothing"),
    pytest.param(
        [Contributor("a", 2), Contributor("b", 1)],
        3,
        "most in `a` 2 (66.7 %), `b` 1 (33.3 %)",
        id="two",
    ),
    pytest.param(
        [Contributor("a", 4), Contributor("b", 3), Contributor("c", 2), Contributor("d", 1)],
        10,
        "most in `a` 4 (40.0 %), `b` 3 (30.0 %), `c` 2 (20.0 %)",
        id="the first three",
    ),
    pytest.param(
        [Contributor("a", 10**400), Contributor("b", 10**400)],
        2 * 10**400,
        f"most in `a` {10**400:,} (50.0 %), `b` {10**400:,} (50.0 %)",
        id="beyond any float",
    ),
]  # fmt: skip


@each(("parts", "total", "text"), SHARES)
def test_shares(parts: list[Contributor], total: int, text: str) -> None:
    assert shares(parts, total) == text
