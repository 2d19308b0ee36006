"""Layer kinds, found by file name and loaded on demand; there is no list to keep in step.

`kinds/NAME.py` holds one kind as `KIND`; a file `*_family.py` several small ones as `MEMBERS`.
A kind's name is that of its class, as files spell it. What kinds share lies in `kinds/base/`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind


@cache
def _modules() -> tuple[frozenset[str], tuple[str, ...]]:
    names = {path.stem for path in Path(__file__).parent.glob("*.py")} - {"__init__"}
    families = sorted(name for name in names if name.endswith("_family"))
    return frozenset(names.difference(families)), tuple(families)


@cache
def _members(family: str) -> dict[str, type[Kind]]:
    members: tuple[type[Kind], ...] = import_module(f"{__name__}.{family}").MEMBERS
    return {member.kind: member for member in members}


@cache
def find_kind(name: str) -> type[Kind] | None:
    """The kind of that name, or None.

    Raises LookupError for a kind whose class bears another name than its file.

    >>> find_kind("conv").__name__, find_kind("relu").kind, find_kind("convv")
    ('Conv', 'relu', None)
    """
    singles, families = _modules()
    if name in singles:
        kind: type[Kind] = import_module(f"{__name__}.{name}").KIND
        if kind.kind != name:
            message = f"kinds/{name}.py: the class {kind.__name__} spells `{kind.kind}`"
            raise LookupError(message)
        return kind
    # The family that writes the name is loaded first, so that most others never are.
    likely = sorted(families, key=lambda family: not _writes(family, name))
    return next((known[name] for known in map(_members, likely) if name in known), None)


@cache
def _text(family: str) -> str:
    return (Path(__file__).parent / f"{family}.py").read_text(encoding="utf-8")


def _writes(family: str, name: str) -> bool:
    """True where a family's file has the class of that name, or the name as a key of its table."""
    spelt = "".join(part.capitalize() for part in name.split("_"))
    return f"class {spelt}(" in _text(family) or f'    "{name}": ' in _text(family)


@cache
def kind_names() -> tuple[str, ...]:
    """Every kind's name, sorted. Loads the families, but not the single kinds.

    >>> "conv" in kind_names() and "relu" in kind_names()
    True
    """
    singles, families = _modules()
    return tuple(sorted(singles.union(*map(_members, families))))


@cache
def _words() -> dict[str, tuple[type[Kind], str]]:
    """Every word that means a kind, in small letters without `_`, with fields that it gives."""
    found: dict[str, tuple[type[Kind], str]] = {}
    kinds = [kind for kind in map(find_kind, kind_names()) if kind is not None]
    for kind in kinds:
        found |= dict.fromkeys(kind.aliases, (kind, ""))
        found |= {word: (kind, fields) for word, fields in kind.variants.items()}
    # A kind's own name goes before any other word.
    return found | {kind.kind.replace("_", ""): (kind, "") for kind in kinds}


def meant(word: str) -> tuple[type[Kind] | None, str]:
    """The kind that another program's word means, and its fields then; loads all kinds.

    >>> meant("nn.MaxPool2d")[0].kind, meant("DepthwiseConv2D")[1], meant("Convv")
    ('max_pool', 'g: depthwise', (None, ''))
    """
    return _words().get(plain_word(word), (None, ""))


def plain_word(word: str) -> str:
    """A word in small letters, without its module, `_` and the number of axes.

    >>> plain_word("torch.nn.AvgPool2d")
    'avgpool'
    """
    plain = re.sub(r"(1|2|3)d$", "", word.rpartition(".")[2].lower())
    return re.sub(r"[^a-z0-9]", "", plain)
