"""Whatever the bytes: a plan, or findings with places; never another exception.

Derandomised, so that a failure in CI is a failure here.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.document.characters import BYTE_ORDER_MARK
from convcalc.kinds import kind_names

CONFIGS = Path(__file__).parents[1] / "examples" / "configs"
EXAMPLES = sorted(path.name for path in CONFIGS.glob("*.net.yaml"))

# Planning is stopped early: what is sought are crashes, not large networks.
MAX_LAYERS = 2000

FUZZ = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check(data: bytes) -> None:
    """Plans the data, or looks at what is said against it."""
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


@FUZZ
@given(st.binary(max_size=200))
def test_arbitrary_bytes(data: bytes) -> None:
    check(data)


SCALARS = [
    "0", "-1", "1", "2", "64", "1000000000", "999999999999999999", "1.5", "1e3", "~", "true",
    "no", "'3'", "''", "[]", "{}", "[1, 2]", "[[1, 2], [3, 4]]", "[[[1]]]", "{a: 1}", "=c",
    "=cin", "=1//0", "=cin*1000000000", "='x'", "=1>0", "=rank", "same", "half", "depthwise",
    "prev", "in", "input", "relu", "nowhere", "\"\\u001b[31m\"", "\"a\\nb\"", "é", "&a", "*a",
    "!!str x", "conv", "basic", ".inf", ".nan", "010", "- x", "? x", "a: b", "#",
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


@pytest.mark.thorough
@pytest.mark.parametrize("name", EXAMPLES)
def test_mutated_examples(name: str) -> None:
    text = (CONFIGS / name).read_text(encoding="utf-8")
    rng = Random(f"mutations of {name}")
    for _ in range(25):
        broken = mutated(text, rng)
        try:
            check(broken.encode())
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} for this file:\n{broken}") from error


KEYS = st.sampled_from(
    [
        "convcalc", "name", "input", "vars", "defaults", "blocks", "layers", "outputs", "expect",
        "from", "repeat", "each", "if", "note", "args", "out", "k", "s", "p", "d", "g", "inputs",
        "output", "params", "macs", "memory", "receptive_field", "stride", "min", "max", "unit",
        "conv", "add", "upsample", "conv_transpose", "max_pool", "reshape", "c",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.sampled_from(SCALARS[:13] + SCALARS[20:36]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(KEYS, inner), max_size=4, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)


@pytest.mark.thorough
@FUZZ
@given(st.lists(st.tuples(KEYS, VALUES), max_size=6, unique_by=lambda pair: pair[0]))
def test_keys_of_the_format_with_any_values(pairs: list[tuple[str, str]]) -> None:
    given_keys = dict([("convcalc", "1"), ("input", "[4, 8, 8]"), ("layers", "[relu]"), *pairs])
    check("\n".join(f"{key}: {value}" for key, value in given_keys.items()).encode())


@pytest.mark.thorough
@FUZZ
@given(st.lists(st.tuples(st.sampled_from(kind_names()), VALUES), min_size=1, max_size=5))
def test_kinds_with_any_values(layers: list[tuple[str, str]]) -> None:
    listed = "".join(f"  - {kind}: {value}\n" for kind, value in layers)
    check(f"convcalc: 1\ninput: [4, 8, 8]\nvars: {{c: 3}}\nlayers:\n{listed}".encode())


NUMBERS = st.one_of(st.integers(-2, 9), st.integers(0, 10**18))


@pytest.mark.thorough
@FUZZ
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["conv", "conv_transpose", "max_pool", "unfold", "avg_pool"]),
            st.dictionaries(st.sampled_from(["out", "k", "s", "p", "d", "g", "a"]), NUMBERS),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_windows_with_any_numbers(layers: list[tuple[str, dict[str, int]]]) -> None:
    listed = ""
    for kind, fields in layers:
        known = {"k", "s", "p"} | ({"out", "d", "g", "a"} if kind.startswith("conv") else set())
        shown = ", ".join(f"{key}: {value}" for key, value in fields.items() if key in known)
        listed += f"  - {kind}: {{{shown}}}\n"
    check(f"convcalc: 1\ninput: [4, 64, 64]\nlayers:\n{listed}".encode())
