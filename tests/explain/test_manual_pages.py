"""The layout of manual pages: lists in two columns, and what stands above the page of a rule."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.features.check.rules import all_rules
from convcalc.features.explain.manual import page_of, pages
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base.fields import SHORT_NAMES
from tests.each import each


def entries(lines: list[str], width: int) -> Iterator[tuple[str, str]]:
    """The names and texts of a list, whose lines are as it promises.

    Two cells before the names, two behind the longest, and texts that go on below themselves,
    with no word there that had room above.
    """
    above = ""
    column = next(at for at in range(3, len(lines[0])) if all(
        line[at - 2 : at] == "  " and line[at : at + 1].strip() for line in lines))  # fmt: skip
    name, texts = "", [""]
    for number, line in enumerate(lines):
        most = max(width, column + 20)
        assert len(line) <= most
        if not line[:column].strip():
            assert len(above) + 1 + len(line.split()[0]) > most
        else:
            if number:
                yield name, " ".join(texts)
            assert line[:2] == "  "
            assert line[2] != " "
            name, texts = line[2:column].strip(), []
        texts.append(line[column:])
        above = line
    yield name, " ".join(texts)


@each("kind", kind_names())
def test_fields_stand_beside_what_they_mean(kind: str) -> None:
    found = find_kind(kind)
    assert found is not None
    wanted = {
        name + (f", {SHORT_NAMES[name]}" if name in SHORT_NAMES else ""): info.description
        for name, info in found.model_fields.items()
    }
    page = page_of(kind, 60)
    assert page is not None
    head, _, fields = page.partition("\n\nFields:\n")
    assert head.startswith(f"{kind}\n\n")
    assert bool(fields) == bool({**wanted, **found.likes})
    if fields:
        listed = dict(entries(fields.rstrip("\n").split("\n"), 60))
        assert listed.keys() == {**wanted, **found.likes}.keys()
        mains = {found.main, f"{found.main}, {SHORT_NAMES.get(found.main or '')}"}
        for name, says in wanted.items():
            assert says
            start = " ".join(says.split())
            assert listed[name].startswith((f"{start} (required", f"{start} (default: "))
            assert listed[name].endswith("; the main field)") == (name in mains)


@each("width", [40, 72, 100])
def test_everything_that_can_be_explained_is_listed(width: int) -> None:
    for part in pages(width).rstrip("\n").split("\n\n"):
        _, *lines = part.split("\n")
        assert len(dict(entries(lines, width))) > 10


@each("rule", all_rules(), ids=lambda rule: rule.code)
def test_the_head_of_a_rule_says_its_level_and_its_repair(rule: type) -> None:
    facts = [rule.level]  # type: ignore[attr-defined]
    facts += ["has to be selected"] * (not rule.is_default)  # type: ignore[attr-defined]
    repair = {
        "none": "",
        "safe": "`--fix` repairs it",
        "unsafe": "`--fix --unsafe-fixes` repairs it",
    }[rule.fix]  # type: ignore[attr-defined]
    facts += [repair] * bool(repair)
    page = page_of(rule.code)  # type: ignore[attr-defined]
    assert page is not None
    head = page.partition("\n")[0]
    assert head == f"{rule.code} {rule.slug} ({', '.join(facts)})"  # type: ignore[attr-defined]
