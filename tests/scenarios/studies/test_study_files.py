from __future__ import annotations

import pytest

from scenarios.cli.entry import run_command_line
from scenarios.config import ScenarioError
from scenarios.studies import StudyChoice, load_study, plan_study, study_names


@pytest.mark.parametrize("name", study_names())
def test_packaged_studies_are_valid_at_every_size(name):
    file = load_study(name)
    assert file.study.name == name
    for size in file.study.sizes:
        assert plan_study(file, StudyChoice(size=size.name)).runs
    assert plan_study(file, StudyChoice(is_reduced=True)).seeds == (1,)


@pytest.mark.parametrize("name", study_names())
def test_packaged_studies_report_seeds_that_nothing_was_tuned_with(name):
    assert set(load_study(name).study.seeds) <= set(range(1, 101))


@pytest.mark.parametrize("size", ["6x11", "12x22", "72x22"])
def test_workloads_hold_rate_or_load(size):
    plan = plan_study(load_study("workloads"), StudyChoice(size=size))
    scenarios = dict(zip([case.name for case in plan.study.cases], plan.scenarios, strict=True))
    rates = {name: scenario.tasks.mean_rate_hz for name, scenario in scenarios.items()}
    speeds = {name: scenario.processor.modes[0].speed for name, scenario in scenarios.items()}
    assert rates["speed x0.5"] == rates["speed x1"] == rates["speed x2"]
    assert (speeds["speed x0.5"], speeds["speed x1"], speeds["speed x2"]) == (0.5, 1.0, 2.0)
    types = ("light 5 s", "medium 30 s", "heavy 120 s")
    assert [scenarios[name].tasks.offered_load for name in types] == pytest.approx([0.36] * 3)
    assert [scenarios[name].tasks.runtime_s.mean for name in types] == [5.0, 30.0, 120.0]
    slack = [
        (tasks.deadline_s.low - tasks.runtime_s.high, tasks.deadline_s.high - tasks.runtime_s.high)
        for tasks in (scenarios[name].tasks for name in types)
    ]
    assert slack == [(75.0, 555.0)] * 3


def test_constellations_keep_their_own_geometry():
    whole = plan_study(load_study("constellations"), StudyChoice(size="72x22"))
    scaled = plan_study(load_study("constellations"), StudyChoice())
    assert [scenario.satellites.n_sats for scenario in whole.scenarios] == [1584, 1156, 720, 351, 66]
    for own, other in zip(whole.scenarios, scaled.scenarios, strict=True):
        assert other.satellites.n_sats <= 351
        for key in ("altitude_km", "inclination_deg", "pattern"):
            assert getattr(own.satellites, key) == getattr(other.satellites, key)


def test_runs_are_all_combinations_and_changes_apply_in_order(tiny):
    tiny.write_text(
        tiny.read_text().replace(
            "  - name: light\n",
            "  - name: light\n    set: [tasks.load=0.2]\n    sizes: [{size: 3x3, set: [tasks.load=0.3]}]\n",
        )
    )
    file = load_study(str(tiny))
    plan = plan_study(file, StudyChoice(schedulers=("mhspo",), seeds=(7, 8)))
    told = [(run.case, run.scheduler, run.seed, run.scenario.tasks.load) for run in plan.runs]
    assert told == [
        ("light", "mhspo", 7, 0.2),
        ("light", "mhspo", 8, 0.2),
        ("heavy", "mhspo", 7, 0.8),
        ("heavy", "mhspo", 8, 0.8),
    ]
    assert plan.reference is None
    larger = plan_study(file, StudyChoice(size="3x3"))
    assert [(scenario.satellites.planes, scenario.tasks.load) for scenario in larger.scenarios] == [(3, 0.3), (3, 0.8)]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("set: [tasks.load=0.8]", "set: [tasks.laod=0.8]", 9, "tasks.laod: unknown key; did you mean 'load'?"),
        ("set: [tasks.load=0.8]", "set: [tasks.load=-1]", 9, "tasks.load: must be greater than 0"),
        ("set: [tasks.load=0.8]", "set: [tasks]", 9, "not an override; write it as a.b=value"),
        ("set: [tasks.load=0.8]", "sets: [tasks.load=0.8]", 9, "cases[1].sets: unknown key; did you mean 'set'?"),
        ("scenario: base.yaml", "scenario: bse.yaml", 4, "no scenario 'bse.yaml'; name a file beside the study"),
        ("[oec-local, phoenix]", "[oec-local, phenix]", 10, "schedulers[1]: no scheduler of that name (got 'phenix')"),
        ("seeds: [1, 2, 3]", "seeds: [1, 2, 1]", 11, "seeds[2]: seed 1 is given twice"),
        ("seeds: [1, 2, 3]", "seeds: [1, -2]", 11, "seeds[1]: must be 0 or greater (got -2)"),
        ("name: heavy", "name: light", 8, "cases[1].name: two cases are called 'light'"),
        ("kind: bars", "kind: bar", 19, "must be one of depth_of_discharge, completion_time, bars"),
        ("cases: [heavy]}\n  - {name: b", "cases: [hevy]}\n  - {name: b", 18, "no such case (got 'hevy')"),
        ("reduced: {seeds: [1]}", "reduced: {size: 9x9}", 15, "reduced.size: no such size (got '9x9')"),
        ("name: tiny", "name: my study", 2, "(got 'my study'); use 1 to 64 letters, digits, dots, hyphens or"),
        ("schema_version: 1", "schema_version: 2", 1, "this version reads study format 1 (got 2)"),
    ],
)
def test_mistakes_are_told_at_their_line_with_a_remedy(tiny, old, new, line, told):
    assert old in tiny.read_text()
    tiny.write_text(tiny.read_text().replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        plan_study(load_study(str(tiny)), StudyChoice())
    (message,) = str(caught.value).splitlines()
    assert message.startswith(f"{tiny}:{line}:")
    assert told in message
    assert "; " in message  # what to do follows what is wrong


def test_mistakes_of_all_cases_are_told_at_once(tiny):
    tiny.write_text(tiny.read_text().replace("  - name: light\n", "  - {name: light, set: [seeds=1]}\n"))
    tiny.write_text(tiny.read_text().replace("tasks.load=0.8", "tasks.load=x"))
    with pytest.raises(ScenarioError) as caught:
        plan_study(load_study(str(tiny)), StudyChoice())
    assert [problem.place.line for problem in caught.value.problems] == [7, 9]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["stategies"], 3, "did you mean the packaged study 'strategies'?"),
        ([], 2, "name a study, `paper` or `all`"),
        (["contest", "--size", "9x9"], 2, "study contest has no size '9x9'; its sizes: 6x11"),
        (["contest", "--seeds", "1,x"], 2, "--seeds '1,x': write whole numbers such as 1,2,3"),
        (["contest", "--seeds", "1,1"], 2, "each is 0 or greater and given once"),
        (["contest", "--schedulers", "phenix"], 2, "did you mean 'phoenix'?"),
        (["contest", "--workers", "0"], 2, "greater than or equal to 1"),
    ],
)
def test_usage_errors(arguments, code, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command_line(["study", *arguments]) == code
    assert told in " ".join(capsys.readouterr().err.replace("│", "").split())
    assert list(tmp_path.iterdir()) == []
