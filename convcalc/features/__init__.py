"""What convcalc answers: one folder a feature, with its answer, its words and its command."""

from __future__ import annotations

from keyword import iskeyword


def folder_of(command: str) -> str:
    """The folder of a command: a word that Python keeps for itself has a `_` there.

    >>> folder_of("plan"), folder_of("import")
    ('plan', 'import_')
    """
    return f"{command}_" if iskeyword(command) else command


def command_of(folder: str) -> str:
    """The command, or the feature, that is in a folder.

    >>> command_of("plan"), command_of("import_")
    ('plan', 'import')
    """
    return folder.removesuffix("_")
