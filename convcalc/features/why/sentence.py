"""A sentence of another program with holes for its numbers, and what it means.

A sentence is written as the program prints it, `{name}` where an integer stands and `{name:shape}`
where a shape does, however that program writes one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, NamedTuple

from convcalc.core.records import Hidden, Key, Record

# What stands in a hole: an integer, a shape (None where a size is not said), or words.
Value = int | tuple[int | None, ...] | str
Found = dict[str, Value]

_SIZE = r"(?:-?\d+|None|\?|\*)"
_HOLES = {
    "": r"-?\d+",
    # [1, 3, 8], (1, 3, 8), 1x3x8, {1,3,8}, [1 3 8] and torch.Size([1, 3, 8]).
    "shape": rf"(?:torch\.Size\()?[\[({{]*{_SIZE}(?:(?:\s*[,x]\s*|\s+|(?<=\*)){_SIZE})*,?[\])}}]*",
    "words": r"[^\n]{0,400}?",
}
_HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
# Brackets that open, and those that close them.
_PAIRS = {"[": "]", "(": ")", "{": "}"}


@dataclass(frozen=True)
class Said:
    """One wording of a sentence, by one program."""

    program: str
    words: str

    @cached_property
    def anchor(self) -> str:
        """The longest word of it: a log without that does not hold the sentence."""
        return max(re.split(r"\s+", _HOLE.sub(" ", self.words)), key=len)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The sentence as a pattern: any white space for a space, since terminals fold lines."""
        parts: list[str] = []
        end = 0
        for hole in _HOLE.finditer(self.words):
            parts.append(_spaced(self.words[end : hole.start()]))
            parts.append(f"(?P<{hole[1]}>{_HOLES[hole[2] or '']})")
            end = hole.end()
        return re.compile("".join([*parts, _spaced(self.words[end:])]))

    def values(self, match: re.Match[str]) -> Found:
        """What stands in the holes.

        >>> said = Said("PyTorch", "shapes cannot be multiplied ({a:shape} and {b:shape})")
        >>> said.values(said.pattern.search("shapes cannot be multiplied (32x10 and 20x5)"))
        {'a': (32, 10), 'b': (20, 5)}
        """
        return {
            hole[1]: _READ[hole[2] or ""](match[hole[1]]) for hole in _HOLE.finditer(self.words)
        }


def _spaced(text: str) -> str:
    return re.sub(r"(?:\\?\s)+", r"\\s+", re.escape(text))


def _shape(text: str) -> tuple[int | None, ...]:
    sizes = re.findall(_SIZE, text.replace("torch.Size", ""))
    return tuple(int(size) if size.lstrip("-").isdigit() else None for size in sizes)


_READ: dict[str, Callable[[str], Value]] = {
    "": int,
    "shape": _shape,
    "words": lambda text: " ".join(text.split()),
}


# Stands for the network's file in what to ask.
FILE = "net.net.yaml"


class Clue(NamedTuple):
    """What to look for in the network: what is not said is None or ().

    `weight` is the shape of a layer's weights, `axis` of them the one that meets `got` features or
    channels; `sizes` are numbers that a finding of the layer speaks of, `says` a pattern of its
    words.
    """

    weight: tuple[int, ...] = ()
    axis: int = 1
    got: int | None = None
    sizes: tuple[int, ...] = ()
    says: str = ""


NO_CLUE = Clue()


@dataclass(frozen=True, slots=True)
class Meaning(Record):
    """What a sentence means: in words, by its numbers, and what to do."""

    means: Annotated[str, Key("What it means, with its numbers.")]
    causes: Annotated[tuple[str, ...], Key("What usually leads to it, likeliest first.")]
    write: Annotated[tuple[str, ...], Key("What to write.")]
    numbers: Annotated[tuple[str, ...], Key("The arithmetic.", optional=True)] = ()
    ask: Annotated[str, Key("A command that shows the same on these numbers.", optional=True)] = ""
    clue: Hidden[Clue] = NO_CLUE


@dataclass(frozen=True)
class Sentence:
    """An error by all its wordings; `meaning` says what their numbers mean."""

    name: str
    wordings: tuple[Said, ...]
    meaning: Callable[[Found], Meaning]


def number(found: Found, name: str) -> int:
    """The integer in that hole."""
    value = found[name]
    assert isinstance(value, int)
    return value


def sizes(found: Found, name: str) -> tuple[int | None, ...]:
    """The shape in that hole."""
    value = found[name]
    assert isinstance(value, tuple)
    return value


def written(shape: tuple[int | None, ...]) -> str:
    """A shape as Python writes it.

    >>> written((None, 3, 8))
    '[?, 3, 8]'
    """
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def many(number: int, noun: str) -> str:
    """A number with its noun, in the digits of the sentence that says it.

    >>> many(0, "channel"), many(1, "channel"), many(8192, "feature")
    ('0 channels', '1 channel', '8192 features')
    """
    return f"{number} {noun}{'s' * (number != 1)}"
