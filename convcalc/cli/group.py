"""The commands as Typer's group: for help, completion, and words that are not recognised."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from convcalc.cli.commands import Command, command_names, is_command
from convcalc.cli.declared import Parameter, Switch
from convcalc.core.text import nearest, visible

SETTINGS = {"help_option_names": ["-h", "--help"]}
# Plain help is wrapped at hyphens too, as in `--stdin-` and `filename`, but not at this one.
_HYPHEN = "\u2011"


class WholeWords(TyperCommand):
    """A command whose plain help has no line that ends within a word."""

    def get_help(self, ctx: Any) -> str:
        """The help, which Typer has wrapped."""
        return super().get_help(ctx).replace(_HYPHEN, "-")


class CommandGroup(TyperGroup):
    """The features that have a file `command.py`, by name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        return list(command_names())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, imported now; None where there is none."""
        if not is_command(cmd_name):
            return None
        command = Command.called(cmd_name)
        is_plain = self.rich_markup_mode is None
        app = typer.Typer(add_completion=False, rich_markup_mode=self.rich_markup_mode)
        app.command(
            cmd_name,
            cls=WholeWords,
            epilog=_epilog(command.examples, is_plain),
            context_settings=SETTINGS,
        )(as_function(command, is_plain))
        return typer.main.get_command(app)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with; a usage error names the nearest one."""
        name = args[0]
        if not is_command(name) and not ctx.resilient_parsing:
            help = nearest(name, command_names())
            if name.endswith((".yaml", ".yml")):
                help = f"did you mean `convcalc plan {visible(name)}`?"
            ctx.fail(f"there is no command `{name}`; {help}")
        return super().resolve_command(ctx, args)


def as_function(command: Command, is_plain: bool = True) -> Callable[..., int]:
    """The command as Typer wants it: a function of words, which become values when it is called."""

    def shown(text: str) -> str:
        return text.replace("-", _HYPHEN) if is_plain else text

    def call(**given: Any) -> int:
        return command.call({name: word for name, word in given.items() if word is not None})

    signature = inspect.Signature([_as_typed(one, shown(one.help)) for one in command.parameters])
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__annotations__ = {}
    # A paragraph a line: its width is the terminal's business.
    paragraphs = inspect.cleandoc(command.run.__doc__ or "").split("\n\n")
    call.__doc__ = shown("\n\n".join(" ".join(one.split()) for one in paragraphs))
    return call


def _as_typed(one: Parameter, help: str) -> inspect.Parameter:
    declared = one.declared
    if isinstance(declared, Switch):
        spelled = [
            *one.spellings[:-1],
            one.spellings[-1] + (f"/{declared.off}" * bool(declared.off)),
        ]
        kind: Any = bool
        info: Any = typer.Option(*spelled, help=help)
        default: Any = one.default
    else:
        kind = list[str] if one.is_list else str
        default = one.default_words
        complete = one.complete if declared.known is not None else None
        shared: Any = {"metavar": declared.metavar, "help": help, "autocompletion": complete}
        if one.is_positional:
            info = typer.Argument(**shared)
        else:
            info = typer.Option(*one.spellings, **shared)
    if one.is_required:
        default = inspect.Parameter.empty
    elif default is None:
        kind = kind | None
    where = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(one.name, where, default=default, annotation=Annotated[kind, info])


def _epilog(examples: Sequence[str], is_plain: bool) -> str:
    """The examples below the help, a line each, in the markup that Typer's help wants for it."""
    if is_plain:
        return "\n".join(["\b", "Examples:", *(f"  {example}" for example in examples)])
    return "\n\n".join(["Examples:", *examples])
