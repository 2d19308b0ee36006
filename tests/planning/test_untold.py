"""Figures that a layer declares, or does not tell: nothing that is not known is counted as 0."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.network.expectations import Bound, Limits
from convcalc.planning.contributors import BYTES
from convcalc.planning.limited_figures import shortfall
from convcalc.report import written
from convcalc.report.style import Style
from convcalc.report.view import PlanView
from tests.each import each

# The hatch between two convolutions: 128*64*9 + 128 and 128*256*9 + 128 weights, on 14 x 14.
BETWEEN = """
convcalc: 1
name: between
input: [64, 28, 28]
layers:
  - {{conv: {{out: 128, k: 3, s: 2, p: 1}}, name: a}}
  - {{opaque: {{output: [256, 14, 14], {fields}}}, name: x{beside}}}
  - {{conv: {{out: 128, k: 3, p: 1}}, name: b}}
{expect}
"""
KNOWN_PARAMS = 128 * 64 * 9 + 128 + 128 * 256 * 9 + 128
KNOWN_MACS = (128 * 64 * 9 + 128 * 256 * 9) * 14 * 14
EVERYTHING = "params: 1000, buffers: 8, macs: 5000, reads: {k: 3, p: 1}"


def planned(fields: str, expect: str = "", beside: str = "") -> convcalc.Plan:
    text = BETWEEN.format(fields=fields, expect=expect, beside=beside)
    return convcalc.plan(convcalc.loads(text))


def test_one_declared_figure_is_exact_and_the_others_are_lower_bounds() -> None:
    totals = planned("params: 1000").totals
    assert (totals.params, totals.declared) == (KNOWN_PARAMS + 1000, {"params": 1000})
    assert (totals.macs, totals.complete) == (KNOWN_MACS, False)
    assert totals.lower_bounds == (
        "buffers", "macs", "flops", "elementwise", "inference", "training",
    )  # fmt: skip


def test_the_json_says_so() -> None:
    found = json.loads(json.dumps(planned("params: 1000").to_dict()))
    assert found["totals"]["complete"] is False
    assert found["totals"]["declared"] == {"params": 1000}
    assert found["rows"][1]["declared"] == ["params"]
    assert "macs" in found["rows"][1]["unknown"]
    assert "unknown" not in found["rows"][0]


def test_whatever_is_declared_its_elementwise_work_is_not_known() -> None:
    totals = planned(EVERYTHING).totals
    assert (totals.params, totals.buffers) == (KNOWN_PARAMS + 1000, 8)
    assert totals.macs == KNOWN_MACS + 5000
    assert totals.lower_bounds == ("elementwise", "training")


def test_a_network_without_such_layers_is_complete() -> None:
    plan = convcalc.plan(convcalc.loads("convcalc: 1\ninput: [1, 4, 4]\nlayers: [relu]"))
    assert plan.totals.complete
    assert "lower_bounds" not in plan.totals.to_dict()


def test_macs_that_are_declared_are_those_of_one_sample() -> None:
    network = convcalc.loads(BETWEEN.format(fields=EVERYTHING, expect="", beside=""))
    assert convcalc.plan(network, batch=3).totals.macs == 3 * (KNOWN_MACS + 5000)


@each(
    ("fields", "size", "at_most"),
    [
        pytest.param("reads: {k: 3, p: 1}", (7, 7), False, id="a window of the strided map"),
        pytest.param("reads: position", (3, 3), False, id="position by position"),
        pytest.param("reads: all", (28, 28), False, id="all"),
        pytest.param("params: 1", (28, 28), True, id="not told: all at most"),
    ],
)
def test_what_it_reads(fields: str, size: tuple[int, int], at_most: bool) -> None:
    plan = planned(fields)
    field = plan["x"].receptive_field
    assert field is not None
    assert (field.size, field.at_most) == (size, at_most)
    behind = plan["b"].receptive_field
    assert behind is not None
    # Behind a stride of 2, a kernel of 3 adds 4 pixels.
    assert behind.size == tuple(min(28, one + 4) for one in size)


OPEN = ", which leaves it open"


@each(
    ("limits", "bound", "wanted", "end"),
    [
        pytest.param(Limits(most=Fraction(100)), "at least", "at most 100", OPEN, id="below"),
        pytest.param(
            Limits(most=Fraction(70)), "at least", "at most 70", " (+14.3 %)", id="above already"
        ),
        pytest.param(Limits(least=Fraction(70)), "at least", "", "", id="enough already"),
        pytest.param(
            Limits(least=Fraction(90)), "at least", "at least 90", OPEN, id="may be enough"
        ),
        pytest.param(Limits(exact=Fraction(80)), "at least", "80", OPEN, id="may be more"),
        pytest.param(Limits(exact=Fraction(70)), "at least", "70", " (+14.3 %)", id="more already"),
        pytest.param(
            Limits(least=Fraction(1), most=Fraction(99)),
            "at least",
            "at most 99",
            OPEN,
            id="between",
        ),
        pytest.param(
            Limits(least=Fraction(60)),
            "at most",
            "at least 60",
            OPEN,
            id="a field that may be less",
        ),
        pytest.param(
            Limits(least=Fraction(90)),
            "at most",
            "at least 90",
            " (-11.1 %)",
            id="a field that is less",
        ),
        pytest.param(Limits(most=Fraction(90)), "at most", "", "", id="a field that is no larger"),
        pytest.param(
            Limits(most=Fraction(70)), "at most", "at most 70", OPEN, id="a field that may fit"
        ),
        pytest.param(Limits(most=Fraction(70)), "", "at most 70", " (+14.3 %)", id="no bound"),
        pytest.param(
            Limits(exact=Fraction(80)), "at most", "80", OPEN, id="a field that may be as large"
        ),
    ],
)
def test_limits_on_bounds(limits: Limits, bound: Bound, wanted: str, end: str) -> None:
    got = f"{bound} 80" if bound else "80"
    said = f"expected {wanted}, got {got}{end}" if wanted else ""
    assert shortfall(limits, 80, bound=bound) == said


@each(("limits", "said"), [
    (Limits(most=Fraction(41_983)),
     "at most 41.00 KiB (41,983 B), got 41.00 KiB (41,984 B) (+1 B)"),
    (Limits(least=Fraction(41_985)),
     "at least 41.00 KiB (41,985 B), got 41.00 KiB (41,984 B) (-1 B)"),
    (Limits(exact=Fraction(41_985)), "41.00 KiB (41,985 B), got 41.00 KiB (41,984 B) (-1 B)"),
    (Limits(most=Fraction(40_960)), "at most 40.00 KiB, got 41.00 KiB (+2.5 %)"),
])  # fmt: skip
def test_what_the_unit_hides_is_told_in_bytes(limits: Limits, said: str) -> None:
    assert shortfall(limits, 41_984, BYTES) == f"expected {said}"


def test_what_is_as_much_as_is_wanted_is_told_once() -> None:
    limits = Limits(exact=Fraction(41_984))
    assert shortfall(limits, 41_984, BYTES, "at least") == (
        "expected 41.00 KiB, got at least 41.00 KiB, which leaves it open"
    )


def test_expectations_that_are_left_open_fail_and_say_what_would_settle_them() -> None:
    failures = planned("params: 1000", "expect: {params: 369896, macs: {max: 100M}}").failures
    assert failures is not None
    (problem,) = failures
    assert problem.message == (
        "macs of the network: expected at most 100,000,000, got at least 72,253,440, which leaves "
        "it open"
    )
    assert problem.note.startswith("`x` does not tell `macs`; most in `b`")
    assert problem.help == "declare `macs` there"
    settled = planned("params: 1000, macs: 9", "expect: {params: 369896, macs: {max: 100M}}")
    assert settled.failures == ()


def test_the_stride_of_an_upper_bound_is_exact() -> None:
    """A mask may hide any key; the queries stand 2 apart for all that."""
    text = """
convcalc: 1
input: [4, 12]
layers:
  - {max_pool: 2, name: p}
  - {parameter: {shape: [1, 6, 6]}, name: mask}
  - {scaled_dot_product_attention: {inputs: [p, p, p, mask], heads: 2}, name: a}
expect: {stride: {min: 2}, receptive_field: {min: 2}}
"""
    (problem,) = convcalc.plan(convcalc.loads(text)).failures or ()
    assert problem.message == (
        "receptive_field of the network: expected at least 2 pixels, got at most 12 pixels, which "
        "leaves it open"
    )


def test_an_upper_bound_is_no_field_to_be_held_to() -> None:
    failures = planned("params: 1", "expect: {receptive_field: {min: 20}}").failures
    assert failures is not None
    (problem,) = failures
    assert problem.message.endswith("got at most 28 pixels, which leaves it open")
    assert "an upper bound" in problem.note
    assert planned("params: 1", "expect: {receptive_field: {max: 28}}").failures == ()


def test_a_layer_is_held_to_what_it_declares() -> None:
    beside = ", expect: {params: 1000, macs: 0}"
    failures = planned("params: 1000", beside=beside).failures
    assert failures is not None
    assert [problem.message for problem in failures] == [
        "macs of layer `x`: expected 0, got at least 0, which leaves it open"
    ]


def test_the_plan_marks_what_is_declared_and_what_is_not_known() -> None:
    view = PlanView(planned("params: 1000, reads: {k: 3, p: 1}, note: ours"))
    text = written(view.page("plain"), "plain", Style(width=None))
    lines = [line.split() for line in text.splitlines()]
    assert ["x", "opaque", "256x14x14", "1,000*", "?", "?", "7*", "2"] in lines
    assert any("≥72,253,440" in line for line in lines if line[:1] == ["total"])
    assert "declared   * 1,000 params by `x`" in text
    assert "note       `x`: ours" in text
    table = written(view.page("csv"), "csv", Style(width=None))
    row = next(line for line in table.splitlines() if line.startswith("x,"))
    # No number stands for what is not known.
    assert ",params receptive_field,buffers macs elementwise kept" in row
    assert ",,," in row


def test_it_cannot_run_and_says_so() -> None:
    network = convcalc.loads(BETWEEN.format(fields=EVERYTHING, expect="", beside=""))
    for ask in (convcalc.run, convcalc.gradients, convcalc.prepare):
        with pytest.raises(StackError) as caught:
            ask(network)
        (problem,) = caught.value.problems
        assert problem.slug == "not-runnable"
        assert problem.message == "layer `x` (opaque) cannot run: what it computes is not told"


def test_verify_runs_the_other_layers_and_names_it() -> None:
    report = convcalc.verify(convcalc.loads(BETWEEN.format(fields="", expect="", beside="")))
    assert report.is_clean
    notes = {(check.ok, check.note) for check in report["x"].checks}
    assert notes == {(None, "not run: what it computes is not told")}
    assert report["b"]["macs"].ok is True
    assert report["b"]["field"].ok is None


def test_it_reads_the_layer_of_from_or_several() -> None:
    text = """
convcalc: 1
input: {left: [4, 8, 8], right: [2, 8, 8]}
layers:
  - {relu: {}, from: left, name: a}
  - {opaque: {output: [~, ~, ~]}, from: right, name: b}
  - {opaque: {output: [6, ~, ~], inputs: [a, b], reads: position}, name: both}
  - {opaque: {output: [~, ~, ~]}, repeat: 2, name: last}
"""
    plan = convcalc.plan(convcalc.loads(text))
    assert {row.name: row.inputs for row in plan} == {
        "a": ("left",),
        "b": ("right",),
        "both": ("a", "b"),
        "last.0": ("both",),
        "last.1": ("last.0",),
    }
    assert plan["b"].output == (2, 8, 8)
    assert [*plan["both"].fields_by_input] == ["left", "right"]
    assert plan["a"].fields_by_input == {}


def test_limits_of_a_budget_are_not_made_of_lower_bounds() -> None:
    found = convcalc.budget(convcalc.loads(BETWEEN.format(fields="macs: 9", expect="", beside="")))
    became = {one.figure: (one.change, one.reason) for one in found.figures}
    assert became["params"] == ("left out", "`x` does not tell its part")
    assert became["memory"] == ("left out", "`x` does not tell its part")
    assert "macs: {max" in found.text
    assert "params" not in found.text.partition("expect")[2]


def test_every_command_says_what_is_not_known() -> None:
    network = convcalc.loads(BETWEEN.format(fields="params: 1000", expect="", beside=""))
    view = PlanView(convcalc.plan(network), shares=True)
    lines = written(view.page("plain"), "plain", Style(width=None)).splitlines()
    (shares,) = (line for line in lines if line.startswith("b "))
    # 57,802,752 of 72,253,440 MACs that are known.
    assert "≤80.0 %" in shares
    other = convcalc.loads(BETWEEN.format(fields="macs: 9", expect="", beside=""))
    compared = convcalc.compare(network, other)
    assert compared.figures[0].lower_bounds == ("macs", "flops", "kept")
    assert compared.figures[0].at_most
    assert (compared.figures[1].ratio.macs, compared.figures[1].ratio.params) == (None, None)
    changed = convcalc.diff(network, other)
    assert changed.totals["macs"].lower_bounds == ("before",)
    assert changed.totals["macs"].delta is None
    same = convcalc.diff(network, network)
    assert same.totals["macs"].delta == 0
    assert convcalc.sizes(network, range=(20, 30)).believed == ("x",)
    assert convcalc.invert(network).layers[1].reason == "what it computes is not told"
