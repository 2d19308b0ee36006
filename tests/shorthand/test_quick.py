"""The quick path: it says what the full command says, and loads next to nothing."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import struct
import subprocess
import sys
import termios
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.core.errors import StackError
from convcalc.features.shape import words as shape_text
from convcalc.features.shape.answer import shape
from convcalc.features.shape.words import page
from convcalc.report import written
from convcalc.report.style import PLAIN
from convcalc.shorthand import quick
from tests.each import each

small = st.integers(1, 9)
axes = st.lists(small, min_size=1, max_size=3).map(lambda values: "x".join(map(str, values)))
sides = st.one_of(
    axes.map(lambda text: f"p{text}"),
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda pair: f"p{pair[0]}:{pair[1]}"),
    st.sampled_from(
        ["p0", "valid", "half", "full", "same", "same_upper", "same_lower", "causal", "p0:1x2"]
    ),
)
kinds = st.sampled_from(
    ["", "conv", "conv_transpose", "max_pool", "avg_pool", "max_pool 2", "relu"]
)
tokens = st.lists(
    st.one_of(
        axes.map(lambda text: f"k{text}"),
        axes.map(lambda text: f"s{text}"),
        small.map(lambda number: f"d{number}"),
        st.integers(0, 3).map(lambda number: f"a{number}"),
        sides,
        st.sampled_from(["ceil", "floor", "kernel=3", "g2", "nobias", "k0", "zz"]),
    ),
    max_size=5,
)
sizes = st.builds(
    lambda mark, values: mark + "x".join(map(str, values)),
    st.sampled_from(["", "", "@", "3@"]),
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
)


def full(words: list[str], quiet: bool) -> str | None:
    """What the full command prints, None where it refuses."""
    try:
        found = shape(words)
        return shape_text.quiet(found) if quiet else written(page(found), "plain", PLAIN)
    except StackError:
        return None


@pytest.mark.thorough
@settings(max_examples=400)
@given(size=sizes, kind=kinds, rest=tokens, quiet=st.booleans())
def test_both_paths_print_the_same(size: str, kind: str, rest: list[str], quiet: bool) -> None:
    words = [size, *kind.split(), *rest]
    said = quick.answer(words, quiet)
    if said is not None:
        assert said == full(words, quiet)


DRAWN = (
    ["9", "8x7", "3x9x9", "@6x7x8", "3@12x11", "40"],
    ["", "", "conv", "conv_transpose", "max_pool", "avg_pool", "max_pool 2", "relu"],
    ["k1", "k2", "k3", "k4", "k3x5", "k3x2x4", ""],
    ["", "s1", "s2", "s3", "s2x1", "s1x2x3"],
    ["", "p0", "p1", "p2", "p0:1", "p1x2", "p0:1x2", "p1:0x2:2", "half", "full", "same", "causal"],
    ["", "", "d2", "d3", "d1x2"],
    ["", "", "", "a1", "a2", "ceil", "floor", "g2"],
)


def test_drawn_questions_have_one_answer() -> None:
    draw, answered = Random(4), 0
    for _ in range(300):
        words = " ".join(map(draw.choice, DRAWN)).split()
        said = quick.answer(words)
        if said is not None:
            answered += 1
            assert said == full(words, quiet=False), words
            assert quick.answer(words, is_quiet=True) == full(words, quiet=True)
    assert answered > 20


@each(
    "words",
    [
        pytest.param("224 k7 s2 p3", id="the question of the house"),
        pytest.param("224x192 k3x5 s2 p1x2", id="per axis"),
        pytest.param("224 k7 s2 same_upper", id="a word"),
        pytest.param("9 avg_pool k4 s4 p2 ceil", id="a pool that rounds up"),
        pytest.param("75 max_pool 2", id="a bare kernel"),
        pytest.param("16 conv_transpose k3 s2 p1 a1", id="transposed"),
        pytest.param("3x9x9 k3x3x3", id="three axes, said so"),
        pytest.param("@3x9x9 k3", id="three axes, marked"),
        pytest.param("999999999999999999 k3 s2", id="a huge size"),
        pytest.param("9 kernel=3", id="long names"),
        pytest.param("9x8 k3 p1:2", id="one pair for both axes"),
        pytest.param("9x8 k3 p1:2x0:1", id="a pair an axis"),
        pytest.param("9 max_pool k3 p1", id="half a kernel of padding"),
        pytest.param("9 k3 half", id="an odd span halved"),
        pytest.param("9 k3 causal", id="one axis has a past"),
        pytest.param("8 k3 same", id="a stride of one keeps the size"),
        pytest.param("9 conv_transpose k1000000000", id="the largest kernel"),
        pytest.param("1 k1", id="an output of one"),
        pytest.param("922337203685477580 conv_transpose k17 s10", id="2^63 - 1 outputs"),
    ],
)
def test_common_questions_take_the_quick_path(words: str) -> None:
    said = quick.answer(words.split())
    assert said is not None
    assert said == full(words.split(), quiet=False)


@each(
    "words",
    [
        pytest.param("224", id="no layer"),
        pytest.param("224 k300", id="too wide"),
        pytest.param("224 k3 , k3", id="a chain"),
        pytest.param("3@224 conv 64 k3", id="channels"),
        pytest.param("224 conv 64 k3", id="filters"),
        pytest.param("3x9x9 k3", id="channels without a mark"),
        pytest.param("224 k3 s2 same", id="a word that does not fit"),
        pytest.param("224 max_pool k3 p2", id="too much padding for a pool"),
        pytest.param("224 avg_pool k4 p1:3", id="too much padding behind a pool"),
        pytest.param("9 conv_transpose k3 s2 a2", id="a at the stride"),
        pytest.param("9 conv_transpose k3 s2 a3", id="a above the stride"),
        pytest.param("9 conv_transpose k3 s300 a300", id="a at a large stride"),
        pytest.param("9 max_pool 0", id="a kernel of nothing"),
        pytest.param("9 max_pool 2 k3", id="two kernels"),
        pytest.param("9 s2", id="no kernel"),
        pytest.param("9 avg_pool ~x3", id="a kernel left open"),
        pytest.param("9x9 k3x3x3", id="more lists than axes"),
        pytest.param("9 k4 half", id="an even span halved"),
        pytest.param("9x9 k3 causal", id="two axes have no past"),
        pytest.param("9 conv_transpose k3 half", id="a word for a transposed layer"),
        pytest.param("922337203685477580 conv_transpose k18 s10", id="2^63 outputs"),
        pytest.param("1 conv_transpose k1 p1", id="nothing left"),
        pytest.param("224 --kernel 7", id="an option"),
        pytest.param("224 --help", id="help"),
        pytest.param("224", id="a size alone"),
        pytest.param("224 relu", id="another kind"),
        pytest.param("224 k0", id="a bad token"),
        pytest.param("224 avg_pool k3 d2", id="a field that the kind has not"),
        pytest.param("1000000000 conv_transpose k1 s999999999 p0 , k1", id="a huge chain"),
    ],
)
def test_everything_else_is_left_to_the_full_command(words: str) -> None:
    assert quick.answer(words.split()) is None


@each(
    ("encoding", "formula"),
    [
        ("latin-1", "floor((224 + 2*3 - 7)/2) + 1 = 112"),
        ("ascii", "floor((224 + 2*3 - 7)/2) + 1 = 112"),
        ("windows-1252", "floor((224 + 2*3 - 7)/2) + 1 = 112"),
        ("utf-8", "⌊(224 + 2·3 − 7)/2⌋ + 1 = 112"),
        ("UTF8", "⌊(224 + 2·3 − 7)/2⌋ + 1 = 112"),
    ],
)
def test_an_answer_in_what_the_output_can_write(
    encoding: str, formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", out)
    assert quick.run(["shape", "224", "k7", "s2", "p3"]) == 0
    out.seek(0)
    assert out.read().splitlines()[2] == f"  output    {formula}"


@each(
    ("args", "code"),
    [
        ("shape 9 k3", 0),
        ("shape 9 k3 -q", 0),
        ("shape -q 9 k3", 0),
        ("shape -q", None),
        ("shape 9", None),
        ("plan 9 k3", None),
        ("shape 9 k0", None),
        ("shape 9 k3 --json", None),
    ],
)
def test_what_is_its_own_to_answer(
    args: str, code: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick.run(args.split()) == code
    said = capsys.readouterr().out
    assert said[:1] == ("" if code is None else "7")
    assert (said == "7\n") is ("-q" in args and code == 0)


@each(
    ("columns", "code"),
    [
        # The longest line of the answer, `  regime ...`, has 68 characters.
        (67, None),
        (68, 0),
        (200, 0),
        # What a terminal says that does not know.
        (0, 0),
    ],
)
def test_a_terminal_that_would_break_a_line_is_left_to_the_full_command(
    columns: int, code: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = quick.answer(["9", "k3", "s2"]) or ""
    assert max(map(len, text.splitlines())) == 68
    main, other = os.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with open(main, "rb"), open(other, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        assert quick.run(["shape", "9", "k3", "s2"]) == code


def test_an_output_that_takes_nothing_is_left_to_the_full_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert quick.run(["shape", "9", "k3"]) is None
    code: int | None = 0
    # What it could not write it tries again when it is closed.
    with contextlib.suppress(OSError), open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        code = quick.run(["shape", "9", "k3"])
    assert code is None


ALLOWED = {
    "convcalc.shorthand.repeating",
    "convcalc",
    "convcalc.__main__",
    "convcalc.core.arithmetic",
    "convcalc.core",
    "convcalc.core.text",
    "convcalc.shorthand",
    "convcalc.shorthand.axis",
    "convcalc.shorthand.regimes",
    "convcalc.shorthand.spoken",
    "convcalc.shorthand.quick",
    "convcalc.shorthand.parser",
    "convcalc.shorthand.question",
    "convcalc.shorthand.sizes",
    "convcalc.shorthand.values",
    "__future__",
    # Built into Python; there is nothing to load.
    "gc",
}


def test_the_quick_path_loads_nothing_else() -> None:
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "sys.argv = ['convcalc', 'shape', '224', 'k7', 's2', 'p3', '-q']\n"
        "from convcalc.__main__ import main\n"
        "assert main() == 0\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    # Isolated and without site: an editable install loads modules of its own.
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {_root()!r})\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    size, loaded = done.stdout.splitlines()
    assert size == "112"
    assert set(loaded.split()) <= ALLOWED


def _root() -> str:
    from pathlib import Path

    import convcalc

    return str(Path(convcalc.__file__).parents[1])


@settings(max_examples=200)
@given(
    size=st.integers(1, 60),
    kind=st.sampled_from(["", "conv_transpose", "max_pool", "avg_pool"]),
    kernel=small,
    stride=small,
    padding=st.integers(0, 5),
)
def test_plain_numbers_take_it_unless_the_layer_is_impossible(
    size: int, kind: str, kernel: int, stride: int, padding: int
) -> None:
    words = [f"{size}", *kind.split(), f"k{kernel}", f"s{stride}", f"p{padding}"]
    assert quick.answer(words) == full(words, quiet=False)
