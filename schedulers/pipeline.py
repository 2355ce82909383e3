"""Orbital edge computing's pipeline: one frame's tiles over the satellites of one plane."""

from __future__ import annotations

from math import inf

from simulator.records import Decision, Run, Scheduler, Split, Task, View


class OecPipelineScheduler(Scheduler):
    """Cut every task into equal tiles for the source and the next satellites of its plane; blind to sunlight.

    After the tile-parallel pipeline of Denby and Lucia, "Orbital Edge Computing", ASPLOS 2020. The task is done when
    the last tile's result is delivered.

    Differences from the ASPLOS 2020 system: (1) there every satellite of the pipeline images the same ground as it
    comes by; here the source has the image and sends the tiles over the links; (2) a task is one frame and its tiles
    are equal; (3) satellites without power or route are left out, the others share their tiles; (4) nothing is
    discarded early.

    Parameters
    ----------
    n_satellites : int
        Length m of the pipeline, the source included: 2 to 8, fewer where the plane is shorter.

    Raises
    ------
    ValueError
        If an option is out of range.
    """

    name = "oec-pipeline"

    def __init__(self, n_satellites: int = 4) -> None:
        if not 2 <= n_satellites <= 8:
            raise ValueError(f"n_satellites = {n_satellites}: a pipeline has 2 to 8 satellites")
        self.n_satellites = n_satellites
        self._slots: dict[int, int] = {}

    def start(self, view: View) -> None:
        """Note where in its plane every satellite is."""
        self._slots = {satellite: slot for plane in view.planes for slot, satellite in enumerate(plane)}

    def decide(self, task: Task, view: View) -> Decision:
        """Share the task equally, first come, first served on each satellite."""
        pipeline = self._pipeline(task, view)
        if len(pipeline) == 1:
            return Run(satellite=view.here, priority=task.arrival_s)
        share = 1.0 / len(pipeline)
        return Split(parts=tuple((share, Run(satellite=satellite, priority=task.arrival_s)) for satellite in pipeline))

    def _pipeline(self, task: Task, view: View) -> list[int]:
        here = view.here
        plane, slot = view.planes[view.plane_of[here]], self._slots[here]
        ahead = [plane[(slot + step) % len(plane)] for step in range(1, min(self.n_satellites, len(plane)))]
        return [here, *(m for m in ahead if view.is_up(m) and view.transfer_s(here, m, task.input_bits) < inf)]
