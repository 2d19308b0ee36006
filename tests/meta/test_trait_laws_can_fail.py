"""Each law of traits against a kind that says something else than it does, and one that forgot."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.kinds import find_kind
from convcalc.kinds.base.ranges import EVERYTHING
from convcalc.kinds.base.undoing import Undone
from convcalc.kinds.identity_family import Identity
from tests import laws_of_traits as laws


def says(value: Any) -> Any:
    """A trait that always says this."""
    return lambda self, *asked: value


BROKEN = [
    pytest.param(laws.says_whether_it_stays_in_channel, "softmax", "stays_in_channel", says(True),
                 id="shares of all channels"),
    pytest.param(laws.says_whether_it_stays_in_channel, "mish", "stays_in_channel", says(False),
                 id="forgot its channel"),
    pytest.param(laws.lies_in_its_range, "silu", "value_range", says((0.0, 9.0)), id="dips below"),
    pytest.param(laws.lies_in_its_range, "crop", "value_range", says(EVERYTHING),
                 id="forgot its range"),
    pytest.param(laws.passes_what_it_says, "selu", "passes_unchanged", says((0.0, 6.0)),
                 id="scales what it passes"),
    pytest.param(laws.passes_what_it_says, "relu6", "passes_unchanged", says(None),
                 id="forgot what it passes"),
    pytest.param(laws.hands_on_what_it_says, "relu", "hands_on", says(True), id="cuts"),
    pytest.param(laws.hands_on_what_it_says, "pad", "hands_on", says(False), id="pads by nothing"),
    pytest.param(laws.adds_its_bias_last, "conv", "adds_bias", says(False), id="forgot its bias"),
    pytest.param(laws.adds_its_bias_last, "prelu", "adds_bias", says(True), id="has no bias"),
    pytest.param(laws.takes_out_what_it_says, "rms_norm", "takes_out_shifts", says(True),
                 id="keeps its mean"),
    pytest.param(laws.takes_out_what_it_says, "batch_norm", "takes_out_shifts", says(False),
                 id="forgot its mean"),
    pytest.param(laws.has_the_role_it_does, "gelu", "role", "product", id="no product"),
    pytest.param(laws.has_the_role_it_does, "linear", "role", "", id="forgot that it is one"),
    pytest.param(laws.has_the_role_it_does, "max_pool", "role", "norm", id="no norm"),
    pytest.param(laws.is_a_gate_where_it_says, "tanh", "is_gate", True, id="from -1"),
    pytest.param(laws.is_a_gate_where_it_says, "sigmoid", "is_gate", False, id="forgot its gate"),
    pytest.param(laws.can_be_asked_of_axes_where_it_says, "softmax", "is_spatial", True,
                 id="shares of channels"),
    pytest.param(laws.can_be_asked_of_axes_where_it_says, "gelu", "is_spatial", False,
                 id="forgot that it is one"),
    pytest.param(laws.works_per_position_where_it_says, "instance_norm", "works_per_position",
                 says(True), id="over the map"),
    pytest.param(laws.works_per_position_where_it_says, "prelu", "works_per_position",
                 says(False), id="forgot its positions"),
    pytest.param(laws.slides_as_it_says, "conv_transpose", "sliding", "window", id="other way"),
    pytest.param(laws.slides_as_it_says, "avg_pool", "sliding", "", id="forgot its windows"),
    pytest.param(laws.makes_of_numbers_what_it_says, "lp_pool", "form", "mean", id="no mean"),
    pytest.param(laws.makes_of_numbers_what_it_says, "avg_pool", "form", "max", id="no maximum"),
    pytest.param(laws.makes_of_numbers_what_it_says, "conv", "form", "", id="forgot its sum"),
    pytest.param(laws.undoes_what_it_says, "relu", "undone",
                 says(Undone(((Identity.kind, {}),), is_exact=True)), id="values are gone"),
    pytest.param(laws.undoes_what_it_says, "flatten", "undone",
                 says(Undone(((Identity.kind, {}),))), id="another shape"),
    pytest.param(laws.undoes_what_it_says, "glu", "undone", says(Undone()), id="no reason"),
    pytest.param(laws.sums_are_right, "relu", "sums", says(["2·3 − 1 = 6"]), id="wrong sum"),
    pytest.param(laws.folds_its_border_as_it_says, "pad", "folding", says("reflect"),
                 id="zeros are no mirror"),
    pytest.param(laws.reads_by_size_where_it_says, "adaptive_avg_pool", "reads_by_size",
                 says(False), id="bins grow"),
    pytest.param(laws.is_linear_where_it_says, "relu", "is_linear", says(True), id="bends"),
    pytest.param(laws.is_linear_where_it_says, "crop", "is_linear", says(False),
                 id="forgot that it only moves"),
    pytest.param(laws.clips_where_it_says, "relu", "clips_to", says((0.0, 1.0)), id="has no end"),
    pytest.param(laws.clips_where_it_says, "relu6", "clips_to", says(None), id="forgot its ends"),
    pytest.param(laws.fills_its_windows, "max_pool", "may_be_infinite", says(False),
                 id="stands on padding alone"),
    pytest.param(laws.folds_where_it_says, "pad", "folding", says(""),
                 id="forgot its mirror"),
    pytest.param(laws.joins_where_it_says, "add", "only_joins", says(True), id="adds, too"),
    pytest.param(laws.joins_where_it_says, "concat", "only_joins", says(False),
                 id="forgot that it only joins"),
    pytest.param(laws.commutes_where_it_says, "sub", "commutes", says(True), id="takes away"),
    pytest.param(laws.commutes_where_it_says, "mul", "commutes", says(False),
                 id="forgot that either comes first"),
    pytest.param(laws.reads_its_inputs_as_it_says, "concat", "reads_alike", says(True),
                 id="side by side along an axis"),
    pytest.param(laws.reads_its_inputs_as_it_says, "mul", "reads_alike", says(False),
                 id="forgot that it reads them alike"),
    pytest.param(laws.calls_its_inputs_as_its_help_does, "cross_attention", "input_words",
                 ("memory", "queries"), id="calls its inputs by each other's words"),
]  # fmt: skip


@pytest.mark.parametrize(("law", "name", "trait", "wrong"), BROKEN)
def test_a_kind_that_says_what_it_does_not_do_is_caught(
    law: Any, name: str, trait: str, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = find_kind(name)
    assert kind is not None
    law(kind, name)
    monkeypatch.setattr(kind, trait, wrong)
    with pytest.raises((AssertionError, LookupError, KeyError)):
        law(kind, name)


def test_every_law_of_traits_is_broken_once() -> None:
    assert {param.values[0] for param in BROKEN} == set(laws.TRAIT_LAWS)
