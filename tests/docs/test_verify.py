"""The docs check itself: each kind of untruth on a page is noticed, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import verify

ROOT = Path(__file__).parents[2]
GENERATE = ROOT / "docs" / "generate.py"

NETWORK = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu]\n"


def run(page: Path, *options: str) -> tuple[int, str]:
    result = subprocess.run(
        [sys.executable, str(GENERATE), *options, str(page)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.stderr == ""
    return result.returncode, result.stdout.replace(f"{page}:", "")


def untruths(folder: Path, text: str) -> list[str]:
    page = folder / "page.md"
    page.write_text(text)
    return [f"{problem.line}: {problem.text}" for problem in verify.page(page, ROOT)[1]]


def fenced(language: str, body: str, mark: str = "") -> str:
    comment = f"<!-- {mark} -->\n" if mark else ""
    return f"{comment}```{language}\n{body}```\n"


TRUE = "\n".join(
    [
        "# A page\n\nSee [below](#a-heading) and [elsewhere](https://example.org/x).\n",
        "## A `heading`\n",
        fenced("yaml", NETWORK, "file: a.net.yaml"),
        fenced("text", "", "run: convcalc plan a.net.yaml --columns name,output"),
        fenced("text", "", "run, exit 2: convcalc plan missing.net.yaml"),
        fenced("yaml", NETWORK),
        fenced("yaml", "- relu\n- conv: {out: 8, k: 3}\n"),
        fenced("yaml", "layers: [relu]\n", "part"),
        fenced("yaml", NETWORK.replace("1", "2"), "refused: CC920"),
        fenced("yaml", f"{NETWORK}expect: {{params: 1}}\n", "refused: CC502"),
        fenced("pycon", ">>> import convcalc\n\n"),
        fenced("pycon", ">>> convcalc.__name__\n'convcalc'\n\n"),
    ]
)


@pytest.mark.thorough
def test_a_true_page_passes_once_its_outputs_are_filled_in(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(TRUE)
    assert run(page, "--check")[0] == 1
    assert run(page) == (0, "The documentation is up to date.\n")
    assert "relu_1  3x8x8" in page.read_text()
    assert "missing.net.yaml: error CC901 unreadable-file" in page.read_text()
    assert run(page, "--check") == (0, "The documentation is up to date.\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[x](nowhere.md)\n", "1: there is no nowhere.md", id="broken link"),
        pytest.param("![x](nowhere.svg)\n", "1: there is no nowhere.svg", id="missing picture"),
        pytest.param(
            "# One\n\n[x](#two)\n", "3: this page has no heading #two", id="missing heading"
        ),
        pytest.param(
            fenced("yaml", NETWORK.replace("relu", "relo")),
            "1: expected a plan, got CC922",
            id="network that is refused",
        ),
        pytest.param(
            fenced("yaml", f"{NETWORK}expect: {{params: 1}}\n"),
            "1: expected a plan, got CC502",
            id="expectation that fails",
        ),
        pytest.param(
            fenced("yaml", NETWORK, "refused: CC101"),
            "2: expected CC101, got a plan",
            id="network that is not refused",
        ),
        pytest.param(
            fenced("yaml", NETWORK, "refuse: CC101"),
            "2: no such mark: refuse: CC101",
            id="misspelt mark",
        ),
        pytest.param(
            fenced("text", "nothing\n", "run: rm -r ."),
            "2: no such mark: run: rm -r .",
            id="another program",
        ),
        pytest.param(
            fenced("text", "0.0.0\n", "run: convcalc --version"),
            "2: out of date: run: convcalc --version",
            id="old output",
        ),
        pytest.param(
            fenced("text", "a\n", "source: docs/generate.py"),
            "2: out of date: source: docs/generate.py",
            id="old source",
        ),
        pytest.param(
            "````python\n```yaml\n````\n[x](y.md)\n",
            "4: there is no y.md",
            id="fence within a fence",
        ),
    ],
)
def test_an_untruth_is_reported_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert untruths(tmp_path, text) == [said]


def test_a_failing_python_example_is_reported(tmp_path: Path) -> None:
    (said,) = untruths(tmp_path, fenced("pycon", ">>> 1 + 1\n3\n\n"))
    assert said.startswith("1: ")
    assert said.endswith("Expected:\n    3\nGot:\n    2")


@pytest.mark.thorough
def test_a_command_that_fails_is_reported_even_when_rewriting(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(fenced("text", "", "run: convcalc plan missing.net.yaml"))
    code, said = run(page)
    assert code == 1
    assert "`convcalc plan missing.net.yaml` exits 2, not 0" in said


@pytest.mark.thorough
def test_a_picture_is_drawn_by_the_command_beside_it() -> None:
    text = "<!-- plot: convcalc rf 1d k3 --plot small.svg -->\n![Field](pictures/small.svg)\n"
    ((name, drawn),) = verify.pictures(text, ROOT).items()
    assert name == "small.svg"
    assert drawn.startswith("<svg ")
