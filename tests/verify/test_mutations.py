"""Every seeded fault is caught, by `verify` or by the definitions; the sound layers by neither."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.verify import verify
from tests import reference
from tests.reference.comparing import case_of, difference
from tests.verify.faults import FAULTS, Fault


def test_there_are_enough_of_them() -> None:
    assert len(FAULTS) >= 80
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def failing(fault: Fault) -> set[str]:
    """Of what should catch the fault: checks of `verify`, and what definitions say otherwise.

    These are `values` and `arrays`, the shapes of what is learnt.
    """
    asked = set(fault.caught_by.split())
    try:
        report = verify(convcalc.loads(fault.text), checks=asked - {"values", "arrays"})
    except StackError as error:
        pytest.fail(f"the plan itself refuses the layer: {error}")
    assert report.is_clean is not bool(report.failed)
    return {check.name for layer in report.layers for check in layer.failed} | defined(fault, asked)


def defined(fault: Fault, asked: set[str]) -> set[str]:
    graph = convcalc.loads(fault.text).graph()
    found = set()
    for node in graph.layers:
        inputs = tuple(graph.shape_of(index) for index in node.inputs)
        case = case_of(node.layer, inputs)
        if "arrays" in asked and node.layer.weights_of(inputs) != reference.arrays(case)[0]:
            found.add("arrays")
        if "values" in asked and difference(node.layer, case):
            found.add("values")
    return found


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_a_fault_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(fault) == set(), "it fails without the fault"
    owner, name = fault.owner
    monkeypatch.setattr(owner, name, fault.change(getattr(owner, name)))
    assert failing(fault), "the fault is not caught"
