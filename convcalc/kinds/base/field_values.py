"""What a YAML value may be for a field, each as a function that says what it wanted.

They are strict: no `True` for 1, no `'3'` for 3. One wrong value gives one finding.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

from pydantic_core import PydanticCustomError

MAX_COUNT = 10**9
# What a file may declare of parameters and multiply-accumulates.
MAX_AMOUNT = 10**18
MAX_SLOPE = 100
MAX_FACTOR = 10**6
# In YAML's spelling they are no finite numbers, and stand in quotes.
INFINITE = {"inf": "inf", "-inf": "-inf", ".inf": "inf", "-.inf": "-inf"}
PADDING_WORDS = ("valid", "half", "full", "same", "same_upper", "same_lower", "causal")

PerAxisValue = int | tuple[int, ...]
Pair = tuple[int, int]
NumericPaddingValue = int | tuple[int, ...] | tuple[Pair, ...]
PaddingValue = NumericPaddingValue | str


def wrong(slug: str, message: str, help: str = "") -> PydanticCustomError:
    """A validation error that the network layer turns into a finding of that slug."""
    # Braces would be read as placeholders.
    context = {"message": message, "help": help}
    return PydanticCustomError(slug, "{message}", context)


# What makes an integer of an exact fraction, for whoever wants one.
ROUNDINGS = "round it by `floor(…)`, `ceil(…)`, `round(…)` or `round_to(…, 8)`"


def is_integer(value: object) -> bool:
    """True for integers, not for booleans."""
    return isinstance(value, int) and not isinstance(value, bool)


def show(value: object) -> str:
    """A received value as YAML would write it, cut to a readable length."""
    if value is None:
        text = "~"
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = f"'{escaped(value[:100])}'"
    else:
        text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def escaped(text: str) -> str:
    """Text from a file on one line, with what no terminal should see spelt out.

    >>> print(escaped("two\\nlines"))
    two\\nlines
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def read_integer(value: object, least: int, what: str) -> int:
    """An integer from `least` on; `what` says so in words. Raises what `wrong` makes."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong("wrong-type", f"wants {what}, got {show(value)}", _repair(value, least))
    if value < least:
        raise wrong("wrong-value", f"wants {what}, got {value}", f"write {least} or more")
    if value > MAX_COUNT:
        message = f"is beyond the limit of {MAX_COUNT:,}, got {show(value)}"
        raise wrong("number-too-large", message, "use a smaller number")
    return value


def _repair(value: object, least: int) -> str:
    if isinstance(value, Fraction):
        return ROUNDINGS
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return f"write {int(value)} without quotes"
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_COUNT:
        return f"write {int(value)}"
    return f"write an integer, {least} or more"


def read_per_axis(value: object, least: int) -> PerAxisValue:
    """An integer from `least` on, or one an axis."""
    if isinstance(value, (list, tuple)):
        if not value:
            raise wrong("wrong-value", "is an empty list", "write one value per spatial axis")
        return tuple(read_integer(item, least, AT_LEAST[least]) for item in value)
    return read_integer(value, least, f"{AT_LEAST[least]} or a list of them")


AT_LEAST = {1: "a positive integer", 0: "an integer of 0 or more"}


def read_count(value: object) -> int:
    """A positive integer."""
    return read_integer(value, 1, "a positive integer")


def read_groups(value: object) -> int | str:
    """A positive integer, or `depthwise`."""
    if value == "depthwise":
        return "depthwise"
    return read_integer(value, 1, "a positive integer or `depthwise`")


def read_padding(value: object, words: bool) -> PaddingValue:
    """A padding: a number, one or a pair an axis, or one of the `words` where they are allowed."""
    if isinstance(value, str):
        return _padding_word(value, words)
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, (list, tuple)) for item in value):
            return tuple(_pair(item) for item in value)
        if any(isinstance(item, (list, tuple)) for item in value):
            raise wrong(
                "wrong-type",
                "mixes numbers and before/after pairs",
                "write a pair for every axis, as in [[1, 1], [0, 2]]",
            )
    if is_integer(value) and value < 0:  # type: ignore[operator]
        raise wrong("wrong-value", f"is negative ({value})", "use a `crop` layer to cut pixels")
    return read_per_axis(value, 0)


def _padding_word(value: str, words: bool) -> str:
    if not words:
        raise wrong(
            "wrong-type",
            f"takes numbers, got {show(value)}",
            "write 0, [1, 2] (per axis) or [[0, 1], [2, 2]] (before, after)",
        )
    if value not in PADDING_WORDS:
        raise wrong(
            "wrong-value",
            f"is no padding: {show(value)}",
            f"write a number or one of {', '.join(PADDING_WORDS)}",
        )
    return value


def _pair(value: Any) -> Pair:
    if len(value) != 2:
        raise wrong(
            "wrong-value", f"wants pairs (before, after), got {show(list(value))}", "write [0, 1]"
        )
    before, after = (read_integer(item, 0, "an integer of 0 or more") for item in value)
    return before, after


def read_flag(value: object) -> bool:
    """true or false, and no other word for them."""
    if not isinstance(value, bool):
        repair = "write true or false"
        if isinstance(value, str) and value.lower() in ("yes", "on", "y"):
            repair = "YAML 1.2 knows only true and false: write true"
        if isinstance(value, str) and value.lower() in ("no", "off", "n"):
            repair = "YAML 1.2 knows only true and false: write false"
        raise wrong("wrong-type", f"wants true or false, got {show(value)}", repair)
    return value


def read_number(value: object) -> Fraction:
    """A number, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise wrong("wrong-type", f"wants a number, got {show(value)}", "write a number")
    if not isfinite(value):
        # Infinity and NaN are no fractions.
        raise wrong("wrong-value", f"wants a finite number, got {show(value)}", "write a number")
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def read_divisor(value: object) -> Fraction:
    """A number other than 0, exactly."""
    number = read_number(value)
    if not number:
        raise wrong("wrong-value", "wants a number other than 0, got 0", "write 2")
    return number


def read_number_or_infinity(value: object) -> Fraction | str | None:
    """A number, exactly, or `inf` or `-inf`; ~ is none."""
    if value is None:
        return None
    if isinstance(value, list | tuple) and value and all(isinstance(x, str) for x in value):
        named = f": [{escaped(', '.join(value))}]" if len(value) == 2 else ""
        got = show(list(value))
        raise wrong("wrong-type", f"wants a number, got {got}", f"name layers in `inputs{named}`")
    known = INFINITE.get(value) if isinstance(value, str) else None
    return read_number(value) if known is None else known


def _number_up_to(value: object, most: int, repair: str) -> Fraction:
    if not (isinstance(value, float) and not isfinite(value)):
        number = read_number(value)
        if 0 <= number <= most:
            return number
    raise wrong("wrong-value", f"wants a number from 0 to {most}, got {show(value)}", repair)


def read_share(value: object) -> Fraction:
    """A number from 0 to 1."""
    return _number_up_to(value, 1, "write 0.5")


def read_epsilon(value: object) -> Fraction:
    """A number from 0 to 1 that is meant to be small."""
    return _number_up_to(value, 1, "write 0.001")


def read_positive(value: object) -> Fraction:
    """A number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise wrong("wrong-type", f"wants a number, got {show(value)}", "write a number")
    if not 0 < value <= MAX_FACTOR:
        what = f"a number above 0, up to {MAX_FACTOR:,}"
        raise wrong("wrong-value", f"wants {what}, got {show(value)}", "write 1")
    return read_number(value)


def read_slope(value: object) -> Fraction:
    """A number from 0 to `MAX_SLOPE`."""
    return _number_up_to(value, MAX_SLOPE, "write 0.2")


def read_scale(value: object) -> tuple[Fraction, ...]:
    """A factor, or one an axis."""
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    scales = tuple(read_number(item) for item in items)
    if not scales or any(not Fraction(1, 10**6) <= scale <= 10**6 for scale in scales):
        raise wrong("wrong-value", f"wants a positive factor, got {show(value)}", "write 2")
    return scales


def read_sizes(value: object) -> tuple[int | None, ...]:
    """A size, or one an axis; ~ keeps an axis."""
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    what = "a positive integer, or ~ to keep an axis"
    if not items:
        raise wrong("wrong-value", "is an empty list", "write one value per spatial axis")
    return tuple(None if item is None else read_integer(item, 1, what) for item in items)


def read_shape(value: object, free: bool) -> tuple[int, ...]:
    """A list of sizes; of a `free` one, -1 is what is left."""
    if not isinstance(value, (list, tuple)) or not value:
        raise wrong("wrong-type", f"wants a list of sizes, got {show(value)}", "write [64, 7, 7]")
    least = -1 if free else 1
    sizes = tuple(read_integer(item, least, "positive integers") for item in value)
    if 0 in sizes or sizes.count(-1) > 1:
        raise wrong("wrong-value", f"wants positive sizes, at most one -1, got {show(value)}", "")
    if len(sizes) > 4:
        raise wrong("wrong-value", f"has {len(sizes)} axes; 4 (C, D, H, W) are the most", "")
    return sizes


def read_kept_sizes(value: object) -> tuple[int | None, ...]:
    """A list of sizes in which ~ keeps an axis."""
    if not isinstance(value, (list, tuple)) or not value:
        raise wrong("wrong-type", f"wants a list of sizes, got {show(value)}", "write [64, 7, 7]")
    sizes = read_sizes(value)
    if len(sizes) > 4:
        message = f"has {len(sizes)} axes; 4 (C, D, H, W) are the most"
        raise wrong("wrong-value", message, "join some, as by `rearrange`")
    return sizes


def read_amount(value: object) -> int | None:
    """An integer from 0 to `MAX_AMOUNT`; ~ is nothing said."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and MAX_COUNT < value <= MAX_AMOUNT:
        return value
    return read_integer(value, 0, "an integer of 0 or more, or ~ where it is not known")


def read_words(value: object) -> str:
    """A text."""
    if isinstance(value, str):
        return value
    raise wrong("wrong-type", f"wants words, got {show(value)}", "write them in quotes")


def read_span(value: object) -> Pair:
    """The first of some numbers, and the one behind the last."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise wrong("wrong-type", f"wants [start, stop], got {show(value)}", "write [0, 32]")
    start, stop = (read_integer(item, 0, "an integer of 0 or more") for item in value)
    if start >= stop:
        raise wrong("wrong-value", f"takes no channel: [{start}, {stop}]", "stop is exclusive")
    return start, stop


def read_names(value: object) -> tuple[str, ...]:
    """Names of layers; one stands for a list of one."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)) or not value:
        repair = "name layers, as in [main, shortcut]"
        raise wrong("wrong-type", f"wants a list of layer names, got {show(value)}", repair)
    for item in value:
        if not isinstance(item, str):
            repair = "give the layer a `name` and write that; there are no numbers for layers"
            raise wrong("wrong-type", f"wants layer names, got {show(item)}", repair)
    return tuple(value)
