"""Layers that some units have and others not: what says so, and whether it follows from strides.

Four units, of which the second has a stride and as many channels as no other one.
"""

from __future__ import annotations

import convcalc
from tests.each import each

CHANNELS, STRIDES = (8, 16, 12, 8), (1, 2, 1, 1)


def arguments(shared: dict[str, str], some: dict[str, str]) -> dict[str, str]:
    """The arguments of units whose second alone has `some` of their layers, with what says so.

    Layers are called by their place in the unit: `2act` stands before `3last`. In them `C` is a
    unit's width, `S` its stride, `IN` what it reads, and `U` what its own layers begin with.
    """
    lines = ["convcalc: 1", "input: [8, 16, 16]", "layers:", "  - {relu: {}, name: stem}"]
    reads = "stem"
    for at, (channels, stride) in enumerate(zip(CHANNELS, STRIDES, strict=True)):
        own = shared | some if at == 1 else shared
        for place, layer in sorted(own.items()):
            for word, value in (("C", channels), ("S", stride), ("IN", reads), ("U", f"u{at}_")):
                layer = layer.replace(f"${word}", str(value))
            lines.append(f"  - {{{layer}, name: u{at}_{place[1:]}}}")
        reads = f"u{at}_{max(own)[1:]}"
    rows = convcalc.import_(convcalc.loads("\n".join(lines))).text.splitlines()
    args = rows[rows.index("  u:") + 1].removeprefix("    args: {").removesuffix("}")
    return dict(one.split(": ") for one in args.split(", "))


BASE = {
    "2spatial": "conv: {out: 24, k: 3, s: $S, p: 1}", "3tanh": "tanh: {}",
    "4middle": "conv: {out: 24, k: 5, p: 2}", "8last": "conv: {out: $C, k: 1}",
}  # fmt: skip
PLAIN = {"c": "~", "s": "1"}


@each(("some", "flag"), [
    # More channels than the unit reads, or fewer; both go with strides by chance.
    ({"1wide": "conv: {out: 48, k: 1}"}, {"expand": "false"}),
    ({"1wide": "conv: {out: 12, k: 1}"}, {"expand": "false"}),
    ({"1thin": "conv: {out: 4, k: 1}"}, {"project": "false"}),
    # What stands behind is no layer on a way around, so that chance it is.
    ({"5norm": "batch_norm: {}"}, {"with_batch_norm": "false"}),
    # Maps are pooled, and padded, where they get smaller.
    ({"1pool": "max_pool: {k: 3, s: 1, p: 1}"}, {"project": "=s>1"}),
    ({"5pool": "max_pool: {k: 3, s: 1, p: 1}"}, {"with_max_pool": "=s>1"}),
    ({"5act": "relu: {}"}, {"act": "=s>1"}),
    # A projection around others, and the sum of both: one flag.
    ({"6down": "conv: {out: 24, k: 1, s: $S}, from: $IN", "7sum": "add: [$Umiddle, $Udown]"},
     {"project": "=s>1"}),
])  # fmt: skip
def test_what_says_that_a_unit_has_a_layer(some: dict[str, str], flag: dict[str, str]) -> None:
    assert arguments(BASE, some) == PLAIN | flag
