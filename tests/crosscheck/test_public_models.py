"""Public models counted: parameters are the module's, MACs those of PyTorch's own counter.

To the last digit, of the live module and of the `.pt2` file. PyTorch counts while the module runs
with attention as its products; parameters that the forward pass does not read (a token for masks,
a head for training) are in the module and in no file, so those are counted that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc

torch = pytest.importorskip("torch", reason="the models are PyTorch's")

from tests.crosscheck.counting import counted, parameters_read  # noqa: E402
from tests.crosscheck.installed import offline  # noqa: E402
from tests.crosscheck.public_models import NAMES, RUN_NAMES, model, run_model  # noqa: E402
from tests.crosscheck.torch_programs import values  # noqa: E402
from tests.crosscheck.torch_weights import randomise  # noqa: E402

pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore")]


@contextmanager
def exported_programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The programs that `torch.export` makes meanwhile: each model is followed once."""
    programs: list[Any] = []
    export = torch.export.export

    def kept(*given: Any, **named: Any) -> Any:
        programs.append(export(*given, **named))
        return programs[-1]

    with monkeypatch.context() as patch:
        patch.setattr(torch.export, "export", kept)
        yield programs


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_macs_are_pytorchs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with offline():
        module, given, named = model(name)
    macs = counted(module, given, named)
    with exported_programs(monkeypatch) as programs:
        network = convcalc.from_torch(module, *given, **named)
    params = sum(one.numel() for one in parameters_read(programs[0], module).values())
    torch.export.save(programs[0], tmp_path / "m.pt2")
    for one in (network, convcalc.load(tmp_path / "m.pt2")):
        plan = convcalc.plan(one)
        assert not [row.name for row in plan if {"macs", "params"} & set(row.unknown)]
        assert (plan.totals.params, plan.totals.macs) == (params, macs)


@pytest.mark.parametrize("name", RUN_NAMES)
def test_a_public_model_runs_as_in_torch(name: str, tmp_path: Path) -> None:
    with offline():
        module, given, named = run_model(name)
    randomise(module)
    inputs = given or tuple(named.values())
    with torch.no_grad():
        found = module(*given, **named)
        program = torch.export.export(module, given, named or None)
    wanted = (found if torch.is_tensor(found) else found[0]).numpy()
    torch.export.save(program, tmp_path / "m.pt2")
    for network in (
        convcalc.from_torch(module, *given, **named),
        convcalc.load(tmp_path / "m.pt2"),
    ):
        got = values(network, inputs)[0]
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
