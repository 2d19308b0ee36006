"""The regimes of Dumoulin & Visin's guide: the named cases of convolution arithmetic, by number.

Imports nothing. i input size, k kernel, s stride, p padding on both sides, d dilation, and for
transposed layers a, the zeros added after. A transposed layer is named by the convolution that
it transposes.
"""

# Number -> (what the guide calls it, its condition).
RELATIONSHIPS = {
    1: ("no padding, unit stride", "s = 1, p = 0"),
    2: ("padding, unit stride", "s = 1"),
    3: ("half (same) padding", "s = 1, k odd, p = (k − 1)/2"),
    4: ("full padding", "s = 1, p = k − 1"),
    5: ("no padding, strided", "p = 0"),
    6: ("padding, strided", "any s and p"),
    7: ("pooling", "p = 0"),
    8: ("transposed, no padding", "s = 1, p = 0"),
    9: ("transposed, padding", "s = 1"),
    10: ("transposed, half padding", "s = 1, k odd, p = (k − 1)/2"),
    11: ("transposed, full padding", "s = 1, p = k − 1"),
    12: ("transposed, unpadded, strided", "p = 0, a = 0"),
    13: ("transposed, padded, strided", "a = 0"),
    14: ("transposed, zeros after", "any s, p and a"),
    15: ("dilated", "d > 1"),
}


def regime(
    family: str, kernel: int, stride: int, before: int, after: int, dilation: int, extra: int = 0
) -> int | None:
    """The number of the most special relationship that holds; None where the guide has none.

    `family` is "window", "pool" or "transposed"; `extra` is a. The guide pads both sides equally.

    >>> regime("window", 7, 2, 3, 3, 1), regime("window", 3, 1, 1, 1, 1)
    (6, 3)
    >>> regime("window", 2, 1, 0, 1, 1)
    >>> regime("transposed", 3, 2, 1, 1, 1, extra=1), regime("pool", 2, 2, 0, 0, 1)
    (14, 7)
    """
    if before != after:
        return None
    if family == "transposed":
        # The guide dilates no transposed layer, and a is what a division leaves.
        if (dilation > 1 and kernel > 1) or not 0 <= extra < max(1, stride):
            return None
        return _transposed(kernel, stride, before, extra)
    if dilation > 1 and kernel > 1:
        return 15
    if family == "pool" and before == 0:
        return 7
    if stride > 1:
        return 6 if before else 5
    return _unit(kernel, before)


def _unit(kernel: int, padding: int) -> int:
    if padding == 0:
        return 1
    if kernel % 2 and padding == kernel // 2:
        return 3
    return 4 if padding == kernel - 1 else 2


def _transposed(kernel: int, stride: int, padding: int, extra: int) -> int:
    if extra:
        return 14
    if stride > 1:
        return 13 if padding else 12
    return _unit(kernel, padding) + 7


def regime_in_words(number: int) -> str:
    """The relationship's name with its number, as an answer shows it.

    >>> regime_in_words(3)
    'half (same) padding (relationship 3 of Dumoulin & Visin)'
    """
    return f"{RELATIONSHIPS[number][0]} (relationship {number} of Dumoulin & Visin)"
