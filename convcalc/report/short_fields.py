"""A layer's fields in the short writing of people: `k7 s2 p3`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcalc.core.shapes import format_axes
from convcalc.kinds.base.fields import SHORT_NAMES

if TYPE_CHECKING:
    from convcalc.planning import Row
    from convcalc.report.lines import Line

# The output column says these, and the params column shows whether there is a bias; what a layer
# declares stands in the columns of figures and in the notes.
_SAID_ELSEWHERE = frozenset(
    {"out_channels", "out_features", "bias", "inputs", "output_size"}
    | {"output", "params", "buffers", "macs", "note"}
)


def key_fields(line: Line) -> str:
    """The fields of a line's layer that are not as usual; empty for a folded block.

    >>> import convcalc
    >>> network = convcalc.loads('''
    ... convcalc: 1
    ... input: [4, 32, 32]
    ... layers: [conv: {out: 8, k: [1, 7], s: 2, p: same_upper, g: 4}, max_pool: 2]
    ... ''')
    >>> from convcalc.report.lines import plan_lines
    >>> [key_fields(line) for line in plan_lines(convcalc.plan(network))]
    ['k1x7 s2 p0x(2,3) g4', 'k2']
    """
    return "" if line.is_block or line.result is None else row_fields(line.result)


def row_fields(row: Row) -> str:
    """The fields of a layer that are not as usual."""
    layer = row.node.layer
    shown = []
    for name, value in row.fields.items():
        usual = type(layer).model_fields[name].default
        if name not in _SAID_ELSEWHERE and getattr(layer, name) != usual:
            shown.append(_field(name, value))
    return " ".join(shown)


def _field(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return name if value else f"{name}=false"
    text = field_value(value)
    return f"{SHORT_NAMES[name]}{text}" if name in SHORT_NAMES else f"{name}={text}"


def field_value(value: Any) -> str:
    """A field's value: `3`, `1x7`, `true`; `~` for none.

    >>> field_value([3, 3]), field_value([[0, 0], [2, 3]]), field_value(True), field_value(None)
    ('3', '0x(2,3)', 'true', '~')
    >>> field_value({"kernel_size": [3, 3], "stride": [2, 2]})
    '(k3 s2)'
    """
    if isinstance(value, dict):
        return f"({' '.join(_field(name, one) for name, one in value.items())})"
    if isinstance(value, list):
        return format_axes(tuple(map(_axis, value)))
    return str(value).lower() if isinstance(value, bool) else "~" if value is None else str(value)


def _axis(value: Any) -> str:
    """One axis' value; padding that differs before and after is written `(before,after)`."""
    if not isinstance(value, list):
        return "~" if value is None else str(value)
    same = len(set(value)) == 1
    return str(value[0]) if same else f"({','.join(map(str, value))})"
