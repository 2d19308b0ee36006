"""`docs/findings.md`: every code with its meaning, an example, and what convcalc says to it."""

from __future__ import annotations

import convcalc
from convcalc.cli.explanations import EXPLANATIONS
from convcalc.errors import CODES, Problem, StackError

_HEAD = (
    "# Findings\n\n"
    "Every problem has a stable code and a stable name; `convcalc explain CC101` prints one of "
    "these sections. Messages have four parts: the place, what is wrong, the arithmetic behind "
    "it, and a repair that works. All problems of a file are reported together, up to 100, in "
    "file order; problems that need no shapes come first, since nothing can be placed before "
    "they are gone.\n\n"
    "The exit code is 2 where the network is unusable (CC1, CC2, CC9), and 1 where it can be "
    "planned but an expectation does not hold (CC5).\n"
)
_GROUPS = {
    "CC1": "shapes",
    "CC2": "graph",
    "CC5": "expectations",
    "CC9": "file and format",
}
_AROUND = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n"
# What is too long, or no text at all, and cannot be shown as an example: how it comes about.
_LARGE: dict[str, tuple[str, bytes]] = {
    "size-too-large": (
        "`upsample: 1000`, seven times in a row",
        f"{_AROUND}  - {{upsample: 1000, repeat: 7}}\n".encode(),
    ),
    "not-utf8": ("a file saved as Latin-1", "convcalc: 1\nname: café\n".encode("latin-1")),
    "file-too-large": ("a file of 5 MB", b"# " + b"a" * 5_000_000),
    "nesting-too-deep": ("65 brackets", b"input: " + b"[" * 65 + b"]" * 65),
    "too-many-nodes": ("a list of 200,001 numbers", b"input: [" + b"1, " * 200_001 + b"]"),
}


def findings() -> str:
    """The page."""
    parts = [_HEAD, "\n".join(_row(slug) for slug in ("", *CODES)) + "\n"]
    for group, title in _GROUPS.items():
        parts.append(f"## {group} {title}\n")
        for slug, code in CODES.items():
            if code.startswith(group):
                parts += _section(slug, code)
    return "\n".join(parts)


def _row(slug: str) -> str:
    if not slug:
        return "| code | name |\n|---|---|"
    anchor = f"{CODES[slug]} {slug}".lower().replace(" ", "-")
    return f"| [{CODES[slug]}](#{anchor}) | `{slug}` |"


def _section(slug: str, code: str) -> list[str]:
    text, example = EXPLANATIONS[slug]
    parts = [f"### {code} {slug}\n", text + "\n"]
    if example:
        parts.append(f"<!-- refused: {code} -->\n```yaml\n{example.rstrip()}\n```\n")
        parts.append(_said(slug, _problems(example.encode())))
    elif slug in _LARGE:
        how, data = _LARGE[slug]
        parts.append(f"For instance by {how}:\n")
        parts.append(_said(slug, _problems(data)))
    elif slug == "unreadable-file":
        parts.append(_said(slug, _missing_file()))
    return parts


def _problems(data: bytes) -> tuple[Problem, ...]:
    try:
        return convcalc.plan(convcalc.loads(data, "net.net.yaml")).failures or ()
    except StackError as error:
        return error.problems


def _missing_file() -> tuple[Problem, ...]:
    try:
        convcalc.load("missing.net.yaml")
    except StackError as error:
        return error.problems
    return ()


def _said(slug: str, problems: tuple[Problem, ...]) -> str:
    said = "\n".join(str(problem) for problem in problems if problem.slug == slug)
    if not said:
        raise LookupError(f"the example of {slug} does not have that finding")
    return f"```text\n{said}\n```\n"
