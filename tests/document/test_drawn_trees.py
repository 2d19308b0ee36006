"""Trees that are drawn and written here, so that every place in them is known."""

from __future__ import annotations

import random
import unicodedata

from convcalc.document.characters import _sort_of, describe, has_control
from convcalc.document.events import EventSource
from convcalc.document.reader import read_document
from convcalc.document.tree import Node, Scalar, Sequence
from tests.each import each

SCALARS = ["a", "64", "-3", "1.5", "true", "null", "'it''s'", '"two words"', "a b", "x1_y", '""']
# What a node is told to be: its sort, start, end, and whether it stays on one line.
Told = tuple[str, int, int, bool]


class Writer:
    """Writes a drawn tree, and notes where its nodes stand, in the order of the file."""

    def __init__(self, seed: int, line_end: str) -> None:
        self.draw = random.Random(seed)
        self.line_end = line_end
        self.text = ""
        self.told: list[Told] = []
        self.keys = 0

    def block(self, indent: int, depth: int) -> int:
        """A collection by indentation, each entry on a line of its own; its end."""
        at, start, end = len(self.told), len(self.text), 0
        is_list = self.draw.random() < 0.5
        self.told.append(("", 0, 0, False))
        for number in range(self.draw.randint(1, 3)):
            if number:
                self.text += self.line_end + " " * indent
            if is_list:
                self.text += "- "
            else:
                self.key()
            if depth and self.draw.random() < 0.5:
                if not is_list:
                    self.text += self.line_end + " " * (indent + 2)
                end = self.block(indent + 2, depth - 1)
            else:
                if not is_list:
                    self.text += " "
                end = self.flow(depth, indent + 2)
            if self.draw.random() < 0.2:
                self.text += "  # more"
        sort = "sequence" if is_list else "mapping"
        self.told[at] = (sort, start, end, self.line_end not in self.text[start:end])
        return end

    def key(self) -> None:
        self.keys += 1
        start = len(self.text)
        self.text += f"k{self.keys}"
        self.told.append(("key", start, len(self.text), True))
        self.text += ":"

    def flow(self, depth: int, indent: int) -> int:
        """A scalar, or a collection in brackets, which may go over lines."""
        start, at = len(self.text), len(self.told)
        if not depth or self.draw.random() < 0.6:
            self.text += self.draw.choice(SCALARS)
            self.told.append(("scalar", start, len(self.text), True))
            return len(self.text)
        is_list = self.draw.random() < 0.5
        self.told.append(("", 0, 0, False))
        self.text += "[" if is_list else "{"
        for number in range(self.draw.randint(0, 3)):
            if number:
                self.text += ", "
            if self.draw.random() < 0.2:
                self.text += self.line_end + " " * indent
            if not is_list:
                self.key()
                self.text += " "
            self.flow(depth - 1, indent)
        self.text += "]" if is_list else "}"
        end = len(self.text)
        sort = "sequence" if is_list else "mapping"
        self.told[at] = (sort, start, end, self.line_end not in self.text[start:end])
        return end


def found_in(node: Node) -> list[tuple[str, Node]]:
    """(sort, node) of each node and key, in the order of the file."""
    if isinstance(node, Scalar):
        return [("scalar", node)]
    if isinstance(node, Sequence):
        return [("sequence", node), *(one for item in node.items for one in found_in(item))]
    below = [
        one
        for key, value in node.entries.items()
        for one in (("key", node.keys[key]), *found_in(value))
    ]
    return [("mapping", node), *below]


@each("line_end", ["\n", "\r\n", "\r"])
def test_every_node_knows_where_it_stands(line_end: str, events: EventSource) -> None:
    for seed in range(40):
        writer = Writer(seed, line_end)
        writer.block(0, 3)
        text = writer.text
        found = found_in(read_document(text.encode(), events=events).root)
        assert [(sort, node.start, node.end) for sort, node in found] == [
            (sort, start, end) for sort, start, end, _ in writer.told
        ], text
        for (_, node), (_, start, end, is_one_line) in zip(found, writer.told, strict=True):
            before = text[:start].split(line_end)
            width = end - start if is_one_line else 1
            assert (node.line, node.column) == (len(before), len(before[-1]) + 1), text
            assert node.place == (node.line, node.column, max(1, width)), text
            if isinstance(node, Scalar):
                assert node.text == text[start:end]
                assert node.quoted == (text[start] in "'\"")
            else:
                assert node.one_line == is_one_line, text


ORDERS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
BREAKS = {0x2028: "line separator", 0x2029: "paragraph separator", 0xFEFF: "byte order mark"}


def test_which_characters_are_refused_and_what_they_are_called() -> None:
    """As Unicode has them: controls, marks of another order, halves of characters, and a few."""
    for code in (*range(0x3000), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10010)):
        character = chr(code)
        kind = unicodedata.category(character)
        said = describe(code)
        if unicodedata.bidirectional(character) in ORDERS:
            assert said == f"the bidirectional control U+{code:04X}"
            why = "it shows text in another order than the file holds it"
        elif kind == "Cs":
            assert said == f"the surrogate U+{code:04X}, half of a character"
            why = "no text can be written with it"
        elif code in (0xFFFE, 0xFFFF):
            assert said == f"the noncharacter U+{code:04X}"
            why = "it is no character, and YAML forbids it"
        elif code in BREAKS:
            assert said == f"the character U+{code:04X} ({BREAKS[code]})"
            why = (
                "a byte order mark may only stand at the very start"
                if character == "\ufeff"
                else "YAML takes it for a line break, editors do not"
            )
        elif kind == "Cc" and character not in "\t\n":
            assert said.startswith(f"the control character U+{code:04X}")
            why = (
                "YAML takes it for a line break, editors do not"
                if character == "\x85"
                else "control characters can hide text and drive terminals"
            )
        else:
            assert not has_control(f"a{character}b"), said
            continue
        assert has_control(f"a{character}b"), said
        assert _sort_of(code)[-1] == why, said
