"""What the numbers mean, in one place: every footer and every JSON says it from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.core.dtypes import DType
from convcalc.core.records import Key, Record

MACS = (
    "multiply-accumulates of convolution, transposed convolution, linear and recurrent layers, of "
    "attention and of products of maps; zeros of the padding count; bias, normalisation, "
    "activation, pooling, merges and upsampling do not"
)
FLOPS = "2 * macs"
PARAMS = (
    "learnt numbers, once where several layers use them; buffers (running statistics) are counted "
    "apart"
)
RECEPTIVE_FIELD = (
    "theoretical size in input pixels of the centre unit, padding included; min and max over "
    "the map where it depends on the position"
)
INFERENCE_MEMORY = (
    "parameters and buffers, and the largest sum of activations alive at once when layers run in "
    "the order listed and each output is freed after its last use; views (flatten, reshape, "
    "slice, dropout, identity) share memory, nothing is done in place, no workspace"
)
TRAINING_MEMORY = (
    "parameters, buffers, one gradient a parameter, two optimizer moments a parameter (Adam), and "
    "what the layers keep for the backward pass; no recomputation, no workspace"
)
ELEMENTWISE = "elementwise operations by class; never part of macs or flops"

IN_SHORT = "MACs of convolutions, dense layers and products"
# What a plan says of its figures with `--explain`.
IN_WORDS = {
    "params": PARAMS,
    "MACs": MACS,
    "FLOPs": FLOPS,
    "RF": RECEPTIVE_FIELD,
    "inference": INFERENCE_MEMORY,
    "training": TRAINING_MEMORY,
    "elementwise": ELEMENTWISE,
}


@dataclass(frozen=True, slots=True)
class Convention(Record):
    """What the numbers mean."""

    batch: Annotated[
        int, Key("Samples that macs, flops, elementwise work and activations are for.", minimum=1)
    ]
    dtype: Annotated[DType, Key("Type of all numbers, for bytes.")]
    params: Annotated[str, Key("What `params` counts.")] = PARAMS
    macs: Annotated[str, Key("What `macs` counts.")] = MACS
    flops: Annotated[str, Key("How `flops` follows from `macs`.")] = FLOPS
    elementwise: Annotated[str, Key("What `elementwise` counts.")] = ELEMENTWISE
    receptive_field: Annotated[str, Key("What `receptive_field` measures.")] = RECEPTIVE_FIELD
    inference_memory: Annotated[str, Key("What `memory.inference` assumes.")] = INFERENCE_MEMORY
    training_memory: Annotated[str, Key("What `memory.training` assumes.")] = TRAINING_MEMORY
