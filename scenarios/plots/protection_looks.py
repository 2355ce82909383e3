"""One colour and one dash per protection, in all figures."""

from __future__ import annotations

from types import MappingProxyType

from scenarios.plots.style import LineLook

_LONG = (0.0, (6.5, 1.5))
_SHORT = (0.0, (3.0, 1.3))
_DOT = (0.0, (6.0, 1.4, 1.2, 1.4))
_DOTTED = (0.0, (1.2, 1.2))

PROTECTION_LOOKS = MappingProxyType(
    {
        "none": LineLook(colour="#222222", dash="-"),
        "ours": LineLook(colour="#882255", dash="-"),
        "rednet": LineLook(colour="#0072B2", dash="-"),
        "exits": LineLook(colour="#7F7F7F", dash=_LONG),
        "ranger": LineLook(colour="#D55E00", dash=_LONG),
        "clip-to-zero": LineLook(colour="#B8860B", dash=_SHORT),
        "ft-clipact": LineLook(colour="#CC79A7", dash=_SHORT),
        "range-check": LineLook(colour="#009E73", dash=_DOT),
        "parity-zero": LineLook(colour="#56B4E9", dash=_DOT),
        "secded": LineLook(colour="#332288", dash=_DOTTED),
        "tmr": LineLook(colour="#117733", dash=_DOTTED),
        "checksum-reload": LineLook(colour="#AA4499", dash=_DOTTED),
        "triplicate-metadata": LineLook(colour="#999933", dash=_DOT),
    }
)
"""Colours after Okabe and Ito (2008) and Tol (2021), told apart with any common colour blindness."""

_OTHERS = tuple(
    LineLook(colour=colour, dash=dash)
    for dash in (_SHORT, _LONG, _DOTTED)
    for colour in ("#44AA99", "#CC6677", "#88CCEE", "#661100", "#6699CC", "#DDAA33")
)


def protection_looks(names: list[str]) -> dict[str, LineLook]:
    """Return the look of each protection of a figure; those that are not in the map take what is left, in order."""
    others = [name for name in names if name not in PROTECTION_LOOKS]
    return {name: PROTECTION_LOOKS.get(name) or _OTHERS[others.index(name) % len(_OTHERS)] for name in names}
