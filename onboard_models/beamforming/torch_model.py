"""The metasurface in torch: batched, on any device and in any precision, with gradients by backpropagation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from simulator.metasurface.amplitude import AmplitudeLaw
from simulator.metasurface.propagation import Stack


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TorchStack:
    """The fixed matrices of a stack as tensors; fields have their axes as in `simulator.metasurface.Stack`."""

    between_layers: Tensor
    from_antennas: Tensor
    amplitude_law: AmplitudeLaw | None = None
    atom_amplitude: Tensor | None = None

    @property
    def n_layers(self) -> int:
        """Layers of atoms."""
        return self.between_layers.shape[0] + 1

    @property
    def n_atoms(self) -> int:
        """Atoms of one layer."""
        return self.from_antennas.shape[0]

    @property
    def n_antennas(self) -> int:
        """Antennas, one for each user."""
        return self.from_antennas.shape[1]


def torch_stack(stack: Stack, *, dtype: torch.dtype = torch.complex128, device: str = "cpu") -> TorchStack:
    """Return the tensors of a stack.

    Parameters
    ----------
    stack : Stack
    dtype : torch.dtype
        complex128 or complex64.
    device : str
    """
    loss = None if stack.atom_amplitude is None else torch.as_tensor(stack.atom_amplitude, dtype=dtype.to_real())
    return TorchStack(
        between_layers=torch.as_tensor(stack.between_layers, dtype=dtype, device=device),
        from_antennas=torch.as_tensor(stack.from_antennas, dtype=dtype, device=device),
        amplitude_law=stack.amplitude_law,
        atom_amplitude=None if loss is None else loss.to(device),
    )


def effective_channel(stack: TorchStack, phases_rad: Tensor, g: Tensor) -> Tensor:
    """Return the channel from each antenna to each user, (..., n_users, n_antennas).

    Parameters
    ----------
    stack : TorchStack
    phases_rad : (..., n_layers, n_atoms)
    g : (..., n_users, n_atoms), complex
        Leading axes broadcast against those of the phases.

    Notes
    -----
    H = G Phi_L W Phi_(L-1) W ... Phi_1 W_1 (An et al. 2023, equation 4), from the antennas outwards.
    """
    transmission = torch.polar(_amplitude(stack, phases_rad), phases_rad)
    field = transmission[..., 0, :, None] * stack.from_antennas
    for i_layer in range(1, stack.n_layers):
        field = transmission[..., i_layer, :, None] * (stack.between_layers[i_layer - 1] @ field)
    return g @ field


def rates_bps_hz(h: Tensor, powers_w: Tensor) -> Tensor:
    """Return each user's rate in bit/s/Hz, (..., n_users).

    Parameters
    ----------
    h : (..., n_users, n_users), complex
        Channel over the root of the noise power; antenna k carries the stream of user k.
    powers_w : (..., n_users)
    """
    received = (h.real.square() + h.imag.square()) * powers_w[..., None, :]
    own = torch.diagonal(received, dim1=-2, dim2=-1)
    others = received.masked_fill(torch.eye(h.shape[-1], dtype=torch.bool, device=h.device), 0.0).sum(dim=-1)
    return torch.log1p(own / (others + 1.0)) / math.log(2.0)


def _amplitude(stack: TorchStack, phases_rad: Tensor) -> Tensor:
    """Return the amplitude that each atom transmits, (..., n_layers, n_atoms)."""
    amplitude = torch.ones_like(phases_rad)
    law = stack.amplitude_law
    if law is not None:
        raised = 0.5 * (torch.sin(phases_rad - law.phase_offset_rad) + 1.0)
        amplitude = (1.0 - law.least) * raised**law.steepness + law.least
    return amplitude if stack.atom_amplitude is None else amplitude * stack.atom_amplitude
