"""What is read of a live module: all of what goes in, or its first sample; and its numbers.

Stand-ins have the words of PyTorch that are asked for; whole modules are cross-checks.
"""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from convcalc.core.errors import Problem, StackError
from convcalc.importers.pytorch import live
from convcalc.importers.pytorch.program import Program
from convcalc.network.held import Held, Lent, Written
from tests.each import each

WRONG = StackError([Problem("broken-model", "of many")], "")
THREE = np.ones((3, 2))


def read_as(
    monkeypatch: pytest.MonkeyPatch,
    x: Any,
    *,
    fails: tuple[int, Exception] | None = None,
    program: Any = None,
    mixing: tuple[str, ...] = (),
    graph: Any = None,
    inner: Any = None,
) -> Any:
    """What is answered for `x`: of how many samples, where reading so many may fail."""
    asked: list[tuple[int, int]] = []

    def read(module: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
        sizes = len(inputs[0]), len(named["y"])
        asked.append((sizes[0], logging.root.manager.disable))
        assert sizes == (sizes[0],) * 2
        if fails and sizes[0] == fails[0]:
            raise fails[1]
        document = SimpleNamespace(text="the file")
        return SimpleNamespace(model=program, mixing=mixing, document=document,
                               graph=graph or list, samples=sizes[0])  # fmt: skip

    monkeypatch.setattr(live, "_read", read)
    module: Any = SimpleNamespace(modules=lambda: [SimpleNamespace(), inner or SimpleNamespace()])
    before = logging.root.manager.disable
    found: Any = live.from_torch(module, x, y=x)
    assert logging.root.manager.disable == before
    # PyTorch's log is silent where one of several samples is tried.
    silent = [off >= logging.CRITICAL for size, off in asked if size == 1 < len(x)]
    assert all(silent)
    return found.samples, [size for size, _ in asked]


def program(**more: Any) -> Program:
    return Program("net", "net", "PyTorch export", "", {}, (), (), {}, frozenset(), **more)


@each(("more", "samples", "asked"), [
    ({}, 1, [1, 3]), ({"program": program()}, 1, [1, 3]),
    # What works along samples is opaque; what is no batch is all of it.
    ({"mixing": ("opaque",)}, 3, [1, 3]),
    ({"program": program(is_whole=True)}, 3, [1, 3]),
    ({"program": program(batch=1)}, 3, [1, 3]),
    ({"program": program(no_numbers=frozenset({"x"}))}, 3, [1, 3]),
    # A module that does not take one sample, in whatever words PyTorch says so.
    ({"fails": (1, ValueError())}, 3, [1, 3]), ({"fails": (1, AssertionError())}, 3, [1, 3]),
    # One whose sequences stand before the batch.
    ({"inner": SimpleNamespace(batch_first=False)}, 3, [3]),
    ({"inner": SimpleNamespace(batch_first=True)}, 1, [1, 3]),
])  # fmt: skip
def test_how_much_is_read(more: dict[str, Any], samples: int, asked: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        assert read_as(patch, THREE, **more) == (samples, asked)


def test_one_sample_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_as(monkeypatch, np.ones((1, 2)), mixing=("opaque",)) == (1, [1])
    assert read_as(monkeypatch, np.ones(3)) == (3, [3])


def test_what_is_wrong_with_all_samples_is_said_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(StackError) as caught:
        read_as(monkeypatch, THREE, fails=(1, WRONG))
    assert caught.value is WRONG
    problems = [Problem("broken-model", "of many"), Problem("broken-model", "more", help="so")]

    def refuse() -> None:
        raise StackError(problems, "")

    with pytest.raises(StackError) as caught:
        read_as(monkeypatch, THREE, graph=refuse)
    assert [one.help for one in caught.value.problems] == [
        "give one sample of each input, as in `x[:1]`, where it treats samples apart", "so",
    ]  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        read_as(monkeypatch, np.ones((1, 2)), fails=(1, ZeroDivisionError()))


class Numbers:
    """The numbers of a tensor, in the words of PyTorch: of numpy's `kind`, of so many bits."""

    def __init__(self, kind: str, device: str = "cpu") -> None:
        self.array = np.array([1.5, 2]).astype(kind)
        self.device = SimpleNamespace(type=device)
        self.dtype = SimpleNamespace(is_floating_point=kind[0] == "f")
        self.itemsize = self.array.itemsize

    def detach(self) -> Numbers:
        return self

    cpu = detach

    def float(self) -> Numbers:
        return Numbers("f4")

    def numpy(self) -> Any:
        return self.array


@each(("kind", "read"), [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), ("i2", "i2"), ("i8", "i8")])
def test_numbers_of_a_module_are_asked_for_when_it_runs(kind: str, read: str) -> None:
    """numpy has nothing for the short ones of PyTorch, which are read as longer ones."""
    held = Held("w", (2,), "float32", Written((0.0, 0.0)))
    found = live._lent(held, {"w": Numbers(kind), "v": Numbers("f4", "meta")})
    assert isinstance(found.source, Lent)
    numbers: Any = found.source.read()
    assert (numbers.dtype, numbers[1]) == (np.dtype(read), 2)


def test_what_has_no_numbers_stays_as_it_is() -> None:
    held = Held("w", (2,), "float32", Written((0.0, 0.0)))
    assert live._lent(held, {"w": Numbers("f4", "meta")}) is held
    assert live._lent(held, {"v": Numbers("f4")}) is held
