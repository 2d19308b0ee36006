"""Random layers, legal and illegal, against the same layers in torch.

Both accept: equal output shape, parameters, running statistics and MACs (half of what torch's
own FLOP counter sees). Both refuse: fine. One refuses: a failure, unless DIFFERENCES names it.
Every case can be drawn again: its number seeds it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

import convcalc
from convcalc.core.errors import LayerError, StackError
from convcalc.kinds import find_kind
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.planning import plan
from tests import reference
from tests.crosscheck import draws, draws_axes, draws_more, draws_products, draws_sequences
from tests.crosscheck.differences import DIFFERENCES, Answer, excuse_for
from tests.crosscheck.draws import Case, Shape
from tests.drawn_layers import running

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402 - only where torch is installed

from tests.crosscheck import torch_axes  # noqa: E402
from tests.crosscheck.torch_layers import layer_of  # noqa: E402

# Warnings are torch's hints on speed, such as for `same` with an even kernel.
pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore::UserWarning")]

BATCH = 2
# On the meta device: of the fused kernels of others torch counts no product.
ON_META = frozenset({
    "attention", "cross_attention", "scaled_dot_product_attention", "lstm", "gru", "rnn",
    "lstm_with_state", "gru_with_state", "rnn_with_state",
})  # fmt: skip
COUNTED = frozenset({"conv", "conv_transpose", "linear", "matmul", "einsum"}) | ON_META


class Drawn(NamedTuple):
    """How many cases of a family are drawn, and the least that must be legal and illegal."""

    draw: Callable[[Random], Case]
    cases: int
    legal: int
    illegal: int


DRAWN: dict[str, Drawn] = {
    "conv": Drawn(draws.conv, 1600, 790, 360),
    "conv_transpose": Drawn(draws.conv_transpose, 1200, 360, 490),
    "max_pool": Drawn(draws.max_pool, 1000, 490, 170),
    "avg_pool": Drawn(draws.avg_pool, 1000, 480, 145),
    "lp_pool": Drawn(draws.lp_pool, 400, 230, 50),
    "adaptive_avg_pool": Drawn(draws.adaptive_avg_pool, 250, 140, 30),
    "adaptive_max_pool": Drawn(draws.adaptive_max_pool, 250, 140, 35),
    "global_pool": Drawn(draws_more.global_pool, 60, 60, 0),
    "linear": Drawn(draws.linear, 250, 100, 0),
    "attention": Drawn(draws_products.attention, 900, 350, 150),
    "cross_attention": Drawn(draws_products.cross_attention, 400, 180, 50),
    "scaled_dot_product_attention": Drawn(
        draws_products.scaled_dot_product_attention, 300, 150, 50
    ),
    "batch_norm": Drawn(draws.batch_norm, 60, 60, 0),
    "instance_norm": Drawn(draws.instance_norm, 150, 40, 65),
    "group_norm": Drawn(draws.group_norm, 200, 60, 85),
    "layer_norm": Drawn(draws.layer_norm, 300, 260, 8),
    "rms_norm": Drawn(draws.rms_norm, 150, 130, 3),
    "l2_normalize": Drawn(draws.l2_normalize, 150, 130, 3),
    "global_response_norm": Drawn(draws.global_response_norm, 80, 50, 5),
    "local_response_norm": Drawn(draws.local_response_norm, 120, 60, 25),
    "activation": Drawn(draws_more.activation, 400, 380, 0),
    "constants": Drawn(draws_more.with_constants, 300, 240, 5),
    "scale": Drawn(draws_more.scale, 40, 40, 0),
    "bias": Drawn(draws_more.bias, 40, 40, 0),
    "recurrent": Drawn(draws_sequences.any_recurrent, 900, 650, 60),
    "recurrent with state": Drawn(draws_sequences.any_with_state, 500, 250, 60),
    "embedding": Drawn(draws_sequences.embedding, 250, 150, 10),
    "prelu": Drawn(draws_more.prelu, 40, 40, 0),
    "glu": Drawn(draws_axes.glu, 400, 200, 100),
    "unflatten": Drawn(draws_more.unflatten, 200, 90, 40),
    "reshape": Drawn(draws_more.reshape, 400, 240, 50),
    "pad": Drawn(draws_more.pad, 800, 540, 55),
    "crop": Drawn(draws_more.crop, 300, 200, 0),
    "upsample": Drawn(draws_more.upsample, 1000, 550, 195),
    "pixel_shuffle": Drawn(draws_more.pixel_shuffle, 250, 150, 25),
    "pixel_unshuffle": Drawn(draws_more.pixel_unshuffle, 250, 150, 30),
    "channel_shuffle": Drawn(draws_more.channel_shuffle, 200, 60, 80),
    "fold": Drawn(draws_more.fold, 600, 300, 120),
    "max_unpool": Drawn(draws_more.max_unpool, 600, 250, 120),
    "deform_conv": Drawn(draws_more.deform_conv, 600, 250, 120),
    "bilinear": Drawn(draws_more.bilinear, 250, 190, 20),
    "mean_std_pool": Drawn(draws_more.mean_std_pool, 150, 60, 50),
    "unfold": Drawn(draws_more.unfold, 600, 400, 45),
    "broadcast": Drawn(draws_axes.broadcast, 300, 150, 15),
    "rearrange": Drawn(draws_axes.rearrange, 300, 180, 25),
    "reduce": Drawn(draws_axes.reduce, 300, 150, 25),
    "einsum": Drawn(draws_axes.einsum, 300, 200, 10),
    "matmul": Drawn(draws_axes.matmul, 300, 180, 20),
    "permute": Drawn(draws_axes.permute, 100, 70, 5),
    "roll": Drawn(draws_axes.roll, 120, 80, 10),
    "split": Drawn(draws_axes.split, 200, 90, 20),
    "flip": Drawn(draws_axes.flip, 100, 70, 5),
    "take": Drawn(draws_axes.take, 100, 50, 10),
    "decision": Drawn(draws_more.decision, 400, 220, 50),
    "cumsum": Drawn(draws_axes.cumsum, 100, 70, 5),
    "softmax": Drawn(draws_axes.softmax, 150, 100, 2),
    "log_softmax": Drawn(draws_axes.log_softmax, 60, 40, 1),
    "softmin": Drawn(draws_axes.softmin, 60, 40, 1),
    "flatten": Drawn(draws_axes.flatten, 80, 60, 3),
    "slice": Drawn(draws_axes.slice, 150, 40, 2),
    "concat": Drawn(draws_axes.concat, 200, 120, 20),
    "merge": Drawn(draws_more.merge, 600, 310, 85),
}


def answer_of_convcalc(case: Case, as_text: bool) -> Answer:
    """What convcalc says, by the way of a YAML text or by the kind's model."""
    return _planned(case) if as_text else _stated(case)


def _stated(case: Case) -> Answer:
    kind = find_kind(case.kind)
    assert kind is not None, case.kind
    try:
        facts = kind.model_validate(case.fields).facts(case.inputs)
    except ValidationError as error:
        return Answer(refusal=error.errors()[0]["type"])
    except LayerError as error:
        return Answer(refusal=error.slug)
    return Answer(facts.output, facts.params, facts.buffers, facts.macs)


def _planned(case: Case) -> Answer:
    inputs = {f"map_{number}": list(shape) for number, shape in enumerate(case.inputs)}
    # The short spellings here, the full ones in `_stated`.
    fields = {SHORT_NAMES.get(name, name): value for name, value in case.fields.items()}
    text = "convcalc: 1\n" + "".join(
        f"{key}: {json.dumps(value)}\n"
        for key, value in {
            "input": inputs if len(inputs) > 1 else inputs["map_0"],
            "layers": [{case.kind: fields}],
        }.items()
    )
    try:
        (row,) = plan(convcalc.loads(text), batch=BATCH).rows
    except StackError as error:
        return Answer(refusal=error.problems[0].slug)
    assert row.macs % BATCH == 0
    return Answer(row.output, row.params, row.buffers, row.macs // BATCH)


REFUSALS = (
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
    ZeroDivisionError,
    AssertionError,
)


def answer_of_torch(case: Case) -> Answer:
    """What torch says, by running the layer on a batch of zeros."""
    counter = FlopCounterMode(display=False)
    try:
        with torch.device("meta" if case.kind in ON_META else "cpu"):
            maps = [torch.zeros(BATCH, *shape) for shape in case.inputs]
            forward, module = layer_of(case)
            if case.kind in COUNTED:
                with counter:
                    output = forward(*maps)
            else:
                output = forward(*maps)
    except REFUSALS as error:
        return Answer(refusal=f"{type(error).__name__}: {error}"[:200])
    flops = counter.get_total_flops()
    assert flops % (2 * BATCH) == 0
    if case.kind in ("bilinear", "deform_conv") or (
        case.kind == "einsum" and not torch_axes.is_contraction(case.fields)
    ):
        # torch sums first what one operand has alone, and multiplies plain maps by `mul`; for
        # bilinear and deformable layers its counter has no rule.
        flops = 2 * BATCH * reference.macs(case)
    buffers = dict(module.named_buffers()) if module else {}
    buffers.pop("num_batches_tracked", None)
    return Answer(
        tuple(output.shape[1:]),
        sum(parameter.numel() for parameter in module.parameters()) if module else 0,
        sum(buffer.numel() for buffer in buffers.values()),
        flops // (2 * BATCH),
    )


class Comparison(NamedTuple):
    """Cases by outcome (`legal`, `illegal`, or the name of a difference), and disagreements."""

    tally: Counter[str]
    failures: tuple[str, ...]


@cache
def compared(family: str) -> Comparison:
    """All draws of a family, half of them by way of a YAML text."""
    draw, count, _, _ = DRAWN[family]
    tally: Counter[str] = Counter()
    failures = []
    for number in range(count):
        case = draw(Random(f"{family} {number}"))
        ours = answer_of_convcalc(case, as_text=number % 2 == 0)
        theirs = answer_of_torch(case)
        excuse = excuse_for(case, ours, theirs)
        if excuse:
            tally[excuse] += 1
        elif ours.refusal and theirs.refusal:
            tally["illegal"] += 1
        elif ours == theirs or (_sums_over_one(case) and ours._replace(macs=0) == theirs):
            tally["legal"] += 1
        else:
            failures.append(f"Random('{family} {number}'): {case}\n  {ours}\n  torch {theirs}")
    return Comparison(tally, tuple(failures))


def _sums_over_one(case: Case) -> bool:
    """True for a product whose summed axes have size 1: torch's counter says 0 to it."""
    if case.kind != "einsum":
        return False
    reads, _, made = case.fields["equation"].partition("->")
    sizes = {
        name: size
        for names, shape in zip(reads.split(","), case.inputs, strict=True)
        for name, size in zip(names.split(), shape, strict=True)
    }
    summed = {size for name, size in sizes.items() if name not in made.split()}
    return summed == {1}


@pytest.mark.parametrize("family", DRAWN)
def test_layers_agree_with_torch(family: str) -> None:
    _, count, legal, illegal = DRAWN[family]
    tally, failures = compared(family)
    print(f"{family}: {count} drawn, {dict(tally)}")
    assert not failures, f"{len(failures)} of {count} disagree\n" + "\n".join(failures[:10])
    assert tally["legal"] >= legal
    assert tally["illegal"] >= illegal


def test_enough_is_drawn_from_every_kind() -> None:
    total = sum(drawn.cases for drawn in DRAWN.values())
    print(f"{total} layers drawn")
    assert total >= 10_000
    covered = {
        drawn.draw(Random(f"{family} {number}")).kind
        for family, drawn in DRAWN.items()
        for number in range(drawn.cases)
    }
    # These read nothing.
    assert set(running()) - covered == {"parameter", "constant"}


def test_every_listed_difference_occurs() -> None:
    seen = {name for family in DRAWN for name in compared(family).tally}
    assert set(DIFFERENCES) - seen == set()


def _one_short(self: Any, x: Shape) -> Shape:
    return (self.out_channels, *(size - 1 for size in x[1:]))


@pytest.mark.parametrize(
    ("kind", "rule", "broken"),
    [
        pytest.param("conv", "output", _one_short, id="another output size"),
        pytest.param("glu", "output", lambda self, x: (x[0] // 2, *x[1:]), id="a limit left out"),
        pytest.param("conv_transpose", "weights", lambda self, x: {}, id="no parameters"),
        pytest.param("batch_norm", "buffers", lambda self, x: {}, id="no running statistics"),
        pytest.param("linear", "macs", lambda self, *shapes: 0, id="work not counted"),
    ],
)
def test_a_wrong_rule_is_noticed(
    kind: str, rule: str, broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_kind(kind), rule, broken)
    assert compared.__wrapped__(kind).failures
