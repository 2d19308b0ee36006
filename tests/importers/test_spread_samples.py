"""Learnt rows that a program spreads over its samples, along an axis that samples stand on.

DETR repeats its queries behind their places, `(L, N, C)`: so many as samples are one of each.
"""

from __future__ import annotations

from typing import Any

import convcalc
from tests.each import each
from tests.importers.planning import plan_of
from tests.importers.pt2_bytes import archive, node, program

WHOLE = ("no axis of the inputs is their batch: all of each is one sample",)
ROWS, FEATURES = 5, 16
# A dense layer of 5 rows of 16, and of one of 3; each of one sample.
DENSE, OTHER = ROWS * FEATURES * FEATURES, 3 * FEATURES


def joined(
    samples: int, ahead: list[dict[str, Any]], stated: dict[str, list[int]], *, stored: int = 1
) -> convcalc.Plan:
    """A dense layer of `t`, rows x samples x features, and one of a vector of each sample."""
    nodes = [
        *ahead,
        node("aten.linear", "dense", input="%t", weight="%w"),
        node("aten.linear", "other", input="%x", weight="%v"),
        node("aten.add", "y", self="%dense", other="%other"),
    ]
    every = [ROWS, samples, FEATURES]
    shapes = {
        **stated, "t": every, "dense": every, "other": [samples, FEATURES], "y": every
    }  # fmt: skip
    held = {
        "q": ("q", [ROWS, stored, FEATURES]),
        "w": ("w", [FEATURES, FEATURES]),
        "v": ("v", [FEATURES, 3]),
    }
    return plan_of(archive(program(nodes, {"x": [samples, 3]}, ["y"], shapes, held)))


def spreading(samples: int) -> dict[str, tuple[list[dict[str, Any]], dict[str, list[int]]]]:
    """What makes `t` of `q`, which has a place for samples, and the shapes on the way."""
    every = [ROWS, samples, FEATURES]
    zeros = node("aten.zeros", "z", size=every)
    return {
        "repeat": ([node("aten.repeat", "t", self="%q", repeats=[1, samples, 1])], {}),
        "tile": ([node("aten.tile", "t", self="%q", dims=[samples, 1])], {}),
        "expand": ([node("aten.expand", "t", self="%q", size=[-1, samples, -1])], {}),
        "places": (
            [node("aten.repeat_interleave", "t", self="%q", repeats=samples, dim=1)], {}
        ),
        "copies": (
            [
                node("aten.squeeze", "r", self="%q", dim=1),
                node("aten.stack", "t", tensors=["%r"] * samples, dim=1),
            ],
            {"r": [ROWS, FEATURES]},
        ),
        "joined": ([node("aten.cat", "t", tensors=["%q"] * samples, dim=-2)], {}),
        "zeros": ([zeros, node("aten.add", "t", self="%z", other="%q")], {"z": every}),
        "of its type": (
            [
                node("aten.new_zeros", "z", self="%x", size=every),
                node("aten.add", "t", self="%z", other="%q"),
            ],
            {"z": every},
        ),
    }  # fmt: skip


@each("name", list(spreading(2)))
def test_rows_that_are_spread_over_samples_are_one_of_each(name: str) -> None:
    """Of two samples they counted twice, beside one vector."""
    for samples in (2, 3, 4):
        plan = joined(samples, *spreading(samples)[name])
        assert (plan.totals.macs, plan.notes) == (DENSE + OTHER, ()), samples
        assert plan[-1].output == (FEATURES, ROWS)


@each("samples", [2, 3])
def test_rows_stored_for_every_sample_make_all_of_them_one(samples: int) -> None:
    """Each sample has its own, so that there is no layer of one of them."""
    ahead = [node("aten.relu", "t", self="%q")]
    plan = joined(samples, ahead, {}, stored=samples)
    assert (plan.totals.macs, plan.notes) == (samples * (DENSE + OTHER), WHOLE)


@each("samples", [2, 3])
def test_a_pair_that_meets_no_samples_is_one(samples: int) -> None:
    """Two copies, whatever samples there are, are summed before they meet any."""
    nodes = [
        node("aten.repeat", "t", self="%q", repeats=[1, 2, 1]),
        node("aten.linear", "dense", input="%t", weight="%w"),
        node("aten.sum", "s", self="%dense", dim=[1]),
        node("aten.linear", "other", input="%x", weight="%v"),
        node("aten.unsqueeze", "u", self="%other", dim=1),
        node("aten.add", "y", self="%s", other="%u"),
    ]
    shapes = {
        "t": [ROWS, 2, FEATURES], "dense": [ROWS, 2, FEATURES], "s": [ROWS, FEATURES],
        "other": [samples, FEATURES], "u": [samples, 1, FEATURES], "y": [samples, ROWS, FEATURES],
    }  # fmt: skip
    held = {
        "q": ("q", [ROWS, 1, FEATURES]), "w": ("w", [FEATURES, FEATURES]), "v": ("v", [FEATURES, 3])
    }  # fmt: skip
    plan = plan_of(archive(program(nodes, {"x": [samples, 3]}, ["y"], shapes, held)))
    assert (plan.totals.macs, plan.notes) == (2 * DENSE + OTHER, ())


def test_what_was_taken_for_samples_and_is_none_makes_all_of_them_one() -> None:
    """Rows of two copies that are summed behind the vectors that they meet: a sum of samples."""
    nodes = [
        node("aten.repeat", "t", self="%q", repeats=[1, 2, 1]),
        node("aten.linear", "dense", input="%t", weight="%w"),
        node("aten.linear", "other", input="%x", weight="%v"),
        node("aten.add", "a", self="%dense", other="%other"),
        node("aten.transpose", "b", self="%a", dim0=1, dim1=2),
        node("aten.matmul", "y", self="%a", other="%b"),
        node("aten.linear", "z", input="%b", weight="%k"),
    ]
    every = [ROWS, 2, FEATURES]
    shapes = {
        "t": every, "dense": every, "other": [2, FEATURES], "a": every,
        "b": [ROWS, FEATURES, 2], "y": [ROWS, 2, 2], "z": [ROWS, FEATURES, 7],
    }  # fmt: skip
    held = {
        "q": ("q", [ROWS, 1, FEATURES]), "w": ("w", [FEATURES, FEATURES]),
        "v": ("v", [FEATURES, 3]), "k": ("k", [7, 2]),
    }  # fmt: skip
    plan = plan_of(archive(program(nodes, {"x": [2, 3]}, ["y", "z"], shapes, held)))
    products = ROWS * 2 * FEATURES * 2 + ROWS * FEATURES * 2 * 7
    assert (plan.totals.macs, plan.notes) == (2 * (DENSE + OTHER) + products, WHOLE)


def test_rows_that_meet_no_samples_may_be_of_all_beside_them() -> None:
    """Two copies that come out by themselves are those of two samples, or a pair."""
    nodes = [
        node("aten.repeat", "t", self="%q", repeats=[1, 2, 1]),
        node("aten.linear", "dense", input="%t", weight="%w"),
        node("aten.linear", "other", input="%x", weight="%v"),
    ]
    every = [ROWS, 2, FEATURES]
    shapes = {"t": every, "dense": every, "other": [2, FEATURES]}
    held = {
        "q": ("q", [ROWS, 1, FEATURES]), "w": ("w", [FEATURES, FEATURES]), "v": ("v", [FEATURES, 3])
    }  # fmt: skip
    for outputs, macs, is_whole in (
        (["dense", "other"], 2 * (DENSE + OTHER), True),
        # What nobody reads is no layer.
        (["other"], OTHER, False),
    ):
        plan = plan_of(archive(program(nodes, {"x": [2, 3]}, outputs, shapes, held)))
        assert (plan.totals.macs, WHOLE[0] in plan.notes) == (macs, is_whole)
