"""Which lines a comment speaks of, found by counting the lines of small files."""

from __future__ import annotations

import convcalc
from convcalc.features.check.comments import Comment, Layers, Lines, has_comments, read_comments
from tests.each import each

# Each comment is named by a letter, `# convcalc: a[]`; lines are counted from 1.
FILE = """\
# convcalc: top[x, y] reason
convcalc: 1 # convcalc: a[]

# convcalc: b[]
# another one
name: "# convcalc: not[this]" # convcalc: c[]
input: [3, 9, 9]
defaults:
  conv: {k: 3} # convcalc: d[]
layers: # convcalc: e[]
  # convcalc: f[]
  - conv: {out: 4} # convcalc: g[]
  - relu
  - conv: # convcalc: h[]
      out: 5
      # convcalc: i[]
      s: 2 # convcalc: j[]
  # convcalc: k[]
  - {conv: {out: 6,
      # convcalc: l[]
      p: 1}, # convcalc: m[]
      name: x} # convcalc: n[]
  - conv:
      out: 7
      p: [1, # convcalc: o[]
          1]

  # convcalc: p[]
  - tanh

#convcalc:q[]
outputs: [x] # x # convcalc: r[]
# convcalc: s[]
"""
SPANS = {
    "top": [(2, 2)], "a": [(2, 2)],
    # Alone, of the next line of content; beside content, of its own.
    "b": [(6, 6)], "c": [(6, 6)], "d": [(9, 9)], "e": [(10, 10)],
    # Of a layer: all of its lines.
    "f": [(12, 12)], "g": [(12, 12)],
    "h": [(14, 17)], "i": [(14, 17)], "j": [(14, 17)],
    "k": [(19, 22)], "l": [(19, 22)], "m": [(19, 22)], "n": [(19, 22)],
    "o": [(23, 26)],
    "p": [(29, 29)],
    "q": [(32, 32)], "r": [(32, 32)],
    # Nothing follows: the last line.
    "s": [(34, 34)],
}  # fmt: skip


def comments(text: str) -> list[Comment]:
    network = convcalc.loads(text)
    lines = Lines(network.document.text)
    return list(read_comments(network.document, lines, Layers(network.template, lines)))


@each("ending", ["\n", "\r\n", "\r"], ids=repr)
def test_the_lines_of_each_comment(ending: str) -> None:
    text = FILE.replace("\n", ending)
    found = comments(text)
    assert {one.word: list(one.spans) for one in found} == SPANS
    assert len(found) == len(SPANS)
    for one in found:
        assert text[one.word_start :].startswith(one.word)
        assert text[one.start :].startswith("#")
        assert one.end == text.find(ending, one.start)
        assert text[one.names_start - 1] == "["
        assert one.closed
        assert one.above_all == (one.word == "top")
    assert (found[0].names, found[1].names) == ("x, y", "")


@each(("blank", "above"), [("\n\n", [True, False, False]), ("", [False, False])])
def test_what_stands_beside_the_first_content_is_not_above_it(
    blank: str, above: list[bool]
) -> None:
    first = "# convcalc: a[]\n" if blank else ""
    text = f"{first}{blank}convcalc: 1 # convcalc: b[]\ninput: [3, 9, 9]\nlayers: [relu]"
    assert [one.above_all for one in comments(f"{text} # convcalc: c[]")] == above


@each(("comment", "names", "is_closed"), [
    ("# convcalc: a[b]", "b", True),
    ("# convcalc: a [b] [c]", "b", True),
    ("# convcalc: a[b", "b", False),
    ("# convcalc: a", "", False),
    ("# convcalc: a b", "", False),
    ("#\tconvcalc:\ta-b_9[]", "", True),
])  # fmt: skip
def test_what_stands_in_the_brackets(comment: str, names: str, is_closed: bool) -> None:
    (found,) = comments(f"convcalc: 1\ninput: [3, 9, 9]\nlayers: [relu] {comment}")
    assert (found.names, found.closed) == (names, is_closed)
    # Without brackets, names would stand right behind the word.
    behind = comment.find("[") + 1 or comment.find(": a") + 3
    assert found.names_start - found.start == behind
    assert found.end - found.start == len(comment)


@each(
    "text",
    ["#convcalc:b[]", " # convcalc b[]", " # convcalc: 9[]", " # convcalc:", " #convcal: b"],
)
def test_no_comment_of_ours(text: str) -> None:
    assert comments(f"convcalc: 1\ninput: [3, 9, 9]\nlayers: [relu]\nname: n{text}\n") == []
    assert not has_comments(text) or "b[]" in text


def test_layers_that_share_a_line() -> None:
    layers = "[relu, {relu: {},\n name: a}, tanh] # convcalc: a[]"
    (found,) = comments(f"convcalc: 1\ninput: [3, 9, 9]\nlayers: {layers}\n")
    assert found.spans == ((3, 4), (4, 4))


def test_a_layer_in_braces_goes_on_to_the_one_that_closes_it() -> None:
    layer = "  - {conv: {out: 4, k: 3}, name: x\n    # convcalc: a[]\n    }\n  - relu\n"
    (found,) = comments(f"convcalc: 1\ninput: [3, 9, 9]\nlayers:\n{layer}")
    assert found.spans == ((4, 6),)
    layer = "  - conv: {out: 4, k: 3\n      # convcalc: a[]\n      }\n  - relu\n"
    (found,) = comments(f"convcalc: 1\ninput: [3, 9, 9]\nlayers:\n{layer}")
    assert found.spans == ((4, 6),)


@each("at", [0, 5, 6, 11, 12, 16])
def test_lines_end_before_their_break(at: int) -> None:
    text = "first\nother\r\nlast"
    lines = Lines(text)
    number = text[:at].count("\n") + 1
    start, end = [(0, 5), (6, 11), (13, 17)][number - 1]
    assert (lines.number(at), lines.start_of(at)) == (number, start)
    assert lines.end_of(at) == (end if at != 12 else 12)
    assert lines.after_break(end) == (start + [6, 7, 4][number - 1] if at != 12 else 13)
    place = lines.place(at, at)
    assert (place.line, place.column, place.width) == (number, at - start + 1, 1)
    assert lines.place(start, end).width == end - start
