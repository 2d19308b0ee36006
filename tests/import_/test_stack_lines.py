"""Where a long line of a file is broken, by hand: lines of 100, the comma that parts most."""

from __future__ import annotations

from convcalc.features.import_.stack_lines import folded
from tests.each import each


def word(length: int) -> str:
    return "w" * length


@each(("text", "lines"), [
    # A line may have 100 letters; of 101 the last comma breaks it, which may be its hundredth.
    (f"{word(49)}, {word(49)}", [f"{word(49)}, {word(49)}"]),
    (f"{word(49)}, {word(50)}", [f"{word(49)},", f"   {word(50)}"]),
    (f"{word(20)}, {word(77)}, b", [f"{word(20)}, {word(77)},", "   b"]),
    (f"{word(20)}, {word(78)}, b", [f"{word(20)},", f"   {word(78)}, b"]),
    # In the second half a comma within brackets parts less than one outside of them.
    (f"{word(60)}, [{word(20)}, {word(20)}]", [f"{word(60)},", f"   [{word(20)}, {word(20)}]"]),
    (f"{word(60)}, {{{word(20)}, {word(20)}}}", [f"{word(60)},", f"   {{{word(20)}, {word(20)}}}"]),
    (f"{word(60)}, [c], {word(40)}", [f"{word(60)}, [c],", f"   {word(40)}"]),
    (f"[{word(60)}, {word(9)}], {word(40)}", [f"[{word(60)}, {word(9)}],", f"   {word(40)}"]),
    (f"{word(10)}, [{word(47)}, {word(40)}]", [f"{word(10)},", f"   [{word(47)}, {word(40)}]"]),
    # In the first one the last is taken: its fiftieth letter is the last of it.
    (f"{word(10)}, [{word(36)}, {word(51)}]", [f"{word(10)}, [{word(36)},", f"   {word(51)}]"]),
    (f"{word(10)}, [{word(37)}, {word(50)}]", [f"{word(10)},", f"   [{word(37)}, {word(50)}]"]),
    # What is in quotes stays together, with its brackets; so does what has no space behind it.
    (f'{word(60)}, "[{word(20)}, {word(20)}"', [f"{word(60)},", f'   "[{word(20)}, {word(20)}"']),
    (f'{word(60)}, "]", {word(40)}', [f'{word(60)}, "]",', f"   {word(40)}"]),
    (f"{word(60)}, {word(20)},{word(20)}", [f"{word(60)},", f"   {word(20)},{word(20)}"]),
    (word(101), [word(101)]),
    # Before the words of a line begin there is nothing to break.
    (f"aa, {word(100)}", [f"aa, {word(100)}"]),
    (f"aaa, {word(100)}", [f"aaa, {word(100)}"]),
    (f"aaaa, {word(100)}", ["aaaa,", f"   {word(100)}"]),
    (", ".join([word(46)] * 5), [
        f"{word(46)}, {word(46)},", f"   {word(46)}, {word(46)},", f"   {word(46)}"
    ]),
])  # fmt: skip
def test_a_long_line_goes_on_below(text: str, lines: list[str]) -> None:
    assert folded(text, 3).splitlines() == lines
