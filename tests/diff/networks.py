"""Networks to compare, small enough to be worked by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import convcalc
from convcalc.features.diff import Difference, compare
from convcalc.planning import Plan

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

# conv 3 -> 8, k 3, p 1 at 8x8: 3*8*9 + 8 = 224 params, 216*64 = 13,824 MACs.
# conv 8 -> 16, k 3, p 1, s 2 at 4x4: 8*16*9 + 16 = 1,168 params, 1,152*16 = 18,432 MACs.
SMALL = """\
convcalc: 1
name: Small
input: [3, 8, 8]
layers:
  - {conv: {out: 8, k: 3, p: 1}, name: stem}
  - batch_norm
  - relu
  - conv: {out: 16, k: 3, p: 1, s: 2}
  - relu
"""
SMALL_PARAMS = 224 + 16 + 1168
SMALL_MACS = 13_824 + 18_432


def planned(text: str) -> Plan:
    return convcalc.plan(convcalc.loads(text))


@cache
def example(name: str) -> Plan:
    return convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))


def difference(before: str, after: str) -> Difference:
    return compare(planned(before), planned(after), ("before", "after"))


def statuses(found: Difference) -> dict[str, str]:
    """The layers that differ by their names, with their status."""
    return {change.name: change.status for change in found.changes if change.status != "same"}


NET = "nets/small.net.yaml"


WIDER = SMALL.replace("out: 16", "out: 24").replace("layers:", "layers:\n  - conv: {out: 3, k: 1}")
