"""Budgets: what a configuration may say, which files it speaks of, and every finding."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import CODES, Place, Problem
from convcalc.features.check.budgets import FIGURES, KEYS, Budget, exceeded, read_budgets
from tests.each import each
from tests.importers.onnx_bytes import model, node

# conv: 3*3*3*8 + 8 = 224 parameters, 216 * 30 * 30 = 194,400 multiplies; linear: 8*10 + 10 = 90
# and 80. Activations at the convolution: (3*32*32 + 8*30*30) * 4 bytes; with 314 * 4 beside them.
NET = """\
convcalc: 1
name: small
input: [3, 32, 32]
layers:
  - {conv: {out: 8, k: 3}, name: stem}
  - max_pool: 2
  - global_avg_pool
  - {linear: 10, name: head}
"""


def complaints(toml: str) -> list[tuple[tuple[str | int, ...], str, str]]:
    found: list[tuple[tuple[str | int, ...], str, str]] = []
    read_budgets(tomllib.loads(toml)["budget"], lambda *said: found.append(said))
    return found


def budgets(toml: str) -> tuple[Budget, ...]:
    def complain(path: tuple[str | int, ...], message: str, help: str) -> None:
        raise AssertionError((path, message, help))

    return read_budgets(tomllib.loads(toml)["budget"], complain)


def findings(toml: str, text: str = NET, path: str = "nets/a.net.yaml") -> list[Problem]:
    network = convcalc.loads(text, path)
    return list(exceeded(network, convcalc.plan(network), budgets(toml), path))


WITHIN = [
    'max-params = 314',
    'max-params = "0.4K"',
    'min-params = 1\nmax-params = 1e3',
    'max-macs = "194.48K"',
    'max-memory = "42344B"',
    'max-memory = "64MiB"',
    'max-activations = "41088 B"',
    'max-layers = 4\nmin-layers = 4',
    'min-receptive-field = 32',
    'max-stride = 2\nmin-stride = 2',
]  # fmt: skip


@each("limits", WITHIN)
def test_what_is_within_says_nothing(limits: str) -> None:
    assert findings(f"[[budget]]\n{limits}") == []


BEYOND = [
    pytest.param(
        'max-params = 313', "budget-params",
        "the budget: params expected at most 313, got 314 (+0.3 %)",
        "most in `stem` 224 (71.3 %), `head` 90 (28.7 %)", id="params",
    ),
    pytest.param(
        'max-macs = "0.1M"', "budget-macs",
        "the budget: macs expected at most 100,000, got 194,480 (+94.5 %)",
        "most in `stem` 194,400 (100.0 %), `head` 80 (0.0 %)", id="macs",
    ),
    pytest.param(
        'min-macs = "1M"', "budget-macs",
        "the budget: macs expected at least 1,000,000, got 194,480 (-80.6 %)",
        "most in `stem` 194,400 (100.0 %), `head` 80 (0.0 %)", id="at least",
    ),
    pytest.param(
        'max-memory = "32KiB"', "budget-memory",
        "the budget: memory expected at most 32.00 KiB, got 41.35 KiB (+29.2 %)",
        "parameters 1.23 KiB, and activations 40.13 KiB at `stem`; most in the output of `stem` "
        "28.13 KiB (68.0 %), `input` 12.00 KiB (29.0 %), parameters of `stem` 896 B (2.1 %)",
        id="memory",
    ),
    pytest.param(
        'max-activations = "32KiB"', "budget-activations",
        "the budget: activations expected at most 32.00 KiB, got 40.13 KiB (+25.4 %)",
        "most in the output of `stem` 28.13 KiB (70.1 %), `input` 12.00 KiB (29.9 %)",
        id="activations",
    ),
    pytest.param(
        'max-layers = 3', "budget-layers",
        "the budget: layers expected at most 3, got 4 (+33.3 %)",
        "most in `stem` 1 (25.0 %), `max_pool_1` 1 (25.0 %), `global_avg_pool_1` 1 (25.0 %)",
        id="layers",
    ),
    pytest.param(
        'min-receptive-field = 224', "budget-receptive-field",
        "the budget: receptive field expected at least 224 pixels, got 32 pixels (-85.7 %)",
        "it grows most in `global_avg_pool_1` 28 pixels (90.3 %), `stem` 2 pixels (6.5 %), "
        "`max_pool_1` 1 pixel (3.2 %)", id="receptive field",
    ),
    pytest.param(
        'max-stride = 1', "budget-stride",
        "the budget: stride expected at most 1, got 2 (+100.0 %)",
        "`max_pool_1` is the first beyond 1: 2 at `max_pool_1`", id="stride",
    ),
]  # fmt: skip


@each(("limits", "slug", "message", "note"), BEYOND)
def test_what_is_beyond(limits: str, slug: str, message: str, note: str) -> None:
    (found,) = findings(f"[[budget]]\n{limits}")
    assert (found.slug, found.message, found.note) == (slug, message, note)
    assert (found.level, found.layer, found.file) == ("error", "", "nets/a.net.yaml")
    assert found.place == Place(2, 1, 4)
    assert found.code == CODES[slug]


def test_every_figure_has_its_code_and_its_test() -> None:
    assert {f"budget-{figure}" for figure in FIGURES} == {
        slug for slug in CODES if slug.startswith("budget-")
    }
    assert {case.values[1] for case in BEYOND} == {f"budget-{figure}" for figure in FIGURES}


def test_a_budget_says_nothing_of_other_files() -> None:
    assert findings('[[budget]]\nfiles = ["other/*.yaml"]\nmax-params = 1\nmin-layers = 99') == []


def test_all_limits_of_all_budgets_are_found_in_order() -> None:
    found = findings("[[budget]]\nmax-macs = 1\nmax-params = 1\n[[budget]]\nmax-macs = 2")
    assert [(one.slug, one.message.split(", got")[0]) for one in found] == [
        ("budget-macs", "the budget: macs expected at most 1"),
        ("budget-params", "the budget: params expected at most 1"),
        ("budget-macs", "the budget: macs expected at most 2"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param(NET.replace("name: small\n", ""), Place(3, 1, 6), id="without a name"),
        pytest.param(NET, Place(2, 1, 4), id="with a name"),
    ],
)
def test_the_place(text: str, place: Place) -> None:
    (found,) = findings("[[budget]]\nmax-params = 1", text)
    assert found.place == place


def test_a_model_file_has_no_lines_to_show() -> None:
    """3*3*3*4 parameters of a convolution: the place is the beginning of the file."""
    data = model([node("Conv", ["x", "w"], ["y"])], {"x": (1, 3, 8, 8)}, ["y"], {"w": (4, 3, 3, 3)})
    network = convcalc.loads(data, "a.onnx")
    limits = budgets("[[budget]]\nmax-params = 107")
    (found,) = exceeded(network, convcalc.plan(network), limits, "a.onnx")
    assert (found.place, found.message.split(", got ")[1]) == (Place(1, 1), "108 (+0.9 %)")


def test_the_message_names_the_patterns() -> None:
    (found,) = findings('[[budget]]\nfiles = ["nets/*", "b/"]\nmax-params = 1')
    assert found.message.startswith("the budget of `nets/*` and 1 more: params expected")


FILES = [
    pytest.param(None, "a.net.yaml", True, id="no pattern means all"),
    pytest.param(["*.net.yaml"], "deep/er/a.net.yaml", True, id="a name at any depth"),
    pytest.param(["models/*.net.yaml"], "models/a.net.yaml", True, id="in a folder"),
    pytest.param(["models/*.net.yaml"], "models/b/a.net.yaml", False, id="not deeper"),
    pytest.param(["models/**/*.net.yaml"], "models/b/c/a.net.yaml", True, id="at any depth"),
    pytest.param(["models/**.net.yaml"], "models/b/c/a.net.yaml", True, id="the short form"),
    pytest.param(["models/**.net.yaml"], "models/a.net.yaml", True, id="the short form, here"),
    pytest.param(["models/"], "models/b/a.net.yaml", True, id="a folder"),
    pytest.param(["models/", "!models/old/"], "models/old/a.net.yaml", False, id="but not this"),
    pytest.param(["!big*"], "small.net.yaml", True, id="all but"),
    pytest.param(["*.yaml", "!big*"], "big.net.yaml", False, id="but not that name"),
    pytest.param(["a.yaml"], "b.yaml", False, id="another name"),
]


@each(("files", "path", "speaks"), FILES)
def test_which_files_a_budget_speaks_of(
    files: Sequence[str] | None, path: str, speaks: bool
) -> None:
    table: Mapping[str, Any] = {"max-params": 1} | ({"files": files} if files else {})
    (budget,) = read_budgets([table], lambda *said: None)
    assert budget.speaks_of(path) is speaks


WRONG = [
    pytest.param(
        'max-parms = 1', "max-parms",
        ["a budget has no `max-parms`", "did you mean `max-params`?"], id="typo",
    ),
    pytest.param(
        'params = 9', "params",
        ["a budget has no `params`", "did you mean `max-params`?"], id="no bound",
    ),
    pytest.param(
        'fils = ["*"]', "fils", ["a budget has no `fils`", "did you mean `files`?"], id="no files",
    ),
    pytest.param(
        'receptive_field = 9', "receptive_field",
        ["a budget has no `receptive_field`", "did you mean `min-receptive-field`?"],
        id="no bound, and most want it large",
    ),
    pytest.param(
        'memory_min = "9B"', "memory_min",
        ["a budget has no `memory_min`", "did you mean `min-memory`?"], id="the bound behind",
    ),
    pytest.param(
        'params = {max = 20000, min = "1K"}', "params",
        ["a budget has no `params`", 'write `max-params = 20000` and `min-params = "1K"`'],
        id="a table of bounds",
    ),
    pytest.param(
        'max-params = true', "max-params",
        ["`max-params` wants a number, such as 11689512 or 1.9G, got true", "write a number"],
        id="a boolean",
    ),
    pytest.param(
        'max-params = "12X"', "max-params",
        ["`max-params` wants a number, such as 11689512 or 1.9G, got '12X'", "units: K, M, G, T"],
        id="an unknown unit",
    ),
    pytest.param(
        'max-memory = 64', "max-memory",
        ["`max-memory` wants bytes with a unit, such as 64MiB, got 64", "write 64B"],
        id="bytes without a unit",
    ),
    pytest.param(
        'max-macs = inf', "max-macs",
        ["`max-macs` wants a finite number", "leave the limit out"], id="infinity",
    ),
    pytest.param(
        'max-macs = -1', "max-macs",
        ["`max-macs` wants a number, such as 11689512 or 1.9G, got -1", "write 0 or more"],
        id="negative",
    ),
    pytest.param(
        'max-macs = [1]', "max-macs",
        ["`max-macs` wants a figure, got a list", 'write `max-macs = "2G"`'], id="a list",
    ),
    pytest.param(
        'max-macs = 2020-01-01', "max-macs",
        ["`max-macs` wants a figure, got a date", 'write `max-macs = "2G"`'], id="a date",
    ),
    pytest.param(
        'max-macs = 1\nmin-macs = 2', "min-macs",
        ["`min-macs` is above `max-macs`", "swap them"], id="bounds the wrong way round",
    ),
    pytest.param(
        'max-macs = 1\nfiles = "*.yaml"', "files",
        [
            "`files` of a budget wants a list of patterns",
            'write `files = ["models/**/*.net.yaml"]`, or leave it out for all files',
        ],
        id="files no list",
    ),
]  # fmt: skip


@each(("limits", "key", "said"), WRONG)
def test_what_makes_no_sense(limits: str, key: str, said: list[str]) -> None:
    ((path, message, help),) = complaints(f"[[budget]]\nmax-layers = 9\n[[budget]]\n{limits}")
    assert path == ("budget", 1, key)
    assert [message, help] == said


def test_a_budget_without_a_limit() -> None:
    assert complaints('[[budget]]\nfiles = ["*"]') == [
        (("budget", 0), "a budget limits nothing", 'write `max-params = "12M"`')
    ]


def test_the_examples_are_right() -> None:
    for figure in FIGURES.values():
        assert len(budgets(f"[[budget]]\n{figure.example}")) == 1
    assert {figure.example.split(" ")[0] for figure in FIGURES.values()} < set(KEYS)


def test_of_several_outputs_the_first_is_meant() -> None:
    text = """convcalc: 1
input: [1, 32]
layers: [{conv: {out: 1, k: 3}, name: a}, {conv: {out: 1, k: 3}, name: b}]
outputs: [a, b]
"""
    assert findings("[[budget]]\nmax-receptive-field = 3", text) == []


def test_the_documentation_lists_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
    table = page.partition("| key | limits |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`((?:max|min)-[a-z-]+)`", table)) == set(KEYS)


# Each of them is beyond; what is to be written holds, to the last byte.
BEYOND_ALL = """
[[budget]]
max-params = 10
min-macs = "1G"
max-memory = "1KiB"
max-activations = "1B"
max-layers = 1
min-receptive-field = 100
max-stride = 1
"""


def test_what_to_write_where_the_change_is_meant() -> None:
    found = findings(BEYOND_ALL)
    assert len(found) == len(FIGURES)
    toml = BEYOND_ALL
    for problem in found:
        entry = re.fullmatch(r"write `(([\w-]+) = .+)` if the change is meant", problem.help)
        assert entry, problem.help
        toml = re.sub(f"(?m)^{entry[2]} = .*$", entry[1], toml)
    assert "max-params = 314\n" in toml
    assert findings(toml) == []


def test_a_figure_that_toml_cannot_say_is_not_told_to_be_written() -> None:
    """Each pixel of the input has two units of the output."""
    text = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [upsample: 2]\n"
    (found,) = findings("[[budget]]\nmin-stride = 1", text)
    assert found.message == "the budget: stride expected at least 1, got 1/2 (-50.0 %)"
    assert found.help == ""
