"""The page Sweep shows what folders hold, whoever has written them."""

import html
import json
import shutil
import time
from concurrent.futures import Future
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import solara

from dashboard import ensembles
from dashboard.pages import sweep as page
from dashboard.pages.sweep import shown as shown_page
from dashboard.sweep_folders import OFFERED, Part, Picture, analysed, folders
from scenarios.analysis.battery import ANALYSES
from scenarios.catalogue import text
from scenarios.sweep import load_sweep, run_sweep

GOOD = {"kind": "sweep", "id": "gate", "described": {"zh": "闸门", "en": "The gate"}, "runs": 96}


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_RESULTS", str(tmp_path))
    put(tmp_path / "good", json.dumps(GOOD), '{"done": 20, "failed": 1, "seconds_left": 9}')
    return tmp_path


def put(place, manifest: str, progress: str = "{}") -> None:
    place.mkdir()
    (place / "manifest.json").write_text(manifest, encoding="utf-8")
    (place / "progress.json").write_text(progress, encoding="utf-8")


@pytest.mark.parametrize(
    ("manifest", "progress"),
    [
        ("[" * 20_000 + "]" * 20_000, "{}"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "{}"),
        (json.dumps(GOOD), '{"done": 1e400}'),
        (json.dumps(GOOD), '{"done": ' + "9" * 5000 + "}"),
        (json.dumps(GOOD), '{"done": {}}'),
        (json.dumps(GOOD), "[]"),
        (json.dumps({**GOOD, "described": 3}), "{}"),
        ("[]", "{}"),
        ("not json", "{}"),
        ("", "{}"),
    ],
)
def test_a_folder_nobody_can_make_sense_of_is_left_out_and_spoils_no_other(results, manifest, progress):
    put(results / "bad", manifest, progress)
    assert [folder.name for folder in folders()] == ["good"]


def test_a_file_larger_than_any_manifest_is_not_read(results):
    put(results / "bad", json.dumps(GOOD))
    with (results / "bad" / "manifest.json").open("r+b") as file:
        file.truncate(4 << 30)  # sparse: it takes no room
    assert [folder.name for folder in folders()] == ["good"]


def test_names_and_figures_of_a_folder_are_fit_to_be_shown(results):
    names = {"zh": "‮闸", "en": "x" * 5000}
    put(
        results / "odd",
        json.dumps({**GOOD, "described": names, "runs": -4}),
        '{"done": -3, "seconds_left": NaN}',
    )
    odd = next(folder for folder in folders() if folder.name == "odd")
    assert odd.zh == "�闸" and len(odd.en) == 200
    assert (odd.done, odd.planned, odd.seconds_left) == (0, 0, 0.0)


def test_a_manifest_with_half_a_character_is_left_out(results):
    put(results / "bad", json.dumps({**GOOD, "described": {"zh": "\ud800", "en": "x"}}))
    assert [folder.name for folder in folders()] == ["good"]


def test_a_place_that_is_none_holds_no_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGZHI_RESULTS", str(tmp_path / "nowhere"))
    assert folders() == []
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GONGZHI_RESULTS", str(tmp_path / "file"))
    assert folders() == []


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("yard: paired comparison: one strategy (none); expected two or more to compare", "strategy"),
        ("yard: sensitivity: several cases (a, b); expected one of them: --case", "case"),
        ("yard: replicates: fewer than 3 seeds with a value at every point; expected three or more", "seeds"),
        ("yard: PAWN of payment_18_months under none: 3 points with a value; expected 10 or more", "points"),
        ("yard: PAWN of payment_18_months under none: no parameter varies", "parameter"),
        (
            "yard: levels: no setting with two to 6 values that varies alone; expected one, such as …",
            "setting",
        ),
        ("yard: gate_week under none is 3 at every point; expected an outcome that varies", "constant"),
        ("yard: holds no run yet; expected a sweep with results", "runs"),
        (
            "yard: 3 of 9 points of the design have no run of 'x'; expected all: resume the sweep first",
            "resume",
        ),
        ("something new", "other"),
    ],
)
def test_a_refusal_is_told_in_the_pages_language_with_its_own_words_behind(said, key):
    for lang in ("zh", "en"):
        page = shown_page(Part("paired", (), (), (said, said), 0), lang)
        assert text(f"dash.sweep_why_{key}", lang) + " (×2)" in html.unescape(page)
        assert '<li lang="en">' in page and text("dash.sweep_said", lang) in html.unescape(page)


SWEEP = """id = "visits"
cases = ["danwei_courtyard"]
strategies = ["none"]
seeds = 6
outcomes = ["final_valid_consent"]
[levers]
{levers}
[constants]
households = 24
horizon_weeks = 20
"""


@pytest.fixture
def swept(tmp_path):
    def run(levers):
        (tmp_path / "visits.toml").write_text(SWEEP.format(levers=levers), encoding="utf-8")
        run_sweep(load_sweep(tmp_path / "visits.toml"), tmp_path / "out", workers=0)
        return str(tmp_path / "out"), str(tmp_path / "told")

    return run


def test_every_analysis_but_the_search_for_regions_is_offered_under_its_name():
    assert set(OFFERED) == set(ANALYSES) - {"discovery"}
    for lang in ("zh", "en"):
        assert len({text(f"dash.analysis_{name}", lang) for name in OFFERED}) == len(OFFERED)


def test_the_page_compares_the_values_of_a_setting_with_the_first(swept):
    place, told = swept('"instruments.home_visits.intensity" = [0.0, 0.5, 1.0]')
    for lang, head in (("en", "Values of a setting"), ("zh", "逐值比较")):
        part = analysed(place, "levels", lang, told)
        assert part.name == "levels" and part.rows == 18 and not part.refused
        (picture,) = part.figures
        assert picture.png.startswith(b"\x89PNG") and len(part.lines) >= 2
        page = html.unescape(shown_page(part, lang))
        assert f'aria-label="{head}"' in page and all(line in page for line in part.lines)


def test_where_no_setting_takes_a_few_values_the_page_says_which_to_sweep(swept):
    place, told = swept('"instruments.home_visits.intensity" = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0]')
    part = analysed(place, "levels", "zh", told)
    assert part.figures == () and text("dash.sweep_why_setting", "zh") in html.unescape(
        shown_page(part, "zh")
    )


class Looked:
    """The page Sweep of a folder `gate` that changes, its analyses made at once: what it shows, what it has drawn."""

    def __init__(self, place, monkeypatch) -> None:
        self.place, self.made, self.acts = place / "gate", [], {}
        self.shown = ""
        monkeypatch.setenv("GONGZHI_RESULTS", str(place))
        monkeypatch.setattr(page, "EVERY", 0.02)
        monkeypatch.setattr(page, "LongJob", self._analysed)
        monkeypatch.setattr(page, "shown", self._shown)
        monkeypatch.setattr(page, "Act", self._act)
        monkeypatch.setattr(ensembles, "SHELF", ensembles.Shelf())

    def write(self, zh: str, failed: int, updated: str) -> None:
        manifest = {**GOOD, "id": "gate", "described": {"zh": zh, "en": zh}, "runs": 10}
        shutil.rmtree(self.place, ignore_errors=True)
        put(self.place, json.dumps(manifest), json.dumps({"done": 10, "failed": failed, "updated": updated}))

    def write_progress(self, failed: int, updated: str) -> None:
        said = json.dumps({"done": 10, "failed": failed, "updated": updated})
        (self.place / "progress.json").write_text(said, encoding="utf-8")

    def _analysed(self, *_):
        manifest = json.loads((self.place / "manifest.json").read_text(encoding="utf-8"))
        progress = json.loads((self.place / "progress.json").read_text(encoding="utf-8"))
        line = f"{manifest['described']['zh']}, {progress['failed']} failed"
        self.made.append(line)
        future: Future = Future()
        future.set_result(Part("surfaces", (Picture(b"x", 0.1),), (line,), (), 10))
        return ensembles.Job([SimpleNamespace(future=future)], lambda parts: parts[0])

    def _shown(self, part, lang):
        self.shown = part.lines[0]
        return self.shown

    def _act(self, **given):
        self.acts[given["name"]] = given
        return solara.Text(given["label"])

    @contextmanager
    def open(self):
        _, context = solara.render(page.Page(), handle_error=False)
        try:
            yield
        finally:
            context.close()

    def until(self, enough) -> None:
        last = time.monotonic() + 5
        while not enough() and time.monotonic() < last:
            time.sleep(0.01)
        assert enough(), (self.shown, self.made)


def test_a_folder_that_holds_another_sweep_of_as_many_runs_is_analysed_anew(tmp_path, monkeypatch):
    looked = Looked(tmp_path, monkeypatch)
    looked.write("gate by pressure", 0, "t1")
    with looked.open():
        looked.until(lambda: looked.shown == "gate by pressure, 0 failed")
        looked.write("fee by pressure", 0, "t1")
        looked.until(lambda: looked.shown == "fee by pressure, 0 failed")
        assert looked.acts["update"]["off"]
    with looked.open():
        looked.until(lambda: looked.shown == "fee by pressure, 0 failed")
    assert looked.made == ["gate by pressure, 0 failed", "fee by pressure, 0 failed"]


def test_runs_that_were_tried_again_are_analysed_when_asked_and_for_who_comes_later(tmp_path, monkeypatch):
    looked = Looked(tmp_path, monkeypatch)
    looked.write("gate by pressure", 3, "t1")
    with looked.open():
        looked.until(lambda: looked.shown == "gate by pressure, 3 failed")
        assert looked.acts["update"]["off"]
        looked.write_progress(1, "t2")
        looked.until(lambda: not looked.acts["update"]["off"])
        assert looked.acts["update"]["label"] == text("dash.sweep_changed", page.state.lang.value)
        assert looked.shown == "gate by pressure, 3 failed", "not before anybody asks"
        looked.acts["update"]["event_act"]()
        looked.until(lambda: looked.shown == "gate by pressure, 1 failed")
        assert looked.acts["update"]["off"]
        looked.write_progress(1, "t3")
    with looked.open():
        looked.until(lambda: len(looked.made) == 3)
