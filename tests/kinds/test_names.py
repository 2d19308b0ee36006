"""A kind has its name by its class, and a rule by its file, however they are reached."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from convcalc import kinds
from convcalc.core.errors import LayerError
from convcalc.features.check.rules.bias_before_norm import RULE
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.conv import Conv
from convcalc.kinds.prelu import Prelu


def test_a_kind_is_named_without_being_looked_up() -> None:
    assert Prelu().kind == "prelu"
    with pytest.raises(LayerError, match=r"^conv works on spatial axes, but its input 7 has none"):
        Conv(out_channels=4, kernel_size=3).output((7,))


def test_a_rule_is_named_without_being_looked_up() -> None:
    assert RULE.slug == "bias-before-norm"


def test_every_kind_is_found_under_its_own_name() -> None:
    assert [getattr(find_kind(name), "kind", "") for name in kind_names()] == list(kind_names())


def test_what_kinds_stand_on_is_no_kind() -> None:
    helpers = {path.stem for path in (Path(kinds.__file__).parent / "base").glob("*.py")}
    assert {"kind", "fields", "windowing"} <= helpers
    assert not helpers & set(kind_names())


def test_a_class_that_spells_another_name_than_its_file_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("convcalc.kinds.prelu.KIND", Conv)
    with pytest.raises(LookupError, match=r"kinds/prelu\.py: the class Conv spells `conv`"):
        find_kind.__wrapped__("prelu")


@pytest.mark.thorough
def test_only_the_families_that_are_used_are_loaded() -> None:
    script = (
        "import sys, convcalc\n"
        "net = 'convcalc: 1\\ninput: [3, 8, 8]\\nlayers: [{conv: {out: 4, k: 3}}, relu, flatten]'\n"
        "convcalc.plan(convcalc.loads(net))\n"
        "print(*(name for name in sys.modules if name.endswith('_family')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.rpartition(".")[2] for name in done.stdout.split()}
    # Merges are known to whoever names the layer to blame for their sizes.
    assert loaded == {"activation_family", "arithmetic_family", "reshape_family"}


def test_what_does_it_with_a_number_is_a_kind_of_one() -> None:
    kinds = [find_kind(name) for name in kind_names()]
    words = {kind.with_number for kind in kinds if kind is not None} - {""}
    assert words >= {"add_number", "mul_number"}
    for word in words:
        kind = find_kind(word)
        assert kind is not None
        assert (kind.main, kind.is_merge) == ("value", False)


def test_class_variables_are_told_to_pydantic_once() -> None:
    """It evaluates what it finds in the annotations of bases again for each class."""
    assert {"aliases", "role", "likes"} <= Conv.__class_vars__
    for base in Conv.__mro__[1:]:
        assert Conv.__class_vars__.isdisjoint(vars(base).get("__annotations__", {}))
