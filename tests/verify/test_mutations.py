"""Every seeded fault is caught by `verify`, and the same layers without it are not."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.verify import verify
from tests.verify.faults import FAULTS, Fault


def test_there_are_enough_of_them() -> None:
    assert len(FAULTS) >= 80
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def failing(fault: Fault) -> set[str]:
    """The checks that fail, of those that should catch the fault."""
    try:
        report = verify(convcalc.loads(fault.text), checks=fault.caught_by.split())
    except StackError as error:
        pytest.fail(f"the plan itself refuses the layer: {error}")
    assert report.is_clean is not bool(report.failed)
    return {check.name for layer in report.layers for check in layer.failed}


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
def test_a_fault_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(fault) == set(), "it fails without the fault"
    owner, name = fault.owner
    monkeypatch.setattr(owner, name, fault.change(getattr(owner, name)))
    assert failing(fault), "the fault is not caught"
