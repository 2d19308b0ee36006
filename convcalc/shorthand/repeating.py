"""One place of a chain that makes several layers: `k8 d1,2,4,8 x3`.

A list makes a layer of each value, several lists go in step, and `x3` repeats what the place makes.
Imports nothing but the values, as `shorthand`, which reads the words around it.
"""

from __future__ import annotations

from convcalc.shorthand.values import ShorthandError, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LAYERS = 100_000
_MAX_DIGITS = 6


def listed(word: str) -> tuple[str, list[str]] | None:
    """What stands before each value of a list, and the values; None for a word that is none.

    >>> listed("d1,2,4"), listed("p=0x1,1"), listed("k3,"), listed("conv,64")
    (('d', ['1', '2', '4']), ('p=', ['0x1', '1']), None, None)
    """
    name = word.rstrip("0123456789x,")
    values = word[len(name) :].split(",")
    is_field = (len(name) == 1 and name.isalpha()) or name[:-1].replace("_", "").isalpha()
    if len(values) < 2 or not all(values) or not is_field or (name[1:] and name[-1] != "="):
        return None
    return name, values


def _times(word: str) -> int | None:
    """How many times `x3` repeats; None for another word."""
    number = word[1:]
    if word[:1] != "x" or not number.isascii() or not number.isdigit():
        return None
    return int(number) if len(number) <= _MAX_DIGITS else 10**_MAX_DIGITS


def unrolled(group: list[Token], before: int = 0) -> Iterator[list[Token]]:
    """The tokens of each layer that the tokens of one place make, `before` layers before it.

    Raises ShorthandError for lists of unequal lengths, and for too many layers.

    >>> words = [Token("k3", 0), Token("d1,2", 3), Token("x2", 8)]
    >>> [" ".join(token.text for token in layer) for layer in unrolled(words)]
    ['k3 d1', 'k3 d2', 'k3 d1', 'k3 d2']
    """
    times = 1
    last = group[0]
    kept = []
    lists: dict[Token, tuple[str, list[str]]] = {}
    for token in group:
        many, found = _times(token.text), listed(token.text)
        if many is None:
            kept.append(token)
        else:
            times, last = times * many, token
        if found:
            lists[token], last = found, token
    lengths = {len(values) for _, values in lists.values()}
    if len(lengths) > 1:
        written = " and ".join(f"`{token.text}`" for token in lists)
        message = f"the lists {written} have unequal lengths"
        raise ShorthandError("wrong-value", message, "give each as many values as the others", last)
    count = max(lengths, default=1)
    if not times or not kept:
        message = f"`{last.text}` leaves no layer" if kept else f"`{last.text}` repeats no layer"
        raise ShorthandError("wrong-value", message, "write the layer before it: k3 x2", last)
    if before + count * times > MAX_LAYERS:
        message = f"the chain unrolls to more than {MAX_LAYERS:,} layers"
        raise ShorthandError("too-many-layers", message, "repeat less", last)
    for _ in range(times):
        for place in range(count):
            yield [
                Token(lists[token][0] + lists[token][1][place], token.start)
                if token in lists
                else token
                for token in kept
            ]
