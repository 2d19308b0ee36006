"""Commands: found by their files, read without Typer where every word is recognised, and called."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib import import_module
from typing import Any

from convcalc.cli.declared import Declared, Parameter, Switch
from convcalc.cli.output_file import WriteError
from convcalc.cli.streams import say
from convcalc.core.errors import ExitCode, StackError
from convcalc.features import command_of, folder_of

_FEATURES = os.path.join(os.path.dirname(os.path.dirname(__file__)), "features")
# The words of a command line by the field that they fill: True, a word, or a list of them.
Given = dict[str, Any]


@cache
def command_names() -> tuple[str, ...]:
    """The names of all commands, sorted: the features that have a file `command.py`.

    >>> "plan" in command_names()
    True
    """
    return tuple(sorted(filter(is_command, map(command_of, os.listdir(_FEATURES)))))


def is_command(name: str) -> bool:
    """True for the name of a command."""
    path = os.path.join(_FEATURES, folder_of(name), "command.py")
    return name.isidentifier() and os.path.exists(path)


@dataclass(frozen=True)
class Command:
    """A command: what it does with a `Request`, and how the words of one are written."""

    name: str
    run: Callable[[Any], int]
    request: type
    parameters: tuple[Parameter, ...]
    examples: tuple[str, ...]

    @classmethod
    def called(cls, name: str) -> Command:
        """The command of that name; its file is loaded now, and nothing else."""
        folder = folder_of(name)
        module = import_module(f"convcalc.features.{folder}.command")
        parameters = parameters_of(module.Request)
        return cls(name, getattr(module, folder), module.Request, parameters, module.EXAMPLES)

    def read(self, words: Sequence[str]) -> Given | None:
        """What the words behind the command's name give; None where one is not recognised.

        Help, misspelt options, several short options in one word: those are for Typer, which
        takes longer to load than most questions take to answer.

        >>> Command.called("check").read(["a.net.yaml", "--select=CC4", "-v"])
        {'paths': ['a.net.yaml'], 'select': ['CC4'], 'verbose': True}
        >>> Command.called("check").read(["--formt", "json"])
        """
        by_spelling = {word: one for one in self.parameters for word in one.spellings}
        free: list[str] = []
        given: Given = {}
        pending = list(reversed(words))
        while pending:
            word = pending.pop()
            if word == "--":
                free += reversed(pending)
                break
            if word == "-" or not word.startswith("-"):
                free.append(word)
                continue
            name, equals, value = word.partition("=")
            one = by_spelling.get(name)
            if one is None or (equals and not name.startswith("--")):
                return None
            if isinstance(one.declared, Switch):
                if equals:
                    return None
                given[one.name] = True
                continue
            if not equals:
                if not pending:
                    return None
                value = pending.pop()
            if one.is_list:
                given.setdefault(one.name, []).append(value)
            else:
                given[one.name] = value
        return self._placed(free, given)

    def _placed(self, words: list[str], given: Given) -> Given | None:
        """`given` and the words without a name, each in its place; None where they do not fit."""
        found: Given = {}
        for one in self.parameters:
            if not one.is_positional:
                continue
            if one.is_list and words:
                found[one.name], words = words, []
            elif not one.is_list and words:
                found[one.name], *words = words
            elif one.is_required:
                return None
        return None if words else found | given

    def call(self, given: Mapping[str, Any]) -> int:
        """Run the command with the values that the words make. Raises UsageError.

        What keeps it from an answer is told, as JSON where that is the request's `format`.
        """
        values = {
            one.name: one.value(given[one.name]) for one in self.parameters if one.name in given
        }
        request = self.request(**values)
        try:
            return self.run(request)
        except StackError as error:
            from convcalc.cli.reporting import unusable

            as_json = getattr(request, "format", None) == "json"
            return unusable(error, json=as_json, color=getattr(request, "color", "auto"))
        except WriteError as error:
            say(str(error))
            return ExitCode.UNUSABLE


def parameters_of(request: type) -> tuple[Parameter, ...]:
    """The parameters that a request declares, in the order of its fields."""
    hints: dict[str, Any] = {}
    for base in reversed(request.__mro__):
        # Without names of its own: a field called `range` is no type.
        hints |= inspect.get_annotations(base, locals={}, eval_str=True)
    return tuple(
        Parameter(field.name, _declared(hints[field.name]), field.default, field.default is MISSING)
        for field in fields(request)
    )


def _declared(hint: Any) -> Declared:
    (declared,) = (one for one in hint.__metadata__ if isinstance(one, Declared))
    return declared
