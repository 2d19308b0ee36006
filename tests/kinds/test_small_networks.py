"""Small networks of every family with right figures: by torch 2.13 (counted on meta tensors), or
by the sum that is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each


def planned(shape: str, layers: str, **top: str) -> convcalc.Plan:
    above = "".join(f"{key}: {value}\n" for key, value in top.items())
    return convcalc.plan(convcalc.loads(f"convcalc: 1\ninput: {shape}\n{above}layers:\n{layers}"))


def lines(*layers: str) -> str:
    return "".join(f"  - {layer}\n" for layer in layers)


QKV = "{q: [768, 64], k: [768, 64], v: [768, 64]}"
QK = "{q: [2, 32, 400], k: [2, 32, 400]}"
PATCHES = 'rearrange: {pattern: "c (h p) (w q) -> (c p q) h w", sizes: {p: 2, q: 2}}'
SCORES = 'einsum: {inputs: [q, k], equation: "h d q, h d k -> h q k"}'
SWIN = "attention: {heads: 3, window: 7, relative_positions: table}"
SDPA = "scaled_dot_product_attention: {inputs: [q, k, v], heads: 12"
BOTH_WAYS = "lstm: {hidden: 64, layers: 2, bidirectional: true}"
LAST = "lstm: {hidden: 64, returns: last}"
WORDS = "embedding: {num: 30522, dim: 768}"
# input, layer, parameters, MACs, output
ONE_LAYER: dict[str, tuple[str, str, int, int, tuple[int, ...]]] = {
    "attention of a ViT": (
        "[768, 197]", "attention: {heads: 12}", 2_362_368, 524_391_936, (768, 197)
    ),
    # Heads share out the channels, and so do not change the cost.
    "a long sequence": ("[100, 1000]", "attention: {heads: 4}", 40_400, 240_000_000, (100, 1000)),
    # 4·96² + 4·96 and a table of 13² for each of 3 heads; windows of 49 positions.
    "windows of Swin": ("[96, 56, 56]", SWIN, 37_755, 145_108_992, (96, 56, 56)),
    "lstm": ("[64, 100]", "lstm: 64", 33_280, 3_276_800, (64, 100)),
    "lstm, its last state": ("[64, 100]", LAST, 33_280, 3_276_800, (64,)),
    "lstm of two layers, both ways": ("[64, 100]", BOTH_WAYS, 165_888, 16_384_000, (128, 100)),
    "gru": ("[64, 100]", "gru: 64", 24_960, 2_457_600, (64, 100)),
    "rnn": ("[64, 100]", "rnn: 64", 8_320, 819_200, (64, 100)),
    "embedding of BERT": ("[128]", WORDS, 23_440_896, 0, (768, 128)),
    "patches": ("[64, 8, 8]", PATCHES, 0, 0, (256, 4, 4)),
    "the product alone": (QKV, f"{SDPA}}}", 0, 6_291_456, (768, 64)),
    "the product, masked": (QKV, f"{SDPA}, causal: true}}", 0, 6_291_456, (768, 64)),
    "einsum": (QK, SCORES, 0, 10_240_000, (2, 400, 400)),
}  # fmt: skip


@each("name", ONE_LAYER)
def test_one_layer(name: str) -> None:
    shape, layer, *figures = ONE_LAYER[name]
    plan = planned(shape, lines(layer))
    assert [plan.totals.params, plan.totals.macs, plan.rows[-1].output] == figures


def test_heads_that_do_not_divide_are_refused_as_torch_refuses_them() -> None:
    with pytest.raises(StackError) as caught:
        planned("[100, 1000]", lines("attention: {heads: 8}"))
    assert caught.value.problems[0].slug == "groups-indivisible"


@each(
    ("shape", "layers", "size", "start"),
    [
        pytest.param(
            "[768, 197]", ["attention: {heads: 12}"], (197,), (0,), id="attention sees everything"
        ),
        pytest.param(
            "[64, 8, 8]",
            [PATCHES],
            (2, 2),
            (0, 0),
            id="a patch sees its pixels",
        ),
        pytest.param(
            "[1, 4, 100]",
            ["conv: {out: 2, k: [1, 3], p: [0, 1]}", "reshape: [8, 100]", "conv: {out: 8, k: 1}"],
            (4, 3),
            (0, -1),
            id="rows folded into channels",
        ),
    ],
)
def test_fields(
    shape: str, layers: list[str], size: tuple[int, ...], start: tuple[int, ...]
) -> None:
    field = planned(shape, lines(*layers)).rows[-1].receptive_field
    assert field is not None
    assert (field.size, field.start, field.at_most) == (size, start, False)


@each(
    ("shift", "unit", "seen"),
    [
        pytest.param(0, 10, (7, 13), id="the second window"),
        pytest.param(3, 10, (10, 16), id="the second of a shifted map"),
        pytest.param(3, 1, (0, 2), id="what is left before the first"),
        pytest.param(3, 55, (52, 55), id="and behind the last"),
    ],
)
def test_the_windows_of_attention(shift: int, unit: int, seen: tuple[int, int]) -> None:
    layer = f"attention: {{heads: 3, window: 7, relative_positions: table, shift: {shift}}}"
    row = planned("[96, 56, 56]", lines(layer)).rows[0]
    field = row.receptive_field
    assert field is not None
    assert field.most == (7, 7)
    links = row.node.facts.links[0]
    assert links is not None
    turns, phase = divmod(unit, len(links[0].taps))
    taps = (tap + turns * links[0].rise for tap in links[0].taps[phase])
    # Beyond the map there are no pixels.
    real = [tap for tap in taps if 0 <= tap < 56]
    assert (real[0], real[-1]) == seen


def test_a_recurrent_layer_sees_its_past() -> None:
    links = planned("[64, 100]", lines("lstm: 64")).rows[0].node.facts.links[0]
    assert links is not None
    assert [(taps[0], taps[-1]) for taps in links[0].taps] == [(0, t) for t in range(100)]


def test_folded_rows_are_used_by_twelve_pixels() -> None:
    text = "convcalc: 1\ninput: [1, 4, 100]\nlayers:\n" + lines(
        "conv: {out: 2, k: [1, 3], p: [0, 1]}",
        "reshape: [8, 100]",
        "{conv: {out: 8, k: 1}, name: x}",
    )
    found = convcalc.receptive_field(convcalc.loads(text), "x", at=(50,)).to_dict()
    field = found["units"][0]["fields"]["input"]
    assert (field["window"], field["used"]) == ([[0, 3], [49, 51]], 12)


def test_a_class_token_is_joined_along_the_positions() -> None:
    plan = planned(
        "[768, 196]",
        lines(
            "{parameter: {shape: [768, 1]}, name: token}",
            "concat: {inputs: [token, input], axis: positions}",
        ),
    )
    assert (plan.rows[-1].output, plan.totals.params) == ((768, 197), 768)


def test_maps_that_are_too_long_to_be_followed_are_joined_all_the_same() -> None:
    """Two maps of 70,000 rows, and three columns to a unit: their fields stay untold."""
    plan = planned(
        "{a: [1, 70000, 8], b: [1, 70000, 8]}",
        lines("concat: {inputs: [a, b], axis: height}", "conv: {out: 1, k: [1, 3]}"),
    )
    last = plan.rows[-1]
    assert (last.output, last.macs) == ((1, 140_000, 6), 140_000 * 6 * 3)
    assert plan.to_dict()["rows"][-1]["receptive_field"] is None


def test_a_learnt_matrix_times_points() -> None:
    plan = planned(
        "[3, 1024]",
        lines("{parameter: {shape: [3, 3]}, name: turn}", "matmul: [turn, input]"),
    )
    assert (plan.totals.macs, plan.rows[-1].output) == (9_216, (3, 1024))


def test_one_tower_on_two_inputs() -> None:
    tower = "blocks: {tower: {layers: [{conv: {out: 8, k: 3}}, relu, global_avg_pool]}}\n"
    text = "convcalc: 1\ninput: {a: [3, 64, 64], b: [3, 64, 64]}\n" + tower + "layers:\n"
    text += lines("{tower: {}, from: a, name: x}", "{tower: {}, from: b, name: y, weights: x}")
    text += "outputs: [x, y]\n"
    totals = convcalc.plan(convcalc.loads(text)).totals
    assert (totals.params, totals.macs) == (8 * 27 + 8, 2 * 8 * 27 * 62 * 62)


def test_the_priors_of_ssd() -> None:
    sizes, boxes = (38, 19, 10, 5, 3, 1), (4, 6, 6, 6, 4, 4)
    inputs = ", ".join(f"m{size}: [8, {size}, {size}]" for size in sizes)
    layers = []
    for size, count in zip(sizes, boxes, strict=True):
        layers += [
            f"{{conv: {{out: {4 * count}, k: 3, p: 1}}, from: m{size}}}",
            f'{{rearrange: {{pattern: "(b c) h w -> c (h w b)", sizes: {{c: 4}}}}, name: h{size}}}',
        ]
    names = ", ".join(f"h{size}" for size in sizes)
    plan = planned(
        f"{{{inputs}}}", lines(*layers, f"concat: {{inputs: [{names}], axis: positions}}")
    )
    assert plan.rows[-1].output == (4, 8732)


def test_a_pyramid_of_odd_sizes() -> None:
    plan = planned(
        "[3, 800, 1333]",
        lines(
            "{conv: {out: 4, k: 3, s: 8, p: 1}, name: c3}",
            "{conv: {out: 4, k: 3, s: 2, p: 1}, name: c4}",
            "{upsample: {like: c3}, name: up}",
            "add: [up, c3]",
        ),
    )
    assert [row.output[1:] for row in plan] == [(100, 167), (50, 84), (100, 167), (100, 167)]


def test_a_crop_like_the_image() -> None:
    crop = lines("{crop: {like: image, offset: 19}, from: map}")
    plan = planned("{map: [21, 544, 448], image: [3, 500, 375]}", crop)
    assert plan.rows[0].output == (21, 500, 375)
    with pytest.raises(StackError) as caught:
        planned("{map: [21, 480, 352], image: [3, 500, 375]}", crop)
    assert "352 pixels on the width are less than 375 + 19" in str(caught.value)


def test_mean_and_deviation_over_time() -> None:
    plan = planned(
        "[1500, 200]",
        lines(
            '{reduce: {pattern: "c t -> c", op: mean}, name: mean}',
            '{reduce: {pattern: "c t -> c", op: std}, from: input, name: deviation}',
            "concat: [mean, deviation]",
        ),
    )
    assert plan.rows[-1].output == (3000,)


def test_one_head_on_three_levels() -> None:
    text = "convcalc: 1\ninput: {p3: [8, 8, 8], p4: [8, 4, 4], p5: [8, 2, 2]}\nlayers:\n"
    text += lines(
        "{conv: {out: 6, k: 3, p: 1}, from: p3, name: h3}",
        "{conv: {out: 6, k: 3, p: 1}, from: p4, name: h4, weights: h3}",
        "{conv: {out: 6, k: 3, p: 1}, from: p5, name: h5, weights: h3}",
    )
    totals = convcalc.plan(convcalc.loads(text + "outputs: [h3, h4, h5]\n")).totals
    assert (totals.params, totals.macs) == (8 * 6 * 9 + 6, 8 * 6 * 9 * (64 + 16 + 4))


def test_a_declared_layer_between_two_convolutions() -> None:
    plan = planned(
        "[64, 28, 28]",
        lines(
            "conv: {out: 128, k: 3, s: 2, p: 1}",
            "opaque: {output: [256, 14, 14], params: 1000}",
            "conv: {out: 64, k: 1}",
        ),
    )
    known = 64 * 128 * 9 + 128 + 256 * 64 + 64
    assert (plan.totals.params, plan.totals.declared) == (known + 1000, {"params": 1000})
    assert plan.totals.macs == (64 * 128 * 9 + 256 * 64) * 14 * 14
    found: dict[str, Any] = plan.to_dict()["totals"]
    assert found["complete"] is False
    assert "macs" in found["lower_bounds"]
    assert "params" not in found["lower_bounds"]


def test_a_width_multiplier_is_a_fraction() -> None:
    plan = planned(
        "[3, 8, 8]",
        lines('conv: {out: "=round_to(min(64, most)*width, 8)", k: 3}'),
        vars="{width: 0.25, most: 1024}",
    )
    assert plan.rows[0].output[0] == 16


def test_the_eps_of_a_norm_counts_in_a_run() -> None:
    text = "convcalc: 1\ninput: [1, 1, 3]\nlayers:\n" + lines("{batch_norm: {eps: 0.001}, name: n}")
    weights = {"n.weight": [2.0], "n.bias": [1.0], "n.running_mean": [3.0], "n.running_var": [0.5]}
    (y,) = convcalc.run(
        convcalc.loads(text), [[[1.0, 3.0, 8.0]]], weights=weights, dtype="float64"
    ).values()
    expected = [2 * (x - 3) / np.sqrt(0.5 + 1e-3) + 1 for x in (1.0, 3.0, 8.0)]
    assert np.allclose(y.ravel(), expected, rtol=1e-12)
