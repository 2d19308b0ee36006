"""What a page claims, tried: outputs run again, networks planned, Python run, links followed.

A comment on the line before a fenced block says what the block is:

- `<!-- run: convcalc ... -->`: the output of that command (`run, exit 2:` where it fails);
- `<!-- source: PATH -->`: the text of that file of the project;
- `<!-- file: NAME -->`: a network, saved under that name for the commands of the page;
- `<!-- refused: CODE -->`: a file that is refused, or misses an expectation, with that code;
- `<!-- plot: convcalc ... --plot NAME.svg -->`: on a page of `docs`, the command that draws
  `docs/pictures/NAME.svg`;
- `<!-- part -->`: a piece of a file, or YAML of another program: not tried.

Every other `yaml` block is a network, or a list of layers, and is planned; `pycon` blocks are
run as doctests, in one namespace a page.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import piped

import convcalc

_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?"
    r"^(?P<fence>`{3,4})(?P<language>\w+)\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_RUN = re.compile(r"run(?:, exit (?P<exit>\d+))?: convcalc\b(?P<arguments>.*)")
# A picture is a link with an exclamation mark.
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_PLOT = re.compile(r"^<!-- plot: convcalc (.+) --plot (\w+\.svg) -->$", re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)
# Lists of layers are planned on an image of this shape.
_AROUND = "convcalc: 1\ninput: [64, 56, 56]\nlayers:\n"


class Problem(NamedTuple):
    """Something that a page says and that is not so; `repaired` where rewriting repairs it."""

    line: int
    text: str
    repaired: bool = False


class Block(NamedTuple):
    """A fenced block: the comment before it, its language, its text and where that stands."""

    mark: str
    language: str
    body: str
    start: int
    line: int


def page(path: Path, root: Path) -> tuple[str, list[Problem]]:
    """The page with fresh outputs, and everything in it that does not hold."""
    text = path.read_text(encoding="utf-8")
    problems = list(_links(text, path))
    fresh = text
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(root / "examples")
        globs: dict[str, object] = {}
        moved = 0
        for block in _blocks(text):
            if block.mark.startswith(("run", "source: ")):
                output, found = _output(block, Path(folder), root)
                at = block.start + moved
                fresh = fresh[:at] + output + fresh[at + len(block.body) :]
                moved += len(output) - len(block.body)
                problems += found
            elif block.language == "yaml" and block.mark != "part":
                problems += _network(block, Path(folder))
            elif block.language == "pycon":
                problems += _python(block, path, Path(folder), globs)
    return fresh, sorted(problems)


def _blocks(text: str) -> Iterator[Block]:
    for match in _FENCE.finditer(text):
        start = match.start("body")
        line = text.count("\n", 0, start)
        yield Block(match["mark"] or "", match["language"], match["body"], start, line)


def _output(block: Block, folder: Path, root: Path) -> tuple[str, list[Problem]]:
    """What the block should hold, and what is wrong with it."""
    if block.mark.startswith("source: "):
        output = (root / block.mark.removeprefix("source: ")).read_text(encoding="utf-8")
        problems: list[Problem] = []
    else:
        output, problems = _run(block, folder)
    if output != block.body:
        problems.append(Problem(block.line, f"out of date: {block.mark}", repaired=True))
    return output, problems


def _run(block: Block, folder: Path) -> tuple[str, list[Problem]]:
    match = _RUN.fullmatch(block.mark)
    if match is None:
        return block.body, [Problem(block.line, f"no such mark: {block.mark}")]
    result = piped.run(shlex.split(match["arguments"]), folder)
    problems = []
    wanted = int(match["exit"] or 0)
    output = result.stdout + result.stderr
    if result.returncode != wanted:
        text = f"`convcalc{match['arguments']}` exits {result.returncode}, not {wanted}: {output}"
        problems.append(Problem(block.line, text))
    return "\n".join(line.rstrip() for line in output.rstrip().splitlines()) + "\n", problems


def pictures(text: str, root: Path) -> dict[str, str]:
    """File names and contents of the pictures that `text` orders with `plot` comments."""
    drawn = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(root / "examples")
        for arguments, name in _PLOT.findall(text):
            piped.run([*shlex.split(arguments), "--plot", name], Path(folder))
            drawn[name] = (Path(folder) / name).read_text(encoding="utf-8")
    return drawn


def _network(block: Block, folder: Path) -> list[Problem]:
    body = block.body
    if body.lstrip().startswith("- "):
        body = _AROUND + "".join(f"  {line}\n" for line in body.splitlines())
    if block.mark.startswith("file: "):
        (folder / block.mark.removeprefix("file: ")).write_text(body, encoding="utf-8")
        return []
    wanted = block.mark.removeprefix("refused: ") if block.mark.startswith("refused: ") else ""
    if block.mark and not wanted:
        return [Problem(block.line, f"no such mark: {block.mark}")]
    found = codes(body)
    if found == ([wanted] if wanted else []):
        return []
    got = ", ".join(found) or "a plan"
    return [Problem(block.line, f"expected {wanted or 'a plan'}, got {got}")]


def codes(text: str) -> list[str]:
    """The codes of all findings on the network `text`, each once."""
    try:
        failures = convcalc.plan(convcalc.loads(text)).failures or ()
    except convcalc.StackError as error:
        failures = error.problems
    return sorted({problem.code for problem in failures})


def _python(block: Block, path: Path, folder: Path, globs: dict[str, object]) -> list[Problem]:
    test = doctest.DocTestParser().get_doctest(block.body, globs, path.name, str(path), block.line)
    told = io.StringIO()
    here = Path.cwd()
    os.chdir(folder)
    try:
        doctest.DocTestRunner().run(test, out=told.write, clear_globs=False)
    finally:
        os.chdir(here)
    globs.update(test.globs)
    return [Problem(block.line, told.getvalue().strip())] if told.getvalue() else []


def _links(text: str, path: Path) -> Iterator[Problem]:
    prose = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    for match in _LINK.finditer(prose):
        target, _, anchor = match[1].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        line = prose.count("\n", 0, match.start()) + 1
        found = path.parent / target if target else path
        if not found.exists():
            yield Problem(line, f"there is no {target}")
        elif anchor and found.suffix == ".md" and anchor not in anchors(found):
            yield Problem(line, f"{target or 'this page'} has no heading #{anchor}")


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and most renderers make them."""
    prose = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(prose)
    }
