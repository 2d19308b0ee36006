"""What is shown of a long line, and how text is folded where there is hardly room."""

from __future__ import annotations

from itertools import product

from convcalc.report.findings.full import _LEAD, _window
from convcalc.report.prose import LEAST, folded


def test_a_long_line_is_shown_around_the_place() -> None:
    for count, room, wide in product((3, 40, 41, 90), (40, 57), (1, 2)):
        pieces = ["x" if wide == 1 else "卷"] * count
        for first in range(count + 1):
            shown = _window(pieces, first, first + 1, room)
            if count * wide <= room:
                assert shown == (0, count)
                continue
            # An ellipsis of three stands on both sides; what is before the place is cut to a lead.
            fits = (room - 6) // wide
            start = max(0, first - _LEAD // wide)
            end = min(count, start + fits)
            # Behind the end of the line there is nothing: more is shown before it.
            assert shown == (max(0, min(start, end - fits)), end), (count, room, wide, first)


def test_words_are_folded_into_the_width() -> None:
    words = "aa bb cc dd ee ff gg hh"
    # 6 for the lead and 3 for each word but the first, which takes 2.
    for width in range(6 + LEAST, 30):
        most = (width - 6 + 1) // 3
        rows = [words.split()[at : at + most] for at in range(0, 8, most)]
        lines = [" ".join(row) for row in rows]
        assert folded(words, width, "note  ") == [
            f"{'      ' if at else 'note  '}{line}" for at, line in enumerate(lines)
        ]
    # However narrow it is, so many cells are left beside the lead.
    assert folded(words, 1, "note  ") == folded(words, 6 + LEAST, "note  ")
    # A number and its sign stay together.
    share = "aaaaaaaa share of 12 % here"
    assert folded(share, 20, "", "") == ["aaaaaaaa share of", "12 % here"]
    assert folded(share, 22, "", "") == ["aaaaaaaa share of 12 %", "here"]
