"""`docs/findings.md`: every code with its meaning, an example, and what convcalc says to it."""

from __future__ import annotations

import contextlib
import os
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import convcalc
from convcalc.core.errors import CODES, Problem, StackError
from convcalc.features.check.budgets import exceeded, read_budgets
from convcalc.features.check.configuration import Configurations
from convcalc.features.check.inspecting import inspect
from convcalc.features.check.own_faults import fault
from convcalc.features.check.selection import Selection
from convcalc.features.check.settings import Settings
from convcalc.features.explain.explanations import EXPLANATIONS
from convcalc.features.show.chosen import Data, of_words, refuse_missing

_HEAD = (
    "# Findings\n\n"
    "Every problem has a stable code and a stable name; `convcalc explain CC101` prints one of "
    "these sections. Messages have four parts: the place, what is wrong, the arithmetic behind "
    "it, and a repair that works. All problems of a file are reported together, up to 100, in "
    "file order; problems that need no shapes come first, since nothing can be placed before "
    "they are gone.\n\n"
    "The exit code is 2 where the network is unusable (CC1, CC2, CC9), and 1 where it can be "
    "planned but an expectation does not hold (CC5). For `convcalc check`, whose work is to find "
    "such files, both are 1; see [checking](checking.md).\n"
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
    "foreign-format": ("a file of Darknet", b"[net]\nwidth=416\n[convolutional]\n"),
    "broken-model": ("an ONNX file that was cut off", b"\x08\x08:d\n\x16"),
    "unknown-operation": (
        "an ONNX file with a `NonZero`",
        b'\x08\x08:;\n\x16\n\x01x\x12\x01y\x1a\x05where"\x07NonZero\x12\x01gZ\x13\n\x01x\x12\x0e'
        b"\n\x0c\x08\x01\x12\x08\n\x02\x08\x01\n\x02\x08\x03b\t\n\x01y\x12\x04\n\x02\x08\x07B\x04\n\x00"
        b"\x10\x11",
    ),
    "nesting-too-deep": ("65 brackets", b"input: " + b"[" * 65 + b"]" * 65),
    "too-many-nodes": ("a list of 200,001 numbers", b"input: [" + b"1, " * 200_001 + b"]"),
}

_SMALL = f"{_AROUND}  - {{conv: {{out: 2, k: 3}}, name: stem}}\n"


_TOKENS = "convcalc: 1\ninput: [3]\nlayers:\n  - embedding: {num: 100, dim: 4}\n"
_TOLD = "convcalc: 1\ninput: [8, 4, 4]\nlayers:\n  - opaque: {output: [8, 4, 4]}\n"


def _run(**options: Any) -> None:
    convcalc.run(convcalc.loads(_SMALL, "net.net.yaml"), **options)


def _run_of_an_empty_file() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("image.npy").touch()
        _run(inputs="image.npy")


def _weights(**changes: object) -> dict[str, object]:
    found = {"stem.weight": np.ones((2, 3, 3, 3)), "stem.bias": np.ones(2)}
    return found | {name.replace("_", "."): value for name, value in changes.items()}


# What is said when a network runs or a layer is shown: what was done, and how.
_DONE: dict[str, tuple[str, Callable[[], object]]] = {
    "unreadable-array": ("the path of an empty file as `inputs`", _run_of_an_empty_file),
    "unknown-array": (
        "an array `stem.weights` among the `weights`",
        lambda: _run(weights=_weights(stem_weights=1)),
    ),
    "missing-array": (
        "`weights` without the bias",
        lambda: _run(weights={"stem.weight": np.ones((2, 3, 3, 3))}),
    ),
    "array-mismatch": (
        "a kernel in the layout of Keras",
        lambda: _run(weights=_weights(stem_weight=np.ones((3, 3, 3, 2)))),
    ),
    "not-finite": (
        "a bias that is NaN",
        lambda: _run(weights=_weights(stem_bias=[0, float("nan")])),
    ),
    "not-an-index": (
        "a table of 100 rows that is asked for the row 100",
        lambda: convcalc.run(convcalc.loads(_TOKENS, "net.net.yaml"), [5, 99, 100]),
    ),
    "not-runnable": (
        "a layer without a kind of its own",
        lambda: convcalc.run(convcalc.loads(_TOLD, "net.net.yaml")),
    ),
    "needs-memory": ("`max_memory=1000`", lambda: _run(max_memory=1000)),
    "too-large-to-show": (
        "`convcalc show 3x224x224 conv 64 k7 s2 p3`",
        lambda: of_words(["3x224x224", "conv", "64", "k7", "s2", "p3"], Data()),
    ),
    "not-shown": (
        "`convcalc show 3x3 max_pool 2 --view stretched`",
        lambda: refuse_missing(of_words(["3x3", "max_pool", "2"], Data()), ("stretched",), ""),
    ),
}


def _of_configuration() -> tuple[Problem, ...]:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("convcalc.toml").write_text('fail-on = "errors"\n')
        found = Configurations(Selection())
        found.of(os.getcwd())
        return found.errors[0].problems


def _of_comment(comment: str) -> tuple[Problem, ...]:
    data = f"{_AROUND}  - relu  # convcalc: {comment}\n".encode()
    return inspect(data, "net.net.yaml", Settings(), "").problems


# What only a check can find: what was written, and the findings.
_CHECKED: dict[str, tuple[str, Callable[[], tuple[Problem, ...]]]] = {
    "bad-configuration": ('`fail-on = "errors"` in `convcalc.toml`', _of_configuration),
    "unknown-ignore": (
        "`# convcalc: ignore[CC4O5]` beside a layer",
        lambda: _of_comment("ignore[CC4O5]"),
    ),
    "unused-ignore": (
        "`# convcalc: ignore[CC405]` beside a `relu`",
        lambda: _of_comment("ignore[CC405]"),
    ),
    "file-not-checked": (
        "a process that is killed",
        lambda: (fault("its process ended with exit code -9", "net.net.yaml"),),
    ),
}


def _refused(do: Callable[[], object]) -> tuple[Problem, ...]:
    try:
        do()
    except StackError as error:
        return error.problems
    return ()


# Limits of the configuration that the network below them passes.
_BUDGETS = {
    "budget-params": "max-params = 100",
    "budget-macs": 'max-macs = "10K"',
    "budget-memory": 'max-memory = "4KiB"',
    "budget-activations": 'max-activations = "4KiB"',
    "budget-layers": "max-layers = 1",
    "budget-receptive-field": "min-receptive-field = 32",
    "budget-stride": "max-stride = 1",
}
_PASSING = """convcalc: 1
name: small
input: [3, 32, 32]
layers:
  - {conv: {out: 8, k: 3}, name: stem}
  - max_pool: 2
"""


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
    elif slug in _BUDGETS:
        parts.append(f"<!-- part -->\n```toml\n[[budget]]\n{_BUDGETS[slug]}\n```\n")
        parts.append(f"```yaml\n{_PASSING}```\n")
        parts.append(_said(slug, _passed(_BUDGETS[slug])))
    elif slug in _LARGE:
        how, data = _LARGE[slug]
        parts.append(f"For instance by {how}:\n")
        parts.append(_said(slug, _problems(data)))
    elif slug == "unreadable-file":
        parts.append(_said(slug, _missing_file()))
    elif slug in _CHECKED:
        how, find = _CHECKED[slug]
        parts.append(f"For instance by {how}:\n")
        parts.append(_said(slug, find()))
    elif slug in _DONE:
        how, do = _DONE[slug]
        parts.append(f"For instance by {how}:\n")
        parts.append(_said(slug, _refused(do)))
    return parts


def _problems(data: bytes) -> tuple[Problem, ...]:
    try:
        return convcalc.plan(convcalc.loads(data, "net.net.yaml")).failures or ()
    except StackError as error:
        return error.problems


def _passed(limit: str) -> tuple[Problem, ...]:
    network = convcalc.loads(_PASSING, "net.net.yaml")
    budgets = read_budgets([tomllib.loads(limit)], lambda *said: None)
    return tuple(exceeded(network, convcalc.plan(network), budgets, "net.net.yaml"))


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
