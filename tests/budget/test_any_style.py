"""Files of all styles at once, made up at random: limits go in, and everything else stays."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random

import pytest

import convcalc
from convcalc.features.budget.answer import Terms, budgeted

COMMENTS = ["", "  # c", "   "]
BOUNDS = {"max": ["999K", "1e9", "'0.9G'"], "min": ["0", "1", "0.001K"]}
ONLY = [(), ("params",), ("params", "macs", "memory", "stride", "output")]


def limits(random: Random, indent: int, block: bool) -> str:
    """Limits of a figure, on one line or on several."""
    names = random.choice([["max"], ["min"], ["max", "min"], ["min", "max"]])
    pairs = [f"{name}: {random.choice(BOUNDS[name])}" for name in names]
    space = " " * indent
    styles = [
        "{" + ", ".join(pairs) + "}",
        "{ " + " , ".join(pairs) + random.choice(["", " ,"]) + " }",
        f"{{\n{space}"
        + f",\n{space}".join(pairs)
        + random.choice(["", ",", "  # c"])
        + f"\n{space}}}",
    ]
    if block:
        styles.append("".join(f"\n{space}{pair}{random.choice(COMMENTS)}" for pair in pairs))
    return random.choice(styles)


def expectations(random: Random) -> str:
    """An `expect:` with some figures."""
    figures = random.sample(["params", "macs", "output", "stride"], random.randrange(4))
    exact = {"output": "[8, ~, ~]", "stride": "2"}
    if not figures:
        return "expect: {}" + random.choice(COMMENTS)
    if random.random() < 0.5:
        lines = "expect:" + random.choice(["", " # here"])
        for figure in figures:
            value = exact.get(figure) or limits(random, 6, block=True)
            comment = "" if "\n" in value else random.choice(COMMENTS)
            below = random.choice(["", "", "", "\n", "\n # comment"])
            lines += f"\n   {figure}: {value}{comment}{below}"
        return lines
    pairs = [f"{name}: {exact.get(name) or limits(random, 6, block=False)}" for name in figures]
    return random.choice(
        [
            "expect: {" + ", ".join(pairs) + "}" + random.choice(COMMENTS),
            "expect: { " + ",   ".join(pairs) + random.choice(["", " ,", ","]) + " }",
            "expect:\n  {" + ",\n   ".join(pairs) + "}",
            "expect: {\n  "
            + ",\n  ".join(pairs)
            + random.choice(["", ",", ", # c", " # c"])
            + "\n  }",
        ]
    )


def file(random: Random) -> str:
    """A whole file."""
    parts = [
        random.choice(["convcalc: 1", '"convcalc": 1', "convcalc:   1   # v"]),
        "input: [3, 32, 32]",
        "layers:\n- {conv: {out: 8, k: 3}, name: stem}"
        + random.choice(COMMENTS)
        + "\n- max_pool: 2"
        + random.choice(["", " # y", "\n# z", "\n\n\n"]),
    ]
    if random.random() < 0.85:
        parts.insert(random.randrange(1, 4), expectations(random))
    end = random.choice(["", "\n", "\n\n", "\n# end", "\n# end\n", "  "])
    return ("\n".join(parts) + end).replace("\n", random.choice(["\n", "\r\n", "\r"]))


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(8))
def test_any_style(seed: int) -> None:
    random = Random(seed)
    for _ in range(250):
        text = file(random)
        slack = Fraction(random.randrange(2), 10)
        only = random.choice(ONLY)
        flags = {"update": random.random() < 0.5, "layers": random.random() < 0.5}
        terms = Terms(slack, only, **flags)
        done = budgeted(convcalc.loads(text), terms)
        assert done.failures == ()
        assert done.is_changed == (done.text != text)
        again = budgeted(convcalc.loads(done.text), terms)
        assert (again.text, again.is_changed) == (done.text, False)
        # Comments are all there, and so is the line break at the end, if there was one.
        assert re.findall(r"# ?\w+", done.text) == re.findall(r"# ?\w+", text)
        assert not text.endswith(("\n", "\r")) or done.text.endswith(("\n", "\r"))
        breaks = set(re.findall(r"\r\n|\n|\r", text))
        assert set(re.findall(r"\r\n|\n|\r", done.text)) <= breaks
