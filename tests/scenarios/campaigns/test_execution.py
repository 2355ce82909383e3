import numpy as np
import pytest

from onboard_models.memory_image import Content, RegionKind, image_of
from onboard_models.subject import Answers
from scenarios.campaigns import execution
from scenarios.campaigns.execution import campaign_key, run_campaign
from scenarios.campaigns.request import FlipOptions, Request
from scenarios.campaigns.source import Source

SOURCE = Source(model="cnn", dataset=None, n_images=6)


class Parity:
    """Answers 1 where an odd number of its 800 weights' signs has flipped."""

    name = "parity"
    image = image_of([Content(name="w", layer="w", kind=RegionKind.WEIGHT, values=np.ones(800, np.float32))])

    def answers(self, x, bits):
        n_signs = int((bits % 32 == 31).sum())
        n = len(x)
        return Answers(
            label=np.full(n, n_signs % 2),
            exit_index=np.zeros(n, np.int8),
            is_finite=np.ones(n, bool),
            is_detected=np.zeros(n, bool),
        )

    def clean_answers(self, x):
        return self.answers(x, np.zeros(0, np.int64))


@pytest.fixture(autouse=True)
def parity(monkeypatch):
    subject = Parity()
    monkeypatch.setattr(execution, "subject_of", lambda source, protection: subject)
    monkeypatch.setattr(execution, "_MOST_TRIALS_OF_PIECE", 10)


def request(**options):
    given = {"n_flips": (5, 50), "n_trials": 35, "margin": 0.3} | options
    return Request(source=SOURCE, protections=("none", "ranger"), options=FlipOptions(**given))


def tables(campaign):
    return {path.name: path.read_bytes() for path in campaign.folder.path.glob("*.parquet")}


def run(folder, asked=None, progress=lambda share: None):
    return run_campaign(asked or request(), folder=folder, n_workers=1, progress=progress)


def test_an_interrupted_campaign_does_not_run_its_pieces_again(tmp_path, monkeypatch):
    run_trials, done = execution.run_trials, []

    def counted(subject, images, trials, chosen, **others):
        if len(done) == 6:
            raise KeyboardInterrupt
        done.append(list(chosen))
        return run_trials(subject, images, trials, chosen, **others)

    whole = run(tmp_path / "whole")
    monkeypatch.setattr(execution, "run_trials", counted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "interrupted")
    n_whole = sum(table.count(b"PAR1") // 2 for table in tables(whole).values())
    assert n_whole == 2
    before = [path.name for path in (tmp_path / "interrupted").glob("*/pieces/*.parquet")]
    assert len(before) == 6
    done.clear()
    monkeypatch.setattr(execution, "run_trials", lambda *a, **k: (done.append(list(a[3])), run_trials(*a, **k))[1])
    resumed = run(tmp_path / "interrupted")
    assert tables(resumed) == tables(whole)
    n_pieces = 2 * 2 * 4 + 2 * -(-whole.folder.table("single_bits").num_rows // 2 // 10)
    assert len(done) == n_pieces - 6
    assert not list(resumed.folder.path.glob("pieces"))


def test_a_torn_piece_is_run_again(tmp_path):
    whole = run(tmp_path / "whole")
    asked = request()
    torn = tmp_path / "torn" / campaign_key(asked) / "pieces" / "5-flips-00-0000000.parquet"
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"PAR1 and then the power failed")
    assert tables(run(tmp_path / "torn")) == tables(whole)


def test_rows_lie_in_order_and_are_counted_right(tmp_path):
    campaign = run(tmp_path)
    rows = campaign.folder.table("trials").to_pylist()
    assert [(row["condition"], row["protection"], row["i_trial"]) for row in rows] == [
        (condition, protection, i)
        for condition in ("5 flips", "50 flips")
        for protection in ("none", "ranger")
        for i in range(35)
    ]
    assert all(row["n_images"] == 6 for row in rows)
    assert {row["silent"] for row in rows} == {0, 6}
    single = campaign.folder.table("single_bits").to_pylist()
    assert all((row["silent"] == 6) == (row["bit_class"] == "sign") for row in single)
    assert all((row["bit_class"] == "sign") == (row["bit"] == 31) for row in single)
    assert {row["tensor"] for row in single} == {"w"}


def test_a_finished_campaign_is_found_and_others_lie_apart(tmp_path):
    first = run(tmp_path)
    again = run(tmp_path)
    assert again.was_reused and again.folder.path == first.folder.path and again.costs == first.costs
    keys = {
        campaign_key(asked)
        for asked in (
            request(),
            request(seed=1),
            request(n_trials=36),
            request(is_equal_rate=False),
            Request(source=SOURCE, protections=("none",), options=request().options),
            Request(
                source=Source(model="cnn", dataset=None, n_images=7),
                protections=("none", "ranger"),
                options=request().options,
            ),
        )
    }
    assert len(keys) == 6


def test_progress_rises_to_one(tmp_path):
    shares = []
    run(tmp_path, progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)
