"""Where YAML events come from: libyaml, or PyYAML's own parser where libyaml is missing.

Only events are used, never PyYAML's compose or load: those recurse, expand aliases, and know
YAML 1.1 only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Mark(Protocol):
    """A point of the text: line and column from 0, index from its start, in characters."""

    line: int
    column: int
    index: int


class SpanEvent(Protocol):
    """What every event has: its first character's mark, and the mark behind its last."""

    start_mark: Mark
    end_mark: Mark


class NodeEvent(SpanEvent, Protocol):
    """The event of a scalar or of a collection's beginning."""

    anchor: str | None
    tag: str | None


class ScalarEvent(NodeEvent, Protocol):
    """A scalar; `style` is one of `'`, `"`, `|`, `>`, and empty or None for plain words."""

    value: str
    style: str | None


# Told apart by their exact type: the stubs allow each mark to be None, the parsers do not.
NextEvent = Callable[[], Any]
EventSource = Callable[[str], NextEvent]
"""Makes, for one text, a function that gives its next event; it may raise MarkedYAMLError."""


def pure_events(text: str) -> NextEvent:
    """Events of `text` from PyYAML's own parser: slow, but always there."""
    from convcalc.document.pure import PureParser

    return PureParser(text).get_event


def openings(text: str) -> list[int]:
    """Offsets of the `[` and `{` of `text` that nothing in it closes, outermost first.

    `text` is what a parser had read ahead when it gave up, and may end anywhere.

    >>> openings('a: [[b, "["], {c')
    [3, 14]
    """
    from yaml.error import MarkedYAMLError
    from yaml.tokens import (
        FlowMappingEndToken,
        FlowMappingStartToken,
        FlowSequenceEndToken,
        FlowSequenceStartToken,
    )

    from convcalc.document.pure import PureParser

    found: list[int] = []
    parser: Any = PureParser(text)
    try:
        while parser.check_token():
            token = parser.get_token()
            if isinstance(token, FlowSequenceStartToken | FlowMappingStartToken):
                found.append(token.start_mark.index)
            elif isinstance(token, FlowSequenceEndToken | FlowMappingEndToken) and found:
                found.pop()
    except MarkedYAMLError:
        pass
    return found


def _libyaml_events() -> EventSource | None:
    try:
        from yaml._yaml import CParser
    except ImportError:
        return None
    return lambda text: CParser(text).get_event


libyaml_events: EventSource | None = _libyaml_events()
default_events: EventSource = libyaml_events or pure_events
