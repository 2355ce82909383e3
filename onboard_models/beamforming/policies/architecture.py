"""A policy for all channels of a stack: a network that proposes phases, and sweeps over the layers that improve them.

All arithmetic is on real tensors, so that the whole policy is one ONNX graph. A complex tensor is a pair (real, imag).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

from simulator.metasurface.propagation import Stack

Pair: TypeAlias = tuple[Tensor, Tensor]

_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyShape:
    """Size of a policy.

    Parameters
    ----------
    n_layers, n_atoms, n_users : int
        Of the stack; an antenna per user.
    n_streams : int
        Users served at once: those with the strongest channels.
    n_heads : int
        Proposals, each swept; the one with the best rate counts.
    width, depth : int
        Of the hidden layers of the network.
    n_sweeps : int
        Over all layers, backwards and forwards in turn.

    Raises
    ------
    ValueError
        If a number is too small, or there are more streams than users.
    """

    n_layers: int
    n_atoms: int
    n_users: int
    n_streams: int = 2
    n_heads: int = 1
    width: int = 256
    depth: int = 2
    n_sweeps: int = 6

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < (0 if name == "n_sweeps" else 1):
                raise ValueError(f"{name} = {getattr(self, name)}: give 1 or more (n_sweeps may be 0)")
        if self.n_streams > self.n_users:
            raise ValueError(f"n_streams = {self.n_streams}: give at most n_users = {self.n_users}")


class Served(NamedTuple):
    """Which users are served and what reaches them, axes (n, n_streams, ...)."""

    chosen: Tensor
    """One row per stream with a one at its user, (n, n_streams, n_users)."""
    g: Pair
    first_layer: Pair
    """What the first layer receives of the stream's antenna, (n, n_streams, n_atoms)."""


class Proposal(NamedTuple):
    """Designs of all heads, (n * n_heads, ...): phases as cosine and sine, logits of power shares."""

    transmission: Pair
    logits: Tensor


class Design(NamedTuple):
    """What a policy gives: cosines and sines (n, n_layers, n_atoms), power shares and rates (n, n_users)."""

    cos: Tensor
    sin: Tensor
    shares: Tensor
    rates_bps_hz: Tensor


class BeamPolicy(nn.Module):
    """Proposes phases and powers from channels and improves them layer by layer.

    Parameters
    ----------
    stack : Stack
        Without amplitude law or dead atoms.
    shape : PolicyShape

    Notes
    -----
    1. The `n_streams` users with the strongest channels are served. Their channels, each turned so that the sum over
       its atoms is real and scaled to unit power, and the logarithms of their gains go to a multilayer perceptron:
       rates do not change with a turn of a user's channel, which the network need not learn.
    2. A sweep goes over the layers. At each one, all else fixed, the sum rate is a function of the layer's
       transmissions e alone: H = A diag(e) X. They become the unit numbers along eta e + V, where V = mu V + D / rms(D)
       is a momentum and D the gradient of the rate by the conjugate of e. Where one user is served and eta = mu = 0,
       this is the exact optimum of the layer. What the layer passes on follows at once, so that a layer is updated for
       one product with a propagation matrix, where a gradient of all layers takes two per layer.
    3. Learnt per visit of a layer: the inertia eta, the momentum mu, the step of the powers, and the noise that the
       gradient assumes: more than there is at first, which forgives interference until signals are strong.
    """

    def __init__(self, stack: Stack, shape: PolicyShape) -> None:
        super().__init__()
        if stack.amplitude_law is not None or stack.atom_amplitude is not None:
            raise ValueError("stack has imperfect atoms: policies are for perfect ones")
        self.shape = shape
        n_in = shape.n_streams * (2 * shape.n_atoms + 1)
        n_out = shape.n_heads * (2 * shape.n_layers * shape.n_atoms + shape.n_streams)
        widths = [n_in, *[shape.width] * shape.depth]
        hidden = [part for i, o in pairwise(widths) for part in (nn.Linear(i, o), nn.ReLU())]
        self.network = nn.Sequential(*hidden, nn.Linear(widths[-1], n_out))
        n_visits = shape.n_sweeps * shape.n_layers
        self.inertia_log = nn.Parameter(torch.linspace(math.log(0.5), math.log(4.0), n_visits))
        self.momentum_logit = nn.Parameter(torch.full((n_visits,), math.log(4.0)))
        self.power_step = nn.Parameter(torch.full((n_visits,), 0.3))
        self.noise_log = nn.Parameter(torch.linspace(1.0, 0.0, n_visits))
        forth = torch.as_tensor(stack.between_layers).mT
        self._hold("forward_matrix", _as_blocks(forth))
        self._hold("backward_matrix", _as_blocks(forth.mT))
        self._hold("antenna_real", torch.as_tensor(stack.from_antennas.T.real.copy()))
        self._hold("antenna_imag", torch.as_tensor(stack.from_antennas.T.imag.copy()))
        self._hold("off_diagonal", 1.0 - torch.eye(shape.n_streams))

    def _hold(self, name: str, values: Tensor) -> None:
        self.register_buffer(name, values.to(torch.float32), persistent=False)

    def forward(self, g: Tensor) -> Design:
        """Return the best head's design.

        Parameters
        ----------
        g : (n, 2, n_users, n_atoms), float32
            Real and imaginary parts of the channels times the root of the total power, over the root of the noise.
        """
        served = self.served(g)
        transmission, shares, rates = self.improved(self.proposals(served), served)
        n, n_heads = g.shape[0], self.shape.n_heads
        total = rates.sum(dim=-1).reshape(n, n_heads)
        heads = torch.arange(n_heads, device=g.device)
        best = (total.argmax(dim=1, keepdim=True) == heads).to(g.dtype).unsqueeze(1)
        cos, sin, shares, rates = (best @ part.reshape(n, n_heads, -1) for part in (*transmission, shares, rates))
        layers = (n, self.shape.n_layers, self.shape.n_atoms)
        of_users = [(part @ served.chosen)[:, 0] for part in (shares, rates)]
        return Design(cos.reshape(layers), sin.reshape(layers), *of_users)

    def served(self, g: Tensor) -> Served:
        """Return the strongest users of channels as in `forward`."""
        strongest = torch.topk(g.square().sum(dim=(1, 3)), self.shape.n_streams, dim=1).indices
        chosen = (strongest.unsqueeze(-1) == torch.arange(self.shape.n_users, device=g.device)).to(g.dtype)
        return Served(
            chosen=chosen,
            g=(chosen @ g[:, 0], chosen @ g[:, 1]),
            first_layer=(chosen @ self._buffer("antenna_real"), chosen @ self._buffer("antenna_imag")),
        )

    def proposals(self, served: Served) -> Proposal:
        """Return what the network proposes."""
        real, imag = served.g
        sums = (real.sum(dim=-1, keepdim=True), imag.sum(dim=-1, keepdim=True))
        gain = (real.square() + imag.square()).mean(dim=-1, keepdim=True)
        unit = torch.rsqrt((sums[0].square() + sums[1].square()) * gain + _TINY)
        turned = _times((real, imag), (sums[0] * unit, -sums[1] * unit))
        features = torch.cat([*turned, 0.2 * torch.log(gain) - 1.0], dim=-1).flatten(1)
        shape = self.shape
        out = self.network(features).reshape(-1, 2 * shape.n_layers * shape.n_atoms + shape.n_streams)
        n_phases = shape.n_layers * shape.n_atoms
        u, v = (out[:, i * n_phases : (i + 1) * n_phases].reshape(-1, shape.n_layers, shape.n_atoms) for i in (0, 1))
        return Proposal(_unit((u, v)), out[:, 2 * n_phases :])

    def improved(self, proposal: Proposal, served: Served, *, is_swept: bool = True) -> tuple[Pair, Tensor, Tensor]:
        """Return transmissions, power shares and rates of all heads, axes (n * n_heads, ...)."""
        n_layers, n_heads = self.shape.n_layers, self.shape.n_heads
        real, imag = proposal.transmission
        layers = [_Layer((real[:, i, None], imag[:, i, None])) for i in range(n_layers)]
        layers[0].behind = _for_heads(served.first_layer, n_heads)
        for i in range(n_layers - 1):
            layers[i + 1].behind = self._forth(i, _times(layers[i].behind, layers[i].e))
        layers[-1].ahead = _for_heads(served.g, n_heads)
        logits, at = proposal.logits, n_layers - 1
        for i_sweep in range(self.shape.n_sweeps if is_swept else 0):
            is_back = i_sweep % 2 == 0
            for i_step in range(n_layers):
                at = n_layers - 1 - i_step if is_back else i_step
                logits = self._visit_(i_sweep * n_layers + i_step, layers[at], logits)
                if is_back and at > 0:
                    layers[at - 1].ahead = self._back(at - 1, _times(layers[at].ahead, layers[at].e))
                elif not is_back and at < n_layers - 1:
                    layers[at + 1].behind = self._forth(at, _times(layers[at].behind, layers[at].e))
        shares = torch.softmax(logits, dim=-1)
        h = layers[at].gains()
        own, total = _received(h[0].square() + h[1].square(), shares, 1.0)
        transmission = (torch.cat([one.e[0] for one in layers], dim=1), torch.cat([one.e[1] for one in layers], dim=1))
        return transmission, shares, torch.log2(total / (total - own))

    def _visit_(self, visit: int, layer: _Layer, logits: Tensor) -> Tensor:
        """Step a layer, and return the logits of power shares after a step of theirs."""
        shares = torch.softmax(logits, dim=-1)
        h = layer.gains()
        gain = h[0].square() + h[1].square()
        own, total = _received(gain, shares, torch.exp(self.noise_log[visit]))
        # d(sum rate) / d(received power of stream j at user k), without the factor 1 / ln 2
        slope = 1.0 / total.unsqueeze(-1) - self._buffer("off_diagonal") / (total - own).unsqueeze(-1)
        weight = slope * shares.unsqueeze(-2)
        by_e = layer.back_propagated((weight * h[0], weight * h[1]))
        layer.step_(by_e, torch.exp(self.inertia_log[visit]), torch.sigmoid(self.momentum_logit[visit]))
        by_share = (slope * gain).sum(dim=-2)
        rise = shares * (by_share - (shares * by_share).sum(dim=-1, keepdim=True))
        return logits + self.power_step[visit] * rise

    def _forth(self, gap: int, field: Pair) -> Pair:
        return _through(field, self._buffer("forward_matrix")[gap])

    def _back(self, gap: int, field: Pair) -> Pair:
        return _through(field, self._buffer("backward_matrix")[gap])

    def _buffer(self, name: str) -> Tensor:
        return self.get_buffer(name)


class _Layer:
    """One layer in the course of the sweeps: its transmissions, and what lies ahead of it and behind."""

    ahead: Pair
    """What the served users receive of each atom, (n, n_streams, n_atoms)."""

    def __init__(self, e: Pair) -> None:
        self.e = e
        self._velocity: Pair | None = None

    @property
    def behind(self) -> Pair:
        """What reaches each atom of each stream, (n, n_streams, n_atoms)."""
        return self._behind

    @behind.setter
    def behind(self, behind: Pair) -> None:
        self._behind = behind
        self._stacked = torch.cat(behind, dim=1)  # real over imaginary: one product of matrices in place of four

    def gains(self) -> Pair:
        """Return the effective channel, (n, n_streams, n_streams)."""
        n = self.ahead[0].shape[1]
        parts = torch.cat(_times(self.ahead, self.e), dim=1) @ self._stacked.transpose(1, 2)
        return parts[:, :n, :n] - parts[:, n:, n:], parts[:, :n, n:] + parts[:, n:, :n]

    def back_propagated(self, by_h: Pair) -> Pair:
        """Return the gradient by the conjugate of e, (n, 1, n_atoms), from that by the effective channel."""
        n, ahead = self.ahead[0].shape[1], self.ahead
        rows = torch.cat([torch.cat(by_h, dim=2), torch.cat([by_h[1], -by_h[0]], dim=2)], dim=1)
        by_ahead = rows @ self._stacked
        real, imag = by_ahead[:, :n], by_ahead[:, n:]
        return (
            (ahead[0] * real + ahead[1] * imag).sum(dim=1, keepdim=True),
            (ahead[0] * imag - ahead[1] * real).sum(dim=1, keepdim=True),
        )

    def step_(self, by_e: Pair, inertia: Tensor, momentum: Tensor) -> None:
        """Move along a gradient, with momentum."""
        norm = torch.rsqrt((by_e[0].square() + by_e[1].square()).mean(dim=-1, keepdim=True) + _TINY)
        velocity = (norm * by_e[0], norm * by_e[1])
        if self._velocity is not None:
            before = self._velocity
            velocity = (momentum * before[0] + velocity[0], momentum * before[1] + velocity[1])
        self._velocity = velocity
        self.e = _unit((inertia * self.e[0] + velocity[0], inertia * self.e[1] + velocity[1]))


def _as_blocks(matrices: Tensor) -> Tensor:
    """Return complex (n, a, b) as real (n, 2 a, 2 b), so that (real, imag) @ it is a complex product."""
    real, imag = matrices.real, matrices.imag
    return torch.cat([torch.cat([real, imag], dim=-1), torch.cat([-imag, real], dim=-1)], dim=-2)


def _through(field: Pair, block: Tensor) -> Pair:
    """Return a field after a propagation matrix."""
    n = block.shape[-1] // 2
    out = field[0] @ block[:n] + field[1] @ block[n:]
    return out[..., :n], out[..., n:]


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _unit(a: Pair) -> Pair:
    norm = torch.rsqrt(a[0].square() + a[1].square() + _TINY)
    return a[0] * norm, a[1] * norm


def _received(gain: Tensor, shares: Tensor, noise: Tensor | float) -> tuple[Tensor, Tensor]:
    """Return each user's own power, and all that reaches it with noise, (n, n_streams)."""
    power = gain * shares.unsqueeze(-2)
    # the diagonal by a product: as an operator of its own it is a dozen in ONNX
    return (power * torch.eye(gain.shape[-1], device=gain.device)).sum(dim=-1), power.sum(dim=-1) + noise


def _for_heads(pair: Pair, n_heads: int) -> Pair:
    """Return each channel's rows once per head, (n * n_heads, ...)."""
    if n_heads == 1:
        return pair
    real, imag = (
        part.unsqueeze(1).expand(-1, n_heads, -1, -1).reshape(-1, part.shape[-2], part.shape[-1]) for part in pair
    )
    return real, imag
