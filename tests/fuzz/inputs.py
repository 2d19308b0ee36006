"""Inputs that nobody meant, each drawn from its family and number, and what must hold of each.

A family is a function of a random source and a folder: it draws an input, gives it to the program
and raises where something is wrong. `shown` is the input as a person would write it.
`benchmarks/fuzz.py` runs as many as are wanted, tests a bounded share.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import convcalc
from convcalc.cli import run
from convcalc.core.errors import ExitCode, Problem
from convcalc.document.characters import BYTE_ORDER_MARK
from convcalc.kinds import kind_names
from convcalc.network.expressions import ExpressionError, parse_expression
from tests.fuzz import models
from tests.fuzz.mutations import changed
from tests.network.applying import repaired

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
EXAMPLES = sorted(path.name for path in CONFIGS.glob("*.net.yaml"))
# Planning is stopped early: what is sought are crashes, not large networks.
MAX_LAYERS = 2000


class Drawn(NamedTuple):
    """An input as it is written, and the call that gives it to the program."""

    shown: str
    run: Callable[[Path], None]


def check_file(data: bytes) -> None:
    """Plans the data, or looks at what is said against it: places, order, printable words."""
    try:
        plan = convcalc.plan(convcalc.loads(data, "fuzz.yaml"), max_layers=MAX_LAYERS)
        plan.to_dict()
        problems = plan.failures or ()
        source = data.decode().removeprefix(BYTE_ORDER_MARK)
    except convcalc.StackError as error:
        problems, source = error.problems, error.source
        assert problems
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    order = []
    for problem in problems:
        assert problem.code
        assert problem.message
        assert problem.message.isprintable(), problem
        assert problem.note.isprintable(), problem
        assert problem.help.isprintable(), problem
        str(problem)
        if problem.place is None:
            continue
        order.append(problem.place[:2])
        if source:
            assert 1 <= problem.place.line <= len(lines)
            assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert problem.place.width >= 1
    assert order == sorted(order)


SCALARS = [
    "0", "-1", "1", "2", "64", "1000000000", "999999999999999999", "1.5", "1e3", "~", "true",
    "no", "'3'", "''", "[]", "{}", "[1, 2]", "[[1, 2], [3, 4]]", "[[[1]]]", "{a: 1}", "=c",
    "=cin", "=1//0", "=cin*1000000000", "='x'", "=1>0", "=rank", "same", "half", "depthwise",
    "prev", "in", "input", "relu", "nowhere", "\"\\u001b[31m\"", "\"a\\nb\"", "é", "&a", "*a",
    "!!str x", "conv", "basic", ".inf", ".nan", "010", "- x", "? x", "a: b", "#",
]  # fmt: skip
KEYS = [
    "convcalc", "name", "input", "vars", "defaults", "blocks", "functions", "layers", "outputs",
    "expect", "from", "repeat", "each", "if", "note", "args", "out", "k", "s", "p", "d", "g",
    "inputs", "output", "params", "macs", "memory", "receptive_field", "stride", "min", "max",
    "unit", "conv", "add", "upsample", "conv_transpose", "max_pool", "reshape", "c",
]  # fmt: skip


def mutated(text: str, rng: Random) -> str:
    """The text with a few lines or scalars changed as slips of a keyboard change them."""
    lines = text.splitlines()
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        what = rng.randrange(8)
        if what == 0 and len(lines) > 1:
            del lines[at]
        elif what == 1:
            lines.insert(rng.randrange(len(lines)), lines[at])
        elif what == 2:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif what == 3:
            lines[at] = " " * rng.randint(0, 8) + lines[at].lstrip()
        elif what == 4:
            cut = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + rng.choice("{}[],:-=~'\" \t#") + lines[at][cut:]
        else:
            lines[at] = _other_scalar(lines[at], rng)
    return "\n".join(lines)


def _other_scalar(line: str, rng: Random) -> str:
    """The line with one of its words, often a value, replaced."""
    words = line.replace(",", " , ").replace("}", " } ").replace("]", " ] ").split(" ")
    places = [index for index, word in enumerate(words) if word.strip(" -{}[],:")]
    if not places:
        return line
    words[rng.choice(places)] = rng.choice([*SCALARS, rng.choice(kind_names())])
    return " ".join(words)


def example(rng: Random) -> str:
    """An example network with slips."""
    name = rng.choice(EXAMPLES)
    return mutated((CONFIGS / name).read_text(encoding="utf-8"), rng)


def value(rng: Random, depth: int = 3) -> str:
    """Anything that may stand behind a key, in flow style."""
    what = rng.randrange(5) if depth else 0
    if what < 3:
        return rng.choice(SCALARS)
    many = range(rng.randrange(4))
    if what == 3:
        return "[" + ", ".join(value(rng, depth - 1) for _ in many) + "]"
    pairs = (f"{rng.choice(KEYS)}: {value(rng, depth - 1)}" for _ in many)
    return "{" + ", ".join(pairs) + "}"


def text(rng: Random) -> str:
    """A file of the format's keys with any values, and layers of any kind and fields."""
    pairs = {"convcalc": "1", "input": rng.choice(["[4, 8, 8]", "[4, 8]", "[4]"])}
    for _ in range(rng.randrange(4)):
        pairs[rng.choice(KEYS)] = value(rng)
    lines = [f"{key}: {said}" for key, said in pairs.items()]
    lines.append("layers:")
    lines += [f"  - {rng.choice(kind_names())}: {_fields(rng)}" for _ in range(rng.randint(1, 5))]
    return "\n".join(lines)


def _fields(rng: Random) -> str:
    if rng.random() < 0.3:
        return value(rng)
    names = rng.sample(("out", "k", "s", "p", "d", "g", "a", "axis", "inputs", "heads"), 3)
    return "{" + ", ".join(f"{name}: {_number(rng)}" for name in names) + "}"


def _number(rng: Random) -> str:
    pair = f"[{rng.randint(0, 9)}, 2]"
    return str(rng.choice((rng.randint(-2, 9), rng.randint(0, 10**18), pair)))


def example_file(rng: Random) -> Drawn:
    """Slips in an example."""
    broken = example(rng)
    return Drawn(broken, lambda _: check_file(broken.encode()))


def any_file(rng: Random) -> Drawn:
    """The format's keys and kinds with any values."""
    written = text(rng)
    return Drawn(written, lambda _: check_file(written.encode()))


def repair(rng: Random) -> Drawn:
    """What is said against a file with slips, done to the file as it is said."""
    written = example(rng) if rng.random() < 0.5 else text(rng)

    def mend(_: Path) -> None:
        before = _problems(written)
        for problem in before:
            for mended in repaired(written, problem):
                after = _problems(mended)
                assert _told(after, problem) < _told(before, problem), (problem.help, mended)

    return Drawn(written, mend)


def _problems(written: str) -> tuple[Problem, ...]:
    try:
        convcalc.loads(written).graph(max_layers=MAX_LAYERS)
    except convcalc.StackError as error:
        return error.problems
    return ()


def _told(problems: tuple[Problem, ...], like: Problem) -> int:
    return sum((one.message, one.note) == (like.message, like.note) for one in problems)


_ATOMS = ("c", "cin", "rank", "3", "0", "1.5", "10**9", "x", "(", ")", ",", "é", "'", "[1]", "")
_JOINTS = ("+", "-", "*", "//", "/", "%", "<", "==", " and ", " or ", " not ", "**", ".", " if ")
_CALLS = ("min", "max", "ceil_div", "round_to", "floor", "round", "channels", "width", "eval")


def _expression(rng: Random, depth: int = 5) -> str:
    what = rng.randrange(4) if depth else 0
    if what == 0:
        return rng.choice(_ATOMS)
    if what == 1:
        return f"({_expression(rng, depth - 1)})"
    if what == 2:
        given = (_expression(rng, depth - 1) for _ in range(rng.randrange(3)))
        return f"{rng.choice(_CALLS)}({', '.join(given)})"
    return _expression(rng, depth - 1) + rng.choice(_JOINTS) + _expression(rng, depth - 1)


def expression(rng: Random) -> Drawn:
    """A formula, or what looks like one."""
    written = _expression(rng)

    def read(_: Path) -> None:
        refused = None
        try:
            parse_expression(written)
        except ExpressionError as error:
            refused = error
        if refused is not None:
            assert refused.message.isprintable(), refused.message
            assert refused.help.isprintable(), refused.help
            assert 0 <= refused.offset <= len(written), (refused.offset, refused.message)

    return Drawn(written, read)


_LAYER_WORDS = (
    "conv", "conv_transpose", "max_pool", "avg_pool", "unfold", "upsample", "pad", "crop", "relu",
    "k3", "k7x5", "k0", "s2", "s4x1", "p1", "p0:1", "p1x2", "d2", "g4", "dw", "a1", "same", "half",
    "same_upper", "causal", "ceil", "nobias", "64", "0", "x3", "x0", "mode=linear", ",", "@", "k",
    "224", "3x224x224", "3@9x9", "7", "1d", "2d", "reflect", "axis=1", "part=1", "~", "é",
)  # fmt: skip
_OPTION_WORDS = {
    "shape": ["--dialect onnx", "--dialect caffe", "--kernel 3", "--stride 2", "-q"],
    "invert": ["--yaml", "--torch", "--keras", "--matrix", "--im2col", "--kind conv", "--layer x"],
    "rf": ["--layer relu", "--at 3,4", "--from input", "--object 5", "--all", "--strict"],
    "show": ["--view sum", "--view all", "--transposed", "--seed 3", "--input 1,2,3"],
    "compare": ["--no-padding", "-c 64", "--size 9", "--cin 3", "--cout 8"],
    "solve": ["--pool", "--transposed", "--layers 2", "--stride 2", "--kernel 3", "--limit 3"],
    "sizes": ["--near 30x30", "--range 1:40", "--require output=7"],
    "plan": ["--depth 1", "--top 3", "--sort macs", "--shares", "--count all", "--batch 4"],
    "convert": ["--dense-to-conv", "--conv-to-dense conv_1", "--input 3x64x64"],
    "verify": ["--max-steps 1000", "--only shape"],
    "check": ["--select ALL", "--fix", "--unsafe-fixes", "--diff", "--statistics", "--no-ignores"],
    "diff": ["--all", "--fail-on params+5%"],
    "budget": ["--diff", "--slack 5", "--check", "--only params", "--layers"],
    "explain": ["CC101", "conv", "--list", "CC999"],
    "rules": [],
    "schema": ["--for plan", "--plan"],
}
_SHARED = ["--format json", "--format csv", "--format markdown", "--format table", "--format x"]
_OF_FILES = ("plan", "rf", "sizes", "convert", "verify", "check", "diff", "budget", "invert")


def command_words(rng: Random) -> list[str]:
    command = rng.choice(list(_OPTION_WORDS))
    words = [command]
    if command in _OF_FILES and (command != "rf" or rng.random() < 0.5):
        words += ["net.yaml"] * (2 if command == "diff" else 1)
    elif command == "compare":
        words += [rng.choice(("3x3*2", "5x5", "1x1", "7x7/2", "0x0", "3*3", "3x3@2", "é"))] * 2
    elif command not in ("explain", "rules", "schema"):
        words += rng.choices(_LAYER_WORDS, k=rng.randint(1, 7))
    for option in rng.sample([*_OPTION_WORDS[command], *_SHARED], rng.randrange(3)):
        words += option.split()
    return words


def command(rng: Random) -> Drawn:
    """A command line, on a file with slips where it takes one."""
    words = command_words(rng)
    # Small networks: what is sought are crashes of commands.
    written = text(rng) if rng.random() < 0.5 else mutated(SMALL, rng)
    return Drawn(
        f"{' '.join(words)}\n--- net.yaml:\n{written}", lambda folder: _run(words, written, folder)
    )


SMALL = """\
convcalc: 1
input: [3, 32, 32]
vars: {c: 8}
blocks:
  basic:
    args: {c: ~, s: 1}
    layers:
      - conv: {out: =c, k: 3, s: =s, p: 1, bias: false}
      - batch_norm
      - {relu: {}, name: main}
      - {conv: {out: =c, k: 1, s: =s}, from: in, name: side}
      - add: [main, side]
layers:
  - conv: {out: =c, k: 3, p: 1}
  - max_pool: {k: 3, s: 2, p: 1}  # kept
  - basic: {c: =2*c, s: 2}
  - {basic: {c: 16}, repeat: 2}
  - {upsample: 2, name: up}
  - concat: [up, up]
  - global_avg_pool
  - linear: 10
"""


def _run(words: list[str], written: str, folder: Path) -> None:
    file = folder / "net.yaml"
    file.write_text(written, encoding="utf-8")
    run_words([str(file) if word == "net.yaml" else word for word in words])


def run_words(words: list[str]) -> None:
    """A command line, which has to end with a word for it and one of three exit codes."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    said = err.getvalue()
    assert code in (ExitCode.CLEAN, ExitCode.FINDINGS, ExitCode.UNUSABLE), said
    assert "Traceback" not in said, said
    assert code == ExitCode.CLEAN or out.getvalue() or said, "it says nothing"
    if words[-2:] == ["--format", "json"] and code != ExitCode.UNUSABLE and words[0] != "schema":
        json.loads(out.getvalue())


def model(rng: Random) -> Drawn:
    """A file of another program."""
    way, data = models.model_file(rng)
    return Drawn(f"{way}: {data!r}", lambda _: models.look(data))


# What is asked of a model file with something in it changed, and how often.
_ASKED = {"plan": 12, "import": 3, "check": 2, "rf": 1, "sizes": 1, "weights": 3}


def spoilt(data: bytes, rng: Random) -> Drawn:
    """A model file with something in it changed, given to a command, or run with its weights."""
    other = changed(data, rng)
    (asked,) = rng.choices(list(_ASKED), list(_ASKED.values()))

    def use(folder: Path) -> None:
        file = folder / "fuzz.bin"
        file.write_bytes(other)
        if asked == "weights":
            models.execute(file)
        else:
            run_words([asked, str(file)])

    return Drawn(f"{asked}: {other!r}", use)


def spoilt_model(rng: Random) -> Drawn:
    """A small model file of any format with something in it changed."""
    return spoilt(models.small_file(rng), rng)


FAMILIES: dict[str, Callable[[Random], Drawn]] = {
    "examples": example_file,
    "texts": any_file,
    "repairs": repair,
    "expressions": expression,
    "commands": command,
    "models": model,
    "files": spoilt_model,
}


def drawn(family: str, number: int) -> Drawn:
    """The input of that number: the same on every machine."""
    return FAMILIES[family](Random(f"{family} {number}"))
