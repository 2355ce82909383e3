"""`sunwise beam`: its commands and their options; what they do is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.beam_learning import learning_app
from scenarios.cli.beam_options import (
    AtomsOption,
    ChannelsOption,
    FiguresOption,
    LayersOption,
    LossOption,
    PowerOption,
    PresetOption,
    SeedOption,
    UsersOption,
)
from scenarios.cli.options import JsonOption

beam_app = typer.Typer(
    help="Beams of a stacked metasurface: design phases and powers, compare methods.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

beam_app.add_typer(learning_app)

_StartsOption = Annotated[
    int | None,
    typer.Option("--starts", metavar="N", min=1, help="Random starts, the best counts, where a method has them."),
]
_StepsOption = Annotated[
    int | None, typer.Option("--steps", metavar="N", min=1, help="Of each start, where a method has them.")
]
_BitsOption = Annotated[
    int | None,
    typer.Option("--bits", metavar="B", min=1, max=16, help="Of each phase, for quantised; default: preset's, else 2."),
]
_PassiveOption = Annotated[
    bool | None,
    typer.Option("--passive/--not-passive", help="Keep layers from gaining energy; default: as the preset."),
]
_LeastAmplitudeOption = Annotated[
    float,
    typer.Option("--least-amplitude", metavar="B", min=0, max=1, help="Of an atom at its worst phase; 1: perfect."),
]
_DeadOption = Annotated[float, typer.Option("--dead", metavar="SHARE", min=0, max=1, help="Of atoms that are dead.")]
_NoiseOption = Annotated[
    float, typer.Option("--phase-noise-deg", metavar="DEG", min=0, help="Standard deviation of each phase.")
]
_ErrorOption = Annotated[
    float,
    typer.Option("--channel-error", metavar="SHARE", min=0, max=1, help="Of the channels' power, unknown to methods."),
]
_UnawareOption = Annotated[
    bool, typer.Option("--unaware", help="Methods take atoms as perfect; default: they know amplitudes and dead atoms.")
]
_SideOption = Annotated[
    float | None, typer.Option("--side-km", metavar="KM", min=0, help="Of the square on which users stand.")
]
_AltitudeOption = Annotated[
    float | None, typer.Option("--altitude-km", metavar="KM", min=160, help="Default: the preset's.")
]
_ShadowingOption = Annotated[
    str | None, typer.Option("--shadowing", metavar="NAME", help="light, average or heavy; default: open sky.")
]
_ControllerOption = Annotated[float, typer.Option("--controller-w", metavar="W", help="Of the metasurface.")]
_UpdateEnergyOption = Annotated[float, typer.Option("--update-energy-j", metavar="J", help="Of one update.")]
_UpdateTimeOption = Annotated[
    float, typer.Option("--update-time-s", metavar="S", help="Of one update; nobody is served meanwhile.")
]
_ChainOption = Annotated[float, typer.Option("--chain-w", metavar="W", help="Of each radio chain.")]
_EfficiencyOption = Annotated[
    float, typer.Option("--amplifier-efficiency", metavar="SHARE", help="Power out over power in.")
]


@beam_app.command(
    epilog="Examples: sunwise beam solve --atoms 25 --method all | sunwise beam solve --preset satellite-ka --method "
    "adam,ao --channels 5 --json | sunwise beam solve --atoms 49 --method quantised --bits 1 --least-amplitude 0.5. "
    "Methods: adam, ao, ao-as-published, ao-restarts, lbfgs, wmmse, codebook, quantised, random; without a "
    "metasurface: zf, mrt (an antenna per user), zf-all-atoms, mrt-all-atoms (an antenna per atom). "
    "docs/beamforming.md explains the model and every number."
)
def solve(
    preset: PresetOption = "an2023",
    layers: LayersOption = None,
    atoms: AtomsOption = None,
    users: UsersOption = None,
    power_dbm: PowerOption = None,
    method: Annotated[str, typer.Option("--method", metavar="A,B,...|all", help="Which.")] = "adam",
    channels: ChannelsOption = 20,
    starts: _StartsOption = None,
    steps: _StepsOption = None,
    bits: _BitsOption = None,
    seed: SeedOption = 0,
    passive: _PassiveOption = None,
    insertion_loss_db: LossOption = None,
    transfer: Annotated[
        Path | None,
        typer.Option(
            "--transfer", metavar="FILE", help="An .npy of your own matrix between layers, or one for each gap."
        ),
    ] = None,
    least_amplitude: _LeastAmplitudeOption = 1.0,
    dead: _DeadOption = 0.0,
    phase_noise_deg: _NoiseOption = 0.0,
    channel_error: _ErrorOption = 0.0,
    unaware: _UnawareOption = False,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Design phases and powers of a stack for random channels, and print what users get, method by method."""
    from scenarios.cli.beam_commands import AskedBeam
    from scenarios.cli.beam_commands import solve as command

    command(
        AskedBeam(
            preset=preset,
            n_layers=layers,
            n_atoms=atoms,
            n_users=users,
            power_dbm=power_dbm,
            methods=method,
            n_channels=channels,
            n_starts=starts,
            n_steps=steps,
            n_bits=bits,
            seed=seed,
            is_passive=passive,
            insertion_loss_db=insertion_loss_db,
            transfer=transfer,
            least_amplitude=least_amplitude,
            dead_share=dead,
            phase_noise_deg=phase_noise_deg,
            channel_error=channel_error,
            is_unaware=unaware,
            figures=figures,
            as_json=json,
        )
    )


@beam_app.command(
    epilog="Examples: sunwise beam sweep --over power --figures out | sunwise beam sweep --over layers --values "
    "1,2,4,8 --atoms 49 --methods adam,ao --channels 10 | sunwise beam sweep --over time --methods adam,lbfgs,wmmse. "
    "Run the same command again after Ctrl-C: it goes on where it was."
)
def sweep(
    over: Annotated[
        str, typer.Option("--over", metavar="AXIS", help="power, atoms, layers, users, bits or time.")
    ] = "power",
    values: Annotated[
        str, typer.Option("--values", metavar="A,B,...", help="Of it; for time, multiples of a method's steps.")
    ] = "",
    preset: PresetOption = "an2023",
    layers: LayersOption = None,
    atoms: AtomsOption = 25,
    users: UsersOption = None,
    power_dbm: PowerOption = None,
    methods: Annotated[
        str, typer.Option("--methods", metavar="A,B,...", help="Default: adam,ao; for bits quantised.")
    ] = "",
    channels: ChannelsOption = 5,
    starts: _StartsOption = None,
    steps: _StepsOption = None,
    bits: _BitsOption = None,
    seed: SeedOption = 0,
    passive: _PassiveOption = None,
    insertion_loss_db: LossOption = None,
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="Where points are kept and reused.")] = Path(
        "beam-sweeps"
    ),
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Print and draw how rates change with power, atoms, layers, users, bits or compute time."""
    from scenarios.cli.beam_commands import AskedBeam
    from scenarios.cli.beam_commands import sweep as command

    asked = AskedBeam(
        preset=preset,
        n_layers=layers,
        n_atoms=atoms,
        n_users=users,
        power_dbm=power_dbm,
        methods=methods or ("quantised" if over == "bits" else "adam,ao"),
        n_channels=channels,
        n_starts=starts,
        n_steps=steps,
        n_bits=bits,
        seed=seed,
        is_passive=passive,
        insertion_loss_db=insertion_loss_db,
        figures=figures,
        as_json=json,
    )
    command(asked, over, values, output)


@beam_app.command(
    name="pass",
    epilog="Examples: sunwise beam pass | sunwise beam pass --side-km 200 --retrack-s 5 --figures out | sunwise beam "
    "pass --preset satellite-s --duration-s 120 --json. Costs are assumptions; docs/beamforming.md says which.",
)
def pass_over(
    preset: Annotated[str, typer.Option("--preset", metavar="NAME", help="satellite-ka or -s.")] = "satellite-ka",
    layers: LayersOption = None,
    atoms: AtomsOption = None,
    users: UsersOption = None,
    power_dbm: Annotated[
        float | None, typer.Option("--power-dbm", metavar="P", help="Out of the amplifiers; default: the preset's.")
    ] = None,
    side_km: _SideOption = None,
    altitude_km: _AltitudeOption = None,
    insertion_loss_db: LossOption = None,
    shadowing: _ShadowingOption = None,
    duration_s: Annotated[float, typer.Option("--duration-s", metavar="S", help="Overhead in its middle.")] = 60.0,
    step_s: Annotated[float, typer.Option("--step-s", metavar="S", help="Between rates.")] = 1.0,
    retrack_s: Annotated[float, typer.Option("--retrack-s", metavar="S", help="Between updates of phases.")] = 1.0,
    draws: Annotated[int, typer.Option("--draws", metavar="N", min=1, help="Channels at each step.")] = 8,
    controller_w: _ControllerOption = 5.0,
    update_energy_j: _UpdateEnergyOption = 0.5,
    update_time_s: _UpdateTimeOption = 0.001,
    chain_w: _ChainOption = 2.0,
    amplifier_efficiency: _EfficiencyOption = 0.25,
    seed: SeedOption = 0,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Pass over users on the ground with a metasurface, retracked and fixed, beside a phased array and a dish."""
    from scenarios.cli.beam_pass import AskedPass
    from scenarios.cli.beam_pass import pass_over as command

    command(
        AskedPass(
            preset=preset,
            n_layers=layers,
            n_atoms=atoms,
            n_users=users,
            power_dbm=power_dbm,
            side_km=side_km,
            altitude_km=altitude_km,
            insertion_loss_db=insertion_loss_db,
            shadowing=shadowing,
            duration_s=duration_s,
            step_s=step_s,
            retrack_s=retrack_s,
            n_draws=draws,
            controller_w=controller_w,
            update_energy_j=update_energy_j,
            update_time_s=update_time_s,
            chain_w=chain_w,
            amplifier_efficiency=amplifier_efficiency,
            seed=seed,
            figures=figures,
            as_json=json,
        )
    )
