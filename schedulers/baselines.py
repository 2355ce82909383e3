"""The schedulers that PHOENIX is compared with: orbital edge computing, bent pipe and simple sunlight seekers.

Orbital edge computing (OEC) is Denby and Lucia, "Orbital Edge Computing: Nanosatellite Constellations as a New
Class of Computer System", ASPLOS 2020. The PHOENIX paper (INFOCOM 2024) does not say which of its forms it compares
with, so two are here by name.
"""

from __future__ import annotations

from itertools import islice

from schedulers.rings import Rings
from simulator.records import Decision, Drop, Run, Scheduler, Task, ToGround, View


def local_finish_s(task: Task, satellite: int, ready_s: float, view: View) -> float:
    """Return when a satellite would finish a task after all it is committed to, at the processor's first mode.

    With several tasks at once the work is taken as evenly shared among them: an estimate, exact for one.
    """
    start_s = max(ready_s, view.now_s + view.committed_s(satellite) / view.tasks_at_once)
    return start_s + task.work_s / view.modes_of(satellite)[0].speed


def sunlit_finish_s(task: Task, satellite: int, view: View) -> float | None:
    """Return when a satellite that is lit now would finish a task without leaving the sunlight, None if it cannot.

    The result must also be back at the holder by the deadline.
    """
    now_s = view.now_s
    if not view.is_up(satellite) or not view.is_sunlit(satellite, now_s):
        return None
    ready_s = now_s + view.transfer_s(view.here, satellite, task.input_bits)
    finish_s = local_finish_s(task, satellite, ready_s, view)
    if finish_s + view.transfer_s(satellite, task.source, task.result_bits) > task.deadline_s:
        return None
    window = view.sunlit_windows(satellite, now_s, finish_s)
    return finish_s if window and window[0] == (now_s, finish_s) else None


class OecLocalScheduler(Scheduler):
    """First come, first served on the satellite where the task arose; the battery serves in the dark.

    Differences from the ASPLOS 2020 system: (1) no pipeline of satellites along the track; (2) no early discard.
    """

    name = "oec-local"

    def decide(self, task: Task, view: View) -> Decision:
        """Run here, now, in order of arrival."""
        return Run(satellite=view.here, priority=task.arrival_s)


class OecCoteScheduler(Scheduler):
    """Downlink the input when a station is in view and that is sooner than computing on board; else `oec-local`.

    Differences from cote (ASPLOS 2020): (1) compares predicted delivery times instead of a per-frame rule;
    (2) the ground computes.
    """

    name = "oec-cote"

    def decide(self, task: Task, view: View) -> Decision:
        """Choose the sooner of downlink and local processing."""
        now_s = view.now_s
        if view.contacts(view.here, now_s, now_s + 1e-3):
            local_s = local_finish_s(task, view.here, now_s, view)
            if task.deliver_to == "ground":
                local_s = view.ground_delivery_of_result_s(view.here, local_s, task.result_bits)
            if view.ground_delivery_s(task, view.here) < local_s:
                return ToGround()
        return Run(satellite=view.here, priority=task.arrival_s)


class BentPipeScheduler(Scheduler):
    """Everything is computed on the ground; what no contact can serve by its deadline is dropped."""

    name = "bent-pipe"

    def decide(self, task: Task, view: View) -> Decision:
        """Send down through the first contact that serves."""
        if view.ground_delivery_s(task, view.here) <= task.deadline_s:
            return ToGround()
        return Drop(reason="no contact before the deadline")


class NearestSunlitScheduler(Scheduler):
    """Run on the satellite fewest hops away that can finish in sunlight; on the own battery if none can.

    Isolates the value of sunlight from that of PHOENIX's orbit assignment.
    """

    name = "nearest-sunlit"

    def __init__(self, max_hops: int = 12) -> None:
        if max_hops < 0:
            raise ValueError(f"max_hops = {max_hops}: must not be negative")
        self.max_hops = max_hops
        self._rings = Rings()

    def decide(self, task: Task, view: View) -> Decision:
        """Search outwards ring by ring, in the order of the links."""
        for ring in islice(self._rings.around(view.here, view), self.max_hops + 1):
            for satellite in ring:
                if sunlit_finish_s(task, satellite, view) is not None:
                    return Run(satellite=satellite, priority=task.deadline_s)
        return Run(satellite=view.here, priority=task.deadline_s)


class RandomSunlitScheduler(Scheduler):
    """Run on a random satellite that can finish in sunlight; on the own battery if no try finds one.

    Isolates sunlight-awareness from energy-awareness.
    """

    name = "random-sunlit"

    def __init__(self, max_tries: int = 64) -> None:
        if max_tries < 1:
            raise ValueError(f"max_tries = {max_tries}: at least one try is needed")
        self.max_tries = max_tries

    def decide(self, task: Task, view: View) -> Decision:
        """Draw satellites until one serves."""
        for satellite in view.rng.integers(view.n_sats, size=self.max_tries).tolist():
            if sunlit_finish_s(task, satellite, view) is not None:
                return Run(satellite=satellite, priority=task.deadline_s)
        return Run(satellite=view.here, priority=task.deadline_s)
