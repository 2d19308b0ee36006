"""Calls of PyTorch's operators beside what numpy makes of the same arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import convcalc
from convcalc.arrays.ops import Array
from convcalc.importers.network import ForeignNetwork
from convcalc.planning import Plan
from tests.importers.pt2_bytes import archive, node, program
from tests.importers.pt2_calls import TRUTH
from tests.importers.recorded import as_tensor, given


class Same(NamedTuple):
    """An operator, its arguments, of which arrays go in, and the array that is to come out.

    An argument may be what another call gives. Of several results one is read.
    """

    op: str
    arguments: dict[str, Any]
    wanted: Array
    results: int = 1
    read: int = 0


def check(calls: Sequence[Same]) -> Plan:
    """Runs all calls as one program, to whose results 1 is added; none of them is opaque."""
    feeds: dict[str, Array] = {}
    stated: dict[str, Array] = {}
    nodes: list[Any] = []

    def result_of(call: Same) -> str:
        arguments = {word: named(one) for word, one in call.arguments.items()}
        made = [f"r{len(nodes)}_{place}" for place in range(call.results)]
        outputs = made if call.results > 1 else made[0]
        nodes.append(node(f"aten.{call.op}", outputs, **arguments))
        stated[made[call.read]] = call.wanted
        return f"%{made[call.read]}"

    def named(one: Any) -> Any:
        if isinstance(one, Same):
            return result_of(one)
        if isinstance(one, list) and isinstance(one[0], np.ndarray | Same):
            return [named(part) for part in one]
        if not isinstance(one, np.ndarray):
            return one
        name = next((name for name, known in feeds.items() if known is one), f"x{len(feeds)}")
        feeds[name] = one
        return f"%{name}"

    for at, call in enumerate(calls):
        nodes.append(node("aten.add", f"y{at}", self=result_of(call), other=1.0))
    names = [f"y{at}" for at in range(len(calls))]
    shapes = {name: [*one.shape] for name, one in stated.items()}
    shapes |= {name: [*call.wanted.shape] for name, call in zip(names, calls, strict=True)}
    found = program(nodes, {name: [*one.shape] for name, one in feeds.items()}, names, shapes)
    for name, one in stated.items():
        if one.dtype == bool:
            found["graph_module"]["graph"]["tensor_values"][name]["dtype"] = TRUTH
    network = convcalc.loads(archive(found), "net.pt2")
    assert isinstance(network, ForeignNetwork)
    plan = convcalc.plan(network)
    assert not [row.notes for row in plan if row.kind == "opaque"]
    inputs = [feeds[axes.name] for axes in network.input_axes]
    got = convcalc.run(network, given(network, inputs))
    for call, name in zip(calls, names, strict=True):
        ours, wanted = as_tensor(network, name, got), call.wanted + 1
        assert ours.shape == wanted.shape, call
        assert np.allclose(ours, wanted, atol=1e-5), call
    return plan
