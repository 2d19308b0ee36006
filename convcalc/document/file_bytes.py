"""Bytes from a file: never more than the limit, and a finding where there are none."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from convcalc.core.errors import Problem, StackError
from convcalc.document.characters import MAX_BYTES

# One more than the limit is enough to see that there are too many.
MOST_READ = MAX_BYTES + 1
# Names in a folder that a misspelt one is compared with.
_MOST_NAMES = 2000


def read_file(file: str) -> bytes:
    """The first MOST_READ bytes of `file`. Raises StackError where it cannot be read."""
    try:
        with open(file, "rb") as stream:
            return stream.read(MOST_READ)
    except FileNotFoundError as error:
        raise unreadable(file, reason(error), nearest_file(file)) from error
    except IsADirectoryError as error:
        raise unreadable(file, "it is a directory", "give one file") from error
    except OSError as error:
        raise unreadable(file, reason(error)) from error
    except ValueError as error:
        # A NUL cannot stand in a name.
        raise unreadable(file, "no file can have this name") from error


def reason(error: OSError) -> str:
    """What the system says, as part of a sentence."""
    return (error.strerror or "it cannot be read").lower()


def unreadable(file: str, reason: str, help: str = "") -> StackError:
    """The error of a file that cannot be read."""
    return StackError([Problem("unreadable-file", reason, help=help, file=file)])


def nearest_file(file: str) -> str:
    """A repair that proposes the file of the nearest name in the same folder."""
    from difflib import get_close_matches

    path = Path(file)
    try:
        found = list(islice(path.parent.iterdir(), _MOST_NAMES + 1))
        if len(found) > _MOST_NAMES:
            # To compare with all of them would take seconds.
            return ""
        names = sorted(one.name for one in found if one.is_file())
    except OSError:
        return ""
    close = get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"did you mean `{path.parent / close[0]}`?" if close else ""
