"""A bounded share of the inputs of `benchmarks/fuzz.py`, the same in every run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.inputs import FAMILIES, check_file, drawn


def check(family: str, numbers: range, folder: Path) -> None:
    for number in numbers:
        one = drawn(family, number)
        try:
            one.run(folder)
        except Exception as error:
            message = f"{type(error).__name__} for {family}:{number}:\n{one.shown}"
            raise AssertionError(message) from error


@pytest.mark.parametrize("family", FAMILIES)
def test_a_few_of_each_family(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check(family, range(10), tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("family", FAMILIES)
def test_many_of_each_family(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check(family, range(10, 1000), tmp_path)


@settings(derandomize=True, max_examples=150)
@given(st.binary(max_size=200))
def test_arbitrary_bytes(data: bytes) -> None:
    check_file(data)


def test_a_find_is_told_with_what_draws_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tests.fuzz.inputs.parse_expression", broken)
    with pytest.raises(AssertionError, match="ZeroDivisionError for expressions:3:"):
        check("expressions", range(3, 4), tmp_path)
