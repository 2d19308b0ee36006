"""Values of the JSON of an exported program: mappings, unions, sizes and arguments.

Source: `torch._export.serde.schema`, in which a union is a mapping of one key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.importers.named_arguments import Number, Tensor


class MalformedError(Exception):
    """JSON that is no exported program; its text says what is wrong."""


def typed(found: Mapping[str, Any], key: str, kind: type) -> Any:
    """What stands under a key, which has to be of that type."""
    value = mapping(found).get(key)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise MalformedError(f"`{key}` is {type(value).__name__}, not {kind.__name__}")
    return value


class UntoldSizeError(Exception):
    """A size that is known in a run only, such as how many places a mask leaves."""


def mapping(value: object) -> dict[str, Any]:
    """The value, which has to be a mapping."""
    if not isinstance(value, dict):
        raise MalformedError(f"{type(value).__name__} where a mapping stands")
    return value


def only(value: object) -> tuple[str, Any]:
    """The one key of a union, and its value."""
    held = mapping(value)
    if len(held) != 1:
        raise MalformedError(f"a union of {len(held)} keys")
    return next(iter(held.items()))


def size_of(value: object) -> tuple[int, str]:
    """A size, and the expression that it stands for where it is open.

    Raises UntoldSizeError where it depends on numbers that a network has in a run.
    """
    form, held = only(value)
    if form == "as_int" and isinstance(held, int) and not isinstance(held, bool) and held >= 0:
        return held, ""
    if form == "as_expr":
        given = mapping(held).get("hint")
        if given is None:
            raise UntoldSizeError
        _, hint = only(given)
        if isinstance(hint, int) and hint >= 0:
            return hint, str(held.get("expr_str", "size"))
    raise MalformedError(f"a size that is `{held!s:.40}`")


def argument(form: str, value: Any) -> Any:
    """An argument: tensors and worked-out numbers by name, everything else as it stands."""
    if form == "as_none":
        return None
    if form in ("as_tensor", "as_optional_tensor"):
        return Tensor(value["name"]) if _has_name(value) else _optional(value)
    if form in ("as_tensors", "as_optional_tensors"):
        return tuple(argument("as_tensor", one) for one in _list(value))
    if form in ("as_sym_int", "as_sym_bool", "as_sym_float"):
        inner, held = only(value)
        return Number(held) if inner == "as_name" else held
    if form in ("as_sym_ints", "as_sym_bools", "as_sym_floats"):
        return tuple(argument("as_sym_int", one) for one in _list(value))
    if form.endswith("s") and isinstance(value, list):
        return tuple(value)
    if form == "as_float" and isinstance(value, str):
        return _float(value)
    return value


def _float(text: str) -> float:
    """Infinity and NaN stand as text."""
    try:
        return float(text)
    except ValueError as error:
        raise MalformedError(f"a number that is `{text:.40}`") from error


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedError(f"{type(value).__name__} where a list stands")
    return value


def _has_name(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def _optional(value: object) -> Tensor | None:
    """A tensor that may be left out."""
    form, held = only(value)
    return Tensor(held["name"]) if form == "as_tensor" and _has_name(held) else None
