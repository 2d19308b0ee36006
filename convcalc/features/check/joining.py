"""Findings of one rule at one place made one: a layer of a repeated block is written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from convcalc.core.errors import Place, Problem
from convcalc.core.text import in_words

# A file may have this many findings; the last one says that there are more.
MAX_PROBLEMS = 1000


def join(problems: Iterable[Problem]) -> list[Problem]:
    """The findings in file order, one for each rule and place, with the number of further ones.

    Findings of the front door are joined already; expectations of repeated layers are not.
    """
    first: dict[tuple[str, Place | None, str], Problem] = {}
    more: Counter[tuple[str, Place | None, str]] = Counter()
    for problem in problems:
        # Two findings that speak of no layer stay two.
        what = "" if _is_of_layer(problem) else problem.message
        key = (problem.code, problem.place, what)
        if first.setdefault(key, problem) is not problem and not what:
            more[key] += 1
    joined = [_with_more(problem, more[key]) for key, problem in first.items()]
    return sorted(joined, key=_file_order)


def capped(problems: list[Problem]) -> list[Problem]:
    """At most MAX_PROBLEMS findings; the note of the last says how many are left out."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    kept = problems[:MAX_PROBLEMS]
    left = in_words(len(problems) - MAX_PROBLEMS, "more finding")
    kept[-1] = kept[-1].with_note(f"{left} in this file not shown")
    return kept


def _is_of_layer(problem: Problem) -> bool:
    return bool(problem.layer) and (bool(problem.rule) or problem.code.startswith("CC5"))


def _with_more(problem: Problem, more: int) -> Problem:
    if not more:
        return problem
    return problem.with_note(f"and {in_words(more, 'more layer')} of this line")


def _file_order(problem: Problem) -> tuple[int, int, str]:
    place = problem.place
    return (place.line, place.column, problem.code) if place else (0, 0, problem.code)
