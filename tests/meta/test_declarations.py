"""The law of declarations finds what it is about."""

from __future__ import annotations

from tests.each import each
from tests.laws_of_declarations import faults


@each(("text", "found"), [
    ("@dataclass(frozen=False)\nclass A: ...", ["frozen=False is the default"]),
    ("@dataclass(slots=False, eq=True)\nclass A: ...",
     ["slots=False is the default", "eq=True is the default"]),
    ("@dataclass(frozen=True, slots=True, eq=False, kw_only=True, order=True)\nclass A: ...", []),
    ("@dataclass\nclass A: ...", []),
    ("def f(a, /, b): ...", ["`a` is given by its place alone"]),
    ("def f(a, *, b): ...", []),
    ("print('a, /, b')", []),
])  # fmt: skip
def test_what_says_nothing_is_found(text: str, found: list[str]) -> None:
    assert list(faults(text)) == found
