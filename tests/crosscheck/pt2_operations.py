"""What PyTorch makes of the calls of `tests.importers.pt2_operations`.

`python -m tests.crosscheck.pt2_operations` records it beside them.
"""

from __future__ import annotations

from typing import Any

import torch

from convcalc.arrays.ops import Array
from tests.importers.digits import record
from tests.importers.pt2_calls import Call
from tests.importers.pt2_operations import ALL, RECORDED

# Arguments that PyTorch takes no numbers for.
TRUTHS = ("condition", "mask")


def outputs_of(call: Call) -> dict[str, Array]:
    """What comes out, by name."""
    tensors = {
        name: torch.from_numpy(x).bool() if name in TRUTHS else torch.from_numpy(x)
        for name, x in call.arrays().items()
    }
    made = getattr(torch.ops.aten, call.op)(**call.given(tensors, _made))
    found = [made] if isinstance(made, torch.Tensor) else made
    return {f"y{place}": one.numpy() for place, one in enumerate(found)}


def _made(_: str, call: Call, given: dict[str, Any]) -> Any:
    found = getattr(torch.ops.aten, call.op)(**given)
    # Of several tensors another call reads the first.
    return found[0] if call.results > 1 else found


if __name__ == "__main__":
    opaque = {name for name, call in ALL.items() if call.is_opaque}
    record(RECORDED, {name: outputs_of(call) for name, call in ALL.items()}, opaque)
