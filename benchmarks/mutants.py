"""Changes one thing in the code at a time, and asks whether an everyday test notices.

Run: python benchmarks/mutants.py importers features/import_ --draw 200 --seed 7 [--jobs 2]
     python benchmarks/mutants.py importers/onnx --draw 50 --tests tests/importers --also FILE ...

A room is a folder or a file of `convcalc`. Its mutants are those that cosmic-ray's operators make
in the bodies of its functions; annotations, `==` made `is`, and `zip` less strict are left out.
Each mutant meets the tests that come by its statement, the shortest first, until one fails: the
everyday ones, or those of `--tests` among them, and if it survives, the slow ones of `--also`. Who
comes by which line is measured once for a state of the code, in some minutes, and kept among the
temporary files. One line of JSON comes out for each mutant, a summary on the error stream.

One process collects the tests; for each mutant it forks, and the child puts the changed code in
place of that of the living functions. What ran while modules were loaded is tried in a new process.
Nothing may change in the meantime: functions are found by the source that they were loaded from.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import random
import re
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.mutants_tests import EVERYDAY, ROOT, SLOW, Change, Met, meet

# They want names, change what is not inside of a function, or mean the same of what is compared.
LEFT_OUT = re.compile("Variable|RemoveDecorator|_(Eq_Is|NotEq_IsNot|Is_Eq|IsNot_NotEq)$")


class Mutant(NamedTuple):
    """The change that an operator makes at its nth place in a file; `lines` are its statement's."""

    path: Path
    line: int
    lines: range
    operator: str
    occurrence: int

    def source(self) -> str:
        """The file, changed."""
        operator = get_operator(self.operator)()
        return str(mutate_code(self.path.read_text(encoding="utf-8"), operator, self.occurrence))

    def compiles(self) -> bool:
        """False where an operator took something for what it is not, as the stars of `**fields`.

        Names of exceptions in modules, `zipfile.BadZipFile`, it cannot replace at all.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.source(), str(self.path), "exec")
        except (AttributeError, SyntaxError):
            return False
        return True

    def diff(self) -> list[str]:
        """The lines that it changes, before and after."""
        before = self.path.read_text(encoding="utf-8").splitlines()
        lines = difflib.unified_diff(before, self.source().splitlines(), n=0, lineterm="")
        return [line for line in lines if not line.startswith(("---", "+++", "@@"))]

    def told(self) -> dict[str, object]:
        """Its place and its change."""
        place = {"file": str(self.path.relative_to(ROOT)), "line": self.line}
        return place | {"operator": self.operator.partition("/")[2], "diff": self.diff()}


def mutants(path: Path) -> Iterator[Mutant]:
    """All mutants of a file."""
    source = path.read_text(encoding="utf-8")
    nodes = [node for node in ast_nodes(get_ast(source)) if _may_change(node)]
    tree = [*ast.walk(ast.parse(source))]
    bodies, hints = [*_bodies(tree)], [*_hints(tree)]
    statements = sorted(_statements(tree), key=len)
    for name in operator_names():
        if LEFT_OUT.search(name):
            continue
        operator = get_operator(name)()
        places = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, start in enumerate(places):
            if _within(start, bodies) and not _within(start, hints):
                lines = next(one for one in statements if start[0] in one)
                yield Mutant(path, start[0], lines, name, occurrence)


def _may_change(node: Any) -> bool:
    """False for most tokens, so that not every operator has to be asked of them."""
    words = (*"()[]{},.:=", "->", ":=")
    return (
        node.type not in ("name", "newline", "string") and getattr(node, "value", "") not in words
    )


Place = tuple[int, int]


def _within(place: Place, spans: Iterable[tuple[Place, Place]]) -> bool:
    return any(first <= place < end for first, end in spans)


def _span(node: Any) -> tuple[Place, Place]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _bodies(tree: Sequence[ast.AST]) -> Iterator[tuple[Place, Place]]:
    for node in tree:
        if isinstance(node, ast.Lambda):
            yield _span(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _span(node.body[0])[0], _span(node)[1]


def _hints(tree: Sequence[ast.AST]) -> Iterator[tuple[Place, Place]]:
    for node in tree:
        for one in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if one is not None:
                yield _span(one)
        if isinstance(node, ast.keyword) and node.arg == "strict":
            yield _span(node)


def _statements(tree: Sequence[ast.AST]) -> Iterator[range]:
    """The lines of each statement, without those that it holds."""
    for node in tree:
        if isinstance(node, ast.stmt | ast.excepthandler):
            body = getattr(node, "body", None)
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            yield range(node.lineno, max(end, node.lineno + 1))


def drawn(rooms: Sequence[str], many: int | None, seed: int) -> list[Mutant]:
    """So many mutants of rooms, or all of them, in an order that the seed gives."""
    places = [ROOT / "convcalc" / room for room in rooms]
    if missing := [str(place) for place in places if not place.exists()]:
        sys.exit(f"no such room: {', '.join(missing)}")
    paths = {path for one in places for path in ([one] if one.is_file() else one.rglob("*.py"))}
    found = [mutant for path in sorted(paths) for mutant in mutants(path)]
    print(f"{len(found)} mutants", file=sys.stderr)
    random.Random(seed).shuffle(found)
    return [*islice(filter(Mutant.compiles, found), many)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rooms", nargs="+", metavar="ROOM", help="a folder or a file of convcalc")
    parser.add_argument("--draw", type=int, metavar="N", help="so many of all mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tests", nargs="+", default=[], metavar="PATH", help="no others")
    parser.add_argument("--also", nargs="+", default=[], metavar="FILE", help="then these")
    asked = parser.parse_args()
    begun = time.monotonic()
    these = drawn(asked.rooms, asked.draw, asked.seed)
    left = meet_and_tell(these, asked.tests, EVERYDAY, asked.jobs)
    if left and asked.also:
        print(f"{len(left)} meet the tests named as well", file=sys.stderr)
        left = meet_and_tell(left, asked.also, SLOW, asked.jobs)
    for one in left:
        words = "\n  ".join(one.diff())
        print(f"survived: {one.path.relative_to(ROOT)}:{one.line}\n  {words}", file=sys.stderr)
    share = f"{len(these) - len(left)} of {len(these)} killed"
    print(f"{share} in {time.monotonic() - begun:.0f} s", file=sys.stderr)


def meet_and_tell(
    these: Sequence[Mutant], tests: Sequence[str], marks: str, jobs: int
) -> list[Mutant]:
    """Prints what becomes of each mutant; gives those that survive."""
    left = []
    out = sys.stdout  # pytest puts another in its place

    def say(index: int, met: Met) -> None:
        print(json.dumps(these[index].told() | met._asdict()), flush=True, file=out)
        if met.outcome == "survived":
            left.append(these[index])

    changes = [Change(one.path, one.source(), one.lines) for one in these]
    meet(changes, tests, marks, jobs, say)
    return sorted(left, key=these.index)


if __name__ == "__main__":
    main()
