"""Limits on a change: what they mean at the edge, and what is said of those that mean nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from convcalc.features.diff.change_limits import LimitError, Verdict, judge, parse_limit
from convcalc.features.diff.phrases import verdict_words
from convcalc.features.diff.values import Figure
from tests.diff.networks import SMALL, difference
from tests.each import each


@each(
    ("text", "before", "after", "trips"),
    [
        pytest.param("params>+5%", 100, 105, False, id="just as much"),
        pytest.param("params>+5%", 100, 106, True, id="more"),
        pytest.param("params>5%", 100, 106, True, id="percent without a sign"),
        pytest.param("params>=+5%", 100, 105, True, id="at least"),
        pytest.param("params>+5%", 100, 50, False, id="a saving"),
        pytest.param("params<-5%", 100, 94, True, id="a loss"),
        pytest.param("params<-5%", 100, 95, False, id="just as little"),
        pytest.param("params<=-5%", 100, 95, True, id="at most"),
        pytest.param("params>+0.1%", 10**12, 10**12 + 10**9 + 1, True, id="exact in percent"),
        pytest.param("params>+0.1%", 10**12, 10**12 + 10**9, False, id="exactly as much"),
        pytest.param("params>+5%", 0, 1, True, id="from nothing"),
        pytest.param("params>+5%", 0, 0, False, id="nothing on both sides"),
        pytest.param("params<-5%", 0, 1, False, id="growth from nothing is no loss"),
        pytest.param("params>+1.5K", 0, 1500, False, id="thousands, as much"),
        pytest.param("params>+1.5K", 0, 1501, True, id="thousands, more"),
        pytest.param("MACs > +1G", 0, 10**9 + 1, True, id="spaces and capitals"),
        pytest.param("memory>+1MiB", 0, 2**20 + 1, True, id="binary bytes"),
        pytest.param("memory>+1MB", 0, 10**6 + 1, True, id="decimal bytes"),
        pytest.param("memory>+1MiB", 0, 2**20, False, id="as many bytes"),
        pytest.param("receptive-field<0", 43, 42, True, id="any loss"),
        pytest.param("receptive_field<0", 43, 43, False, id="no loss"),
        pytest.param("layers>-2", 10, 9, True, id="less of a loss"),
        pytest.param("stride>0", Fraction(1, 2), Fraction(1), True, id="a fraction"),
        pytest.param("params>+0", 5, 5, False, id="a signed zero"),
        pytest.param("stride>0", None, 4, True, id="not known on one side"),
    ],
)
def test_limits(text: str, before: int, after: int, trips: bool) -> None:
    limit = parse_limit(text)
    assert Verdict(limit, Figure(before, after)).is_tripped is trips


@each(
    ("text", "before", "after", "said"),
    [
        pytest.param("params>+10", 100, 110, "+10, +10.0 %", id="as many as the share, by chance"),
        pytest.param("params>+5%", 100, 105, "+5, +5.0 %", id="just as much"),
        pytest.param("params>+5%", 1000, 1051, "+51, +5.1 %", id="more in the first digit"),
        pytest.param("params>+5%", 10_000, 10_501, "+501, +5.01 %", id="in the second"),
        pytest.param("params<-5%", 10_000, 9_499, "-501, -5.01 %", id="less in the second"),
        pytest.param(
            "params>+5%", 10**8, 105 * 10**6 + 1, "+5,000,001, +5.000001 %", id="in the sixth"
        ),
        pytest.param(
            "params>+5%", 10**9, 105 * 10**7 + 1, "+50,000,001, more than +5 %", id="in the seventh"
        ),
        pytest.param(
            "params<-5%", 10**9, 95 * 10**7 - 1, "-50,000,001, less than -5 %", id="below in it"
        ),
        pytest.param("params>0%", 10**6, 10**6 + 1, "+1, +<0.1 %", id="more than nothing"),
        pytest.param("params>+5%", 0, 3, "+3", id="from nothing"),
        pytest.param("params>+5%", 7, 7, "no change", id="the same"),
    ],
)
def test_a_share_has_digits_enough_to_tell_it_from_its_limit(
    text: str, before: int, after: int, said: str
) -> None:
    words = verdict_words(Verdict(parse_limit(text), Figure(before, after)))
    assert words.partition(" is ")[2] == said


def test_what_is_not_known_trips_a_limit() -> None:
    verdict = Verdict(parse_limit("stride>0"), Figure(None, 4))
    said = "`stride>0` trips: local stride is not known on both sides"
    assert verdict_words(verdict) == said


@each(
    ("text", "message", "help"),
    [
        pytest.param("", "it names no figure", "write 'params>+5%'", id="nothing"),
        pytest.param(
            "parms>5%", "there is no figure `parms`", "did you mean `params`?", id="a typo"
        ),
        pytest.param(
            "params", "it wants >, <, >= or <= behind `params`", "write 'params>+5%'", id="only one"
        ),
        pytest.param(
            "params=5%", "it wants >, <, >= or <= behind `params`, got `=`", "write 'params>+5%'",
            id="equality",
        ),
        pytest.param(
            "params>", "it names no change", "write 'params>+5%' or 'params>+1M'", id="no change"
        ),
        pytest.param(
            "params>+5x", "`+5x` is no change", "write 'params>+5%' or 'params>+1M'", id="a unit"
        ),
        pytest.param(
            "params>5%%", "`5%%` is no change", "write 'params>+5%' or 'params>+1M'", id="two signs"
        ),
        pytest.param(
            "memory>+64", "`+64` has no unit of bytes", "write 'memory>+5%' or 'memory>+64MiB'",
            id="bytes without a unit",
        ),
        pytest.param(
            "memory>+64M", "`+64M` has no unit of bytes", "write 'memory>+5%' or 'memory>+64MiB'",
            id="a unit of counts",
        ),
        pytest.param(
            "layers>8", "`8` has no sign, so it could be a change or a value",
            "write 'layers>+8' for a growth, or put a limit on the value into the file's `expect`",
            id="a value",
        ),
        pytest.param(
            "layers>1e3", "`1e3` is no change", "write 'layers>+5%' or 'layers>+8'", id="a power"
        ),
        pytest.param(
            "layers>-\n1", "`-\n1` is no change", "write 'layers>+5%' or 'layers>+8'", id="a break"
        ),
    ],
)  # fmt: skip
def test_what_is_no_limit(text: str, message: str, help: str) -> None:
    with pytest.raises(LimitError) as caught:
        parse_limit(text)
    assert (str(caught.value), caught.value.help) == (message, help)


def test_limits_are_judged_by_the_sums() -> None:
    found = difference(SMALL, SMALL.replace("out: 16", "out: 24"))
    limits = (parse_limit("params>+40%"), parse_limit("params>+42%"), parse_limit("layers>0"))
    # 584 of 1,408 are 41.5 %.
    assert [verdict.is_tripped for verdict in judge(found, limits)] == [True, False, False]
