"""Attention of Keras with its projections: every size another one, so that none stands for another.

Weights are in the parts of the layer that Keras has for them.
"""

from __future__ import annotations

from math import prod
from typing import Any

from tests.importers.keras_calls import Sizes, of
from tests.importers.keras_json import tensor
from tests.importers.onnx_cases import Case, W, X

PARTS = ("query_dense", "key_dense", "value_dense", "output_dense")


def heads(
    sizes: Sizes,
    *,
    dims: tuple[int, int, int],
    out: int = 0,
    mask: tuple[int, ...] = (),
    shared: int = 0,
    use_bias: bool = True,
    macs: int,
    **config: Any,
) -> Case:
    """Heads of `dims`: how many there are, the numbers of a query, and those of a value.

    `shared` heads have keys, those of a layer of grouped queries. `out` are the numbers that come
    out, those of a query if 0.
    """
    given = [one for one in (sizes if isinstance(sizes, list) else [sizes]) if type(one) is tuple]
    queries, values, keys = given[0], given[1], given[-1]
    count, wide, held = dims
    many = shared or count
    after = out or queries[-1]
    kernels = [
        (queries[-1], count, wide),
        (keys[-1], many, wide),
        (values[-1], many, held),
        (count, held, after),
    ]
    parts = {
        f"{'_' if shared else ''}{word}": [
            W(kernel), *([W(kernel[2:] if word == PARTS[-1] else kernel[1:])] if use_bias else [])
        ]
        for word, kernel in zip(PARTS, kernels, strict=True)
    }  # fmt: skip
    kind = "GroupQueryAttention" if shared else "MultiHeadAttention"
    fields: dict[str, Any] = (
        {"head_dim": wide, "num_query_heads": count, "num_key_value_heads": shared}
        if shared
        else {"num_heads": count, "key_dim": wide, "value_dim": held}
    )
    if out:
        fields["output_shape"] = out
    begun = len(given)
    beside: dict[str, Any] = {}
    if mask:
        beside["attention_mask"] = tensor((f"x{begun}", 0, 0), mask)
    causal = config.pop("use_causal_mask", None)
    if causal:
        beside["use_causal_mask"] = True
    places = [prod(one[:-1]) for one in (queries, keys, values, queries)]
    work = sum(many * prod(kernel) for many, kernel in zip(places, kernels, strict=True))
    return of(
        kind,
        [*given, *([X(mask, 2)] if mask else [])],
        parts=parts,
        beside=len(given),
        called_with=beside,
        use_bias=use_bias,
        macs=work + macs,
        **fields,
        **config,
    )


ATTENTION: dict[str, Case] = {
    "heads whose values are of another size": heads(
        [(5, 6), (7, 4)], dims=(2, 3, 4), macs=2 * 35 * (3 + 4)
    ),
    "heads whose keys are of another size": heads(
        [(5, 6), (7, 4), (7, 3)], dims=(3, 2, 1), out=8, macs=3 * 35 * (2 + 1)
    ),
    "heads of what was before": heads(
        [(5, 4), (5, 4)], dims=(2, 3, 5), use_causal_mask=True, macs=2 * 25 * (3 + 5)
    ),
    "heads without numbers added": heads(
        [(3, 6), (7, 4)], dims=(2, 5, 3), out=2, use_bias=False, macs=2 * 21 * (5 + 3)
    ),
    "heads under a mask": heads(
        [(5, 6), (7, 4)], dims=(2, 3, 4), mask=(5, 7), macs=2 * 35 * (3 + 4)
    ),
    # A map of 3 x 5 places, whose keys have 2 x 5, 3 x 4, or 2 x 4 of them.
    "heads along columns of a map": heads(
        [(3, 5, 4), (2, 5, 6)], dims=(2, 3, 4), attention_axes=[1], macs=2 * 5 * 6 * (3 + 4)
    ),
    "heads along rows of a map": heads(
        [(3, 5, 4), (3, 4, 6)], dims=(2, 3, 4), attention_axes=-2, macs=2 * 3 * 20 * (3 + 4)
    ),
    "heads along all places of a map": heads(
        [(3, 5, 4), (2, 4, 6)], dims=(2, 3, 4), macs=2 * 15 * 8 * (3 + 4)
    ),
    "six heads that share two for their keys": heads(
        [(5, 4), (7, 4)], dims=(6, 3, 3), shared=2, macs=6 * 35 * (3 + 3)
    ),
    "heads that share one for their keys, under a mask": heads(
        [(5, 4), (7, 4)], dims=(3, 2, 2), shared=1, mask=(5, 7), macs=3 * 35 * (2 + 2)
    ),
}
