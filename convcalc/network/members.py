"""Names of a part of a layer: a member of a series, all of them, or a result that a block gives.

`NAME.0` is a member, `NAME.*` all of them, where a list stands; `NAME.skip` is what the block
gives under `skip` beside its last layer, `NAME.0.skip` and `NAME.*.skip` that of members.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from convcalc.core.text import listed

EVERY = "*"
_PATH = re.compile(r"(?P<name>[^.]+)(\.(?P<member>[0-9]{1,9}|\*))?(\.(?P<key>[^.0-9*][^.]*))?")


class Member(NamedTuple):
    """What a layer, or one repetition of it, became: the nodes [first, end), and its result.

    `gives` has the results of a block beside that, by name.
    """

    first: int
    end: int
    result: int
    gives: Mapping[str, int] = {}


class Path(NamedTuple):
    """A part of the layer called `name`: a member or all of them, a result or the last layer."""

    name: str
    member: int | Literal["*"] | None = None
    key: str = ""

    @property
    def is_several(self) -> bool:
        """True where it stands for any number of layers."""
        return self.member == EVERY


class NoSuchPartError(Exception):
    """A layer that is there, without the part that was asked for: a repair."""

    def __init__(self, help: str) -> None:
        self.help = help
        super().__init__(help)


def path_of(text: str) -> Path | None:
    """The part that `text` names; None where it names a whole layer, or nothing.

    >>> path_of("m.0"), path_of("m.*.skip"), path_of("m"), path_of("m.0.1")
    (Path(name='m', member=0, key=''), Path(name='m', member='*', key='skip'), None, None)
    """
    found = _PATH.fullmatch(text)
    if found is None or "." not in text:
        return None
    member = found["member"]
    number: int | Literal["*"] | None = None
    if member is not None:
        number = "*" if member == EVERY else int(member)
    return Path(found["name"], number, found["key"] or "")


def picked(path: Path, members: Sequence[Member]) -> tuple[int, ...]:
    """The indices of the layers that `path` stands for. Raises NoSuchPartError.

    >>> series = (Member(0, 1, 0), Member(1, 3, 2, {"skip": 1}))
    >>> picked(Path("m", "*"), series), picked(Path("m", 1, "skip"), series)
    ((0, 2), (1,))
    """
    chosen = members if path.is_several else members[-1:]
    if isinstance(path.member, int):
        check_number(path.name, path.member, len(members))
        chosen = members[path.member : path.member + 1]
    if not path.key:
        return tuple(member.result for member in chosen)
    for member in chosen:
        if member.first == member.end:
            raise NoSuchPartError(f"`{path.name}` is left out here: its `if` is false")
        check_key(path, member.gives)
    return tuple(member.gives[path.key] for member in chosen)


def check_number(name: str, number: int, count: int) -> None:
    """Raises NoSuchPartError where a series of `count` has no member of that number."""
    if number >= count:
        last = f"; the last is `{name}.{count - 1}`" if count else ", so there is none"
        raise NoSuchPartError(f"`{name}` has {count} members{last}")


def check_key(path: Path, gives: Iterable[str]) -> None:
    """Raises NoSuchPartError where a block does not give the result."""
    known = list(gives)
    if path.key in known:
        return
    if not known:
        example = f"gives: {{{path.key}: LAYER}}"
        raise NoSuchPartError(f"it gives no result beside its last layer: add `{example}` to it")
    whole = path.name if path.member is None else f"{path.name}.{path.member}"
    shown = [f"`{whole}.{key}`" for key in known]
    raise NoSuchPartError(f"it gives {listed(shown, 'and')}")
