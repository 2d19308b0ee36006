"""The values of the shorthand: numbers, sizes, one an axis, before and after.

Imports nothing, as `shorthand`, which reads the words around them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Pair = tuple[int, int]
    Value = int | str | bool | float | None | tuple[int | None, ...] | tuple[Pair, ...]

MAX_DIGITS = 18
MAX_FIELD = 10**9
MAX_AXES = 3


class ShorthandError(ValueError):
    """Words that do not parse: what was read, what was expected, and an example.

    `slug` is the finding's name, `word` what was read; `start` and `width` are the characters of
    the text that it is about.
    """

    def __init__(
        self, slug: str, message: str, help: str, token: Token, known: Iterable[str] = ()
    ) -> None:
        self.slug, self.message, self.known = slug, message, tuple(known)
        self.start, self.width = token.start, max(1, len(token.text))
        self._help, self.word = help, token.text
        super().__init__(message)

    @property
    def help(self) -> str:
        """A repair: the nearest known word where there is one, or an example."""
        from difflib import get_close_matches

        close = get_close_matches(self.word, self.known, n=1, cutoff=0.6)
        return f"did you mean `{close[0]}`?" if close else self._help


class Token:
    """A word of the question and where it starts, in characters from 0."""

    __slots__ = ("start", "text")

    def __init__(self, text: str, start: int) -> None:
        self.text, self.start = text, start


def size_of(token: Token) -> tuple[bool | None, tuple[int, ...]]:
    """(whether an @ says that channels come first, None without an @; the numbers) of a size.

    >>> size_of(Token("3@224x224", 0)), size_of(Token("@9x9x9", 0)), size_of(Token("9", 0))
    ((True, (3, 224, 224)), (False, (9, 9, 9)), (None, (9,)))
    """
    channels, mark, rest = token.text.partition("@")
    example = "224, 224x192, 3x224x224, or 3@224x224 to mark the channels"
    parts = ([channels] if mark and channels else []) + _parts(rest if mark else channels)
    sizes = tuple(_number(part, "a size", 1, token, example) for part in parts)
    marked = bool(channels) if mark else None
    if len(sizes) > MAX_AXES + (marked is not False):
        message = f"`{token.text}` has {len(sizes)} numbers"
        help = f"write up to three axes, with the channels before them: {example}"
        raise ShorthandError("wrong-rank", message, help, token)
    return marked, sizes


def _parts(text: str) -> list[str]:
    return text.replace("×", "x").replace("X", "x").split("x")


def _number(text: str, what: str, least: int, token: Token, example: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        number = int(text)
        if number >= least and (number <= MAX_FIELD or what == "a size"):
            return number
    shown = token.text if len(token.text) <= 40 else f"{token.text[:37]}..."
    digits = text[1:] if text[:1] in "+-" else text
    if digits.isascii() and digits.isdigit():
        most = f"10^{MAX_DIGITS} - 1" if what == "a size" else str(MAX_FIELD)
        value = digits.lstrip("0")
        if text == digits and (len(value) > MAX_DIGITS or int(value or 0) >= least):
            message, slug = f"`{shown}`: {what} is at most {most}", "number-too-large"
        else:
            message, slug = f"`{shown}`: {what} is {least} or more, got {text}", "wrong-value"
    else:
        got = f"got `{text[:40]}`" if text else "got none"
        message, slug = f"`{shown}`: {what} wants a whole number, {got}", "wrong-type"
    raise ShorthandError(slug, message, f"write {example}", token)


def axes(text: str, what: str, least: int, token: Token, example: str) -> int | tuple[int, ...]:
    """A number of `least` or more, or one an axis; `what` and `example` are for refusals.

    >>> axes("3x5", "the kernel", 1, Token("k3x5", 0), "k3")
    (3, 5)
    """
    numbers = tuple(_number(part, what, least, token, example) for part in _parts(text))
    _few(numbers, token)
    return numbers if len(numbers) > 1 else numbers[0]


def pads(text: str, what: str, token: Token) -> int | tuple[int, ...] | tuple[Pair, ...]:
    """A padding: a number, one an axis, or (before, after) pairs as soon as one has a colon.

    >>> pads("0:1x2", "the padding", Token("p0:1x2", 0))
    ((0, 1), (2, 2))
    """
    example = "p1, p1x2 for one an axis, or p0:1 for before:after"
    if ":" not in text:
        return axes(text, what, 0, token, example)
    pairs = []
    for part in _parts(text):
        before, colon, after = part.partition(":")
        low = _number(before, what, 0, token, example)
        pairs.append((low, _number(after, what, 0, token, example) if colon else low))
    _few(pairs, token)
    return tuple(pairs)


def _few(values: list[Pair] | tuple[int | None, ...], token: Token) -> None:
    if len(values) > MAX_AXES + 1:
        message = f"`{token.text}` lists {len(values)} values"
        raise ShorthandError("wrong-rank", message, "write one, or one an axis (up to 3)", token)


def any_value(text: str, token: Token) -> Value:
    """A value whose field is not known yet."""
    if text in ("true", "false"):
        return text == "true"
    if text == "~":
        return None
    if not (text[0].isdigit() or text[0] in "~-.:"):
        return text
    if ":" in text:
        return pads(text, "a value", token)
    if "." in text:
        return _decimal(text, token)
    example = "64, 7x7, or 7x~ to keep an axis"
    numbers = tuple(
        {"~": None, "-1": -1}[part]
        if part in ("~", "-1") and "x" in text
        else _number(part, "a value", 0, token, example)
        for part in _parts(text)
    )
    _few(numbers, token)
    return numbers if len(numbers) > 1 else numbers[0]


def _decimal(text: str, token: Token) -> float:
    whole, _, rest = text.partition(".")
    if (whole + rest).isascii() and (whole + rest).isdigit() and len(text) <= MAX_DIGITS:
        return float(text)
    message = f"`{token.text}`: a value wants a number, got `{text[:40]}`"
    raise ShorthandError("wrong-type", message, "write 2 or 1.5", token)
