"""The work of every command grows no faster than its file, or is refused.

What is counted is in `tests.scaling.growing`. Forms that multiply two of their numbers (inputs and
layers, entries and uses) are bounded by a budget instead.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import convcalc
from convcalc import planning
from convcalc.cli.commands import command_names
from convcalc.features.rf import walk
from convcalc.network import expand
from tests.scaling.growing import FORMS, calls, command, deep, long_patterns
from tests.scaling.model_files import MODELS

# Every command on files of three shapes, four times as long: some seconds.
pytestmark = pytest.mark.thorough

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
# Beside those: one form each every day, all of them in the thorough run.
MORE = [
    "plan FILE --plot OUT.svg --force",
    "plan FILE --format mermaid",
    "report FILE -o OUT.html --force",
    "compare FILE FILE",
    "check FILE --diff",
    "verify FILE",
    "rf FILE --at 3,3",
    "why 'mat1 and mat2 shapes cannot be multiplied (1x9 and 4096x3)' FILE",
]
OF_MODELS = [
    "plan FILE",
    "import FILE",
    "check FILE",
    "rf FILE",
    "sizes FILE --range 1:32",
    "diff FILE FILE",
    "compare FILE FILE",
    "report FILE -o OUT.html --force",
]
OF_CHAINS = [
    "shape 64x64 CHAIN",
    "rf 2d CHAIN",
    "verify 16 CHAIN --only shape",
    "show 16 CHAIN",
    "invert 64 CHAIN",
    "relations 64 CHAIN",
]
# Their question has no size, or bounds of its own: `solve` says how many looks it took.
OF_NO_SIZE = ("explain", "init", "rules", "schema", "solve")
PRODUCTS = ("many_inputs", "left_out")
LINEAR = [form for form in FORMS if form not in PRODUCTS]
# Every day all commands read one form, and one command all of them; the thorough run has all of
# both, of larger files.
OF_ALL_FORMS = ("check FILE",)
EVERY_DAY = [
    (words, form) for words in COMMANDS for form in LINEAR
    if form == "residual" or words in OF_ALL_FORMS
]  # fmt: skip
# What four times the file may take: n log n from 25 to 100 is 5.7 times as much.
MOST = 5.0
# Calls that do not depend on the file: modules that are loaded, tables that are made once.
ONCE = 20_000


@pytest.mark.parametrize(("words", "form"), EVERY_DAY)
def test_four_times_the_file_is_four_times_the_work(words: str, form: str, tmp_path: Path) -> None:
    # Whatever is loaded or remembered is so before anything is counted.
    command(words, tmp_path, form, 5)()
    _, few = calls(command(words, tmp_path, form, 25))
    _, many = calls(command(words, tmp_path, form, 100))
    assert many <= MOST * few + ONCE


def grows(words: str, form: str, folder: Path, sizes: tuple[int, int], most: float) -> bool:
    """True where four times the size takes at most so many times the calls."""
    command(words, folder, form, 5)()
    (code, few), (_, many) = (calls(command(words, folder, form, size)) for size in sizes)
    assert code in (0, 1, 2)
    return many <= most * few + ONCE


def test_every_command_is_counted() -> None:
    counted = {words.split()[0] for words in [*COMMANDS, *MORE, *OF_MODELS, *OF_CHAINS]}
    assert counted | {*OF_NO_SIZE} == {*command_names()}
    assert not counted & {*OF_NO_SIZE}


@pytest.mark.parametrize("words", MORE)
def test_no_command_grows_faster_than_its_file(words: str, tmp_path: Path) -> None:
    assert grows(words, "residual", tmp_path, (10, 40), MOST)


@pytest.mark.parametrize("words", OF_CHAINS)
def test_chains_on_the_command_line_take_work_by_their_length(words: str, tmp_path: Path) -> None:
    """`shape 64x64 k3 p1 x10000` looked at every layer for each: minutes."""
    # Nothing else is there but the words. `show` draws every number of every layer.
    sizes = (5, 20) if words.startswith("show") else (25, 100)
    assert grows(words, "ignores", tmp_path, sizes, 4.5)


def test_a_merge_is_not_probed_once_for_each_input_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`verify` of `add` of 2,000 names took 25 s."""

    def added(size: int) -> str:
        return f"convcalc: 1\ninput: [1, 4]\nlayers: [add: [{', '.join(['prev'] * size)}]]\n"

    monkeypatch.setitem(FORMS, "added", added)
    assert grows("verify FILE --only field", "added", tmp_path, (25, 100), MOST)


def references(size: int) -> str:
    """Layers with names, and as many that ask for names that are not there."""
    named = "".join(f"  - {{relu: {{}}, name: layer{at}}}\n" for at in range(size))
    asked = "".join(f"  - {{relu: {{}}, from: layer_{at}}}\n" for at in range(size))
    return f"convcalc: 1\ninput: [1, 4]\nlayers:\n{named}{asked}"


def unknown_variables(size: int) -> str:
    """Variables, and as many layers that ask for others."""
    known = "".join(f"  value{at}: 1\n" for at in range(size))
    asked = "".join(f"  - linear: =value_{at}\n" for at in range(size))
    return f"convcalc: 1\nvars:\n{known}input: [4]\nlayers:\n{asked}"


@pytest.mark.thorough
@pytest.mark.parametrize("form", [references, unknown_variables])
def test_unknown_names_are_not_compared_with_all(
    form: Callable[[int], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,500 references among 3,000 names took over 100 s."""
    monkeypatch.setitem(FORMS, "unknown", form)
    assert grows("check FILE", "unknown", tmp_path, (500, 2000), MOST)


@pytest.mark.parametrize("words", OF_MODELS[:2])
@pytest.mark.parametrize("form", MODELS)
def test_model_files_take_work_by_their_layers(words: str, form: str, tmp_path: Path) -> None:
    assert grows(words, form, tmp_path, (5, 20), 4.5)


@pytest.mark.thorough
@pytest.mark.parametrize("words", OF_MODELS)
@pytest.mark.parametrize("form", MODELS)
def test_larger_model_files(words: str, form: str, tmp_path: Path) -> None:
    assert grows(words, form, tmp_path, (100, 400), 4.5)


@pytest.mark.thorough
@pytest.mark.parametrize("form", [form for form in LINEAR if form != "ignores"])
@pytest.mark.parametrize("words", MORE)
def test_growth_of_larger_files_in_all_commands(words: str, form: str, tmp_path: Path) -> None:
    if words == "verify FILE" and form == "long_patterns":
        # It runs every tap of a kernel: --max-steps bounds that.
        words += " --max-steps 1000"
    assert grows(words, form, tmp_path, (50, 200), MOST)


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


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, marks=() if words in OF_ALL_FORMS else pytest.mark.thorough)
        for words in COMMANDS
    ],
)
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
    monkeypatch.setattr(planning, "MAX_ENTRIES", 1_000)
    monkeypatch.setattr(walk, "MAX_FIELDS", 200)
    command(words, tmp_path, "many_inputs", 5)()
    # 13 to 16 times as much without a budget.
    _, few = calls(command(words, tmp_path, "many_inputs", 40))
    _, many = calls(command(words, tmp_path, "many_inputs", 160))
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
    _, few = calls(command(f"rf FILE {more}", tmp_path, "long_patterns", 10**3))
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


def test_tables_that_are_read_again_and_again_are_followed_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One join of 4,096 positions in each of 5,000 layers took over a minute."""
    monkeypatch.setattr(walk, "MAX_ENTRIES", 500)
    network = convcalc.loads(
        "convcalc: 1\ninput: [1, 9]\nlayers:\n  - {identity: {}, name: x}\n"
        "  - {concat: {inputs: [x, x], axis: positions}, repeat: 99}\n"
    )
    layers = convcalc.receptive_field(network).layers
    # Each reads two tables of 18 units and makes one: 54, and 36 of the tenth are too many.
    known = [bool(layer.axes) for layer in layers if layer.kind == "concat"]
    assert known == [True] * 9 + [False] * 90


def test_what_is_too_long_to_follow_is_unknown_not_wrong() -> None:
    report = convcalc.receptive_field(convcalc.loads(long_patterns(10**6)))
    first, second = report.layers
    # The hulls are exact; which pixels between them are used is known for the first alone.
    assert first.axes[0].size == 500_000
    assert first.used == 1
    assert second.used is None
