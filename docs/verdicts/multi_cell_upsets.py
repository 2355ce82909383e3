"""Do clusters of flipped bits hurt a network more than as many single ones?

No, not per flipped bit: the bits of a cluster share a number or a bit index, so fewer trials meet a bit that matters.
As RedNet's emulator mixes events (a tenth of them of several bits) there is no difference that 1000 trials resolve,
whether clusters lie in one byte or not. Where all events have 5 bits they hurt less than as many single bits and, per
event, as much as one bit or more. Points of accuracy lost, mean with 95 % interval; 1000 trials of 100 images, LPDDR4
(S1), clusters v1.5, unprotected networks:

                                    cnn, 20 flips           cnn-int8, 500 flips
single bits                         16.9 (15.1 to 18.6)     37.2 (35.6 to 38.7)
mixture, in bytes 16 B apart        15.3 (13.6 to 17.0)     38.3 (36.7 to 39.9)
mixture, in one byte                17.0 (15.3 to 18.8)     34.7 (33.0 to 36.3)
all events of 5 bits, 16 B apart     7.0 ( 5.8 to  8.3)     24.9 (23.2 to 26.7)
all events of 5 bits, in one byte    9.7 ( 8.3 to 11.1)     12.0 (10.5 to 13.4)
a fifth as many single bits          3.6 ( 2.7 to  4.5)     10.6 ( 9.3 to 12.0)

Against as many single bits: mixture -1.5 (-4.0 to +0.9) and +0.2 (-2.3 to +2.6) in float32, +1.1 (-1.1 to +3.4) and
-2.5 (-4.8 to -0.2) in int8; one of four intervals that misses zero by so little is no finding. Events of 5 bits -9.8
(-12.0 to -7.7), -7.2 (-9.4 to -4.9), -12.2 (-14.6 to -9.9), -25.2 (-27.3 to -23.1). Against as many events of one bit:
+3.5 (+1.9 to +5.0), +6.1 (+4.5 to +7.8), +14.3 (+12.1 to +16.5), +1.3 (-0.6 to +3.3). A network that is protected by a
code over words is another matter: only clusters in one byte put two flips into a word.

Run as `python docs/verdicts/multi_cell_upsets.py [--trials 1000] [--images 100]`.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from onboard_models.campaign import mean_interval, run_trials
from onboard_models.campaign.clusters import ClusteredFlips, Geometry
from onboard_models.campaign.plans import FlipNumber, Plan, UniformFlips
from onboard_models.catalogue import find_model
from onboard_models.unprotected import Unprotected

SINGLE = "single bits"
FEWER = "single bits, a fifth of them"
REFERENCES = {
    SINGLE: "as many single bits",
    FEWER: "as many single events",
}
EVENT_BITS = 5


CASES = {"cnn": 20, "cnn-int8": 500}
"""Networks, and so many flips that neither nothing nor everything breaks."""


def plans(n_flips: int, n_trials: int) -> dict[str, Plan]:
    """Return single bits, and the same number of bits in clusters; seeds differ, so trials are independent."""
    number = FlipNumber(n_flips=n_flips)

    def clusters(event_bits: int | None, same_byte: float, seed: int) -> Plan:
        geometry = Geometry(same_byte_share=same_byte)
        return ClusteredFlips(number=number, geometry=geometry, event_bits=event_bits, n_trials=n_trials, seed=seed)

    return {
        SINGLE: UniformFlips(number=number, n_trials=n_trials, seed=1),
        "mixture, in bytes 16 B apart": clusters(None, 0.0, 2),
        "mixture, in one byte": clusters(None, 1.0, 3),
        FEWER: UniformFlips(number=FlipNumber(n_flips=n_flips // EVENT_BITS), n_trials=n_trials, seed=6),
        "all events of 5 bits, 16 B apart": clusters(EVENT_BITS, 0.0, 4),
        "all events of 5 bits, in one byte": clusters(EVENT_BITS, 1.0, 5),
    }


def difference(values: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the difference of means with its 95 % interval (Welch 1947)."""
    parts = [part.var(ddof=1) / part.size for part in (values, others)]
    squares = sum(part**2 / (n - 1) for part, n in zip(parts, (values.size, others.size), strict=True))
    gap, spread = float(values.mean() - others.mean()), sum(parts) ** 0.5
    half_width = float(stats.t.ppf(0.975, sum(parts) ** 2 / squares)) * spread if spread else 0.0
    return gap, gap - half_width, gap + half_width


def main() -> None:
    """Print lines per network and kind of flips."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=CASES, help="one network alone")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--images", type=int, default=100)
    asked = parser.parse_args()
    for name in [asked.model] if asked.model else CASES:
        model, n_flips = find_model(name), CASES[name]
        images = model.images("test", asked.images)
        subject = Unprotected(model.model_bytes, probe=images.x[:2])
        drops: dict[str, NDArray[np.float64]] = {}
        print(f"{model.name}, {n_flips} flips, {asked.trials} trials of {asked.images} images: points lost")
        for kind, plan in plans(n_flips, asked.trials).items():
            found = run_trials(subject, images, plan.on(subject.image), range(asked.trials))
            drops[kind] = found.drop_points
            mean, low, high = mean_interval(drops[kind])
            bad = 100.0 * (drops[kind] > 5.0).mean()
            print(f"  {kind:34s} {mean:6.2f} ({low:.2f} to {high:.2f}); above 5 points in {bad:.1f} % of trials")
            for other in [other for other in REFERENCES if other in drops and kind not in REFERENCES]:
                gap, gap_low, gap_high = difference(drops[kind], drops[other])
                print(
                    f"    more than {REFERENCES[other]:22s} {gap:+6.2f} ({gap_low:+.2f} to {gap_high:+.2f})", flush=True
                )


if __name__ == "__main__":
    main()
