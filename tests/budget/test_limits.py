"""How a figure becomes a limit: how much room it has, and how it is written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.features.check.figure_limits import MAX_SLACK, at_least, at_most, read_slack
from convcalc.network.expectations import parse_figure
from tests.each import each

AT_MOST = [
    # 11,689,512 * 1.1 = 12,858,463.2: three digits, rounded down.
    pytest.param(11_689_512, "10", "12.8M", id="millions"),
    pytest.param(1_814_073_344, "10", "1.99G", id="billions"),
    pytest.param(61_706, "10", "67.8K", id="thousands"),
    pytest.param(314, "10", "345", id="below a thousand"),
    pytest.param(9, "10", "9", id="nothing to round"),
    pytest.param(0, "10", "0", id="nothing at all"),
    # 1,814,073,344 * 1.0001 = 1,814,254,751: 1.81G and 1.814G would be below today's figure.
    pytest.param(1_814_073_344, "0.01", "1.8142G", id="little room takes more digits"),
    pytest.param(11_689_512, "0", "11689512", id="exact"),
    pytest.param(25_000_000, "0", "25M", id="exact, and round"),
    pytest.param(1_500, "0", "1500", id="exact, and no shorter in thousands"),
    pytest.param(12_000, "0", "12K", id="exact, and shorter in thousands"),
    pytest.param(10**19, "10", "11000000T", id="beyond all units"),
    pytest.param(1000, "1000", "11K", id="eleven times as much"),
    pytest.param(1000, "0", "1K", id="exact, one thousand"),
    pytest.param(500, "100", "1K", id="twice as much, one thousand"),
    pytest.param(7, "100", "14", id="twice as much, two digits"),
]


@each(("today", "slack", "text"), AT_MOST)
def test_at_most(today: int, slack: str, text: str) -> None:
    room = read_slack(slack)
    assert room is not None
    assert at_most("params", today, room).text == text


IN_BYTES = [
    # 53,218,976 * 1.1 = 58,540,873.6 B = 55.83 MiB.
    pytest.param(53_218_976, "10", "55.8MiB", id="mebibytes"),
    pytest.param(41_984, "0", "41KiB", id="exact, and round"),
    pytest.param(53_218_976, "0", "53218976B", id="exact"),
    pytest.param(100, "10", "110B", id="below a kibibyte"),
    pytest.param(3 * 2**40, "0", "3072GiB", id="beyond all units"),
    pytest.param(1024, "0", "1KiB", id="exact, one kibibyte"),
    pytest.param(512, "100", "1KiB", id="twice as much, one kibibyte"),
]


@each(("today", "slack", "text"), IN_BYTES)
def test_in_bytes(today: int, slack: str, text: str) -> None:
    room = read_slack(slack)
    assert room is not None
    assert at_most("memory", today, room, in_bytes=True).text == text


AT_LEAST = [
    # 437 * 0.9 = 393.3: rounded up, so that no more is given away than was asked.
    pytest.param(437, "10", "394", id="rounded up"),
    pytest.param(437, "0", "437", id="exact"),
    pytest.param(1, "10", "1", id="one"),
    pytest.param(437, "100", "0", id="nothing is left"),
    pytest.param(437, "300", "0", id="less than nothing"),
]


@each(("today", "slack", "text"), AT_LEAST)
def test_at_least(today: int, slack: str, text: str) -> None:
    room = read_slack(slack)
    assert room is not None
    assert at_least("receptive_field", today, room).text == text


FIGURES = st.integers(0, 10**18) | st.integers(0, 5000)
ROOM = st.integers(0, 20_000).map(lambda n: Fraction(n, 10_000))


@given(FIGURES, ROOM, st.booleans())
def test_a_limit_holds_today_and_is_never_looser_than_asked(
    today: int, room: Fraction, in_bytes: bool
) -> None:
    limit = at_most("memory" if in_bytes else "params", today, room, in_bytes=in_bytes)
    read = limit.text if in_bytes or not limit.text.isdecimal() else int(limit.text)
    assert parse_figure(read, in_bytes) == limit.value
    assert today <= (limit.value or 0) <= today * (1 + room)


@given(FIGURES, ROOM)
def test_a_lower_limit_alike(today: int, room: Fraction) -> None:
    limit = at_least("receptive_field", today, room)
    assert parse_figure(int(limit.text)) == limit.value
    assert today * (1 - room) <= (limit.value or 0) <= today


SLACKS = [
    ("10%", Fraction(1, 10)),
    ("10", Fraction(1, 10)),
    ("10 %", Fraction(1, 10)),
    ("0", Fraction(0)),
    ("2.5%", Fraction(1, 40)),
    (f"{MAX_SLACK}%", Fraction(10)),
    ("1001", None),
    ("-1", None),
    ("ten", None),
    ("1e3", None),
    ("", None),
    ("٣", None),
    ("nan", None),
]


@each(("text", "slack"), SLACKS)
def test_slack(text: str, slack: Fraction | None) -> None:
    assert read_slack(text) == slack
