"""Random layers, legal and illegal, against the same operators of ONNX 22 in onnxruntime.

Both accept: equal output shape. Both refuse: fine. Anything else is a failure, unless
DIFFERENCES names it. What torch cannot show is shown here: uneven padding of pools, also with
ceil_mode, and SAME_UPPER and SAME_LOWER. Every case can be drawn again: its number seeds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Window
from convcalc.kinds import find_kind
from tests.crosscheck import draws, draws_more
from tests.crosscheck.draws import Case, Shape, spread

onnxruntime = pytest.importorskip("onnxruntime", reason="cross-checks need the `crosscheck` extra")

from tests.crosscheck.onnx_layers import node_of, run  # noqa: E402 - only where it is installed

pytestmark = pytest.mark.crosscheck


class Answer(NamedTuple):
    """What a layer gives; or, in `refusal`, why there is none."""

    output: Shape = ()
    refusal: str = ""


class Difference(NamedTuple):
    """A kind of case on which the two may disagree, and why that is right."""

    reason: str
    # From the case, convcalc's answer and onnxruntime's.
    applies: Callable[[Case, Answer, Answer], bool]


def _dilated(case: Case) -> bool:
    return any(apart > 1 for apart in spread(case.fields.get("dilation", 1), 3))


def _same(case: Case) -> bool:
    return case.fields.get("padding") in ("same_upper", "same_lower")


def _pool(case: Case) -> bool:
    return case.kind.endswith("_pool")


DIFFERENCES: dict[str, Difference] = {
    "dilated SAME convolution": Difference(
        "ONNX defines it; onnxruntime has not written it",
        lambda case, ours, theirs: "Dilation not supported" in theirs.refusal and _same(case),
    ),
    "dilated SAME pool": Difference(
        "onnxruntime finds the padding from the kernel without its dilation, so that the output "
        "is no longer ceil(size / stride)",
        lambda case, ours, theirs: _pool(case) and _same(case) and _dilated(case),
    ),
    "dilated pool that keeps its size": Difference(
        "written in numbers its padding is that of the span, and onnxruntime holds it to the "
        "kernel without its dilation",
        lambda case, ours, theirs: (
            _pool(case)
            and case.fields.get("padding") == "same"
            and _dilated(case)
            and "pool_attributes" in theirs.refusal
        ),
    ),
    "SAME pool that skips pixels": Difference(
        "a kernel below its stride needs less than no padding; onnxruntime subtracts and stops, "
        "TensorFlow and its own convolution take 0",
        lambda case, ours, theirs: (
            _pool(case) and _same(case) and "must be non-negative" in theirs.refusal
        ),
    ),
    "pool padding beyond half": Difference(
        "onnxruntime takes any padding below the kernel; convcalc has PyTorch's limit, since a "
        "window could otherwise stand on padding alone",
        lambda case, ours, theirs: ours.refusal == "pool-padding-too-big",
    ),
    "pool window beyond the input": Difference(
        "onnxruntime divides a negative room toward zero, so that a window up to a stride too "
        "wide still counts as one, and with stride 1 leaves an empty map",
        lambda case, ours, theirs: _pool(case) and ours.refusal == "kernel-exceeds-input",
    ),
    "output padding at a large dilation": Difference(
        "onnxruntime wants output_padding below the stride; ONNX and PyTorch, below the stride "
        "or the dilation",
        lambda case, ours, theirs: "output_padding" in theirs.refusal and _dilated(case),
    ),
    "instance norm of one position": Difference(
        "onnxruntime gives the learnt shift; PyTorch refuses a map that is its own mean",
        lambda case, ours, theirs: case.kind == "instance_norm" and not ours.output,
    ),
}


class Drawn(NamedTuple):
    """How many cases are compared, and the least that must be legal and illegal."""

    draw: Callable[[Random], Case]
    cases: int
    legal: int
    illegal: int


DRAWN: dict[str, Drawn] = {
    "conv": Drawn(draws.conv, 700, 450, 80),
    "conv_transpose": Drawn(draws.conv_transpose, 600, 250, 180),
    "max_pool": Drawn(draws.max_pool, 600, 400, 25),
    "avg_pool": Drawn(draws.avg_pool, 600, 400, 10),
    "lp_pool": Drawn(draws.lp_pool, 300, 200, 3),
    "batch_norm": Drawn(draws.batch_norm, 50, 50, 0),
    "instance_norm": Drawn(draws.instance_norm, 60, 20, 0),
    "group_norm": Drawn(draws.group_norm, 150, 50, 50),
    "local_response_norm": Drawn(draws.local_response_norm, 30, 25, 0),
    "pixel_shuffle": Drawn(draws_more.pixel_shuffle, 150, 90, 15),
    "pixel_unshuffle": Drawn(draws_more.pixel_unshuffle, 150, 90, 15),
    "concat": Drawn(draws_more.merge, 150, 70, 20),
}


def _cases(family: str) -> Iterator[tuple[int, Case]]:
    """Numbered cases that ONNX can write down at all, as many as the family wants."""
    draw, wanted, _, _ = DRAWN[family]
    number = 0
    while wanted:
        rng = Random(f"onnx {family} {number}")
        case = draw(rng)
        # What ONNX's operators have no attribute for.
        fields = {
            name: value
            for name, value in case.fields.items()
            if name not in ("padding_mode", "output_size", "divisor_override")
        }
        if _pool(case) and rng.random() < 0.4:
            fields["ceil_mode"] = True
        case = case._replace(fields=fields)
        if _has_form(case):
            yield number, case
            wanted -= 1
        number += 1


def _has_form(case: Case) -> bool:
    rank = len(case.inputs[0]) - 1
    if case.kind in ("pixel_shuffle", "pixel_unshuffle"):
        return rank == 2
    if case.kind == "local_response_norm":
        return rank == 2 and case.fields["size"] % 2 == 1
    if len(case.inputs) > 1:
        # ONNX stretches the maps of every other merge, and has no word for cropping.
        return case.kind == "concat" and "align" not in case.fields
    return True


def answer_of_convcalc(case: Case) -> Answer:
    kind = find_kind(case.kind)
    assert kind is not None, case.kind
    try:
        return Answer(kind.model_validate(case.fields).facts(case.inputs).output)
    except ValidationError as error:
        return Answer(refusal=error.errors()[0]["type"])
    except LayerError as error:
        return Answer(refusal=error.slug)


class Comparison(NamedTuple):
    """Cases by outcome (`legal`, `illegal`, or the name of a difference), and disagreements."""

    tally: Counter[str]
    failures: tuple[str, ...]


@cache
def compared(family: str) -> Comparison:
    tally: Counter[str] = Counter()
    failures = []
    for number, case in _cases(family):
        ours = answer_of_convcalc(case)
        # Zeros for strides, lists too long and unfit words cannot be written as a node.
        node = None if ours.refusal in _UNWRITABLE else node_of(case)
        found = run(node) if node is not None else "no such node"
        theirs = Answer(refusal=found) if isinstance(found, str) else Answer(found)
        if ours.output == theirs.output:
            tally["legal" if ours.output else "illegal" if node else "unwritable"] += 1
            continue
        named = (name for name, known in DIFFERENCES.items() if known.applies(case, ours, theirs))
        name = next(named, "")
        if name:
            tally[name] += 1
        else:
            failures.append(f"Random('onnx {family} {number}'): {case}\n  {ours}\n  {theirs}")
    return Comparison(tally, tuple(failures))


_UNWRITABLE = ("wrong-value", "wrong-rank", "padding-word-unfit")


@pytest.fixture(autouse=True, scope="module")
def quiet() -> None:
    onnxruntime.set_default_logger_severity(4)


@pytest.mark.parametrize("family", DRAWN)
def test_layers_agree_with_onnxruntime(family: str) -> None:
    _, cases, legal, illegal = DRAWN[family]
    tally, failures = compared(family)
    print(f"{family}: {cases} drawn, {dict(tally)}")
    assert not failures, f"{len(failures)} of {cases} disagree\n" + "\n".join(failures[:10])
    assert tally["legal"] >= legal
    assert tally["illegal"] >= illegal


def test_enough_is_compared() -> None:
    compared_cases = sum(
        count
        for family in DRAWN
        for outcome, count in compared(family).tally.items()
        if outcome != "unwritable"
    )
    print(f"{compared_cases} layers compared")
    assert compared_cases >= 3000


def test_every_listed_difference_occurs() -> None:
    seen = {name for family in DRAWN for name in compared(family).tally}
    assert set(DIFFERENCES) - seen == set()


def test_a_wrong_rule_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpadded(self: Any, x: Shape) -> tuple[Window, ...]:
        return (Window(kernel=1),) * (len(x) - 1)

    monkeypatch.setattr(find_kind("conv"), "windows", unpadded)
    assert compared.__wrapped__("conv").failures
