"""A page of every sort of part, for terminals and as Markdown, written out by hand."""

from __future__ import annotations

from convcalc.report.page import Drawing, Notes, Page, Prose, Title
from convcalc.report.pages import markdown, table
from convcalc.report.style import Style
from convcalc.report.table import Cell, Column, Row, Table
from tests.each import each

COLUMNS = (
    Column("name", "layer", str, is_name=True),
    Column("macs", "MACs", str, right=True, meaning="multiplies and adds"),
)
WORK = Table(
    COLUMNS,
    (Row(("a", 1200)), Row(("b", Cell("≥5", 5)), below=("it | is told",)), Row(("", 7))),
    total=Row(("total", 1212)),
    title="work",
)
EMPTY = Table(COLUMNS, (), title="none", empty="nothing to do", indent=2)
PAGE = Page(
    (
        Title("net", ("3 rows", "x·y")),
        WORK,
        EMPTY,
        Notes((("left", "one"), ("", "and two")), 2, "Notes"),
        Prose(("a", "b"), indent=2),
        Drawing(("1 2", "3 4"), "picture"),
    )
)
IN_ASCII = """\
net | 3 rows | x*y

work
layer   MACs
------------
a      1,200
b        >=5
  it | is told
           7
------------
total  1,212

  none
  layer  MACs
  -----------
  nothing to do

Notes
  left  one
        and two
  MACs  multiplies and adds

  a | b

picture
1 2
3 4
"""
IN_MARKDOWN = """\
### net

3 rows, x·y

**work**

| layer | MACs |
| :--- | ---: |
| `a` | 1,200 |
| `b` | ≥5 |
|  | 7 |
| **total** | **1,212** |

- it \\| is told

**none**

nothing to do

**Notes**

- **left**: one
  and two

a, b

picture

```text
1 2
3 4
```

- **MACs**: multiplies and adds
"""


def test_a_page_in_ascii() -> None:
    """What a column means is said once below both tables."""
    assert table.render(PAGE, Style(40, unicode=False)) == IN_ASCII


def test_sentences_below_a_row_have_its_colour() -> None:
    rows = (Row(("a", 1)), Row(("b", 2), color="31", below=("it is told",)), Row(("c", 3)))
    text = table.render(Page((Table(COLUMNS, rows),)), Style(40, color=True))
    assert "\n\x1b[31m  it is told\x1b[0m\n" in text


def test_what_columns_mean_is_said_without_notes_as_well() -> None:
    text = table.render(Page((WORK, EMPTY)), Style(40))
    assert text.endswith("\n\nMACs  multiplies and adds\n")
    assert text.count("multiplies") == 1


def test_a_page_in_markdown() -> None:
    assert markdown.render(PAGE, Style()) == IN_MARKDOWN


@each(
    ("room", "left"),
    # Lines of 15, 12 and 8 characters and their breaks: 16, 29 and 38.
    [(38, 0), (37, 1), (29, 1), (28, 2), (16, 2), (15, 3), (0, 3)],
)
def test_rows_end_where_there_is_no_room_for_another(room: int, left: int) -> None:
    text = markdown.render(Page((WORK,), room=room), Style())
    assert text.count("| `") + text.count("|  |") == 3 - left
    assert (f"\n\nand {left} more, too many for one comment\n" in text) is (left > 0)
    assert ("**total**" in text) is (left == 0)
