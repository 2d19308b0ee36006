"""Each operation of ONNX: shapes and numbers as ONNX Runtime has them, figures by hand."""

from __future__ import annotations

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.each import each
from tests.importers.digits import apart, recorded
from tests.importers.onnx_operations import ALL, RECORDED

WANTED = recorded(RECORDED)


def test_each_file_has_a_record() -> None:
    assert ALL.keys() == WANTED.keys()


@each("name", ALL)
def test_an_operation_gives_what_onnx_runtime_gives(name: str) -> None:
    case, wanted = ALL[name], WANTED[name]
    network = convcalc.loads(case.data, "net.onnx")
    assert isinstance(network, ForeignNetwork)
    plan = convcalc.plan(network)
    assert {key: list(view.dims) for key, view in network.output_views.items()} == {
        key: one[0] for key, one in wanted.items()
    }
    assert plan.totals.params == case.params
    assert ("opaque" in {row.kind for row in plan}) == case.is_opaque
    if not case.is_opaque:
        assert plan.totals.macs == case.macs
        assert apart(network, case.feeds, wanted) < 2e-5
