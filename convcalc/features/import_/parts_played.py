"""What layers are to those that read them, where the source has no name for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcalc.features.import_.layer_lists import Body, Line, Ref
from convcalc.network.template import BLOCK_INPUT

if TYPE_CHECKING:
    from convcalc.network.graph import Graph


# So many lines before a merge tell its longer branch from its shorter one.
_NEAR = 64


class PartsPlayed:
    """Words for the layers of one list; `called` has those that readers have words for."""

    def __init__(self, graph: Graph, body: Body) -> None:
        self.graph, self.body = graph, body
        self.called = _called_by_readers(body.lines)
        self._joined = _joined(body.lines, self.called)
        self._lines = {line.item: line for line in body.lines}
        self._merged: dict[int, str] = {}
        for line in body.lines:
            for item, word in self._words_of_merge(line):
                self._merged.setdefault(item, word)

    def word(self, line: Line) -> str:
        """What the line is to its readers, or what it does."""
        for words in (self.called, self._joined, self._merged):
            if line.item in words:
                return words[line.item]
        if moves_only(line) and line.source is not None:
            return "part"
        return line.kind.kind if line.kind else line.block.name if line.block else ""

    def _words_of_merge(self, line: Line) -> Iterator[tuple[int, str]]:
        """Words for what a merge joins: a way around others, the branches of one sum or join."""
        refs = line.inputs or ()
        if len(refs) < 2 or line.kind is None or line.kind.input_words:
            return
        is_sum, is_join = self._how(line)
        first = min(ref.item for ref in refs)
        ways = [self._way(ref, first - _NEAR) for ref in refs]
        common = set.intersection(*ways)
        for place, ref in enumerate(refs):
            others = [way for at, way in enumerate(ways) if at != place]
            own = ways[place] - common
            if ref.word:
                continue
            if all(ref.item in way for way in others):
                yield ref.item, "skip" if is_sum or is_join else "main"
            elif is_sum and len(refs) == 2 and self._has_product(own):
                yield ref.item, "main" if len(ways[place]) > len(others[0]) else "shortcut"
            elif is_join and self._has_product(own):
                yield ref.item, f"branch{place + 1}"

    def _how(self, merge: Line) -> tuple[bool, bool]:
        """Whether a merge is a sum, and whether it joins."""
        part = next(part for use in self.body.uses if (part := use[merge.item]))
        layer = self.graph.nodes[part.first].layer
        return layer.is_linear() and not layer.only_joins(), layer.only_joins()

    def _way(self, ref: Ref, last: int) -> set[int]:
        """What is read, and the lines before it that lead there, back to the one at `last`."""
        found: set[int] = set()
        pending = [] if ref.word else [ref.item]
        while pending:
            item = pending.pop()
            if item >= last and item not in found:
                found.add(item)
                pending += [one.item for one in _reads(self._lines[item]) if not one.word]
        return found

    def _has_product(self, way: set[int]) -> bool:
        lines = (self._lines[item] for item in way)
        return any(line.block or (line.kind and line.kind.role == "product") for line in lines)


def _reads(line: Line) -> list[Ref]:
    """All that a line reads."""
    return [*line.reads, *(one for one in line.fields.values() if isinstance(one, Ref))]


def moves_only(line: Line) -> bool:
    """True for what calculates nothing: it is known by its readers."""
    kind = line.kind
    return kind is not None and not kind.role and not kind.is_merge


def _called_by_readers(lines: list[Line]) -> dict[int, str]:
    """What layers are to readers whose inputs mean different things: `q`, `k` and `v`."""
    found: dict[int, str] = {}
    for line in lines:
        words = line.kind.input_words if line.kind is not None else ()
        for word, ref in zip(words, line.inputs or (), strict=False):
            if ref.word != BLOCK_INPUT:
                found.setdefault(ref.item, word)
        for name, given in line.fields.items():
            if isinstance(given, Ref) and not name.startswith("skip"):
                # What an argument of a block is called.
                found.setdefault(given.item, name)
    moving = {line.item: line.source.item for line in lines if moves_only(line) and line.source}
    for item, source in reversed(moving.items()):
        if item in found and source in moving:
            # What is moved twice is the same to its reader all along.
            found.setdefault(source, found[item])
    return found


def _joined(lines: list[Line], called: dict[int, str]) -> dict[int, str]:
    """Layers of which those are parts that their readers have words for: `qkv`."""
    parts: dict[int, list[str]] = {}
    for line in lines:
        if line.item in called and line.source and moves_only(line):
            parts.setdefault(line.source.item, []).append(called[line.item])
    return {item: "".join(words) for item, words in parts.items() if len(words) > 1}
