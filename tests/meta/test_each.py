"""A test of many cases fails where any of them does, and names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.each import each


def test_all_cases_run_and_all_that_fail_are_named() -> None:
    seen: list[int] = []

    @each(("number", "name"), [pytest.param(1, "a", id="one"), (2, "b"), pytest.param(3, "c")])
    def cases(number: int, name: str, seen: list[int]) -> None:
        seen.append(number)
        assert number == 2, name

    with pytest.raises(ExceptionGroup, match=r"^2 of 3 fail: one, 3-c$") as error:
        cases(seen=seen)
    assert seen == [1, 2, 3]
    assert [str(one).splitlines()[0] for one in error.value.exceptions] == ["a", "c"]
    assert [one.__notes__ for one in error.value.exceptions] == [["case: one"], ["case: 3-c"]]


def test_what_a_test_calls_a_failure_is_one() -> None:
    @each("law", [len, abs])
    def cases(law: object) -> None:
        pytest.fail("so it is") if law is len else None

    with pytest.raises(BaseExceptionGroup, match="1 of 2 fail: len"):
        cases()


def test_no_case_skips_the_others() -> None:
    seen = []

    @each("number", range(3))
    def cases(number: int) -> None:
        seen.append(number)
        if number == 1:
            pytest.skip("not here")

    with pytest.raises(BaseExceptionGroup, match="1 of 3 fail: 1"):
        cases()
    assert seen == [0, 1, 2]


def test_fixtures_come_as_ever_and_tables_multiply(tmp_path: Path) -> None:
    seen = []

    @each("row", range(2))
    @each("column", "ab")
    def cases(row: int, column: str, tmp_path: Path) -> None:
        seen.append((row, column, tmp_path))
        assert row == 0

    with pytest.raises(ExceptionGroup, match=r"1 of 2 fail: 1$"):
        cases(tmp_path=tmp_path)
    assert seen == [(row, column, tmp_path) for row in (0, 1) for column in "ab"]


def test_no_cases_are_no_test() -> None:
    with pytest.raises(AssertionError, match="of no cases"):
        each("x", [])
