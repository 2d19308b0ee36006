"""Numbers and words as they are shown, at the edges of every rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcalc.core import text
from convcalc.core.text import (
    ascii_only,
    cells,
    closest,
    encodable,
    first_few,
    in_short,
    in_words,
    inline,
    listed,
    nearest,
    padded,
    printable,
    rounded,
    size,
    visible,
)
from convcalc.report.percent import percent
from tests.each import each

NAMES = [f"name{letter}" for letter in "abcdefghijklm"]


@each(
    ("write", "given", "written"),
    [
        (rounded, [999_999], "999,999"),
        (rounded, [1_000_000], "1.00 M"),
        # Half of a hundredth is rounded up.
        (rounded, [1_004_999], "1.00 M"),
        (rounded, [1_005_000], "1.01 M"),
        (rounded, [999_994_999], "999.99 M"),
        (rounded, [999_999_999], "1,000.00 M"),
        (rounded, [10**9], "1.00 G"),
        (rounded, [10**12], "1.00 T"),
        (rounded, [10**15], "1.00 P"),
        (rounded, [10**18], "1.00 E"),
        (rounded, [1234 * 10**18], "1,234.00 E"),
        (in_short, [999_999], "999,999"),
        (in_short, [1_000_000], "1,000,000 (1.00 M)"),
        (size, [0], "0 B"),
        (size, [1023], "1023 B"),
        (size, [1024], "1.00 KiB"),
        (size, [1029], "1.00 KiB"),
        # 1,029.12 bytes are 1.005 KiB.
        (size, [1030], "1.01 KiB"),
        (size, [2**20 - 1], "1,024.00 KiB"),
        (size, [2**20], "1.00 MiB"),
        (size, [5 * 2**29], "2.50 GiB"),
        (size, [2**40], "1.00 TiB"),
        (size, [2**50], "1.00 PiB"),
        (size, [2**60], "1.00 EiB"),
        (size, [2**71], "2,048.00 EiB"),
        (percent, [0, 0], ""),
        (percent, [5, 0], ""),
        (percent, [0, 7], "0 %"),
        # 0.05 % is a tenth, rounded; what is less is not nothing.
        (percent, [1, 2000], "0.1 %"),
        (percent, [1, 2001], "<0.1 %"),
        (percent, [-1, 2001], "<0.1 %"),
        (percent, [1, 3], "33.3 %"),
        (percent, [2, 3], "66.7 %"),
        (percent, [-2, 3], "-66.7 %"),
        (percent, [5, 5], "100.0 %"),
        (percent, [123, 10], "1,230.0 %"),
        (in_words, [0, "layer"], "0 layers"),
        (in_words, [1, "layer"], "1 layer"),
        (in_words, [1000, "layer"], "1,000 layers"),
        (listed, [["a"]], "a"),
        (listed, [["a", "b"]], "a or b"),
        (listed, [["a", "b", "c"], "and"], "a, b and c"),
        (first_few, [["a"] * 6], "a and a and a and a and a and a"),
        (first_few, [["a"] * 7], "a and a and a and a and a and a and 1 more"),
        (first_few, [["a", "b"], ", ", 1], "a and 1 more"),
        (first_few, [["a"] * 2000, ", ", 1], "a and 1,999 more"),
        (nearest, ["x", NAMES[:12]], "known here: " + ", ".join(NAMES[:12])),
        (nearest, ["x", NAMES], "known here: " + ", ".join(NAMES[:12]) + ", ..."),
        (nearest, ["x", []], ""),
        (nearest, ["nameb", ["namec", "nameb"]], "did you mean `nameb`?"),
        # Of 3 + 2 letters, 2 in common are 4 / 5; of 4 + 1, 1 in common 2 / 5.
        (closest, ["ab", ["abc"]], "abc"),
        (closest, ["a", ["abcd"]], ""),
        (closest, ["a", ["abcd"], 0.4], "abcd"),
        (closest, ["a" * 100 + "b" * 200, ["a" * 100]], "a" * 100),
        (padded, ["ab", 4], "ab  "),
        (padded, ["ab", 4, True], "  ab"),
        (padded, ["卷", 4], "卷  "),
        (padded, ["卷", 4, True], "  卷"),
        (padded, ["abcdef", 4], "abcdef"),
        (visible, [" ::error::x"], " \\x3a:error::x"),
        (visible, ["a::error::x"], "a::error::x"),
        (visible, ["a##[b]##vso[c"], "a#\\x23[b]#\\x23vso[c"),
        (visible, ["## no command"], "## no command"),
        (visible, ["a\nb"], "a\\nb"),
        (inline, ["::a"], "::a"),
        (inline, ["##x["], "#\\x23x["),
        (printable, ["a\u202eb\x07"], "a\\u202eb\\x07"),
        (encodable, ["caf\udce9"], "caf\\udce9"),
        (encodable, ["café"], "café"),
        (ascii_only, ["⌈7/2⌉ ≥ 3 … ≤ 4′"], "ceil(7/2) >= 3 ... <= 4'"),
        (ascii_only, ["→ x ← y ✓ ✗ – ᵀ"], "-> x <- y ok FAIL - ^T"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:20]),
)  # fmt: skip
def test_numbers_and_words(write: Callable[..., str], given: list[Any], written: str) -> None:
    assert write(*given) == written


@each(("name", "known", "word"), [
    # All have the `q` alone in common with the name, and of equals the last one is told.
    ("0zq", "aq bq cq dq", "dq"),
    # Of more than 4 words, two before the place of the name and two behind it.
    ("0zq", "aq bq cq dq fq", "bq"),
    ("azq", "0q bq cq dq fq gq", "cq"),
    ("ezq", "aq bq cq dq fq gq hq", "gq"),
    ("ezq", "aq bq cezq dq fq gq hq", "cezq"),
    ("ezq", "aq bezq cq dq fq gq hq", "gq"),
    ("zzq", "aq bq cq dq fq gq hq", "hq"),
])  # fmt: skip
def test_of_many_words_those_that_begin_alike_are_compared(
    name: str, known: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "_MOST_WORDS", 4)
    assert closest(name, reversed(known.split()), 0.4) == word


def test_cells_of_a_terminal() -> None:
    # A letter and an accent that stands on it, two wide letters, a wide sign of full width.
    assert [cells(one) for one in ("", "a", "e\u0301x", "卷积", "Ａ", "é")] == [0, 1, 2, 4, 2, 1]


@each(("between", "is_met"), [(249, True), (250, False)])
def test_of_very_many_words_those_that_begin_most_alike_are_compared(
    between: int, is_met: bool
) -> None:
    """So many words stand between the name and the one that is meant, before it or behind it."""
    others = [f"w{at}" for at in range(600)]
    before = ["astride", *(f"b{at}" for at in range(between)), *others]
    behind = [*others, *(f"x{at}" for at in range(between)), "zstride"]
    assert closest("nstride", before) == ("astride" if is_met else "")
    assert closest("wzstride", behind) == ("zstride" if is_met else "")


def test_of_very_many_words_the_first_and_the_last_are_found() -> None:
    words = [f"layer_{at:03}" for at in range(600)]
    for name in ("layer_003", "layer_400", "layer_599"):
        assert closest(f"{name}x", words) == name
