"""The legend below the table of `convcalc rf`: a line for each column that is shown."""

from __future__ import annotations

import pytest

from convcalc import cli


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = cli.run(("rf", *args))
    out, err = capsys.readouterr()
    return code, out, err


LEGENDS = [
    pytest.param("name,stride", [], id="nothing to explain"),
    pytest.param("name,used", ["used  share of the field that some path reads"], id="one term"),
    pytest.param(
        "outside,size",
        ["outside  share of the field beyond the input",
         "field    pixels from the first to the last that the centre unit sees, padding included"],
        id="a line for each, in their order"),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "lines"), LEGENDS)
def test_the_legend_explains_the_columns_shown(
    columns: str, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "32x32", "k3", "--columns", columns, "--format", "plain")
    # Title, blank, heads, rule, one layer; then a blank line if anything follows.
    assert out.splitlines()[5:] == (["", *lines] if lines else [])


def test_the_legend_of_a_narrow_terminal_leaves_out_what_the_table_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    _, out, _ = run(capsys, "32x32", "k3", "--format", "table")
    assert "left out" in out
    assert "share of the field beyond the input" not in out
