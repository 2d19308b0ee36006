"""The shorthand of one-off questions: `3x224x224 conv 64 k7 s2 p3 , max_pool k3 s2 p1`.

    question  size layer { "," layer }
    size      NUMBER { "x" NUMBER }         32, 224x192, 3x224x224
              [NUMBER] "@" sizes            6@28x28: 6 channels of 28x28; @9x9x9: no channels
    layer     [kind] [value] { token }      without a kind: a convolution of unnamed channels
    value     fills the kind's main field   conv 64, max_pool 2, adaptive_avg_pool 7x7
    token     letter, then value            k3, k3x5, p1x2, p0:1 (before:after), p0:1x2:2
              name=value                    k=3, kernel_size=3, mode=bilinear
              word                          same, ceil, dw, nobias, ...
              letter and a list             d1,2,4,8: one layer for each value
              x3                            the layers of this place three times over

Values become what the YAML format takes: integers, tuples with one an axis, pairs, words. Nothing
else is imported, so that the one-off question starts as fast as Python does; what a kind
makes of its fields is the kind's business.
"""

from __future__ import annotations

from convcalc.shorthand.question import Layer, Question
from convcalc.shorthand.repeating import listed, unrolled
from convcalc.shorthand.values import ShorthandError, Token, any_value, axes, pads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from convcalc.shorthand.values import Value

# Letter -> (field, what it is called, least value). The letters are those of the YAML format.
LETTERS = {
    "k": ("kernel_size", "the kernel", 1),
    "s": ("stride", "the stride", 1),
    "p": ("padding", "the padding", 0),
    "d": ("dilation", "the dilation", 1),
    "g": ("groups", "the number of groups", 1),
    "a": ("output_padding", "the output padding", 0),
}
_LETTER_OF = {field.removesuffix("_size"): letter for letter, (field, _, _) in LETTERS.items()}
PADDING_WORDS = ("valid", "half", "full", "same", "same_upper", "same_lower", "causal")
# Word -> the field that it sets, and to what.
WORDS: dict[str, tuple[str, str | bool]] = {
    **{word: ("padding", word) for word in PADDING_WORDS},
    "ceil": ("ceil_mode", True),
    "floor": ("ceil_mode", False),
    "dw": ("groups", "depthwise"),
    "nobias": ("bias", False),
    "exclude_pad": ("count_include_pad", False),
    "keepdim": ("keepdim", True),
    "align_corners": ("align_corners", True),
    **{word: ("mode", word) for word in ("nearest", "linear", "bilinear", "trilinear", "bicubic")},
    **{word: ("padding_mode", word) for word in ("reflect", "replicate", "circular")},
}


def parse(words: Iterable[str], kinds: Collection[str]) -> Question:
    """The question that `words` write; `kinds` are the names of the layer kinds.

    Raises ShorthandError at the first word that does not fit.

    >>> words = ["3x224x224", "conv", "64", "k7", "s2,", "max_pool", "2"]
    >>> asked = parse(words, {"conv", "max_pool"})
    >>> asked.size, asked.has_channels, [(layer.kind, layer.main) for layer in asked.layers]
    ((3, 224, 224), True, [('conv', 64), ('max_pool', 2)])
    >>> asked.layers[0].fields
    {'kernel_size': 7, 'stride': 2}
    """
    text = " ".join(" ".join(words).split())
    tokens = _tokens(text)
    if not tokens:
        help = "write the input's size, then the layer: 224 k7 s2 p3"
        raise ShorthandError("missing-field", "there is no size", help, Token("", 0))
    if tokens[0].text[:1].isalpha():
        raise _without_size(tokens)
    question = Question(text, tokens[0])
    group: list[Token] = []
    end = Token(",", len(text))
    for token in [*tokens[1:], end]:
        if token.text != ",":
            group.append(token)
            continue
        if not group:
            what, where = "there is no layer behind the size", token
            if len(tokens) > 1:
                what = "there is no layer beside this comma"
                where = tokens[-1] if token is end else token
            help = "write a layer, such as k7 s2 p3 or max_pool k3 s2 p1"
            if not question.layers and len(tokens) > 2 and tokens[2].text.isdigit():
                help = f"the sizes of a map are written {tokens[0].text}x{tokens[2].text}"
            raise ShorthandError("missing-field", what, help, where)
        for layer in unrolled(group, len(question.layers)):
            question.layers.append(_layer(layer, kinds))
        group = []
    return question


def _without_size(tokens: list[Token]) -> ShorthandError:
    """The error of a question that does not begin with a size: no size begins in letters."""
    first = tokens[0]
    message = f"there is no size in front of `{first.text}`"
    written = " ".join(token.text for token in tokens[:5])
    help = f"write the input's size, then the layer: 224 {written}"
    if first.text.endswith((".yaml", ".yml")):
        message = f"`{first.text}` is a file, and this a question about one layer"
        help = f"convcalc plan {first.text} has the sizes of all its layers"
    return ShorthandError("missing-field", message, help, first)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    start = 0
    for word in text.split(" "):
        rest = start
        parts = word.split(",")
        body = word.strip(",")
        if listed(body):
            # The commas of a list, d1,2,4, are its own.
            before, after = word.split(body)
            parts = [*[""] * len(before), body, *[""] * len(after)]
        for part in parts:
            if rest > start:
                tokens.append(Token(",", rest - 1))
            if part:
                tokens.append(Token(part, rest))
            rest += len(part) + 1
        start += len(word) + 1
    return tokens


def _layer(tokens: list[Token], kinds: Collection[str]) -> Layer:
    layer = Layer(tokens[0])
    layer.text = " ".join(token.text for token in tokens)
    for at, token in enumerate(tokens):
        text = token.text
        # `linear` is a kind, and the mode of an `upsample` before it.
        if text in kinds and not (text in WORDS and layer.kind):
            if layer.kind or layer.fields:
                help = f"put a comma before it: , {text}"
                raise ShorthandError("bad-layer", f"`{text}` begins a second layer", help, token)
            layer.kind = text
            layer.tokens["kind"] = token
        elif text in WORDS:
            field, value = WORDS[text]
            _set(layer, field, value, token)
        elif "=" in text:
            _named(layer, token)
        elif text[0] in LETTERS and text[1:2] and not text[1].isalpha() and text[1] != "_":
            _lettered(layer, text[0], text[1:], token)
        elif text[0].isdigit() or text[0] in "~-.":
            _main(layer, token)
        else:
            _unknown(token, tokens[at + 1 :], kinds)
    return layer


def _set(layer: Layer, field: str, value: Value, token: Token) -> None:
    if field in layer.fields:
        earlier = layer.tokens[field].text
        message = f"`{token.text}` sets what `{earlier}` has set"
        help = "keep one of them"
        if field == "kernel_size":
            help += f", or begin a second layer with a comma: {earlier} , {token.text}"
        raise ShorthandError("field-given-twice", message, help, token)
    layer.fields[field] = value
    layer.tokens[field] = token


def _lettered(layer: Layer, letter: str, text: str, token: Token) -> None:
    field, what, least = LETTERS[letter]
    if letter == "p":
        value: Value = pads(text, what, token)
    else:
        value = axes(text, what, least, token, f"{letter}3, or {letter}3x5 for one an axis")
    _set(layer, field, value, token)


def _named(layer: Layer, token: Token) -> None:
    name, _, text = token.text.partition("=")
    if name in LETTERS or name in LONG_NAMES:
        _lettered_or_word(layer, LONG_NAMES.get(name, name), text, token)
    elif not name or not text:
        help = "write name=value, as in mode=bilinear"
        raise ShorthandError("wrong-value", f"`{token.text}` sets nothing", help, token)
    else:
        _set(layer, name, any_value(text, token), token)


def _lettered_or_word(layer: Layer, letter: str, text: str, token: Token) -> None:
    field = LETTERS[letter][0]
    if text in WORDS and WORDS[text][0] == field:
        _set(layer, field, WORDS[text][1], token)
    elif text == "depthwise" and field == "groups":
        _set(layer, field, text, token)
    else:
        _lettered(layer, letter, text, token)


# Full names and the names of the long options, to the letter.
LONG_NAMES = {
    **{field: letter for letter, (field, _, _) in LETTERS.items()},
    "kernel": "k",
}


def _main(layer: Layer, token: Token) -> None:
    if not layer.kind:
        help = f"write conv {token.text} for the filters, or k{token.text} for the kernel"
        message = f"`{token.text}` has no letter and no kind before it"
        raise ShorthandError("wrong-value", message, help, token)
    if layer.main is not None:
        earlier = layer.tokens["main"].text
        message = f"`{token.text}` is a second number without a letter, behind `{earlier}`"
        help = "give it a letter, as in k3, s2 or p1"
        raise ShorthandError("field-given-twice", message, help, token)
    layer.main = any_value(token.text, token)
    layer.tokens["main"] = token


def _unknown(token: Token, behind: list[Token], kinds: Collection[str]) -> None:
    known = [*WORDS, *kinds]
    message = f"`{token.text}` is no layer, field or word"
    letter = token.text[:1]
    help = "write a kind such as conv or max_pool, or a field such as k3, s2, p1, d2, g32, a1"
    if token.text in LETTERS:
        help = f"write a number behind it: {letter}3"
        field = LETTERS[token.text][0]
        if behind and WORDS.get(behind[0].text, ("",))[0] == field:
            help = f"write the word alone: {behind[0].text}"
        elif behind and behind[0].text.isdigit():
            help = f"write it without the space: {letter}{behind[0].text}"
        known = []
    elif token.text in _LETTER_OF:
        help = f"write a letter and a number: {_LETTER_OF[token.text]}3"
        known = []
    elif "(" in token.text:
        help = "write a kind and its fields, without input channels: conv 64 k3 s2 p1"
        known = []
    raise ShorthandError("unknown-kind", message, help, token, known)
