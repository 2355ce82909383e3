"""Satellites, shadow and batteries in Basilisk; run by `benchmarks.basilisk` in an environment that has it.

Prints CPU seconds per satellite and simulated day.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from Basilisk.architecture import messaging
from Basilisk.simulation import eclipse, simpleBattery, simplePowerSink, simpleSolarPanel, spacecraft
from Basilisk.utilities import SimulationBaseClass, macros, orbitalMotion, simIncludeGravBody

TICK_S = 10.0
SUN_AT_M = (1.496e11, 0.0, 0.0)
N_SATS = 40
SIMULATED_S = 5_730.0
DAY_S = 86_400.0


def planet_message(name: str, position_m: tuple[float, float, float]) -> messaging.SpicePlanetStateMsg:
    """Return a message that keeps a body where it is."""
    state = messaging.SpicePlanetStateMsgPayload()
    state.PlanetName = name
    state.PositionVector = list(position_m)
    state.J20002Pfix = np.identity(3).tolist()
    return messaging.SpicePlanetStateMsg().write(state)


def main() -> None:
    """Let satellites fly an orbit with shadow, panel, load and battery in ticks."""
    loop = SimulationBaseClass.SimBaseClass()
    process = loop.CreateNewProcess("process")
    process.addTask(loop.CreateNewTask("task", macros.sec2nano(TICK_S)))
    bodies = simIncludeGravBody.gravBodyFactory()
    earth = bodies.createEarth()
    earth.isCentralBody = True
    sun_message, earth_message = planet_message("sun", SUN_AT_M), planet_message("earth", (0.0, 0.0, 0.0))
    shadow = eclipse.Eclipse()
    shadow.sunInMsg.subscribeTo(sun_message)
    shadow.addPlanetToModel(earth_message)
    modules = []
    for i_sat in range(N_SATS):
        craft = spacecraft.Spacecraft()
        craft.ModelTag = f"sat {i_sat}"
        bodies.addBodiesTo(craft)
        elements = orbitalMotion.ClassicElements()
        elements.a, elements.e, elements.i = 6_928_137.0, 1e-4, np.radians(53.0)
        elements.Omega, elements.omega, elements.f = 0.157 * i_sat, 0.0, 0.7 * i_sat
        position_m, velocity_m_s = orbitalMotion.elem2rv(earth.mu, elements)
        craft.hub.r_CN_NInit, craft.hub.v_CN_NInit = position_m, velocity_m_s
        shadow.addSpacecraftToModel(craft.scStateOutMsg)
        modules.append(craft)
    modules.append(shadow)
    for i_sat in range(N_SATS):
        panel = simpleSolarPanel.SimpleSolarPanel()
        panel.stateInMsg.subscribeTo(modules[i_sat].scStateOutMsg)
        panel.sunEclipseInMsg.subscribeTo(shadow.eclipseOutMsgs[i_sat])
        panel.sunInMsg.subscribeTo(sun_message)
        panel.setPanelParameters([1.0, 0.0, 0.0], 0.5, 0.3)
        load = simplePowerSink.SimplePowerSink()
        load.nodePowerOut = -30.0
        battery = simpleBattery.SimpleBattery()
        battery.storageCapacity = battery.storedCharge_Init = 60e3
        battery.addPowerNodeToModel(panel.nodePowerOutMsg)
        battery.addPowerNodeToModel(load.nodePowerOutMsg)
        modules += [panel, load, battery]
    for module in modules:
        loop.AddModelToTask("task", module)
    loop.InitializeSimulation()
    loop.ConfigureStopTime(macros.sec2nano(SIMULATED_S))
    start_s = time.process_time()
    loop.ExecuteSimulation()
    spent_s = time.process_time() - start_s
    charge_j = [module.batPowerOutMsg.read().storageLevel for module in modules if hasattr(module, "batPowerOutMsg")]
    if not min(charge_j) < max(charge_j):
        raise RuntimeError("no battery was ever in the shadow: the comparison would mean nothing")
    sys.stdout.write(f"{spent_s / N_SATS * DAY_S / SIMULATED_S}\n")


if __name__ == "__main__":
    main()
