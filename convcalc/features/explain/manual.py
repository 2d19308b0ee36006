"""The manual pages of `convcalc explain`: kinds and rules from their docstrings, concepts from
their files."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import cleandoc
from textwrap import indent, wrap

from convcalc.core.errors import CODES
from convcalc.features.check.catalog import Entry, catalog, find_entry
from convcalc.features.explain.concepts import concept_names, concept_with, find_concept, title_of
from convcalc.features.explain.explanations import EXPLANATIONS
from convcalc.kinds import find_kind, kind_names, meant
from convcalc.kinds.base import Kind
from convcalc.kinds.base.field_values import show
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.report.prose import refolded

_WIDTH = 88
_LIST_WIDTH = 100


def subjects() -> tuple[str, ...]:
    """Everything that has a page: kinds, concepts, findings, and their codes."""
    entries = catalog()
    slugs, codes = (entry.slug for entry in entries), (entry.code for entry in entries)
    return (*kind_names(), *concept_names(), *slugs, *codes)


def page_of(subject: str, width: int | None = None) -> str | None:
    """The page of a kind, a concept, or a finding by name or code; None where nothing is called so.

    Words of other programs for a kind will do, and single words of a concept's name.

    The beginning of a code lists what begins with it. Paragraphs are folded at `width` cells,
    and stay as they are written where there is none.

    >>> print(page_of("CC911"), end="")
    CC911 too-many-nodes
    <BLANKLINE>
    The file has more than 200,000 values. Write repeated layers with `repeat`, `each` and
    `blocks`.
    """
    kind = find_kind(subject)
    if kind is not None:
        return refolded(_kind_page(kind, width or _LIST_WIDTH), width)
    entry = find_entry(subject)
    if entry is not None:
        return refolded(page_of_entry(entry), width)
    concept = find_concept(subject)
    if concept is not None:
        return refolded(concept.removeprefix("# "), width)
    group = [one for one in catalog() if subject and one.code.startswith(subject.upper())]
    if group:
        return "\n".join(_aligned(map(_listed, group))) + "\n"
    called, _ = meant(subject)
    if called is not None:
        return page_of(called.kind, width)
    concept = concept_with(subject)
    return None if concept is None else refolded(concept.removeprefix("# "), width)


def pages(width: int = _LIST_WIDTH) -> str:
    """Everything that can be explained: concepts and kinds with their first line, then findings."""
    found = ((name, find_kind(name)) for name in kind_names())
    kinds = [(name, _first_line(kind)) for name, kind in found if kind is not None]
    findings = map(_listed, catalog())
    concepts = [(name, title_of(name)) for name in concept_names()]
    parts = {"concepts": concepts, "kinds": kinds, "findings": list(findings)}
    return (
        "\n\n".join("\n".join([head, *_aligned(one, width)]) for head, one in parts.items()) + "\n"
    )


def page_of_entry(entry: Entry) -> str:
    """The page of a finding: of a rule its docstring, of the front door its explanation."""
    if entry.rule is None:
        return _finding_page(entry.slug)
    facts: list[str] = [entry.level]
    if not entry.is_default:
        facts.append("has to be selected")
    if entry.fix != "none":
        facts.append(f"`--fix{' --unsafe-fixes' if entry.fix == 'unsafe' else ''}` repairs it")
    return f"{entry.code} {entry.slug} ({', '.join(facts)})\n\n{entry.rule.page()}\n"


def summary_of(entry: Entry) -> str:
    """What a finding is, in one sentence.

    >>> summary_of(find_entry("too-many-nodes"))
    'The file has more than 200,000 values.'
    """
    if entry.rule is not None:
        return entry.rule.summary()
    return EXPLANATIONS[entry.slug].summary


def _listed(entry: Entry) -> tuple[str, str]:
    return entry.code, entry.slug


def _finding_page(slug: str) -> str:
    text, example = EXPLANATIONS[slug]
    parts = [f"{CODES[slug]} {slug}", "\n".join(wrap(text, _WIDTH))]
    if example:
        parts.append(f"Example that has it:\n\n{indent(example.rstrip(), '    ')}")
    return "\n\n".join(parts) + "\n"


def _kind_page(kind: type[Kind], width: int) -> str:
    parts = [kind.kind, cleandoc(kind.__doc__ or "")]
    fields = [(_names(name), _words(kind, name)) for name in kind.model_fields]
    fields += kind.likes.items()
    if fields:
        parts.append("\n".join(["Fields:", *_aligned(fields, width)]))
    return "\n\n".join(parts) + "\n"


def _names(field: str) -> str:
    short = f", {SHORT_NAMES[field]}" if field in SHORT_NAMES else ""
    return f"{field}{short}"


def _words(kind: type[Kind], field: str) -> str:
    info = kind.model_fields[field]
    says = info.description or ""
    default = "required" if info.is_required() else f"default: {show(info.default)}"
    main = "; the main field" if field == kind.main else ""
    return f"{says} ({default}{main})"


def _first_line(kind: type[Kind]) -> str:
    return " ".join(cleandoc(kind.__doc__ or "").split("\n\n")[0].split())


def _aligned(entries: Iterable[tuple[str, str]], width: int = _LIST_WIDTH) -> list[str]:
    """Two columns, the second folded."""
    listed = list(entries)
    longest = max(len(name) for name, _ in listed)
    blank = " " * (longest + 4)
    lines = []
    for name, text in listed:
        lead = f"  {name:{longest}}  "
        lines += wrap(
            text, max(width, len(blank) + 20), initial_indent=lead, subsequent_indent=blank
        )
    return lines
