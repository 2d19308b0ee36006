"""What is written into a file that is JSON is JSON too."""

from __future__ import annotations

import json
import re

from convcalc.document import to_plain
from convcalc.document.reader import read_document

_BEGINNING = re.compile(r'\ufeff?\s*\{\s*"')


def in_style_of(text: str, entry: str) -> str:
    """An entry, `key: value`, as it may stand in the file `text`.

    >>> in_style_of('{"convcalc": 1}', "params: {max: 12M}"), in_style_of("convcalc: 1", "p: 2")
    ('"params": {"max": "12M"}', 'p: 2')
    """
    return _json(f"{{{entry}}}")[1:-1] if is_json(text) else entry


def value_in_style_of(text: str, value: str) -> str:
    """A value as it may stand in the file `text`.

    >>> value_in_style_of('{"convcalc": 1}', "half"), value_in_style_of("{convcalc: 1}", "half")
    ('"half"', 'half')
    """
    return _json(value) if is_json(text) else value


def is_json(text: str) -> bool:
    """True where the file is a mapping in braces whose first key stands in double quotes."""
    return _BEGINNING.match(text) is not None


def _json(written: str) -> str:
    root = read_document(written.encode()).root
    return json.dumps(to_plain(root), ensure_ascii=False)
