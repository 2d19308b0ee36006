"""Arguments and options as commands declare them, once: for Typer, for reading without it, for help
and completion.

    near: Annotated[Sizes | None, Option("Sizes nearest to this: --near 670x460.", "SIZE", size)]

is a field of a command's `Request`, and `--near 670x460` its value (670, 460).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from convcalc.cli.usage import known_words, one_of
from convcalc.core.text import listed

# The words that an option knows, found only where it is used or explained.
Known = Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Switch:
    """An option that is there or not; `off` is its opposite, where that has a name."""

    help: str
    spelled: tuple[str, ...] = ()
    off: str = ""

    def value(self, given: bool, option: str) -> bool:
        """What is given, as it is."""
        return given


@dataclass(frozen=True, slots=True)
class Option:
    """An option with a value, which `read(word, option)` makes of the word.

    Without `read`, the word itself, of those that are `known`. `{known}` in the help stands for
    them. `written` is the default as one would write it, where `words_of` does not know.
    """

    help: str
    metavar: str
    read: Callable[[str, str], Any] | None = None
    known: Known | None = None
    spelled: tuple[str, ...] = ()
    written: str = ""

    def value(self, given: str, option: str) -> Any:
        """The value that the word makes. Raises UsageError."""
        if self.read is not None:
            return self.read(given, option)
        return given if self.known is None else one_of(given, self.known(), option)


@dataclass(frozen=True, slots=True)
class Options:
    """An option that may be repeated; `read(words, option)` makes one value of all its words.

    Without `read`, the words themselves; where some are `known`, those that are written with
    commas between, in the order known.
    """

    help: str
    metavar: str
    read: Callable[[Sequence[str], str], Any] | None = None
    known: Known | None = None
    spelled: tuple[str, ...] = ()

    def value(self, given: Sequence[str], option: str) -> Any:
        """The value that the words make. Raises UsageError."""
        if self.read is not None:
            return self.read(given, option)
        if self.known is None:
            return tuple(given)
        return known_words(given, option, tuple(self.known()))


class Argument(Option):
    """A word without a name; its place says what it is."""

    __slots__ = ()


class Arguments(Options):
    """All words without a name."""

    __slots__ = ()


Declared = Switch | Option | Options


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a request: its declaration, and the value where nothing is given."""

    name: str
    declared: Declared
    default: Any
    is_required: bool

    @property
    def is_positional(self) -> bool:
        """True for words without a name."""
        return isinstance(self.declared, (Argument, Arguments))

    @property
    def is_list(self) -> bool:
        """True where all words of that name are one value."""
        return isinstance(self.declared, Options)

    @property
    def spellings(self) -> tuple[str, ...]:
        """What may be written for it; the first is what messages call it."""
        if isinstance(self.declared, (Argument, Arguments)):
            return (self.declared.metavar,)
        return self.declared.spelled or (f"--{self.name.replace('_', '-')}",)

    @property
    def help(self) -> str:
        """Its help, with the words that it knows."""
        text = self.declared.help
        if isinstance(self.declared, Switch) or "{known}" not in text:
            return text
        return text.replace("{known}", listed(self.declared.known() if self.declared.known else ()))

    @property
    def default_words(self) -> str | None:
        """What may be written for the default; None where nothing stands for it."""
        if isinstance(self.declared, Option) and self.declared.written:
            return self.declared.written
        return words_of(self.default)

    def value(self, given: Any) -> Any:
        """The value that is made of what is written. Raises UsageError."""
        return self.declared.value(given, self.spellings[0])

    def complete(self, incomplete: str) -> list[str]:
        """The known words that begin so; in lists those behind the last comma."""
        if isinstance(self.declared, Switch) or self.declared.known is None:
            return []
        before, comma, last = incomplete.rpartition(",") if self.is_list else ("", "", incomplete)
        known = self.declared.known()
        return [f"{before}{comma}{word}" for word in known if word.startswith(last)]


def words_of(default: Any) -> str | None:
    """What may be written for a default; None where nothing stands for it.

    >>> words_of(range(1, 1025)), words_of(range(1, 2)), words_of(32.0), words_of(())
    ('1:1024', '1', '32', None)
    """
    if default is None or default == ():
        return None
    if isinstance(default, range):
        return f"{default[0]}:{default[-1]}" if len(default) > 1 else str(default[0])
    if isinstance(default, tuple):
        return "x".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)
