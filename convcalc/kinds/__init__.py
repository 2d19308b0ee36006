"""Layer kinds, found by file name and loaded on demand; there is no list to keep in step.

`kinds/NAME.py` holds the kind NAME as `KIND`. A file `*_family.py` holds several one-liners in
`MEMBERS`, by name. Files that start with no kind (`base`, `fields`, ...) define neither.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

_HELPERS = frozenset({"__init__", "base", "checks", "curves", "fields", "windowing"})


@cache
def _modules() -> tuple[frozenset[str], tuple[str, ...]]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    families = tuple(name for name in names if name.endswith("_family"))
    return frozenset(names) - _HELPERS - set(families), families


@cache
def find_kind(name: str) -> type[Kind] | None:
    """The kind of that name, or None.

    >>> find_kind("conv").__name__, find_kind("relu").kind, find_kind("convv")
    ('Conv', 'relu', None)
    """
    singles, families = _modules()
    if name in singles:
        kind: type[Kind] = import_module(f"{__name__}.{name}").KIND
        kind.kind = name
        return kind
    for family in families:
        members: dict[str, type[Kind]] = import_module(f"{__name__}.{family}").MEMBERS
        if name in members:
            members[name].kind = name
            return members[name]
    return None


@cache
def kind_names() -> tuple[str, ...]:
    """Every kind's name, sorted. Loads the families, but not the single kinds.

    >>> "conv" in kind_names() and "relu" in kind_names()
    True
    """
    singles, families = _modules()
    members = (import_module(f"{__name__}.{family}").MEMBERS for family in families)
    return tuple(sorted(singles.union(*members)))
