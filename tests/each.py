"""Many small cases in one test, which goes through all of them and names each that fails.

For tables of cases that take less time than pytest itself takes of a test (about 2 ms: to collect
it in both processes, to run it, to tell of it).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

Test = Callable[..., None]


def each(
    names: str | Sequence[str], cases: Iterable[Any], ids: Callable[[Any], object] | None = None
) -> Callable[[Test], Test]:
    """`pytest.mark.parametrize` as one test; the cases share its fixtures.

    `ids` makes of a value what stands for it in the name of its case.
    Raises an exception group of what the cases raised, whose first line has their names.
    """
    several = not isinstance(names, str) or "," in names
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [_named(case, several, ids or _word) for case in cases]
    assert table, "a test of no cases holds of nothing"
    assert all(len(values) == len(keys) for _, values in table)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def all_cases(**fixtures: Any) -> None:
            failed: list[tuple[str, BaseException]] = []
            for name, values in table:
                try:
                    test(**fixtures, **dict(zip(keys, values, strict=True)))
                # A case that skips would skip all behind it.
                except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
                    error.add_note(f"case: {name}")
                    failed.append((name, error))
            if failed:
                words = f"{len(failed)} of {len(table)} fail: " + ", ".join(n for n, _ in failed)
                raise BaseExceptionGroup(words, [error for _, error in failed])

        signature = inspect.signature(test)
        asked = [one for name, one in signature.parameters.items() if name not in keys]
        all_cases.__signature__ = signature.replace(parameters=asked)  # type: ignore[attr-defined]
        return all_cases

    return decorate


def _word(value: Any) -> object:
    return getattr(value, "__name__", value)


def _named(case: Any, several: bool, ids: Callable[[Any], object]) -> tuple[str, tuple[Any, ...]]:
    """(a case's name, its values)."""
    values = tuple(case) if several else (case,)
    if isinstance(case, type(pytest.param())):
        assert not case.marks, "a case of several cannot be marked alone"
        values = tuple(case.values)
        if case.id is not None:
            return str(case.id), values
    return "-".join(str(ids(one)) for one in values), values
