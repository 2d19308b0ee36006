"""What the shell proposes for arguments and options; loaded only where it asks."""

from __future__ import annotations

from collections.abc import Iterable


def complete_subject(incomplete: str) -> list[str]:
    """Kinds, findings and their codes that begin with `incomplete`.

    >>> complete_subject("conv"), complete_subject("CC10")[:2]
    (['conv', 'conv_transpose'], ['CC101', 'CC103'])
    """
    from convcalc.features.check.catalog import catalog
    from convcalc.kinds import kind_names

    entries = catalog()
    slugs, codes = (entry.slug for entry in entries), (entry.code for entry in entries)
    return _begin((*kind_names(), *slugs, *codes), incomplete)


def complete_selector(incomplete: str) -> list[str]:
    """Codes and names of findings, and the beginnings of codes, also behind those listed.

    >>> complete_selector("CC5,CC40")[:2], complete_selector("bias-b")
    (['CC5,CC401', 'CC5,CC402'], ['bias-before-norm'])
    """
    from convcalc.features.check.catalog import catalog

    entries = catalog()
    groups = dict.fromkeys(entry.code[:3] for entry in entries)
    words = (*groups, *(entry.code for entry in entries), *(entry.slug for entry in entries))
    return _begin_last(("ALL", *words), incomplete)


def complete_fail_on(incomplete: str) -> list[str]:
    """Levels that fail a check.

    >>> complete_fail_on("e")
    ['error']
    """
    from convcalc.features.check.settings import FAIL_ON

    return _begin(FAIL_ON, incomplete)


def complete_findings_format(incomplete: str) -> list[str]:
    """Formats of findings that begin with `incomplete`.

    >>> complete_findings_format("ma")
    ['markdown']
    """
    from convcalc.report import findings_formats

    return _begin(findings_formats(), incomplete)


def complete_rules_format(incomplete: str) -> list[str]:
    """Formats of the list of rules.

    >>> complete_rules_format("j")
    ['json']
    """
    from convcalc.features.rules.catalogue import FORMATS

    return _begin(FORMATS, incomplete)


def complete_template(incomplete: str) -> list[str]:
    """Templates that begin with `incomplete`.

    >>> complete_template("resnet1")
    ['resnet152', 'resnet18']
    """
    from convcalc.features.init.templates import templates

    return _begin(templates(), incomplete)


def complete_format(incomplete: str) -> list[str]:
    """Formats of an answer that begin with `incomplete`.

    >>> complete_format("m")
    ['markdown']
    """
    from convcalc.report import formats

    return _begin(formats(), incomplete)


def complete_dtype(incomplete: str) -> list[str]:
    """Types of numbers that begin with `incomplete`.

    >>> complete_dtype("b")
    ['bfloat16']
    """
    from convcalc.planning.convention import DTYPE_BYTES

    return _begin(DTYPE_BYTES, incomplete)


def complete_classes(incomplete: str) -> list[str]:
    """Classes of elementwise work, also behind those already listed.

    >>> complete_classes("bias,no")
    ['bias,norm']
    """
    from convcalc.kinds.base import WORK_CLASSES

    return _begin_last((*WORK_CLASSES, "all"), incomplete)


def complete_columns(incomplete: str) -> list[str]:
    """Columns of a plan, also behind those already listed.

    >>> complete_columns("name,rec")
    ['name,receptive_field']
    """
    from convcalc.report.columns import COLUMNS

    return _begin_last((*COLUMNS, "all"), incomplete)


def complete_sums(incomplete: str) -> list[str]:
    """Columns of a plan that hold sums, which lines can be sorted by.

    >>> complete_sums("ma")
    ['macs']
    """
    from convcalc.report.columns import TOTALS

    return _begin(TOTALS, incomplete)


def complete_figures(incomplete: str) -> list[str]:
    """Figures that `expect:` can limit, also behind those already listed.

    >>> complete_figures("params,ma")
    ['params,macs']
    """
    from convcalc.features.check.limits import FIGURES

    return _begin_last(FIGURES, incomplete)


def complete_color(incomplete: str) -> list[str]:
    """When to use colours.

    >>> complete_color("a")
    ['auto', 'always']
    """
    from convcalc.cli.streams import COLOR_CHOICES

    return _begin(COLOR_CHOICES, incomplete)


def _begin(known: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in known if name.startswith(incomplete)]


def _begin_last(known: tuple[str, ...], incomplete: str) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in known if name.startswith(last)]


def complete_diff_format(incomplete: str) -> list[str]:
    """Formats of a comparison of two networks.

    >>> complete_diff_format("m")
    ['markdown']
    """
    from convcalc.features.diff.command import FORMATS

    return _begin(FORMATS, incomplete)


def complete_limit(incomplete: str) -> list[str]:
    """Limits on a change that begin with a figure's name.

    >>> complete_limit("mem"), complete_limit("params>")
    (['memory>'], ['params>+5%'])
    """
    from convcalc.features.diff.limits import KNOWN

    if ">" in incomplete:
        return _begin((f"{incomplete.partition('>')[0]}>+5%",), incomplete)
    return _begin([f"{name}>" for name in KNOWN], incomplete)
