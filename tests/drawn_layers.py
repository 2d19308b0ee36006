"""Layers drawn for each kind, for the laws that it meets.

A new kind needs one line in DRAWS: how its fields and input shapes are drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from random import Random

from pydantic import ValidationError

import convcalc
from convcalc.core.errors import LayerError
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base import Facts, Kind, plain
from tests.crosscheck import draws, draws_axes, draws_more, draws_products, draws_sequences
from tests.crosscheck.draws import Case

Draw = Callable[[Random], Case]

ENOUGH = 25
TRIES = 1500


def _merge(kind: str) -> Draw:
    def draw(rng: Random) -> Case:
        case = draws_more.merge(rng)
        known = ("inputs", "align") if kind == "concat" else ("inputs",)
        fields = {field: value for field, value in case.fields.items() if field in known}
        return Case(kind, fields, case.inputs)

    return draw


def _named(draw: Draw, kind: str) -> Draw:
    return lambda rng: draw(rng)._replace(kind=kind)


# kind -> how its fields and input shapes are drawn, legal and illegal ones.
DRAWS: dict[str, Draw] = {
    "conv": draws.conv,
    "conv_transpose": draws.conv_transpose,
    "max_pool": draws.max_pool,
    "avg_pool": draws.avg_pool,
    "lp_pool": draws.lp_pool,
    "adaptive_avg_pool": draws.adaptive_avg_pool,
    "adaptive_max_pool": draws.adaptive_max_pool,
    "global_avg_pool": _named(draws_more.global_pool, "global_avg_pool"),
    "global_max_pool": _named(draws_more.global_pool, "global_max_pool"),
    "linear": draws.linear,
    "attention": draws_products.attention,
    "cross_attention": draws_products.cross_attention,
    "scaled_dot_product_attention": draws_products.scaled_dot_product_attention,
    "batch_norm": draws.batch_norm,
    "instance_norm": draws.instance_norm,
    "group_norm": draws.group_norm,
    "layer_norm": draws.layer_norm,
    "rms_norm": draws.rms_norm,
    "l2_normalize": draws.l2_normalize,
    "global_response_norm": draws.global_response_norm,
    "local_response_norm": draws.local_response_norm,
    "prelu": draws_more.prelu,
    **{kind: _named(draws_axes.glu, kind) for kind in ("glu", "swiglu")},
    "unflatten": draws_more.unflatten,
    "reshape": draws_more.reshape,
    "pad": draws_more.pad,
    "crop": draws_more.crop,
    "upsample": draws_more.upsample,
    "pixel_shuffle": draws_more.pixel_shuffle,
    "pixel_unshuffle": draws_more.pixel_unshuffle,
    "channel_shuffle": draws_more.channel_shuffle,
    "unfold": draws_more.unfold,
    "fold": draws_more.fold,
    "max_unpool": draws_more.max_unpool,
    "bilinear": draws_more.bilinear,
    "deform_conv": draws_more.deform_conv,
    "global_mean_std_pool": draws_more.mean_std_pool,
    "scale": draws_more.scale,
    **{
        kind: partial(draws_sequences.recurrent, kind=kind, biases=True)
        for kind in ("lstm", "gru", "rnn")
    },
    **{
        kind: partial(draws_sequences.recurrent_with_state, kind=kind, biases=True)
        for kind in ("lstm_with_state", "gru_with_state", "rnn_with_state")
    },
    "embedding": draws_sequences.embedding,
    "parameter": draws_sequences.parameter,
    "constant": draws_sequences.constant,
    "bias": draws_more.bias,
    "opaque": draws_more.opaque,
    **{
        kind: partial(draws_more.function, kind=kind)
        for kind in dict.fromkeys((*draws_more.ACTIVATIONS, *draws_more.CONSTANTS))
    },
    **{kind: _merge(kind) for kind in ("add", "sub", "mul", "div", "pow", "max", "min")},
    **{kind: _merge(kind) for kind in draws_more.LOGIC},
    **{kind: partial(draws_more.comparison, kind=kind) for kind in draws_more.COMPARISONS},
    **{kind: partial(draws_more.asked, kind=kind) for kind in draws_more.ASKED},
    "where": draws_more.where,
    **draws_axes.DRAWS,
    "concat": lambda rng: (draws_axes.concat if rng.random() < 0.5 else _merge("concat"))(rng),
}


class Drawn:
    """A case with the layer that a kind makes of it, and its facts."""

    def __init__(self, case: Case, layer: Kind, facts: Facts) -> None:
        self.case, self.layer, self.facts = case, layer, facts


def running() -> tuple[str, ...]:
    """The kinds that run: of the others nobody knows what they compute."""
    return tuple(name for name in kind_names() if (kind := find_kind(name)) and kind.runs)


def draw(name: str) -> Draw:
    """How cases of the kind are drawn; of a new one those of its page, at other sizes."""
    return DRAWS.get(name) or _of_page(name)


def _of_page(name: str) -> Draw:
    shown = _shown(name)

    def draw(rng: Random) -> Case:
        case = rng.choice(shown)
        sizes = [rng.randint(1, 12) for _ in range(3)]
        inputs = tuple((shape[0], *sizes[: len(shape) - 1]) for shape in case.inputs)
        return case._replace(inputs=inputs)

    return draw


@cache
def _shown(name: str) -> list[Case]:
    """The layers of a kind that its page's example has."""
    kind = find_kind(name)
    assert kind is not None, f"there is no kind `{name}`"
    graph = convcalc.loads(example(kind)).graph()
    found = []
    for node in graph.nodes:
        if node.inputs and node.layer.kind == name:
            given = type(node.layer).model_fields.keys() & node.layer.model_fields_set
            fields = {field: plain(getattr(node.layer, field)) for field in sorted(given)}
            if "inputs" in fields:
                fields["inputs"] = [f"map_{number}" for number in range(len(node.inputs))]
            found.append(Case(name, fields, tuple(map(graph.shape_of, node.inputs))))
    return found


def example(kind: type[Kind]) -> str:
    """The network of a kind's page."""
    examples = re.findall(r"```yaml\n(.*?)```", kind.__doc__ or "", re.DOTALL)
    assert len(examples) == 1, f"`{kind.kind}` has {len(examples)} examples"
    return re.sub(r"(?m)^    ", "", str(examples[0]))


def legal(kind: type[Kind], name: str, count: int = ENOUGH) -> list[Drawn]:
    """Cases that the kind accepts, always the same ones."""
    return _legal(kind, name, count, draw(name))


@cache
def _legal(kind: type[Kind], name: str, count: int, drawing: Draw) -> list[Drawn]:
    rng = Random(f"laws of {name}")
    found: list[Drawn] = []
    for _ in range(TRIES):
        case = drawing(rng)
        try:
            layer = kind.model_validate(case.fields)
            found.append(Drawn(case, layer, layer.facts(case.inputs)))
        except (ValidationError, LayerError):
            continue
        if len(found) == count:
            break
    assert len(found) == count, f"only {len(found)} of {TRIES} drawn layers of `{name}` are legal"
    return found
