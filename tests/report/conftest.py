"""Plans for the formats to write."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import convcalc
from convcalc import Plan

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

# Nested blocks, a shortcut, a merge of three, and a block that is folded to nothing.
NESTED = """\
convcalc: 1
name: Nested
input: [4, 16, 16]
blocks:
  pair:
    args: [c]
    layers:
      - conv: {out: =c, k: 3, p: 1}
      - relu
  stage:
    args: [c]
    layers:
      - {pair: {c: =c}, name: first}
      - {pair: {c: =c}, repeat: 2}
      - add: [first, prev, in]
layers:
  - {conv: {out: 8, k: 3, s: 2, p: 1}, name: stem}
  - {stage: {c: 8}, repeat: 2, name: body}
  - {relu: {}, name: skip, from: stem}
  - concat: [skip, body]
"""


@cache
def planned(name: str) -> Plan:
    return convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))


@pytest.fixture
def example() -> Callable[[str], Plan]:
    """The plan of an example network, by its name."""
    return planned


@pytest.fixture
def nested() -> Plan:
    return convcalc.plan(convcalc.loads(NESTED))
