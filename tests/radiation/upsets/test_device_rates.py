import numpy as np
import pytest

from radiation.cross_sections import FigureOfMerit, WeibullProton
from radiation.devices import Device, Evidence, Response, constant_rate_device, find_device, memory_array
from radiation.environment import Environment
from radiation.populations import POPULATIONS, Population
from radiation.rates import LOG_SIGMA, PopulationRates
from radiation.upsets.device_rates import DeviceRates, systematic_factors
from radiation.upsets.expectations import expected_upsets
from radiation.upsets.sampling import sample_upsets
from radiation.upsets.track import Track, track_without_orbit
from radiation.upsets.upset_list import Effect

ENVIRONMENT = Environment(epoch_year=2020.0, solar_phase=0.0)
PROTON = WeibullProton(saturation_m2=1e-18, threshold_mev=5.0, width_mev=20.0, exponent=2.5)
HEAVY_ION = FigureOfMerit(merit_mg2_per_mev2_cm2=4.5e-10)
UNSPECIFIED = POPULATIONS.index(Population.UNSPECIFIED)
DAY_S = 86_400.0


def day_of_orbits(n_sats=3) -> Track:
    t_s = np.arange(0.0, DAY_S + 1.0, 30.0)
    u = 1.0945e-3 * t_s + np.arange(n_sats)[:, None]
    inclination = np.radians(97.6)
    longitude = np.arctan2(np.cos(inclination) * np.sin(u), np.cos(u)) - 7.292e-5 * t_s
    return Track(
        satellite=np.arange(n_sats, dtype=np.int32),
        t_s=t_s,
        latitude_rad=np.arcsin(np.sin(inclination) * np.sin(u)),
        longitude_rad=np.angle(np.exp(1j * longitude)),
        altitude_m=np.full(u.shape, 550e3),
    )


def test_every_response_is_folded_and_constant_rates_are_added():
    device = Device(
        name="part",
        evidence=Evidence.ESTIMATED,
        source="a test",
        memory=memory_array(n_bits=2**20),
        cells=Response(proton=PROTON, constant_rate_per_s=1e-13),
        functional_interrupts=Response(heavy_ion=HEAVY_ION),
        logic_errors=Response(constant_rate_per_s=1e-6),
    )
    track = day_of_orbits()
    rates = DeviceRates(device, ENVIRONMENT, shielding_kg_m2=15.0).along(track)
    where = track.t_s, track.latitude_rad, track.longitude_rad, track.altitude_m
    protons = PopulationRates(ENVIRONMENT, proton=PROTON, shielding_kg_m2=15.0).at(*where)
    ions = PopulationRates(ENVIRONMENT, heavy_ion=HEAVY_ION, shielding_kg_m2=15.0).at(*where)
    assert np.array_equal(rates[0, :UNSPECIFIED], protons[:UNSPECIFIED])
    assert np.all(rates[0, UNSPECIFIED] == 1e-13)
    assert np.array_equal(rates[1], ions)
    assert np.all(rates[2, UNSPECIFIED] == 1e-6)
    assert rates[0, 0].max() > 100.0 * np.median(rates[0, 0])


def test_a_constant_rate_needs_no_orbit_and_no_environment():
    """64 MiB at 5e-8 per bit and day flip 26.8 bits a day."""
    device = constant_rate_device(5e-8 / DAY_S, memory_array(n_bits=2**29))
    track = track_without_orbit(range(200), start_s=0.0, end_s=DAY_S)
    rates = DeviceRates(device, None).along(track)
    expected = expected_upsets(device, track.t_s, rates)
    assert expected.bits.sum(axis=(0, 1)) == pytest.approx(np.full(200, 5e-8 * 2**29), rel=1e-12)
    upsets = sample_upsets(device, track, rates, root_seed=1)
    mean = 5e-8 * 2**29 * 200
    assert abs(upsets.n_bits - mean) <= 5.0 * np.sqrt(mean)
    assert np.all(upsets.population == Population.UNSPECIFIED)


def test_cross_sections_need_an_environment():
    with pytest.raises(ValueError, match="environment = None: device 'virtex-xqvr' has cross-sections"):
        DeviceRates(find_device("virtex-xqvr"), None)


@pytest.mark.parametrize("name", ["frontgrade-ut8r2m39", "ddr4-8gb-micron", "nvidia-jetson-tx1"])
def test_parts_of_the_catalogue_along_an_orbit_agree_with_their_expectations(name):
    device, track = find_device(name), day_of_orbits()
    rates = DeviceRates(device, ENVIRONMENT).along(track)
    expected = expected_upsets(device, track.t_s, rates)
    # Rates are blown up where they are rare, so that there is something to count.
    boost = 3_000.0 / expected.events.sum()
    upsets = sample_upsets(device, track, rates * boost, root_seed=3)
    for i_effect, effect in enumerate(expected.effects):
        for i_population, population in enumerate(POPULATIONS):
            mean = boost * expected.events[i_effect, i_population].sum()
            found = np.count_nonzero((upsets.effect == effect) & (upsets.population == population))
            assert abs(found - mean) <= 5.0 * np.sqrt(mean)
    assert upsets.n_events == pytest.approx(3_000, abs=5.0 * np.sqrt(3_000.0))


def test_row_column_and_interrupt_upsets_of_a_dram_are_rarer_than_upsets_of_cells():
    device, track = find_device("ddr4-8gb-micron"), day_of_orbits(1)
    expected = expected_upsets(device, track.t_s, DeviceRates(device, ENVIRONMENT).along(track))
    events = dict(zip(expected.effects, expected.events.sum(axis=(1, 2)), strict=True))
    for effect in (Effect.ROW, Effect.COLUMN, Effect.FUNCTIONAL_INTERRUPT):
        assert 0.0 < events[effect] < 0.01 * events[Effect.CELLS]


def test_systematic_factors_are_one_draw_for_the_fleet_with_median_one():
    factors = np.array([systematic_factors(5, replication=i) for i in range(2_000)])
    assert np.array_equal(systematic_factors(5), factors[0])
    sigma = np.array([LOG_SIGMA[population] for population in POPULATIONS])
    assert np.all(np.abs(np.log(factors).mean(axis=0)) <= 5.0 * sigma / np.sqrt(2_000.0))
    assert np.log(factors).std(axis=0) == pytest.approx(sigma, rel=5.0 / np.sqrt(4_000.0))
