"""Layers as they are written: in shorthand and in YAML, short names, no defaults, axes folded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from convcalc.kinds import find_kind
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.kinds.base.patterns import Pattern

_DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0}
# What every axis has for itself; other lists are of one length whatever the axes.
_PER_AXIS = ("kernel_size", "stride", "padding", "dilation", "output_padding")


def compact(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields worth writing, under their short names.

    >>> compact("conv", {"out_channels": 3, "kernel_size": (3, 3), "stride": (1, 1), "bias": True,
    ...     "padding": ((1, 1), (1, 1))})
    {'out': 3, 'k': 3, 'p': 1}
    """
    shown: dict[str, Any] = {}
    for name, value in fields.items():
        folded = _folded(value) if name in _PER_AXIS or name == "scale_factor" else value
        # A pool's stride is its kernel unless it is written.
        default = None if name == "stride" and kind.endswith("_pool") else _DEFAULTS.get(name)
        if folded == default:
            continue
        if name == "bias" and folded is True:
            continue
        shown[SHORT_NAMES.get(name, name)] = folded
    return shown


def _folded(value: Any) -> Any:
    if not isinstance(value, tuple) or not value:
        return value
    if all(isinstance(item, tuple) for item in value):
        if any(before != after for before, after in value):
            return value
        value = tuple(before for before, _ in value)
    return value[0] if len(set(value)) == 1 else value


def in_shorthand(kind: str, fields: dict[str, Any], with_channels: bool = True) -> str:
    """The layer as `convcalc shape` reads it.

    >>> in_shorthand("conv_transpose", {"out_channels": 3, "kernel_size": (3,), "stride": (2,)})
    'conv_transpose 3 k3 s2'
    """
    words = [kind]
    main = _main(kind)
    for name, value in compact(kind, fields).items():
        if name in ("out", "out_channels") and not with_channels:
            continue
        text = _value(value)
        if name == main:
            words.insert(1, text)
        elif name == "bias":
            words.append("nobias")
        elif value == "depthwise":
            words.append("dw")
        elif len(name) == 1:
            words.append(f"{name}{text}")
        else:
            words.append(f"{name}={text}")
    return " ".join(words)


def _main(kind: str) -> str:
    found = find_kind(kind)
    main = found.main if found else ""
    return SHORT_NAMES.get(main, main)


def _value(value: Any) -> str:
    """A value as the shorthand spells it.

    >>> _value((3, 5)), _value(True), _value(None), _value(Fraction(3, 2))
    ('3x5', 'true', '~', '1.5')
    """
    if isinstance(value, Pattern):
        return f'"{value.text}"'
    if isinstance(value, tuple):
        return "x".join(map(_value, value)) if not _is_pair_list(value) else _pairs(value)
    if isinstance(value, Fraction):
        return str(value.numerator if value.denominator == 1 else float(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "~" if value is None else str(value)


def _is_pair_list(value: tuple[Any, ...]) -> bool:
    return all(isinstance(item, tuple) for item in value)


def _is_by_name(value: tuple[Any, ...]) -> bool:
    """True for the sizes of a pattern's names."""
    return _is_pair_list(value) and any(isinstance(name, str) for name, *_ in value)


def _pairs(value: tuple[Any, ...]) -> str:
    if _is_by_name(value):
        return ",".join(f"{name}:{size}" for name, size in value)
    # One pair holds for every axis.
    pairs = value[:1] if len(set(value)) == 1 else value
    return "x".join(f"{before}:{after}" for before, after in pairs)


def in_yaml(kind: str, fields: dict[str, Any]) -> str:
    """The layer as an item of a stack, without the dash.

    >>> in_yaml("conv_transpose", {"out_channels": 3, "kernel_size": 3, "padding": ((0, 1),)})
    'conv_transpose: {out: 3, k: 3, p: [[0, 1]]}'
    """
    shown = compact(kind, fields)
    if not shown:
        return kind
    main = _main(kind)
    if list(shown) == [main] and not isinstance(shown[main], str):
        return f"{kind}: {_flow(shown[main])}"
    return f"{kind}: {{{', '.join(f'{name}: {_flow(value)}' for name, value in shown.items())}}}"


def _flow(value: Any) -> str:
    if isinstance(value, tuple) and not isinstance(value, Pattern):
        if _is_by_name(value):
            return f"{{{', '.join(f'{name}: {size}' for name, size in value)}}}"
        return f"[{', '.join(map(_flow, value))}]"
    return _value(value)
