"""The long options of a layer, such as `--kernel 7`, to words of the shorthand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.cli.options import bad


def with_fields(
    words: Sequence[str], given: Mapping[str, str | None], flags: Sequence[str] = ()
) -> list[str]:
    """`words` with the options `given` as words behind them; `kind` goes before the layer's own.

    Raises BadParameter for options beside a chain, whose layer would not be told.

    >>> with_fields(["224"], {"kind": "max_pool", "kernel": "7", "stride": None}, ["ceil"])
    ['224', 'max_pool', 'kernel=7', 'ceil']
    """
    fields = {name: value for name, value in given.items() if value is not None}
    if not fields and not flags:
        return list(words)
    option = f"--{next(iter([*fields, *flags])).replace('_', '-')}"
    if any("," in word for word in words):
        raise bad("does not say which layer of the chain", "write it in shorthand", option)
    for name, value in fields.items():
        if not value or "," in value or value.split() != [value]:
            help = "write one value, or one an axis as in 3x5"
            raise bad(f"wants one word, got `{value}`", help, f"--{name.replace('_', '-')}")
    kind = fields.pop("kind", None)
    named = [f"{name}={value}" for name, value in fields.items()]
    return [*words[:1], *([kind] if kind else []), *words[1:], *named, *flags]
