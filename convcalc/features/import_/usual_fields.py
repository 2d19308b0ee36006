"""What a file's `defaults` should say, so that its layers have to say least."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from convcalc.features.import_.block_arguments import same
from convcalc.features.import_.layer_lists import Defaults
from convcalc.features.import_.nested_parts import Part
from convcalc.features.import_.spelling import Value, usual

if TYPE_CHECKING:
    from convcalc.features.import_.structure import Structure
    from convcalc.kinds.base import Kind

# A default takes a place of its own at the top.
_LEAST_SAVED = 3
_LEAST_OF_ALL = 3


def usual_fields(structure: Structure) -> Defaults:
    """The defaults that leave the fewest fields to write: by kind and field, a value."""
    nodes, spelling = structure.graph.nodes, structure.spelling
    written: defaultdict[tuple[type[Kind], str], list[tuple[Value, ...]]] = defaultdict(list)
    for part in _written_once(structure):
        node = nodes[part.first]
        for name, choices in spelling.choices(node).items():
            # What a pattern's words are is said where the pattern is.
            if not isinstance(choices[0], dict):
                written[(type(node.layer), name)].append(choices)
    found: Defaults = {}
    for (kind, name), columns in written.items():
        value = _best(columns, usual(kind, name), name == kind.main)
        if value is not ...:
            found[(kind.kind, name)] = value
    return found


def _best(columns: list[tuple[Value, ...]], now: Value, is_main: bool) -> Value:
    """The value that saves most against what the kind says itself; `...` where none is worth it."""
    values = {repr(value): value for choices in columns for value in choices}
    times = Counter(repr(value) for choices in columns for value in choices)
    saved = times[repr(now)] if now is not ... else 0
    best, most = max(times.items(), key=lambda pair: (pair[1], isinstance(values[pair[0]], str)))
    if same(values[best], now) or most - saved < _LEAST_SAVED:
        return ...
    if now is ... and (is_main or most < len(columns) or most < _LEAST_OF_ALL):
        return ...
    return values[best]


def _written_once(structure: Structure) -> list[Part]:
    """The layers as they are written: those of a block once."""
    found: list[Part] = []
    seen: set[int] = set()
    pending = list(structure.parts)
    while pending:
        part = pending.pop()
        if not part.parts:
            found.append(part)
        elif part.is_run:
            pending.append(part.parts[0])
        elif part.key not in seen:
            seen.add(part.key)
            pending += part.parts
    return found
