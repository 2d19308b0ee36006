"""What a person may have meant: words of other programs, and the nearest known spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core import text
from convcalc.kinds import find_kind, kind_names, meant
from convcalc.kinds.base.elsewhere import sentence
from convcalc.kinds.base.fields import SHORT_NAMES

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

_KEYS = {
    "version": ("convcalc",),
    "inputs": ("input",),
    "input_shape": ("input",),
    "input_size": ("input",),
    "shape": ("input",),
    "variables": ("vars",),
    "params": ("args", "vars"),
    "parameters": ("args", "vars"),
    "arguments": ("args",),
    "layer": ("layers",),
    "net": ("layers",),
    "network": ("layers",),
    "model": ("layers",),
    "title": ("name",),
    "expected": ("expect",),
    "id": ("name",),
    "label": ("name",),
    "source": ("from",),
    "times": ("repeat",),
    "count": ("repeat",),
    "when": ("if",),
    "comment": ("note",),
    # Fields.
    "kernel": ("kernel_size",),
    "ksize": ("kernel_size",),
    "filter_size": ("kernel_size",),
    "window": ("kernel_size",),
    "pool_size": ("kernel_size",),
    "size": ("kernel_size", "output_size"),
    "filters": ("out_channels",),
    "num_filters": ("out_channels",),
    "channels": ("out_channels",),
    "out_ch": ("out_channels",),
    "cout": ("out_channels",),
    "c": ("out_channels",),
    "units": ("out_features", "hidden_size"),
    "hidden_dim": ("hidden_size",),
    "dims": ("axes",),
    "perm": ("axes",),
    "order": ("axes",),
    "ceil": ("ceil_mode",),
    "features": ("out_features", "out_channels"),
    "output": ("out_channels", "out_features"),
    "strides": ("stride",),
    "step": ("stride",),
    "pad": ("padding",),
    "dilation_rate": ("dilation",),
    "rate": ("dilation", "p"),
    "prob": ("p",),
    "num_groups": ("groups",),
    "use_bias": ("bias",),
    "epsilon": ("eps",),
    "scale": ("scale_factor",),
    "factor": ("scale_factor",),
}
# Other programs write what follows from the graph here.
_INPUT_CHANNELS = frozenset(
    ["in", "cin", "in_channels", "in_features", "input_channels", "num_features", "in_ch"]
)
# What a layer has beside its kind, and no kind has as a field.
_BESIDE = frozenset(["name", "from", "repeat", "each", "if", "weights", "expect", "note"])


# Names of kinds are short: with less in common, `mha` is taken for `max`, and `dot` for `dropout`.
_ALIKE = 0.7
# A word of another program with a letter or two wrong; with less in common, any word is near.
_MISSPELT = 0.8


class Proposal(NamedTuple):
    """A repair in words, and the known name that it proposes ("" where it only lists)."""

    help: str
    name: str = ""


def nearest(name: str, known: Iterable[str]) -> str:
    """A repair that proposes what a key of a file may have meant, or lists what is known.

    >>> nearest("filters", ["out_channels", "padding"])
    'did you mean `out_channels`?'
    """
    return propose(name, known).help


def propose(name: str, known: Iterable[str]) -> Proposal:
    """The nearest of the known names: by meaning, by letters, or all of them.

    >>> propose("filters", ["out", "out_channels", "kernel_size"]).name
    'out_channels'
    >>> propose("kernal", ["out", "out_channels", "kernel_size"]).name
    'kernel_size'
    """
    # A file may have declared thousands of them.
    names = frozenset(known)
    words = {word: one for word, meant in _KEYS.items() for one in meant[::-1] if one in names}
    near = words.get(name.lower()) or text.closest(name, names)
    near = near or words.get(text.closest(name.lower(), words, _MISSPELT), "")
    return Proposal(f"did you mean `{near}`?" if near else text.nearest(name, names), near)


def propose_field(
    name: str, spellings: Mapping[str, str], words: Mapping[str, str] = MappingProxyType({})
) -> Proposal:
    """The field that an unknown one may have meant; its full name is what it then stands for.

    `words` are values that fields take, with their fields.

    >>> propose_field("kernel", {"k": "kernel_size", "kernel_size": "kernel_size"})
    Proposal(help='did you mean `kernel_size` (or `k`)?', name='kernel_size')
    >>> propose_field("activation", {"d": "dilation", "dilation": "dilation"}).help
    'it is a layer of its own: put it after this one'
    >>> propose_field("bilinear", {"mode": "mode"}, {"bilinear": "mode"}).help
    'write `mode: bilinear`'
    """
    if name.lower() in _INPUT_CHANNELS:
        return Proposal("delete it: input channels follow from the graph", name)
    if name in _BESIDE:
        return Proposal(f"put it beside the kind: `{{KIND: {{...}}, {name}: ...}}`", name)
    if name in words:
        return Proposal(f"write `{words[name]}: {name}`", words[name])
    full = sorted(set(spellings.values()))
    if name in ("floor", "round") and "ceil_mode" in full:
        return Proposal("delete it: sizes are rounded down, or up by `ceil_mode: true`", name)
    if _is_layer(name) and not _is_said(name, full):
        return Proposal("it is a layer of its own: put it after this one", name)
    near = propose(name, full).name or spellings.get(propose(name, spellings).name, "")
    if not near:
        return Proposal(f"known here: {', '.join(full)}" if full else "it takes no fields")
    short = next((key for key, value in spellings.items() if value == near != key), None)
    return Proposal(f"did you mean `{near}`" + (f" (or `{short}`)?" if short else "?"), near)


def propose_brother(name: str, kind: type[Kind]) -> Proposal | None:
    """The kind that begins with further inputs, for a field that names them; else None.

    >>> from convcalc.kinds import find_kind
    >>> propose_brother("initial_state", find_kind("gru")).help
    'write `gru_with_state: {hidden: 128, inputs: [x, state]}`'
    >>> propose_brother("inputs", find_kind("conv"))
    """
    brother = kind.with_inputs
    if brother is None:
        return None
    words = (brother.main, *brother.input_words[1:])
    if not any(word in name.lower() for word in words):
        return None
    shown = f"[{', '.join(brother.input_words[:2])}]"
    return Proposal(f"write `{example(brother.kind, **{brother.main: shown})}`", name)


def _is_said(name: str, fields: Iterable[str]) -> bool:
    """True where other programs call one of the fields so."""
    return not set(_KEYS.get(name.lower(), ())).isdisjoint(fields)


def _is_layer(name: str) -> bool:
    """True for what other programs let a layer do at its end, and is a layer here."""
    if name.lower() in ("activation", "act", "nonlinearity", "norm", "normalization"):
        return True
    kind = find_kind(name)
    return kind is not None and (kind.role in ("activation", "norm") or kind.copies_in_training)


def propose_kind(word: str, blocks: Iterable[str]) -> str:
    """A repair for a word that is neither kind nor block.

    >>> propose_kind("nn.MaxPool2d", []), propose_kind("conv 64", [])
    ('write `max_pool`', 'write its fields in a map, as in `conv: {out: 64, k: 3}`')
    """
    if word == "layers":
        return "layers in a layer are a block: write them below `blocks` and use it by its name"
    if meant(word)[0] is not None:
        return sentence(word)
    first = re.match(r"[a-z_]+(?![A-Za-z0-9_])", word)
    if first and find_kind(first[0]):
        return f"write its fields in a map, as in `{example(first[0])}`"
    near = text.closest(word, [*kind_names(), *blocks], _ALIKE)
    listed = "`convcalc explain --list` lists all kinds"
    return sentence(word) or (f"did you mean `{near}`?" if near else listed)


def example_of(field: str, word: str = "") -> str:
    """How a field is written, or an argument; `word` is the kind that has it.

    >>> example_of("kernel_size", "conv"), example_of("pattern", "reduce"), example_of("c")
    ('k: 3', 'pattern: "c h w -> c"', 'c: ...')
    """
    kind = find_kind(word)
    if kind is None:
        return f"{field}: ..."
    return f"{SHORT_NAMES.get(field, field)}: {kind.example_of(field)}"


def example(word: str, **shown: str) -> str:
    """How a layer of the kind `word` is written, with the fields that it needs and those shown.

    >>> example("conv"), example("relu"), example("linear"), example("add", inputs="[a, b]")
    ('conv: {out: 64, k: 3}', 'relu', 'linear: 10', 'add: [a, b]')
    """
    kind = find_kind(word)
    fields = kind.model_fields if kind else {}
    needed = [name for name, field in fields.items() if field.is_required() or name in shown]
    if not kind or not needed:
        return word
    if needed == [kind.main]:
        return f"{word}: {shown.get(kind.main) or kind.example_of(kind.main)}"
    written = (
        f"{SHORT_NAMES.get(name, name)}: {shown[name]}" if name in shown else example_of(name, word)
        for name in needed
    )
    return f"{word}: {{{', '.join(written)}}}"
