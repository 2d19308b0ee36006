"""One word, one thing: files of the same name play the same part, each in its room."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import convcalc
from tests.each import each

ROOT = Path(convcalc.__file__).parent
ROOMS_OF_FORMATS = ("findings", "pages")
# What a name means wherever it stands; every other name stands once.
PARTS = {
    "answer": "what a feature's question comes to, as frozen values, and the function that answers",
    "command": "the request, as its options declare it, and the command",
    "expectations": "what `expect:` asks for: read, judged, compared",
    "figures": "the parts of an answer's JSON",
    "findings": "problems that are collected, a bounded number of them",
    "memory": "bytes that something takes",
    "parser": "a small language's text to what it means",
    "phrases": "parts of sentences that several files say",
    "pictures": "the boards that `--plot` draws of an answer",
    "reader": "one form of a file to the next, with every problem on the way",
    "reads": "which units of its input a unit of a layer reads",
    "report": "what was found of every layer",
    "search": "the search that a feature's answer stands on",
    "syntax": "why a text is no sentence of its language",
    "values": "the frozen values that the files of a room speak of, and how words make them",
    "walk": "a walk over the layers of a graph or of a question, in order",
    "words": "an answer in words",
    "writing": "what a command writes where, when that is more than a few lines",
}


def places() -> dict[str, list[Path]]:
    found = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        # Each source has its rules for the same families of layers.
        is_format = path.parent.name in ROOMS_OF_FORMATS or "importers" in path.parts[:-2]
        if path.stem != "__init__" and not is_format:
            found[path.stem].append(path)
    return found


SEVERAL = {name: found for name, found in places().items() if len(found) > 1}


@each("name", SEVERAL)
def test_a_name_of_several_files_means_one_thing(name: str) -> None:
    where = [str(path.relative_to(ROOT)) for path in SEVERAL[name]]
    assert name in PARTS, f"{where}: name them after what they are, or say what `{name}` means"


def test_no_part_is_left_that_only_one_file_plays() -> None:
    assert set(PARTS) == set(SEVERAL)


@each("folder", sorted((ROOT / "features").glob("*/")), ids=lambda one: one.name)
def test_a_feature_has_the_files_of_a_feature(folder: Path) -> None:
    names = {path.stem for path in folder.glob("*.py")}
    if folder.name.startswith("__"):
        return
    assert "command" in names
    assert not ("words" in names and "answer" not in names) or folder.name in ("diff", "show")
