"""Calls that do not fit, in words about the file: of Python's own words for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcalc.importers.named_arguments import why_unfit
from tests.each import each


def exact(rule: Any, x: Any, other: Any) -> None:
    """A rule of two arguments of the file, behind itself."""


def optional(rule: Any, x: Any, other: Any = None, alpha: int = 1, *, out: Any = None) -> None:
    """One that has others besides, one of them by its name alone."""


@each(
    ("function", "count", "named", "words"),
    [
        (exact, 3, {}, "it is called with 3 arguments, 2 are known"),
        (optional, 5, {}, "it is called with 5 arguments, 3 are known"),
        (optional, 4, {"out": 1}, "it is called with 4 arguments, 3 are known"),
        (exact, 1, {}, "it is called without `other`"),
        (exact, 0, {}, "it is called without `x` and `other`"),
        (exact, 2, {"beta": 1}, "it is called with `beta`, which is not known here"),
        (
            exact, 1, {"x": 1, "other": 2},
            "its fields do not fit: exact() got multiple values for argument 'x'",
        ),
    ],
)  # fmt: skip
def test_calls_that_do_not_fit(
    function: Callable[..., None], count: int, named: dict[str, Any], words: str
) -> None:
    with pytest.raises(TypeError) as caught:
        function("rule", *range(count), **named)
    assert why_unfit(caught.value, "fields") == words
