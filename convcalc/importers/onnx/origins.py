"""What PyTorch's dynamo exporter says of stored tensors: which were parameters of the module, and
which were worked out, of what.

It keeps the signature of the program and, for each tensor, the names that it was folded from.
Source: torch.onnx of PyTorch 2.13, and the optimizer of onnxscript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from convcalc.importers.onnx.reader import Graph
from convcalc.importers.onnx.scopes import module_names
from convcalc.importers.onnx.stored import word_pair
from convcalc.importers.onnx.told_by_numbers import masks, of_equal_numbers, turned_copies
from convcalc.importers.onnx.wire import Buffer
from convcalc.network.held import Held

_SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"
_KIND = "pkg.torch.export.graph_signature.InputSpec.kind"
_FOLDED = "pkg.onnxscript.optimizer.folded_from"
_REAL = frozenset({"float32", "float64", "float16", "bfloat16"})
# How the names begin that TorchScript's exporter gives to what it makes of the module's tensors.
MADE_BY_TORCHSCRIPT = "onnx::"
# `p_w: PARAMETER target='w'`, or the same as the object that older ones wrote down.
_PARAMETER = re.compile(
    r"(?:\b(\w+): )?\bPARAMETER\b(?:[^\n]{0,200}?\bname='(\w+)')?[^\n]{0,400}?\btarget='([^'\n]*)'"
)
# `b_t: BUFFER target='t' persistent=True`; what older ones wrote down does not name its node so.
_BUFFER = re.compile(r"\b(\w+): (?:BUFFER|CONSTANT_TENSOR) target='([^'\n]*)'")
_WORD = re.compile(r"'([^'\n]*)'")


def is_real(held: Held) -> bool:
    """True for a tensor of real numbers."""
    return held.element in _REAL


class Origins(NamedTuple):
    """The parameters of the module by name, and for stored tensors what they were folded from.

    `others` are stored tensors that were buffers or constants of the module, `alone` the parameters
    that are stored as they were, or with their axes in another order. `nodes` are the parameters by
    their names in the program, in its order, and `buffers` what else the module has there; `apart`
    are the parameters that the file stores under the name of an equal one;
    `alike` are matrices that may be a table that stands beside them. `is_told` says that the file
    tells parameters from all else; `equal` are arrays of the exporter that have the numbers of
    others, which other modules read; `again` are those that are others, turned and stored again,
    of which `turned` are turned.
    """

    parameters: frozenset[str]
    folded: dict[str, tuple[str, ...]]
    others: frozenset[str]
    alone: frozenset[str]
    nodes: dict[str, str]
    alike: dict[str, str]
    apart: frozenset[str] = frozenset()
    is_told: bool = False
    equal: frozenset[str] = frozenset()
    again: Mapping[str, str] = MappingProxyType({})
    turned: frozenset[str] = frozenset()
    buffers: Mapping[str, str] = MappingProxyType({})

    def is_learnt(self, held: Held) -> bool:
        """True for a tensor of real numbers that training can change, as far as the file tells.

        One that was worked out of parameters which the file has besides is none of its own.
        """
        if not is_real(held) or held.name in self.others:
            return False
        made_of = self.folded.get(held.name, (held.name,))
        is_of_some = not self.parameters.isdisjoint(made_of)
        return not self.is_told or (is_of_some and not self.is_derived(held))

    def is_derived(self, held: Held) -> bool:
        """True for a tensor worked out of parameters all of which the file has besides."""
        made_of = self.folded.get(held.name, ())
        of = self.parameters.intersection(made_of)
        return len(made_of) > 1 and bool(of) and of <= self.alone

    def named(self, held: Held) -> Held:
        """The tensor with its origin: the one parameter that it is, or was made of alone."""
        return replace(held, origin=self.parameter_of(held.name))

    def parameter_of(self, name: str) -> str:
        """The one parameter that a stored tensor is, or was made of alone; "" if there is none."""
        made_of = self.folded.get(name, (name,) if self.is_told else ())
        is_one = len(made_of) == 1 and (made_of[0] in self.parameters or not self.is_told)
        return made_of[0] if is_one else ""

    def own_name_of(self, name: str) -> str:
        """The attribute of a module that a stored tensor is, or was made of; "" if it is none.

        What exporters make they number: `onnx::Add_12`, `val_7`.
        """
        if self.is_told:
            made_of = self.parameters.intersection(self.folded.get(name, (name,)))
            is_buffer = name in self.others and name not in self.folded
            return name if is_buffer else next(iter(made_of)) if len(made_of) == 1 else ""
        # Modules in a row have numbers, attributes have names.
        path = f"_{name}".replace(".", "_")
        return name if path.isidentifier() and not name.rpartition(".")[2].isdigit() else ""


def origins(graph: Graph, data: Buffer, held_in: str | bytes) -> Origins:
    """What the file says; without a signature what its arrays, which lie in `held_in`, look like.

    Then every tensor of real numbers is learnt that is no mask.
    """
    signature = next((said for key, said in _pairs(graph.said, data) if key == _SIGNATURE), "")
    named = _PARAMETER.findall(signature)
    parameters = frozenset(target for *_, target in named)
    nodes = {short or node: target for short, node, target in named}
    folded: dict[str, tuple[str, ...]] = {}
    others: set[str] = set()
    alike: dict[str, str] = {}
    equal: set[str] = set()
    is_told = bool(signature)
    turned = frozenset[str]()
    if not is_told:
        others |= masks(graph, held_in) | _never_learnt(graph)
        copies, alike = turned_copies(graph, held_in, MADE_BY_TORCHSCRIPT)
        turned = frozenset(copies)
        same = of_equal_numbers(graph, held_in, MADE_BY_TORCHSCRIPT)
        modules = module_names(graph.operations, (*same, *same.values()))
        for name, other in same.items():
            if modules[name] == modules[other] and name not in copies:
                copies[name] = other
            else:
                equal.add(name)
        folded |= {name: (first,) for name, first in copies.items()}
        folded |= {first: (first,) for first in copies.values()}
    else:
        for name in filter(graph.infos.__contains__, graph.initializers):
            for key, said in _pairs(graph.infos[name].said, data):
                if key == _FOLDED:
                    folded[name] = tuple(_WORD.findall(said))
                elif key == _KIND and said != "PARAMETER":
                    others.add(name)
    stored = (folded.get(name, (name,)) for name in graph.initializers)
    alone = parameters.intersection(names[0] for names in stored if len(names) == 1)
    return Origins(
        parameters,
        folded,
        frozenset(others),
        alone,
        nodes,
        alike,
        is_told=is_told,
        equal=frozenset(equal),
        turned=turned,
        buffers=dict(_BUFFER.findall(signature)),
    )


# What operators read beside weights: running means and variances, scales and zero points, sizes.
_BESIDE_WEIGHTS = {
    "BatchNormalization": slice(3, 5),
    "DequantizeLinear": slice(1, 3),
    "QuantizeLinear": slice(1, 3),
    "Resize": slice(1, 4),
    "Upsample": slice(1, 2),
    "com.microsoft.DynamicQuantizeLSTM": slice(8, 12),
    "com.microsoft.MatMulNBits": slice(2, 4),
}


def _never_learnt(graph: Graph) -> set[str]:
    """Stored tensors that training does not learn, by what reads them."""
    found: set[str] = set()
    on_their_way = {
        name
        for one in graph.operations
        if one.op == "DynamicQuantizeLinear"
        for name in one.outputs[1:2]
    }
    for one in graph.operations:
        if beside := _BESIDE_WEIGHTS.get(one.op):
            found.update(one.inputs[beside])
        elif one.op.removeprefix("com.microsoft.").startswith(("QLinear", "QGemm")):
            # It reads integers, and reals as their scales alone.
            found.update(name for name in one.inputs if _is_real(graph, name))
        elif one.op == "Mul" and not on_their_way.isdisjoint(one.inputs):
            # The scale of what goes in, times those of a matrix.
            found.update(name for name in one.inputs if _is_real(graph, name))
    return found


def _is_real(graph: Graph, name: str) -> bool:
    held = graph.initializers.get(name)
    return held is not None and is_real(held)


def _pairs(spans: tuple[tuple[int, int], ...], data: Buffer) -> Iterator[tuple[str, str]]:
    return (word_pair(data, span) for span in spans)
