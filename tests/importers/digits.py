"""What other programs make of small files, a line of JSON for each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import convcalc
from convcalc.arrays.ops import Array
from convcalc.importers.network import ForeignNetwork
from convcalc.planning import Plan
from tests.importers.onnx_cases import Case
from tests.importers.recorded import ENOUGH, as_tensor, given

# What comes out of a file by name: the shape, and the elements row by row, or none of them.
Recorded = Mapping[str, Sequence[Any]]


def recorded(path: Path) -> dict[str, Recorded]:
    """What another program made of each file."""
    found: dict[str, Recorded] = json.loads(path.read_text(encoding="utf-8"))
    return found


def record(path: Path, outputs: Mapping[str, Mapping[str, Array]], only_shapes: set[str]) -> None:
    """Writes what another program made of each file: a line each, six digits of each number."""
    lines = []
    for name, arrays in outputs.items():
        made = {
            key: [list(x.shape)] if name in only_shapes else [list(x.shape), digits(x)]
            for key, x in arrays.items()
        }
        lines.append(f"{json.dumps(name)}: {json.dumps(made, separators=(',', ':'))}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def digits(x: Array) -> list[float]:
    """The elements, with six digits; whole numbers without a point."""
    rounded = (float(f"{value:.6g}") for value in np.asarray(x, np.float64).flat)
    return [int(one) if one == int(one) else one for one in rounded]


def apart(network: ForeignNetwork, feeds: Mapping[str, Array], wanted: Recorded) -> float:
    """How far a run is from what is recorded, as a share of the largest number of each output."""
    inputs = [np.asarray(feeds[axes.name]) for axes in network.input_axes]
    got = convcalc.run(network, given(network, inputs), max_memory=ENOUGH)
    worst = 0.0
    for name, (dims, values) in zip(network.output_views, wanted.values(), strict=True):
        found, want = as_tensor(network, name, got), np.reshape(values, dims)
        worst = max(worst, float(np.abs(found - want).max() / max(np.abs(want).max(), 1.0)))
    return worst


def check(ending: str, case: Case, wanted: Recorded) -> Plan:
    """Holds a file against what is recorded of it, and its figures against those by hand."""
    network = convcalc.loads(case.data, f"net.{ending}")
    assert isinstance(network, ForeignNetwork)
    plan = convcalc.plan(network)
    # What a layer of Keras gives that is unfolded has its call in its name, behind an `@`.
    found = {key.partition("@")[0]: list(one.dims) for key, one in network.output_views.items()}
    assert found == {key: one[0] for key, one in wanted.items()}
    assert plan.totals.params == case.params
    assert ("opaque" in {row.kind for row in plan}) == case.is_opaque
    if case.macs or not case.is_opaque:
        assert plan.totals.macs == case.macs
    if not case.is_opaque:
        assert apart(network, case.feeds, wanted) < 2e-5
    return plan
