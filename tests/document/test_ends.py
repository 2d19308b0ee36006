"""Where words, texts and documents end, for PyYAML's own parser as for libyaml."""

from __future__ import annotations

import pytest

from convcalc.document.events import libyaml_events
from tests.document.test_fuzz import _check
from tests.each import each

ENDS = [
    "a: x\n---\n", "a: x\n--- y\n", "a: x\n---y\n", "a: x\n ---\n", "a: x\n...\n", "a: x\n... y\n",
    "a: x\n....\n", "a: x\n..\n", "- x\n  y\n---\n", "a: x\n\n  y\n\n\n  z\n", "a: x\n\t y\n",
    "a: x\n \ty\n", "a: x \t y\n", "a: x\n  y\n z\n", "a: x\r\n  y\r\n", "a: x # y\n", "a: x# y\n",
    "[a b, c\n d]\n", "[a: b]\n", "{a:b}\n", "{a:, b}\n", "[a :b]\n", "{a: b:c}\n", "{a:[b]}\n",
    "[a:]\n", "{a:}\n", "{a:?b}\n", "a:b: c\n", "a :b\n", "a::b\n", "a: b:\n", "[a\n---\n]\n",
    "a: |\n  x\n---\nb: 1\n", "a: |+\n x\n\n\n", "a: |-2\n   x\n", "a: >1-\n  x\n", "a: |0\n x\n",
    "a: |12\n x\n", "a: |x\n y\n", "a: |\t\n x\n", "a: |\n\tx\n", "a: |\n  x\n\ty\n", "a: |9\n x\n",
    "a: |+-\n x\n", "a: | # y\n x\n", "a: |# y\n x\n", "a: |2\n   x\n  y\n z\n", "a: |\n\n  x\n",
    "a: |\n \n\t\n  x\n", "a: >\n x\n y\n\n  z\n", 'a: "x\n--- y"\n', "a: 'x\n... y'\n",
    'a: "x\n ---\n y"\n', 'a: "\\uD83D"\n', 'a: "\\x4"\n', 'a: "\\U00110000"\n', 'a: "\\q"\n',
    'a: "\\\n  x"\n', 'a: "x\\\n\n  y"\n', "a: 'x''y'\n", "a: 'x\n\n  y'\n", 'a: "x"y\n',
]  # fmt: skip


@pytest.mark.skipif(libyaml_events is None, reason="PyYAML without libyaml")
@each("text", ENDS, ids=repr)
def test_both_parsers_end_words_and_texts_alike(text: str) -> None:
    _check(text.encode())
