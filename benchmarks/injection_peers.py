"""Single weight-bit trials in several tools, in turn in one process; run by `benchmarks.injection`, prints JSON.

Every contestant gets the same network, the same batch of 64 images and the same list of weights and bits, and hands
back the logits of each trial. Where an interface draws the place itself (seu-injection-framework, space-ml-sim), it
does. Making an injector, our check of it included, and a first round are not counted for anybody.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from onboard_models.injection import Injector
from onboard_models.tensor_flips import flips_in
from onboard_models.torch_injection import flipped

BATCH = 64
Trial = tuple[int, int, int]
"""Number of the convolution, flat index of the weight, bit."""
Contestant = Callable[[list[Trial]], object]


@dataclass(frozen=True, slots=True)
class Size:
    """A network of five convolutions and its images."""

    name: str
    channels: tuple[int, ...]
    size_px: int
    n_trials: int


SIZES = (
    Size("32 x 32", (16, 32, 32, 64, 64), 32, 48),
    Size("8 x 8", (8, 16, 16, 32, 32), 8, 192),
)


def main() -> None:
    """Measure all sizes and print the ratios to the in-place baseline, round by round."""
    n_rounds = int(sys.argv[1])
    torch.set_num_threads(1)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    print(json.dumps([_measured(size, n_rounds) for size in SIZES]))


def _measured(size: Size, n_rounds: int) -> dict[str, object]:
    network = _network(size)
    x = torch.randn(BATCH, 1, size.size_px, size.size_px, generator=torch.Generator().manual_seed(2))
    contestants = _contestants(network, size, x)
    spent_s: dict[str, list[float]] = {name: [] for name in contestants}
    rng = np.random.default_rng(3)
    for i_round in range(n_rounds + 1):
        trials = _random_trials(network, size.n_trials, rng)
        for name, run in contestants.items():
            start_s = time.process_time()
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                run(trials)
            if i_round:
                spent_s[name].append((time.process_time() - start_s) / len(trials))
    baseline = spent_s["in place, torch"]
    return {
        "size": size.name,
        "n_parameters": sum(parameter.numel() for parameter in network.parameters()),
        "baseline_s": statistics.median(baseline),
        "ratios": {
            name: [spent / reference for spent, reference in zip(values, baseline, strict=True)]
            for name, values in spent_s.items()
        },
        "worst_difference": _worst_difference(network, size, x, rng),
    }


def _network(size: Size) -> nn.Sequential:
    torch.manual_seed(1)
    layers: list[nn.Module] = []
    n_in = 1
    for i, n_out in enumerate(size.channels):
        layers += [nn.Conv2d(n_in, n_out, 3, padding=1, stride=2 if i in (1, 3) else 1), nn.ReLU()]
        n_in = n_out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n_in, 5)).eval()


def _convolutions(network: nn.Sequential) -> list[str]:
    return [f"{i}.weight" for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)]


def _random_trials(network: nn.Sequential, n: int, rng: np.random.Generator) -> list[Trial]:
    """Return weights and bits uniform over the bits of all convolutions."""
    sizes = [network.get_parameter(name).numel() for name in _convolutions(network)]
    ends = np.cumsum(sizes)
    at = rng.integers(ends[-1], size=n)
    layer = np.searchsorted(ends, at, side="right")
    element = at - (ends - sizes)[layer]
    return list(zip(layer.tolist(), element.tolist(), rng.integers(32, size=n).tolist(), strict=True))


def _contestants(network: nn.Sequential, size: Size, x: torch.Tensor) -> dict[str, Contestant]:
    found: dict[str, Contestant] = {"in place, torch": _in_place(network, x), "ours": _ours(network, size, x)}
    for name, make in {
        "PyTorchFI": _pytorchfi,
        "MRFI": _mrfi,
        "seu-injection-framework": _seu_injection,
        "space-ml-sim": _space_ml_sim,
        "space-ml-sim, ONNX": _space_ml_sim_onnx,
    }.items():
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                found[name] = make(copy.deepcopy(network), size, x)
                found[name]([(0, 0, 1)])
        except Exception as error:  # a tool that does not work here is left out, whatever it raises
            print(f"{name}: left out ({type(error).__name__}: {error})", file=sys.stderr)
            found.pop(name, None)
    return found


def _in_place(network: nn.Sequential, x: torch.Tensor) -> Contestant:
    """Flip through an integer view, run, flip back: the simplest thing that works."""
    weights = [network.get_parameter(name).detach().view(torch.int32).view(-1) for name in _convolutions(network)]
    masks = [1 << bit for bit in range(31)] + [-(2**31)]

    def run(trials: list[Trial]) -> list[torch.Tensor]:
        logits = []
        with torch.inference_mode():
            for layer, element, bit in trials:
                weights[layer][element] ^= masks[bit]
                logits.append(network(x))
                weights[layer][element] ^= masks[bit]
        return logits

    return run


def _ours(network: nn.Sequential, size: Size, x: torch.Tensor) -> Contestant:
    injector = Injector(_exported(network, size))
    images, names = x.numpy(), _convolutions(network)

    def run(trials: list[Trial]) -> object:
        flips = [flips_in(names[layer], [element], [bit]) for layer, element, bit in trials]
        return injector.run(images, flips)

    return run


def _exported(network: nn.Sequential, size: Size) -> bytes:
    stream = io.BytesIO()
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, size.size_px, size.size_px),),
        stream,
        input_names=["x"],
        output_names=["logits"],
        dynamic_axes={"x": {0: "n"}},
        dynamo=False,  # writes no integer constants, on which space-ml-sim fails
    )
    return stream.getvalue()


def _pytorchfi(network: nn.Sequential, size: Size, x: torch.Tensor) -> Contestant:
    from pytorchfi.core import fault_injection

    injector = fault_injection(network, BATCH, input_shape=[1, size.size_px, size.size_px], layer_types=[nn.Conv2d])
    shapes = [network.get_parameter(name).shape for name in _convolutions(network)]

    def run(trials: list[Trial]) -> list[torch.Tensor]:
        logits = []
        with torch.inference_mode():
            for layer, element, bit in trials:
                k, c, h, w = (int(i) for i in np.unravel_index(element, shapes[layer]))
                faulty = injector.declare_weight_fi(
                    function=lambda weight, at, bit=bit: _with_bit_flipped(weight[at], bit),
                    layer_num=[layer],
                    k=[k],
                    dim1=[c],
                    dim2=[h],
                    dim3=[w],
                )
                logits.append(faulty(x))
        return logits

    return run


def _with_bit_flipped(value: torch.Tensor, bit: int) -> torch.Tensor:
    return torch.from_numpy((value.numpy().reshape(1).view(np.uint32) ^ np.uint32(1 << bit)).view(np.float32))[0]


def _mrfi(network: nn.Sequential, _: Size, x: torch.Tensor) -> Contestant:
    from mrfi import MRFI, EasyConfig

    text = """
faultinject:
  - type: weight
    name: [weight]
    enabled: False
    selector: {method: FixPosition, position: 0}
    error_mode: {method: FloatFixedBitFlip, bit: 0}
    module_type: [Conv2d]
"""
    injector = MRFI(network, EasyConfig.load_string(text))
    switches = injector.get_weights_configs()
    places = injector.get_weights_configs("selector.args")
    bits = injector.get_weights_configs("error_mode.args")

    def run(trials: list[Trial]) -> list[torch.Tensor]:
        logits = []
        for layer, element, bit in trials:
            for i, switch in enumerate(switches):
                switch["enabled"] = i == layer
            places[layer]["position"] = element
            bits[layer]["bit"] = bit
            logits.append(injector(x))
        return logits

    return run


def _seu_injection(network: nn.Sequential, _: Size, x: torch.Tensor) -> Contestant:
    from seu_injection import StochasticSEUInjector

    logits: list[torch.Tensor] = []

    def keep(model: nn.Module, images: torch.Tensor, *_: object, **__: object) -> float:
        logits.append(model(images))
        return 0.0

    labels = torch.zeros(BATCH)
    injector = StochasticSEUInjector(trained_model=network, criterion=keep, device="cpu", x=x, y=labels, seed=1)
    names = _convolutions(network)

    def run(trials: list[Trial]) -> list[torch.Tensor]:
        logits.clear()
        for layer, _, bit in trials:
            injector.run_injector(bit_i=31 - bit, layer_name=names[layer], p=0.0)
        return logits

    return run


def _space_ml_sim(network: nn.Sequential, _: Size, x: torch.Tensor) -> Contestant:
    from space_ml_sim.compute.fault_injector import FaultInjector

    injector = FaultInjector(None, None, seed=1)
    clean = copy.deepcopy(network.state_dict())

    def run(trials: list[Trial]) -> list[torch.Tensor]:
        logits = []
        with torch.no_grad():
            for _ in trials:
                network.load_state_dict(copy.deepcopy(clean))
                injector.inject_weight_faults(network, num_faults=1)
                logits.append(network(x))
        return logits

    return run


def _space_ml_sim_onnx(network: nn.Sequential, size: Size, x: torch.Tensor) -> Contestant:
    from space_ml_sim.compute.onnx_adapter import OnnxModel

    with _file_of(_exported(network, size)) as path:
        model = OnnxModel(path)
    clean = model.state_dict()

    def run(trials: list[Trial]) -> list[torch.Tensor]:
        logits = []
        for _ in trials:
            for name, value in clean.items():
                model._weights[name].copy_(value)
            model.inject_faults(1)
            logits.append(model(x))
        return logits

    return run


@contextlib.contextmanager
def _file_of(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(content)
        yield path


def _worst_difference(network: nn.Sequential, size: Size, x: torch.Tensor, rng: np.random.Generator) -> float:
    """Return how far ours is from torch in place in 100 trials, relative to the largest logit of the row."""
    injector, names = Injector(_exported(network, size)), _convolutions(network)
    worst = 0.0
    for layer, element, bit in _random_trials(network, 100, rng):
        flips = flips_in(names[layer], [element], [bit])
        found = injector.logits(x.numpy(), flips)
        with torch.inference_mode(), flipped(network, flips):
            expected = network(x).numpy()
        rows = np.isfinite(expected).all(axis=1)
        if rows.any():
            scale = np.abs(expected[rows]).max(axis=1, keepdims=True)
            worst = max(worst, float(np.max(np.abs(found[rows] - expected[rows]) / scale)))
        if not np.array_equal(np.isfinite(found).all(axis=1), rows):
            return float("inf")
    return worst


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
