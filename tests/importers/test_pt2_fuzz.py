"""Programs with something in them that does not belong there: a plan, or a finding."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import Problem, StackError
from tests.importers.pt2_bytes import archive
from tests.importers.test_pt2 import HEADS, NET

STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 1, 7, 2**31, 2**62, 10**40, -0.5, float("inf"), float("nan"), "", "x", "%x",
    "\x1b[31m", "a\nb", "#", [], {}, [1, 2], [[]], {"as_int": -3}, {"as_tensor": {"name": "x"}},
    {"as_ints": [0, 0]}, {"as_none": True}, {"as_expr": {"expr_str": "s0", "hint": {"as_int": 5}}},
)  # fmt: skip


def places(found: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of the JSON."""
    inner = list(found.items()) if isinstance(found, dict) else []
    inner += list(enumerate(found)) if isinstance(found, list) else []
    return [path, *(way for key, value in inner for way in places(value, (*path, key)))]


def spoilt(found: Any, rng: Random) -> Any:
    """One to three values replaced, taken away, or given twice."""
    for _ in range(rng.randint(1, 3)):
        found = copy.deepcopy(found)
        way = rng.choice([way for way in places(found) if way])
        holder = found
        for key in way[:-1]:
            holder = holder[key]
        what = rng.random()
        if what < 0.6:
            holder[way[-1]] = copy.deepcopy(rng.choice(STRANGE))
        elif what < 0.8:
            del holder[way[-1]]
        elif isinstance(holder, list):
            holder.insert(way[-1], copy.deepcopy(holder[way[-1]]))
    return found


def answered(data: bytes) -> bool:
    """Whether there is a plan; what else there is has to be a finding, fit for a terminal."""
    found: tuple[Problem, ...] = ()
    try:
        convcalc.plan(convcalc.loads(data, "net.pt2"))
    except StackError as error:
        found = error.problems
    assert all(problem.message.isprintable() for problem in found)
    return not found


def tried(seed: int) -> bool:
    rng = Random(seed)
    data = archive(json.loads(json.dumps(spoilt(rng.choice((NET, HEADS)), rng))))
    if rng.random() < 0.15:
        cut = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            cut[rng.randrange(len(cut))] = rng.randrange(256)
        data = bytes(cut[: rng.randint(1, len(cut))] if rng.random() < 0.3 else cut)
    return answered(data)


def test_what_is_spoilt_is_planned_or_refused() -> None:
    planned = sum(map(tried, range(100)))
    assert 0 < planned < 100


@pytest.mark.thorough
def test_more_that_is_spoilt_is_planned_or_refused() -> None:
    planned = sum(map(tried, range(100, 6000)))
    assert planned > 500
