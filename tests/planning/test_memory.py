"""Memory of hand-drawn graphs, each walk written out beside its numbers.

Bytes are float32's for one sample, so a map of n elements has 4n.
"""

from __future__ import annotations

from typing import get_args

import pytest

from convcalc import loads
from convcalc.core.dtypes import DTYPE_BYTES, DType
from convcalc.planning import plan
from convcalc.planning.memory import Memory
from tests.each import each

# 16 -> wide 32 -> relu 32 -> 16 bytes; 4 + 3 parameters.
CHAIN = """
convcalc: 1
input: [1, 4]
layers:
  - conv: {out: 2, k: 1}
  - relu
  - conv: {out: 1, k: 1}
"""

VIEW = """
convcalc: 1
input: [1, 2]
layers:
  - conv: {out: 8, k: 1}
  - flatten
  - dropout
  - linear: 20
"""

RESIDUAL = """
convcalc: 1
input: [2, 4]
layers:
  - {conv: {out: 8, k: 1}, name: wide}
  - {conv: {out: 2, k: 1}, name: narrow}
  - add: [narrow, input]
"""

TWO_HEADS = """
convcalc: 1
input: [1, 8]
layers:
  - {conv: {out: 4, k: 1}, name: early}
  - {conv: {out: 1, k: 1}, name: between}
  - {conv: {out: 4, k: 1}, name: late}
outputs: [early, late]
"""

ONE_HEAD = TWO_HEADS.replace("outputs: [early, late]", "outputs: [late]")

SLICES = """
convcalc: 1
input: [1, 3]
layers:
  - {conv: {out: 6, k: 1}, name: split}
  - {slice: [0, 1], name: left}
  - {conv: {out: 1, k: 1}, name: right}
  - add: [left, right]
"""

UNREAD_INPUT = """
convcalc: 1
input: {read: [1, 4], unread: [1, 100]}
layers:
  - {conv: {out: 2, k: 1}, from: read}
"""


def memory_of(text: str, batch: int = 1, dtype: DType = "float32") -> Memory:
    return plan(loads(text), batch=batch, dtype=dtype).totals.memory


@each(
    ("text", "peak", "peak_at"),
    [
        # conv 16 + 32, relu 32 + 32, conv 32 + 16.
        pytest.param(CHAIN, 64, "relu_1", id="chain: input and output of one layer"),
        # conv 8 + 64; flatten and dropout are that map itself; linear 64 + 80.
        pytest.param(VIEW, 144, "linear_1", id="views cost nothing and keep their map alive"),
        # wide 32 + 128; narrow 32 (still wanted) + 128 + 32; add 32 + 32 + 32.
        pytest.param(RESIDUAL, 192, "narrow", id="a shortcut keeps its map alive"),
        # early 32 + 128; between 128 + 32; late 128 (an output) + 32 + 128.
        pytest.param(TWO_HEADS, 288, "late", id="an output lives to the end"),
        # early 32 + 128; between 128 + 32; late 32 + 128: the first of equal peaks.
        pytest.param(ONE_HEAD, 160, "early", id="the same without the early output"),
        # split 12 + 72; right 72 + 12 (reads the slice, which is the whole map); add 72 + 12 + 12.
        pytest.param(SLICES, 96, "add_1", id="a slice keeps the whole map alive"),
        # 16 + 32; the 400 bytes are never read.
        pytest.param(UNREAD_INPUT, 48, "conv_1", id="an input that nothing reads takes none"),
    ],
)
def test_peak_is_the_most_alive_at_once(text: str, peak: int, peak_at: str) -> None:
    memory = memory_of(text)
    assert (memory.peak_activations, memory.peak_at) == (peak, peak_at)


@pytest.mark.parametrize(
    ("text", "activations"),
    [
        pytest.param(CHAIN, 32 + 32 + 16, id="every output once, the input not"),
        pytest.param(VIEW, 64 + 80, id="views have no bytes of their own"),
    ],
)
def test_activations_add_up_what_layers_write(text: str, activations: int) -> None:
    assert memory_of(text).activations == activations


def test_parameters_and_buffers_join_the_peak() -> None:
    memory = memory_of("{convcalc: 1, input: [3, 5], layers: [batch_norm]}")
    # A scale and a shift for 3 channels; as many running statistics; 60 bytes in, 60 out.
    assert (memory.params, memory.buffers, memory.peak_activations) == (24, 24, 120)
    assert memory.inference == 24 + 24 + 120


def test_activations_grow_with_the_batch_and_parameters_do_not() -> None:
    memory = memory_of(CHAIN, batch=3)
    assert (memory.params, memory.peak_activations, memory.activations) == (28, 192, 240)


def test_what_a_layer_needs_while_it_runs_grows_with_the_batch_and_the_type() -> None:
    # 15 numbers in, 20 out, and the sums of 4 gates of 4 units at 5 steps.
    text = "{convcalc: 1, input: [3, 5], layers: [lstm: 4]}"
    assert memory_of(text, batch=3).peak_activations == 3 * 4 * (15 + 20 + 80)
    assert memory_of(text, batch=5, dtype="float16").peak_activations == 5 * 2 * (15 + 20 + 80)


@each("dtype", get_args(DType))
def test_bytes_follow_the_type(dtype: DType) -> None:
    memory = memory_of(CHAIN, dtype=dtype)
    size = DTYPE_BYTES[dtype]
    assert (memory.params, memory.peak_activations, memory.kept) == (7 * size, 16 * size, 12 * size)


@each(
    ("layers", "kept"),
    [
        # [4, 6] is 96 bytes, after the first layer that learns.
        pytest.param("scale, relu", 96 + 96, id="relu: its output"),
        pytest.param("scale, sigmoid, relu", 96 + 96 + 96, id="outputs of different layers"),
        pytest.param("scale, relu, {conv: {out: 1, k: 1}}", 96 + 96, id="one map kept by two"),
        pytest.param("scale, {avg_pool: 2}", 96 + 96, id="average pool: its input"),
        pytest.param("scale, {max_pool: 2}", 96 + 96 + 12 * 8, id="max pool: int64 indices too"),
        pytest.param("scale, global_avg_pool", 96, id="mean: nothing"),
        pytest.param("scale, {adaptive_avg_pool: 2}", 96 + 96, id="adaptive pool: its input"),
        pytest.param("scale, {adaptive_avg_pool: 1}", 96, id="adaptive pool to one bin: a mean"),
        pytest.param("scale, batch_norm", 96 + 96 + 4 * 2 * 4, id="batch norm: two statistics"),
        pytest.param("scale, {group_norm: 2}", 96 + 96 + 2 * 2 * 4, id="group norm: two a group"),
        pytest.param("scale, dropout", 96 + 24, id="dropout: a byte an element"),
        pytest.param("scale, dropout, scale", 96 + 24 + 96, id="dropout writes its own map"),
        pytest.param("scale, identity, scale", 96 + 96, id="a view keeps nothing twice"),
        pytest.param("scale, {upsample: 2}", 96, id="upsampling: nothing"),
        pytest.param("{avg_pool: 2}, scale", 48, id="no gradient before the first weights"),
        pytest.param("scale, {conv: {out: 1, k: 3, p: causal}}", 96 + 128, id="a padded copy"),
        pytest.param("relu, {max_pool: 2}", 0, id="nothing to learn"),
    ],
)
def test_training_keeps_what_the_backward_pass_needs(layers: str, kept: int) -> None:
    assert memory_of(f"{{convcalc: 1, input: [4, 6], layers: [{layers}]}}").kept == kept


def test_batch_statistics_are_kept_once_for_the_batch() -> None:
    text = "{convcalc: 1, input: [4, 6], layers: [scale, batch_norm]}"
    assert memory_of(text, batch=10).kept == 10 * (96 + 96) + 4 * 2 * 4


@pytest.mark.parametrize(
    ("layer", "bytes_"), [("max_pool: 2", 96 + 96 + 12 * 8), ("dropout: 0.5", 96 + 24)]
)
def test_indices_and_masks_are_kept_for_each_sample(layer: str, bytes_: int) -> None:
    text = f"{{convcalc: 1, input: [4, 6], layers: [scale, {{{layer}}}]}}"
    assert [memory_of(text, batch=batch).kept for batch in (1, 3)] == [bytes_, 3 * bytes_]


def test_training_adds_gradients_and_two_moments() -> None:
    memory = memory_of(CHAIN)
    # 7 parameters; kept are the input (16) and relu's output (32).
    assert (memory.gradients, memory.optimizer, memory.kept) == (28, 56, 48)
    assert memory.training == 28 + 0 + 48 + 28 + 56
