"""`convcalc rf ... --plot FILE`."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from convcalc import cli
from convcalc.report.drawing.palette import palette
from tests.drawing.pictures import CONFIGS, decoded

LENET = str(CONFIGS / "lenet5.net.yaml")


def test_a_picture_comes_beside_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(("rf", LENET)) == 0
    answer = capsys.readouterr().out
    path = tmp_path / "fields.svg"
    assert cli.run(("rf", LENET, "--plot", str(path))) == 0
    written = capsys.readouterr()
    assert written.out == answer
    assert written.err == f"wrote {path}\n"
    title = ET.fromstring(path.read_bytes()).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "Receptive fields of LeNet-5"


@pytest.mark.thorough
def test_png_in_dark(tmp_path: Path) -> None:
    path = tmp_path / "fields.png"
    words = ("rf", LENET, "--plot", str(path), "--theme", "dark", "--picture", "growth")
    assert cli.run(words) == 0
    assert decoded(path.read_bytes()).at(0, 0) == palette("dark")["surface"]


def test_html_has_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "fields.html"
    assert cli.run(("rf", LENET, "--layer", "conv_2", "--at", "0,9", "--plot", str(path))) == 0
    # conv_2 reads 0..4 and 9..13 of the pooled map, hence 0..13 and 18..31 of the input.
    cells = ("conv_2", "10x10", "0,9", "0..13", "18..31", "14×14", "2", "none", "100 %")
    assert f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" in path.read_text()


def test_a_chain_of_any_size_is_drawn_with_its_paths(tmp_path: Path) -> None:
    path = tmp_path / "chain.svg"
    assert cli.run(("rf", "2d", "k3", "d2", ",", "k3", "d2", "--plot", str(path))) == 0
    text = path.read_text()
    # Along an axis 1 0 2 0 3 0 2 0 1 paths.
    assert ">9 paths<" in text
    assert "25 real pixels" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ["--plot", "a.gif"],
            "`a.gif` is no picture; name it .svg, .png or .html",
            id="another format",
        ),
        pytest.param(
            ["--picture", "fields"], "`fields`", id="a mistyped picture is answered with its name"
        ),
        pytest.param(["--theme", "drak"], "`drak`", id="a mistyped theme"),
    ],
)
def test_words_that_do_not_fit(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(("rf", LENET, *words)) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert message in written.err


def test_a_file_is_not_overwritten_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fields.svg"
    path.write_text("mine")
    assert cli.run(("rf", LENET, "--plot", str(path))) == 2
    assert capsys.readouterr() == ("", f"error: {path} exists\nhelp: --force overwrites it\n")
    assert path.read_text() == "mine"
    assert cli.run(("rf", LENET, "--plot", str(path), "--force")) == 0
    assert path.read_text().startswith("<svg")


def test_a_layer_that_cannot_be_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fields.svg"
    assert cli.run(("rf", LENET, "--layer", "linear_1", "--plot", str(path))) == 2
    assert "`linear_1` has no field of `input` with positions to draw" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.thorough
def test_numpy_is_loaded_for_pixels_alone(tmp_path: Path) -> None:
    script = (
        "import sys; from convcalc import cli\n"
        "for form in ('svg', 'png'):\n"
        "    cli.run(('rf', sys.argv[1], '--picture', 'growth', "
        "'--plot', f'{sys.argv[2]}/a.{form}'))\n"
        "    print(form, 'numpy' in sys.modules, file=sys.stderr)"
    )
    words = (sys.executable, "-c", script, LENET, str(tmp_path))
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    told = [line for line in done.stderr.splitlines() if not line.startswith("wrote")]
    assert told == ["svg False", "png True"]
