"""The work of every command grows no faster than its file, or is refused.

What is counted is in `tests.scaling.growing`. Forms that multiply two of their numbers (inputs and
layers, entries and uses) are bounded by a budget instead.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc import planning
from convcalc.features.rf import walk
from convcalc.network import expand
from tests.scaling.growing import FORMS, calls, command, deep, long_patterns

CONFIGS = Path(convcalc.__file__).parent.parent / "examples" / "configs"
COMMANDS = [
    "plan FILE",
    "plan FILE --format json",
    "check FILE",
    "rf FILE",
    "sizes FILE --range 1:32",
    "diff FILE FILE",
    "budget FILE --diff",
    "convert FILE --dense-to-conv",
    "invert FILE",
]
PRODUCTS = ("many_inputs", "left_out")
LINEAR = [form for form in FORMS if form not in PRODUCTS]
# What four times the file may take: n log n from 25 to 100 is 5.7 times as much.
MOST = 5.0
# Calls that do not depend on the file: modules that are loaded, tables that are made once.
ONCE = 20_000


@pytest.mark.parametrize("form", LINEAR)
@pytest.mark.parametrize("words", COMMANDS)
def test_four_times_the_file_is_four_times_the_work(words: str, form: str, tmp_path: Path) -> None:
    # Whatever is loaded or remembered is so before anything is counted.
    command(words, tmp_path, form, 5)()
    _, few = calls(command(words, tmp_path, form, 25))
    _, many = calls(command(words, tmp_path, form, 100))
    assert many <= MOST * few + ONCE


@pytest.mark.thorough
@pytest.mark.parametrize("form", LINEAR)
@pytest.mark.parametrize("words", COMMANDS)
def test_growth_of_larger_files(words: str, form: str, tmp_path: Path) -> None:
    command(words, tmp_path, form, 5)()
    _, few = calls(command(words, tmp_path, form, 250))
    _, many = calls(command(words, tmp_path, form, 1000))
    assert many <= 4.5 * few + ONCE


def test_growth_beyond_the_file_is_seen(tmp_path: Path) -> None:
    """The check itself can fail: entries times uses are not bounded at this size yet."""
    _, few = calls(command("plan FILE", tmp_path, "left_out", 25))
    _, many = calls(command("plan FILE", tmp_path, "left_out", 100))
    assert many > 10 * (few - ONCE)


@pytest.mark.parametrize("words", COMMANDS)
def test_entries_times_uses_are_refused(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expand, "STEPS_PER_LAYER", 1)
    code, few = calls(command(words, tmp_path, "left_out", 200))
    assert code == (1 if words.startswith("check") else 2)
    _, many = calls(command(words, tmp_path, "left_out", 400))
    # Reading the longer list is all that grows.
    assert many <= 3 * few


@pytest.mark.parametrize("words", ["plan FILE", "check FILE", "diff FILE FILE", "rf FILE"])
def test_fields_of_many_inputs_have_a_budget(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MAX_ENTRIES", 5_000)
    monkeypatch.setattr(walk, "MAX_FIELDS", 1_000)
    command(words, tmp_path, "many_inputs", 5)()
    _, few = calls(command(words, tmp_path, "many_inputs", 75))
    _, many = calls(command(words, tmp_path, "many_inputs", 300))
    assert many <= MOST * few + ONCE


@pytest.mark.parametrize(
    ("taps", "more"),
    [
        pytest.param(10**9, ""),
        *(
            pytest.param(taps, more, marks=pytest.mark.thorough)
            for taps in (10**6, 10**9)
            for more in ("--at 5", "--format json")
        ),
    ],
)
def test_kernels_of_any_size_take_the_same_work(more: str, taps: int, tmp_path: Path) -> None:
    command(f"rf FILE {more}", tmp_path, "long_patterns", 3)()
    _, few = calls(command(f"rf FILE {more}", tmp_path, "long_patterns", 10**5))
    _, many = calls(command(f"rf FILE {more}", tmp_path, "long_patterns", taps))
    assert many <= few + 1_000


def test_equal_axes_are_followed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer of a square map takes hardly more work than one of a sequence: 1.2 times before."""
    monkeypatch.setitem(FORMS, "line", lambda size: deep(size).replace("[3, 32, 32]", "[3, 32]"))
    command("rf FILE", tmp_path, "deep", 5)()
    square, line = (
        calls(command("rf FILE", tmp_path, form, 225))[1]
        - calls(command("rf FILE", tmp_path, form, 25))[1]
        for form in ("deep", "line")
    )
    assert square <= 1.1 * line


@pytest.mark.parametrize("name", ["swin_t", "vit_b_16"])
def test_attention_takes_no_more_work_than_convolutions(name: str) -> None:
    assert _plans(name) <= 1.2 * _plans("resnet152")


def _plans(name: str) -> int:
    """The calls of a plan with its totals; a first one, not counted, loads what it needs."""
    network = convcalc.load(CONFIGS / f"{name}.net.yaml")
    convcalc.plan(network)
    return calls(lambda: convcalc.plan(network).totals.params)[1]


def test_what_is_too_long_to_follow_is_unknown_not_wrong() -> None:
    report = convcalc.receptive_field(convcalc.loads(long_patterns(10**6)))
    first, second = report.layers
    # The hulls are exact; which pixels between them are used is known for the first alone.
    assert first.axes[0].size == 500_000
    assert first.used == 1
    assert second.used is None
