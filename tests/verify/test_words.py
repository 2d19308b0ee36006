"""What is said of reports that are put together by hand."""

from __future__ import annotations

from dataclasses import replace

from convcalc.features.verify.report import LIMIT, Check, LayerReport, Report
from convcalc.features.verify.words import page, remarks, summary
from convcalc.report.page import Notes, Prose
from convcalc.report.style import BAD as RED
from convcalc.report.style import GREEN
from convcalc.report.table import Table
from tests.each import each

GOOD = Check("shape", "1x4", "1x4", True)
BAD = Check("shape", "1x4", "1x5", False)
NONE = Check("macs", "", "", None, "not told")
LEFT_OUT = Check("macs", "9 steps", "left out", None, f"more work; raise {LIMIT}")


def report(*layers: tuple[Check, ...], same: int = 0, seconds: float = 0.0) -> Report:
    """A layer for each tuple of checks; the last `same` of them did not run themselves."""
    made = [
        LayerReport(f"relu_{n}", "relu", ((1, 4),), (1, 4), checks)
        for n, checks in enumerate(layers, 1)
    ]
    for at in range(len(made) - same, len(made)):
        made[at] = replace(made[at], same_as="relu_1")
    return Report("net", {"input": (1, 4)}, 1, 0, tuple(made), seconds)


@each(
    ("given", "timed", "said"),
    [
        (report((GOOD,)), False, "the one check of 1 layer held"),
        (report((GOOD, GOOD)), False, "all 2 checks of 1 layer held"),
        (report((GOOD,), (GOOD,)), False, "all 2 checks of 2 layers held"),
        (
            report((GOOD,), (GOOD,), (GOOD,), same=2),
            False,
            "all 3 checks of 3 layers (1 ran, the others are the same) held",
        ),
        (report((GOOD,), seconds=0.099), True, "the one check of 1 layer held; 0.10 s"),
        (report((GOOD,), seconds=0.1), True, "the one check of 1 layer held; 0.1 s"),
        (report((GOOD,), seconds=0.012), True, "the one check of 1 layer held; 0.01 s"),
        (report((GOOD,), seconds=2.34), True, "the one check of 1 layer held; 2.3 s"),
        (report(()), False, "nothing was compared in 1 layer"),
        (report((GOOD, NONE)), False, "1 of 2 checks of 1 layer held, 1 not compared"),
        (
            report((GOOD, LEFT_OUT), (NONE,), seconds=1.0),
            True,
            f"1 of 3 checks of 2 layers held, 2 not compared (raise {LIMIT}); 1.0 s",
        ),
        (
            report((GOOD, BAD), (BAD, BAD), (NONE,)),
            False,
            "3 of 5 checks failed, in 2 of 3 layers, 1 not compared",
        ),
    ],
)
def test_a_report_in_a_line(given: Report, timed: bool, said: str) -> None:
    assert summary(given, timed) == said


LAW, BROKEN = Check("adjoint", "1", "1", True), Check("flip", "equal", "not equal", False, "why")
FIELD = Check("field", "3 /1 @0", "3 /1 @0", True)


@each(
    ("form", "columns", "rows"),
    [
        (
            "table",
            [("layer", False), ("output", True), ("MACs", True), ("laws", True)],
            [("relu_1", "1x4 ✓", "–", "1/2 ✗"), ("relu_2", "1x5 ✗", "", "1 ✓")],
        ),
        (
            "plain",
            [("layer", False), ("kind", False), ("output", True), ("MACs", True),
             ("adjoint", True), ("flip", True)],
            [("relu_1", "relu", "1x4 ok", "-", "ok", "FAIL"),
             ("relu_2", "relu", "1x5 FAIL", "", "ok", "")],
        ),
    ],
)  # fmt: skip
def test_a_row_a_layer(
    form: str, columns: list[tuple[str, bool]], rows: list[tuple[str, ...]]
) -> None:
    """Of five layers; a terminal's laws share a column, which counts those that held."""
    given = report((GOOD, NONE, LAW, BROKEN), (BAD, LAW), (), (), ())
    (table,) = (part for part in page(given, form).parts if isinstance(part, Table))
    assert [(column.title, column.right) for column in table.columns] == columns
    cells = [tuple(str(getattr(cell, "text", cell)) for cell in row.values) for row in table.rows]
    assert cells[:2] == rows
    cross = "✗" if form == "table" else "FAIL"
    broken = f"{cross} flip: planned equal, measured not equal (why)"
    assert [row.below for row in table.rows[:3]] == [
        (broken,), (f"{cross} shape: planned 1x4, measured 1x5",), (),
    ]  # fmt: skip


@each(
    ("checks", "mark", "color"),
    [
        ((GOOD,), "✓", GREEN),
        ((GOOD, NONE), "✓", GREEN),
        ((GOOD, BAD), "✗", RED),
        ((BAD, LEFT_OUT), "✗", RED),
        # Nothing was compared, or not all of what was asked.
        ((NONE,), "–", ""),
        ((GOOD, LEFT_OUT), "–", RED),
    ],
)
def test_a_verdict_has_its_mark_and_its_color(
    checks: tuple[Check, ...], mark: str, color: str
) -> None:
    (verdict,) = (part for part in page(report(checks), "table").parts if isinstance(part, Prose))
    assert (verdict.texts[0].split()[0], verdict.color) == (mark, color)


@each(("layers", "tables"), [(1, 1), (4, 4), (5, 1)])
def test_of_four_layers_every_check_is_shown(layers: int, tables: int) -> None:
    parts = page(report(*((GOOD,),) * layers), "plain").parts
    assert len([part for part in parts if isinstance(part, Table)]) == tables


def test_remarks_name_what_they_are_of() -> None:
    holes = Check("field", "9 /1 @0", "9 /1 @0", True, "holes: the centre uses 5 of 9 pixels")
    other = Check("params", "", "", None, "not told")
    failed = Check("field", "9 /1 @0", "8 /1 @0", False, "holes: the centre uses 4 of 9 pixels")
    given = report((holes, NONE), (holes, NONE, other), (failed,), (holes, LAW))
    assert list(remarks(given)) == [
        ("field", "holes: the centre uses 5 of 9 pixels (relu_1 and 2 more)"),
        ("not compared", "macs, params: not told (relu_1 and 1 more)"),
    ]


@each(
    ("layers", "said"),
    [
        ((), ()),
        (((NONE,),), ()),
        (((NONE, FIELD),), (("field", "pixels /stride @first pixel that unit 0 sees"),)),
        (((NONE,),) * 5, (("not compared", "macs: not told (relu_1 and 4 more)"),)),
    ],
)
def test_remarks_below_a_table(
    layers: tuple[tuple[Check, ...], ...], said: tuple[tuple[str, str], ...]
) -> None:
    (notes,) = (part for part in page(report(*layers), "plain").parts if isinstance(part, Notes))
    assert notes.entries == said


@each(("many", "last"), [
    (12, ("not compared", "macs: 12 (relu_12)")),
    (13, ("", "1 more; --format json has all of them")),
    (22, ("", "10 more; --format json has all of them")),
])  # fmt: skip
def test_of_many_remarks_twelve_are_said(many: int, last: tuple[str, str]) -> None:
    layers = [(Check("macs", "", "", None, f"{n}"),) for n in range(1, many + 1)]
    (notes,) = (part for part in page(report(*layers), "plain").parts if isinstance(part, Notes))
    assert notes.entries[11] == ("not compared", "macs: 12 (relu_12)")
    assert (len(notes.entries), notes.entries[-1]) == (min(many, 13), last)
