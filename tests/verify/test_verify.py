"""`convcalc.features.verify`: what is run, what is chosen, and the networks of the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.arrays.budget import PROCESS_BYTES, WORKSPACE_BYTES, workspace_values
from convcalc.core.errors import StackError
from convcalc.features.verify import CHECKS, Report, measure, seen_fields, verify
from convcalc.features.verify.memory import check_memory, needed
from convcalc.features.verify.words import page
from convcalc.kinds import find_kind
from convcalc.kinds.conv import Conv
from convcalc.report.table import Table
from tests.drawn_layers import Drawn, legal, running
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
# The large ones at a smaller input, through which all their layers still stand.
SMALLER: dict[str, tuple[int, ...]] = {
    "unet": (1, 188, 188),
    "unet3d": (3, 92, 92, 92),
}
QUICK = ("id_cnn", "lenet5", "textcnn")

TWO = """\
convcalc: 1
input: [3, 8, 8]
blocks:
  cbr: {args: [c], layers: [conv: {out: =c, k: 3, p: 1}, batch_norm, relu]}
layers:
  - {cbr: {c: 4}, repeat: 2}
  - {conv: {out: 4, k: 3, p: 1}, name: last}
"""


def failing(report: Report) -> list[tuple[str, Any]]:
    return [(layer.name, check) for layer in report.layers for check in layer.failed]


@pytest.mark.parametrize("name", QUICK)
def test_a_small_example(name: str) -> None:
    report = verify(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    assert failing(report) == []
    assert report.held > 5 * len(report.layers)


@each(
    ("layer", "ways"),
    [
        pytest.param("conv: {out: 3, k: 3, p: 1}", "by gradient and C'", id="convolution"),
        pytest.param("conv: {out: 3, k: 3, s: 2}", "by gradient and C'", id="stride"),
        pytest.param("conv_transpose: {out: 3, k: 3, s: 2}", "by gradient and C'", id="transposed"),
        pytest.param(
            "conv: {out: 3, k: 3, p: 1, padding_mode: reflect}",
            "by gradient; no layer transposes the padding mode reflect",
            id="a mirror",
        ),
        pytest.param("avg_pool: 2", "by gradient", id="a pool"),
    ],
)
def test_a_transpose_is_found_both_ways_where_a_layer_undoes_this_one(
    layer: str, ways: str
) -> None:
    network = convcalc.loads(f"convcalc: 1\ninput: [2, 7, 6]\nlayers: [{layer}]")
    (found,) = verify(network, checks=["adjoint"]).layers
    (check,) = found.checks
    assert (check.ok, check.note) == (True, ways)


@pytest.mark.thorough
@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.net.yaml")), ids=lambda path: path.name)
def test_every_example(path: Path) -> None:
    name = path.name.removesuffix(".net.yaml")
    assert failing(verify(convcalc.load(path), input=SMALLER.get(name))) == []


def alone(drawn: Drawn) -> convcalc.Network:
    """The network of one drawn layer; JSON is YAML."""
    names = [f"in{number}" for number in range(len(drawn.case.inputs))]
    # A source reads none, and a network has one.
    inputs = dict(zip(names or ["in0"], drawn.case.inputs or ((1,),), strict=True))
    fields = dict(drawn.case.fields) | ({"inputs": names} if drawn.layer.is_merge else {})
    layer = json.dumps({drawn.case.kind: fields})
    return convcalc.loads(f"convcalc: 1\ninput: {json.dumps(inputs)}\nlayers: [{layer}]\n")


@pytest.mark.parametrize("count", [2, pytest.param(60, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("kind", running())
def test_drawn_layers_of_every_kind(kind: str, count: int) -> None:
    """What a kind says of its copies (`thinned`, `turns`, `on_map`) is so."""
    model = find_kind(kind)
    assert model is not None
    for drawn in legal(model, kind, count):
        assert failing(verify(alone(drawn))) == [], drawn.case


def test_equal_layers_run_once() -> None:
    report = verify(convcalc.loads(TWO))
    assert [layer.same_as for layer in report.layers] == [
        *("",) * 3, "", "cbr_1.0.batch_norm_1", "cbr_1.0.relu_1", "cbr_1.1.conv_1",
    ]  # fmt: skip
    assert report.ran == 4
    # What they see is their own.
    assert [layer["field"].measured for layer in report.layers if layer.kind == "conv"] == [
        "3 /1 @-1", "5 /1 @-2", "7 /1 @-3",
    ]  # fmt: skip


def test_checks_and_layers_are_chosen() -> None:
    network = convcalc.loads(TWO)
    report = verify(network, checks=["shape", "macs"], layers=["cbr_1.1", "last"])
    assert [layer.name for layer in report.layers] == [
        "cbr_1.1.conv_1", "cbr_1.1.batch_norm_1", "cbr_1.1.relu_1", "last",
    ]  # fmt: skip
    assert report.names() == ("shape", "macs")
    with pytest.raises(KeyError, match="no layer `lost`; did you mean `last`"):
        verify(network, layers=["lost"])


def test_shapes_are_handed_on_as_they_came_out(monkeypatch: pytest.MonkeyPatch) -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: [1, 9]\nlayers: [conv: {out: 2, k: 3}, relu, max_pool: 2]\n"
    )
    output = Conv.output
    # The plan is wrong by one pixel: 6 and, behind the pool, still 3.
    monkeypatch.setattr(Conv, "output", lambda self, x: (output(self, x)[0], 6))
    report = verify(network, checks=["shape"])
    assert [(layer.inputs[0], failed.planned, failed.measured)
            for layer in report.layers for failed in layer.failed] == [
        ((1, 9), "2x6", "2x7"),
        ((2, 7), "2x6", "2x7"),
    ]  # fmt: skip


def test_only_what_is_asked_for_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    network = convcalc.loads("convcalc: 1\ninput: [8, 500, 500]\nlayers: [conv: {out: 8, k: 3}]\n")
    sizes: list[int] = []
    forward = Conv.forward

    def watched(self: Conv, ops: Any, x: Any, w: Any) -> Any:
        sizes.append(x.size)
        return forward(self, ops, x, w)

    monkeypatch.setattr(Conv, "forward", watched)
    assert verify(network, checks=["field", "stretched", "adjoint"]).is_clean
    assert max(sizes) < 10_000


def test_the_batch_counts() -> None:
    network = convcalc.loads(TWO)
    one, three = (verify(network, batch=batch, layers=["last"])["last"] for batch in (1, 3))
    assert (one["macs"].measured, three["macs"].measured) == ("9,216", "27,648")
    assert failing(verify(network, batch=3)) == []


def test_the_seed_draws_the_numbers() -> None:
    network = convcalc.loads(TWO)
    first, again, other = (verify(network, seed=seed, checks=["adjoint"]) for seed in (1, 1, 2))
    assert first["last"].checks == again["last"].checks
    assert first["last"].checks != other["last"].checks


def test_a_network_too_large_is_refused_before_it_starts() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [1, 1000, 1000]\nlayers: [conv: {out: 64, k: 3}]")
    with pytest.raises(StackError) as caught:
        verify(network, max_memory=500_000_000)
    (problem,) = caught.value.problems
    assert (problem.slug, problem.layer) == ("needs-memory", "conv_1")
    assert problem.message.endswith("and may use 500 MB")
    # One layer that fits may still run.
    assert verify(network, input=(1, 9, 9), max_memory=500_000_000).is_clean


def test_work_beyond_the_budget_is_left_out_and_named() -> None:
    # 10^6 channels, each of which reads 99,999: 4 * 10^11 steps.
    network = convcalc.loads(
        "convcalc: 1\ninput: [1000000, 2, 2]\nlayers: [relu, local_response_norm: 99999]\n"
    )
    report = verify(network)
    assert [check.ok for check in report["relu_1"].checks] == [True] * 3
    assert {check.ok for check in report["local_response_norm_1"].checks} == {None}
    left = report["local_response_norm_1"]["shape"]
    assert (left.planned, left.measured) == ("400,012,200,000 steps", "left out")
    assert left.note.startswith("more work than is left of 30,000,000,000 steps; ")
    small = verify(convcalc.loads(TWO), max_steps=1)
    assert (small.held, small.failed, small.not_compared > 30) == (0, 0, True)


def test_a_field_of_2_to_the_60_pixels_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    # What fits into the memory of 2,000,000,000 bits takes a second to follow.
    monkeypatch.setattr(seen_fields, "MOST_BITS", 1_000_000)
    halved = "conv: {out: 1, k: 3, s: 2, p: 1}"
    network = convcalc.loads(f"convcalc: 1\ninput: [1, 1]\nlayers: [{', '.join([halved] * 60)}]\n")
    report = verify(network, checks=["field"])
    # 2^(n + 1) - 1 pixels, Araujo et al. 2019.
    assert report["conv_4"]["field"].measured == "31 /16 @-15"
    last = report["conv_60"]["field"]
    assert (last.ok, last.note) == (
        None, "it would take too long; a smaller --input has the same field",
    )  # fmt: skip


def test_windows_on_padding_alone_are_no_failure() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [1, 1]\nlayers: [max_pool: {k: 2, d: 2, p: 1}]\n")
    check = verify(network)["max_pool_1"]["finite"]
    assert (check.ok, check.note) == (None, "1 window on padding alone: -inf, as in PyTorch")


def test_a_pool_is_not_invariant() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [8, 64]\nlayers: [max_pool: 4]\n")
    check = verify(network, checks=["shift"])["max_pool_1"]["shift"]
    assert (check.ok, check.planned) == (True, "by 4: by 1")
    # 1/sqrt(4) of a mean would be 50 %; the largest of four notices less.
    assert re.fullmatch(
        r"not invariant: a shift by 1 changes it (3\d|4\d) % as much as another input does",
        check.note,
    )


@each(
    ("layer", "note"),
    [
        pytest.param("conv: {out: 1, k: 3}", "", id="no padding"),
        # Of 3 + 3 + 2 pixels, less the one that moved out, seven windows; the outer two are padded.
        pytest.param(
            "conv: {out: 1, k: 3, p: 1}", "away from the padding, 5 of 7 units an axis", id="padded"
        ),
        pytest.param(
            "conv: {out: 1, k: 3, p: 2, padding_mode: circular}",
            "away from the padding, 7 of 11 units an axis",
            id="a border that is the map again",
        ),
    ],
)
def test_a_shift_says_what_the_padding_leaves_out(layer: str, note: str) -> None:
    network = convcalc.loads(f"convcalc: 1\ninput: [1, 12, 12]\nlayers: [{layer}]\n")
    check = verify(network, checks=["shift"])["conv_1"]["shift"]
    assert (check.ok, check.planned, check.note) == (True, "by 1: by 1", note)


def test_a_shift_by_a_stride_says_what_the_padding_leaves_out() -> None:
    """Of 3 + 6 + 2 pixels, less two that moved out, five windows; the outer two are padded."""
    network = convcalc.loads(
        "convcalc: 1\ninput: [1, 12, 12]\nlayers: [conv: {out: 1, k: 3, s: 2, p: 1}]\n"
    )
    check = verify(network, checks=["shift"])["conv_1"]["shift"]
    note = "away from the padding, 3 of 5 units an axis"
    assert (check.ok, check.planned, check.note) == (True, "by 2: by 1", note)


def test_what_the_checks_of_a_layer_take() -> None:
    """Its input of 100 numbers, its output and what is looked for in it, for each sample."""
    network = convcalc.loads("convcalc: 1\ninput: [1, 10, 10]\nlayers: [conv: {out: 1, k: 1}]\n")
    plan = convcalc.plan(network, batch=3)
    # A kernel of one number and a bias; nothing of its own beside.
    beside = workspace_values(plan.graph, plan.graph.layers[0])
    fixed = PROCESS_BYTES + WORKSPACE_BYTES + (64 << 20)
    assert needed(plan, plan.rows[0]) == 4 * (3 * (100 + 2 * 100 + beside) + 2) + fixed


def test_without_a_limit_half_of_what_is_free_may_be_used() -> None:
    plan = convcalc.plan(convcalc.loads(TWO))
    most = max(needed(plan, row) for row in plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("convcalc.features.verify.memory.free_memory", lambda: 2 * most)
        check_memory(plan, range(len(plan)), None)
        patch.setattr("convcalc.features.verify.memory.free_memory", lambda: 2 * most - 1)
        with pytest.raises(StackError, match=r"half of the .* that are free"):
            check_memory(plan, range(len(plan)), None)


@each(("checks", "has_laws"), [(["shape", "macs"], False), (["shape", "flip"], True)])
def test_laws_have_a_column_where_one_was_looked_at(checks: list[str], has_laws: bool) -> None:
    found = page(verify(convcalc.loads(TWO), checks=checks), "table")
    (table,) = (part for part in found.parts if isinstance(part, Table))
    assert ("laws" in [column.key for column in table.columns]) is has_laws


def test_what_was_not_made_is_not_there() -> None:
    report = verify(convcalc.loads(TWO), checks=["shape"])
    with pytest.raises(KeyError, match="`last` has no check `macs`"):
        report["last"]["macs"]
    with pytest.raises(KeyError, match="no layer `lost` in the report"):
        report["lost"]


@pytest.mark.parametrize("size", [20, 21, 22])
def test_every_size_of_the_class_is_restored(size: int) -> None:
    # Dumoulin & Visin, relationship 14: (i + 2p - k) mod s tells them apart.
    network = convcalc.loads(
        f"convcalc: 1\ninput: [1, {size}]\nlayers: [conv: {{out: 1, k: 5, s: 3, p: 1}}]\n"
    )
    check = verify(network, checks=["restored"])["conv_1"]["restored"]
    assert (check.ok, check.measured) == (True, "3 restored")


def test_the_dense_layer_of_a_map() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [4, 7, 7]\nlayers: [flatten, linear: 8]\n")
    check = verify(network)["linear_1"]["dense"]
    assert (check.ok, check.planned, check.note) == (True, "conv k7x7", "on 3x3x3")


def test_every_check_has_a_layer_that_makes_it() -> None:
    text = (
        "convcalc: 1\ninput: [4, 9, 9]\n"
        "layers: [conv: {out: 4, k: 3}, max_pool: 2, flatten, linear: 3]\n"
    )
    assert verify(convcalc.loads(text)).names() == tuple(CHECKS)


@pytest.mark.parametrize(
    ("input", "layer", "check", "ok"),
    [
        pytest.param(
            "[3, 1, 4]", "upsample: {output_size: [1, 7], mode: bilinear, align_corners: true}",
            "field", True, id="corners of a single pixel",
        ),
        pytest.param(
            "[1, 2]", "conv_transpose: {out: 1, k: 2, d: 3, p: 3, a: 2}",
            "restored", None, id="an output that is output padding alone",
        ),
    ],
)  # fmt: skip
def test_layers_at_the_edge(input: str, layer: str, check: str, ok: bool | None) -> None:
    network = convcalc.loads(f"convcalc: 1\ninput: {input}\nlayers: [{layer}]\n")
    (report,) = verify(network).layers
    assert (report[check].ok, report.failed) == (ok, ())


@each(
    ("arguments", "said"),
    [
        ({"checks": ["shapes"]}, "there is no check `shapes`\n  help: did you mean `shape`?"),
        ({"checks": "shape"}, "checks wants a list of names, got 'shape'"),
        ({"layers": "last"}, "layers wants a list of names, got 'last'"),
        ({"seed": -1}, "seed wants an integer from 0 on, got -1"),
        ({"max_steps": 0}, "max_steps wants an integer from 1 on, got 0"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(StackError) as caught:
        verify(convcalc.loads(TWO), **arguments)
    assert said in str(caught.value)


@each(("features", "largest"), [(2**20 - 1, 4), (2**20, 1)])
def test_integers_are_so_small_that_their_sums_are_exact_in_float32(
    features: int, largest: int
) -> None:
    # 2**20 products of 4 and 4 are 2**24, beyond which float32 has no odd numbers.
    kind = find_kind("linear")
    assert kind is not None
    layer = kind.model_validate({"out_features": 1, "bias": False})
    data = measure.draw(layer, ((features,),), (1,))
    assert {abs(array).max() for array in (*data.inputs, *data.weights.values())} == {largest}


def test_drawn_variances_are_positive() -> None:
    norm = find_kind("batch_norm")
    assert norm is not None
    variance = measure.draw(norm(), ((50, 2),), (0,)).weights["running_var"]
    # A half more than whole numbers from 0 on.
    assert (variance.shape, variance.min()) == ((50,), 0.5)
    assert set((variance - 0.5) % 1) == {0}
