"""Each law against a kind that is broken on purpose: a law that cannot fail proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from convcalc.core.errors import LayerError
from convcalc.core.links import window_link
from convcalc.core.shapes import Shape, Window
from convcalc.kinds import find_kind
from convcalc.kinds.base import Facts, Kind, LayerKind, Links, Work
from convcalc.kinds.conv import Conv
from convcalc.kinds.pool_family import MaxPool
from tests import drawn_layers, laws
from tests.each import each

Law = Callable[[type[Kind], str], None]


def broken(base: type[Kind], **changes: Any) -> type[Kind]:
    """The kind with some of its statements replaced."""
    made: type[Kind] = type("Broken", (base,), {"__doc__": base.__doc__, **changes})
    made.kind = base.kind
    return made


def kind_of(name: str) -> type[Kind]:
    kind = find_kind(name)
    assert kind is not None
    return kind


def one_more(self: Conv, x: Shape) -> Shape:
    channels, *sizes = Conv.output(self, x)
    return (channels, *(size + 1 for size in sizes))


def no_floor_check(self: MaxPool, x: Shape) -> Shape:
    return (x[0], *(-(-size // w.stride) for size, w in zip(x[1:], self.windows(x), strict=True)))


def without_padding(self: Conv, x: Shape) -> Links:
    windows = (window._replace(before=0) for window in self.windows(x))
    return tuple(map(window_link, windows))


def dense(self: Conv, x: Shape) -> Links:
    """The right first and last position, but no holes."""
    return tuple(
        window_link(Window(window.span, window.stride, window.before)) for window in self.windows(x)
    )


def without_groups(self: Conv, x: Shape, output: Shape) -> int:
    return Conv.macs(self, x, output) * self.group_count(x)


def without_bias(self: Conv, x: Shape) -> dict[str, Shape]:
    return {"weight": Conv.weights(self, x)["weight"]}


def made_up(self: LayerKind, x: Shape, output: Shape) -> dict[str, int]:
    return {"bias": 0, "magic": 1}


def wrong_help(self: Conv, x: Shape) -> Shape:
    try:
        return Conv.output(self, x)
    except LayerError as error:
        raise LayerError(error.slug, error.note, "", field=error.field) from None


def wrong_repair(self: Conv, x: Shape) -> Shape:
    try:
        return Conv.output(self, x)
    except LayerError as error:
        # Words that are not tried before they are told.
        raise LayerError(error.slug, error.note, "use `bias: false`", field=error.field) from None


def one_filter_more(cls: type[Kind], fields: dict[str, Any]) -> Kind:
    return Conv.model_validate({**fields, "out_channels": fields["out_channels"] + 1})


def unknown_slug(self: Conv, x: Shape) -> Shape:
    try:
        return Conv.output(self, x)
    except LayerError as error:
        raise LayerError("no-such-slug", error.note, error.help) from None


def half(self: LayerKind, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    resolved = Conv.resolved(self, inputs)
    del resolved["dilation"]
    return resolved


def not_json(self: LayerKind, inputs: tuple[Shape, ...]) -> dict[str, Any]:
    return Conv.resolved(self, inputs) | {"stride": (1, 1)}


def counting() -> Callable[[Conv, tuple[Shape, ...]], Facts]:
    calls = iter(range(10**6))

    def facts(self: Conv, inputs: tuple[Shape, ...]) -> Facts:
        return Conv.facts(self, inputs)._replace(buffers=next(calls))

    return facts


def declaring(self: Conv, inputs: tuple[Shape, ...]) -> Facts:
    return Conv.facts(self, inputs)._replace(declared=("params",))


class Loose(Conv):
    """Takes whatever an integer can be made of.

    ```yaml
    convcalc: 1
    input: [3, 8, 8]
    layers:
      - conv: {out: 4, k: 3}
    ```
    """

    out_channels: int = 1
    model_config: ClassVar[Any] = {"strict": False}


NO_WORK: Work = {}

BROKEN = [
    pytest.param(laws.has_a_manual_page, "conv", {"__doc__": ""}, "no first line", id="no page"),
    pytest.param(
        laws.has_a_manual_page, "conv", {"__doc__": "A page\n\nof a kind."}, "no sentence",
        id="no sentence",
    ),
    pytest.param(
        laws.has_a_manual_page, "conv", {"__doc__": "A page."}, "has 0 examples", id="no example"
    ),
    pytest.param(
        laws.has_a_manual_page, "conv",
        {"__doc__": kind_of("relu").__doc__}, "does not show it",
        id="another kind's example",
    ),
    pytest.param(laws.says_what_it_needs, "conv", {"main": "filters"}, None, id="no such main"),
    pytest.param(laws.says_what_it_needs, "conv", {"is_merge": True}, None, id="no merge"),
    pytest.param(
        laws.has_spellings, "conv",
        {"spellings": classmethod(lambda cls: {"k": "kernel_size"})}, None, id="missing spellings",
    ),
    pytest.param(laws.states_its_output, "conv", {"output": one_more}, "Case", id="wrong output"),
    pytest.param(
        laws.states_its_output, "max_pool", {"output": no_floor_check}, "Case",
        id="wrong rounding",
    ),
    pytest.param(
        laws.counts_its_parameters, "conv", {"weights": without_bias}, "Case", id="bias forgotten"
    ),
    pytest.param(laws.counts_its_work, "conv", {"macs": without_groups}, "Case", id="wrong macs"),
    pytest.param(
        laws.counts_its_work, "upsample", {"work": lambda self, x, output: NO_WORK}, "Case",
        id="work forgotten",
    ),
    pytest.param(laws.counts_its_work, "conv", {"work": LayerKind.work}, "no rule", id="no rule"),
    pytest.param(
        laws.counts_its_work, "flatten", {"work": made_up}, None, id="made-up class"
    ),
    pytest.param(
        laws.knows_what_it_reads, "conv", {"links": without_padding}, "Case", id="padding forgotten"
    ),
    pytest.param(laws.knows_what_it_reads, "conv", {"links": dense}, "Case", id="holes forgotten"),
    pytest.param(
        laws.knows_what_it_reads, "conv", {"links": lambda self, x: None}, "Case", id="no links"
    ),
    pytest.param(laws.resolves_its_fields, "conv", {"resolved": half}, "resolves to", id="half"),
    pytest.param(laws.resolves_its_fields, "conv", {"resolved": not_json}, None, id="a tuple"),
    pytest.param(
        laws.always_says_the_same, "conv", {"facts": counting()}, None, id="counts its calls"
    ),
    pytest.param(
        laws.is_made_of_its_own_fields, "conv", {"model_validate": classmethod(one_filter_more)},
        "Case", id="another layer each time",
    ),
    pytest.param(
        laws.explains_and_repairs_what_it_refuses, "conv", {"output": wrong_repair}, "Case",
        id="no use",
    ),
    pytest.param(
        laws.says_whether_it_is_told, "conv", {"facts": declaring}, "not its own", id="declared"
    ),
    pytest.param(laws.says_whether_it_is_told, "conv", {"runs": False}, "Case", id="does run"),
    pytest.param(
        laws.explains_and_repairs_what_it_refuses, "conv", {"output": wrong_help}, None,
        id="no repair",
    ),
    pytest.param(
        laws.explains_and_repairs_what_it_refuses, "conv", {"output": unknown_slug}, None,
        id="new slug",
    ),
]  # fmt: skip


@each(("law", "name", "changes", "message"), BROKEN)
def test_a_broken_kind_is_caught(
    law: Law, name: str, changes: dict[str, Any], message: str | None
) -> None:
    kind = kind_of(name)
    law(kind, name)
    with pytest.raises((AssertionError, LookupError, TypeError), match=message):
        law(broken(kind, **changes), name)


def test_a_field_without_description_is_caught() -> None:
    with pytest.raises(AssertionError, match="`out_channels` of `conv` has no description"):
        laws.describes_its_fields(Loose, "conv")


def test_a_loose_field_is_caught() -> None:
    with pytest.raises(AssertionError, match="`out_channels` of `conv` takes"):
        laws.is_strict_with_integers(Loose, "conv")


@pytest.mark.parametrize(
    ("law", "message"),
    [
        pytest.param(laws.refuses_unknown_fields, "unpack", id="unknown fields"),
        pytest.param(laws.refuses_mistyped_fields, "takes 0.0012", id="mistyped fields"),
    ],
)
def test_a_reader_that_says_nothing_is_caught(
    law: Law, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laws, "findings", lambda text: [])
    with pytest.raises((AssertionError, ValueError), match=message):
        law(kind_of("conv"), "conv")


def test_a_finding_in_the_wrong_place_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    found = laws.findings
    monkeypatch.setattr(laws, "findings", lambda text: [p.at(None) for p in found(text)])
    for law in (laws.refuses_unknown_fields, laws.refuses_mistyped_fields, laws.has_spellings):
        with pytest.raises((AssertionError, TypeError)):
            law(kind_of("conv"), "conv")


def test_a_kind_that_cannot_be_shown_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    laws.is_shown_or_says_why_not(kind_of("reduce"), "reduce")
    # As a list of pairs, which a pattern is not.
    monkeypatch.setattr("convcalc.shorthand.entries.Pattern", Conv)
    with pytest.raises(ValueError, match="unpack"):
        laws.is_shown_or_says_why_not(kind_of("reduce"), "reduce")


def test_a_kind_without_draws_is_told_what_to_add() -> None:
    with pytest.raises(AssertionError, match="add `newcomer` to DRAWS"):
        laws.is_drawn(kind_of("conv"), "newcomer")


def test_a_kind_without_draws_is_drawn_from_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(drawn_layers.DRAWS, "conv")
    drawn = drawn_layers.legal(kind_of("conv"), "conv", 10)
    assert {case.layer.model_dump()["out_channels"] for case in drawn} == {64}
    with pytest.raises(AssertionError):
        laws.counts_its_work(broken(kind_of("conv"), work=lambda self, x, y: {"bias": 1}), "conv")


def test_a_kind_that_refuses_everything_is_caught() -> None:
    def refuse(self: Conv, x: Shape) -> Shape:
        raise LayerError("wrong-rank", "never", "never")

    with pytest.raises(AssertionError, match="only 0 of 1500 drawn layers of `conv` are legal"):
        laws.states_its_output(broken(kind_of("conv"), output=refuse), "conv")


def test_every_law_is_broken_once() -> None:
    names = {param.values[0] for param in BROKEN}
    names |= {laws.is_drawn, laws.describes_its_fields, laws.is_strict_with_integers}
    names |= {laws.refuses_unknown_fields, laws.refuses_mistyped_fields}
    names |= {laws.is_shown_or_says_why_not}
    assert names == set(laws.LAWS)
