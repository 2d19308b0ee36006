"""What the shell proposes for arguments and options; loaded only where it asks."""

from __future__ import annotations

from collections.abc import Iterable


def complete_subject(incomplete: str) -> list[str]:
    """Kinds, findings and their codes that begin with `incomplete`.

    >>> complete_subject("conv"), complete_subject("CC10")[:2]
    (['conv', 'conv_transpose'], ['CC101', 'CC103'])
    """
    from convcalc.errors import CODES
    from convcalc.kinds import kind_names

    return _begin((*kind_names(), *CODES, *CODES.values()), incomplete)


def complete_template(incomplete: str) -> list[str]:
    """Templates that begin with `incomplete`.

    >>> complete_template("resnet1")
    ['resnet152', 'resnet18']
    """
    from convcalc.cli.templates import templates

    return _begin(templates(), incomplete)


def complete_format(incomplete: str) -> list[str]:
    """Formats of a plan that begin with `incomplete`.

    >>> complete_format("m")
    ['markdown']
    """
    from convcalc.formats import plan_formats

    return _begin(plan_formats(), incomplete)


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

    >>> complete_columns("name,par")
    ['name,params']
    """
    from convcalc.formats.columns import COLUMNS

    return _begin_last((*COLUMNS, "all"), incomplete)


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
