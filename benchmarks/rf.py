"""What receptive fields cost: as a share of `plan`, on long chains, and beside a gradient.

    python benchmarks/rf.py
    python benchmarks/rf.py --rounds 9 --layers 100000

The share: `plan` as it is and with its field arithmetic taken out, in turn, on the same network;
`first` reads the text and plans, `again` plans a network that has been planned before.
The gradient: one unit of ResNet-152 by PyTorch, forward and backward, as gradient-based tools find
its field; convcalc measures every layer. All in one run, CPU time, medians, one thread.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import convcalc
from convcalc import planning
from convcalc.features.rf import field_report
from convcalc.network import Network

CONFIGS = Path(__file__).resolve().parents[1] / "examples" / "configs"
LIMIT = 0.20


def text_of(name: str) -> str:
    return (CONFIGS / f"{name}.net.yaml").read_text(encoding="utf-8")


def densenet201() -> str:
    """DenseNet-121's file with the blocks of DenseNet-201: 6, 12, 48 and 32 layers."""
    text = text_of("densenet121")
    deeper = text.replace("[6, 12, 24]", "[6, 12, 48]").replace("{n: 16}", "{n: 32}")
    if deeper == text:
        raise SystemExit("densenet121.net.yaml has changed: its depths are not found")
    return deeper[: deeper.rindex("expect:")]


def chain(layers: int) -> str:
    """So many convolutions, 1x1 and 3x3 in turn, behind a stride of 4."""
    return f"""
convcalc: 1
input: [4, 256, 256]
blocks:
  pair: {{layers: [conv: {{out: 4, k: 1}}, conv: {{out: 4, k: 3, p: 1}}]}}
layers:
  - conv: {{out: 4, k: 4, s: 4}}
  - {{pair: {{}}, repeat: {layers // 2}}}
"""


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def without_fields(work: Callable[[], object]) -> Callable[[], object]:
    """The same work with no field arithmetic in the planner."""

    def run() -> None:
        nothing: tuple[()] = ()
        with (
            # A mock's own bookkeeping would be measured too.
            mock.patch.object(planning, "through", lambda reaches, facts: nothing),  # noqa: PT008
            mock.patch.object(planning, "of_input", lambda source, shape: nothing),  # noqa: PT008
        ):
            work()

    return run


def share(name: str, text: str, rounds: int) -> None:
    """Print how much of `plan` the fields are."""
    network = convcalc.loads(text)
    convcalc.plan(network)
    works: dict[str, Callable[[], object]] = {
        "first": lambda: convcalc.plan(convcalc.loads(text)),
        "again": lambda: planned(network),
    }
    for label, work in works.items():
        bare = without_fields(work)
        with_, without = [], []
        for _ in range(rounds):
            with_.append(cpu(work))
            without.append(cpu(bare))
        full, rest = statistics.median(with_), statistics.median(without)
        added = full / rest - 1
        verdict = "" if label != "first" else "  ok" if added <= LIMIT else "  TOO MUCH"
        print(
            f"{name:14} {label:6} plan {full * 1e3:8.2f} ms, without fields {rest * 1e3:8.2f} ms: "
            f"fields add {added:6.1%}{verdict}"
        )


def planned(network: Network) -> convcalc.Plan:
    return convcalc.plan(network)


def report(name: str, text: str, rounds: int) -> float:
    """Print what a whole report costs (holes, effective sizes, notes, verdicts); its seconds."""
    graph = convcalc.loads(text).graph()
    seconds = statistics.median(cpu(lambda: field_report(graph)) for _ in range(rounds))
    print(f"{name:14} report of {len(graph.layers):,} layers: {seconds * 1e3:.1f} ms")
    return seconds


def scale(most: int) -> None:
    """Print the cost of chains of growing length."""
    layers = max(1000, most // 100)
    first: tuple[float, float] | None = None
    while layers <= most:
        plan_us, report_us = per_layer(layers)
        first = first or (plan_us, report_us)
        print(
            f"chain of {layers:7,}: plan {plan_us:6.1f} us a layer (x{plan_us / first[0]:.2f}), "
            f"report {report_us:6.1f} us a layer (x{report_us / first[1]:.2f})"
        )
        layers *= 10


def per_layer(layers: int) -> tuple[float, float]:
    """CPU microseconds a layer of the plan and of the report of a chain."""
    network = convcalc.loads(chain(layers))
    graph = network.graph(max_layers=layers + 1)
    plan_seconds = cpu(lambda: convcalc.plan(network, max_layers=layers + 1))
    report_seconds = cpu(lambda: field_report(graph))
    return plan_seconds / layers * 1e6, report_seconds / layers * 1e6


def gradient(rounds: int, seconds: float) -> None:
    """Print what one unit's gradient costs in PyTorch, beside `seconds` for every layer."""
    if importlib.util.find_spec("torch") is None:
        print("left out, not installed: torch")
        return
    import torch
    from peers import torch_resnet  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    network = torch_resnet("resnet152").eval().requires_grad_(False)
    features: list[torch.Tensor] = []
    for module in network.modules():
        module.register_forward_hook(lambda module, given, out: features.append(out))

    def one_unit() -> None:
        features.clear()
        x = torch.rand(1, 3, 224, 224, requires_grad=True)
        network(x)
        last = next(out for out in reversed(features) if out.dim() == 4 and out.shape[-1] == 7)
        last[0, :, 3, 3].sum().backward()

    one_unit()
    found = statistics.median(cpu(one_unit) for _ in range(rounds))
    print(
        f"resnet152      gradient of one unit: {found * 1e3:.0f} ms; every layer here: "
        f"{seconds * 1e3:.1f} ms, 1 : {found / seconds:.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--layers", type=int, default=100_000)
    options = parser.parse_args()
    networks = {
        "resnet152": text_of("resnet152"),
        "densenet121": text_of("densenet121"),
        "densenet201": densenet201(),
    }
    for name, text in networks.items():
        share(name, text, options.rounds)
    seconds = {name: report(name, text, options.rounds) for name, text in networks.items()}
    scale(options.layers)
    gradient(min(options.rounds, 3), seconds["resnet152"])


if __name__ == "__main__":
    main()
