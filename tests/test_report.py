import base64
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from model.measures import SUMMARY
from model.specification import Strategy, Use
from scenarios.casefile import CaseCompound
from scenarios.catalogue import text
from scenarios.comparison import compare
from scenarios.loading import Bilingual, Case, Claim, Document
from scenarios.report import GROUPS, Provenance, render_report, write_report

WEEKS, SEEDS = 40, 8
VOID = {"meta", "img", "br", "hr", "link", "input"}


class FakeResults:
    """Three runs in four reach the gate; the strategy `pressed` is insincere and has no payment at 18 months."""

    def __init__(self, cases=("north/first", "south/first"), strategies=("own", "pressed")):
        rows = [(c, s, seed) for c in cases for s in strategies for seed in range(SEEDS)]
        self._summary = pd.DataFrame([self._row(run, *row) for run, row in enumerate(rows)])
        self._tidy = pd.concat([self._weeks(run, *row) for run, row in enumerate(rows)], ignore_index=True)

    def summary(self):
        return self._summary

    def tidy(self, outcomes=None):
        return self._tidy

    @staticmethod
    def _row(run, case, strategy, seed):
        reached, pressed = seed % 4 != 0, strategy == "pressed"
        values = {name: 0.25 for name in SUMMARY} | {
            "final_headline_consent": 0.912,
            "final_valid_consent": 0.883,
            "final_insincere_share": 0.317 if pressed else 0.061,
            "insincere_share_at_gate": 0.298 if pressed else 0.052,
            "weeks_to_80": 20.0 + seed if reached else np.nan,
            "weeks_to_95": np.nan,
            "gate_week": 20.0 + seed if reached else np.nan,
            "payment_18_months": np.nan if pressed else 0.834,
            "company_present_end": float(seed > 1),
            "company_left": float(seed <= 1),
            "trust_office_change": -0.12,
            "office_hours_total": 5230.0,
            "office_yuan_total": 15_231_000.0,
        }
        return {"run": run, "case": case, "strategy": strategy, "seed": seed} | values

    @staticmethod
    def _weeks(run, case, strategy, seed):
        week = np.arange(WEEKS)
        consent = np.clip(week / 30, 0, 0.9)
        last_stage = 6 if seed == 0 else 5
        series = {
            "stage": np.where(week < 20, 0, np.where(week < 30, 3, last_stage)),
            "headline_consent": consent,
            "valid_consent": consent * 0.95,
            "insincere_share": consent * 0.1,
            "support_share": 0.6 + 0 * week,
            "payment_rate": np.where(week < 30, 0.3, 0.8),
            "company_present": (week >= 30) * 1.0,
        }
        identity = {"run": run, "case": case, "strategy": strategy, "seed": seed, "week": week}
        return pd.concat([pd.DataFrame({**identity, "outcome": o, "value": v}) for o, v in series.items()])


def strategy(name, zh, en, **instruments):
    return Strategy(
        id=name, zh=zh, en=en, instruments={key: Use(intensity=i) for key, i in instruments.items()}
    )


OWN = strategy("own", "本地做法", "Local practice", home_visits=0.8, lawful_enforcement=0.5)
PRESSED = strategy("pressed", "施压", "Pressing", pressure=0.9, home_visits=0.5)


def both(zh, en):
    return Bilingual(zh=zh, en=en)


def case(name="north", zh="北城", en="North"):
    claims = (
        Claim(
            id="C1", zh="改造后缴费率超过九成", en="More than nine in ten pay", value=0.9, relation=">", unit="share",
            claimed_by=both("区里", "the district"), missing=both("分母、日期", "denominator, date"),
            use="benchmark with caveats", outcome="payment_18_months",
        ),
        Claim(
            id="C2", zh="召开会议149场", en="149 meetings", value=149, unit="meetings", use="process count",
            claimed_by=both("区里", "the district"), missing=both("户数", "households"),
        ),
    )  # fmt: skip
    document = Document(
        title="经验", author=both("区里", "the district"), genre=both("特稿", "feature"), date="2020",
        selection=both("成功经验", "a published success"),
    )  # fmt: skip
    return Case(
        id=name,
        names=both(zh, en),
        file=f"{name}.toml",
        strategy=OWN,
        default_compound="first",
        compounds={"first": CaseCompound(id="first", names=both("一号院", "Yard one"))},
        document=document if name == "north" else None,
        claims=claims if name == "north" else (),
        caveats=(both("没有改造前的基线。<b>", "No baseline before the works. <b>"),)
        if name == "north"
        else (),
    )


CASES = [case(), case("south", "南城", "South")]
SCENARIOS = [c.scenario(strategy=s) for c in CASES for s in (OWN, PRESSED)]


def page(lang="zh", **options):
    return render_report(FakeResults(), CASES, lang=lang, **{"scenarios": SCENARIOS, **options})


@pytest.fixture(scope="module")
def pages():
    results = FakeResults()
    comparisons = [
        compare(results.summary(), o, "own", "pressed") for o in ("weeks_to_80", "final_insincere_share")
    ]
    provenance = Provenance(
        command="gongzhi demo", version="0.1.0", date="2026-11-22", failures=("run 3: EngineError: money",)
    )
    return {lang: page(lang, comparisons=comparisons, provenance=provenance) for lang in ("zh", "en")}


class Structure(HTMLParser):
    """Checks that tags close in order; keeps headings, pictures, cells, and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.images, self.headers, self.headings, self.text = [], [], [], [], [], []
        self.links = []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "img":
            self.images.append(found)
        if tag == "th":
            self.headers.append(found)
        if tag == "a":
            self.links.append(found["href"])
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        assert tag not in ("script", "iframe", "object", "link", "form")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def parsed(html):
    structure = Structure()
    structure.feed(html)
    structure.close()
    assert structure.open == []
    return structure


def words(html):
    return re.sub(r"\s+", " ", "".join(parsed(html).text))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_parses_and_is_marked_for_screen_readers(pages, lang):
    structure = parsed(pages[lang])
    assert len(structure.ids) == len(set(structure.ids))
    assert {link.removeprefix("#") for link in structure.links} <= set(structure.ids)
    assert all(image["alt"].strip() for image in structure.images)
    assert all(header.get("scope") in ("row", "col", "rowgroup") for header in structure.headers)
    assert structure.headings[0] == 1 and structure.headings.count(1) == 1
    assert all(
        deeper - above <= 1 for above, deeper in zip(structure.headings, structure.headings[1:], strict=False)
    )
    assert f'<html lang="{ {"zh": "zh-CN", "en": "en"}[lang] }">' in pages[lang]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_needs_nothing_beside_itself(pages, lang):
    assert not re.search(r"https?:|src=\"(?!data:)|url\(|@import|<script|<link", pages[lang])
    for data in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", pages[lang]):
        picture = re.sub(r'xmlns(:\w+)?="[^"]*"', "", base64.b64decode(data).decode())
        assert "http" not in picture and "<script" not in picture


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_prints_and_follows_a_dark_screen(pages, lang):
    assert "@media print" in pages[lang] and "prefers-color-scheme: dark" in pages[lang]
    assert 'name="viewport"' in pages[lang]


@pytest.mark.parametrize(
    ("lang", "consent", "insincere"),
    [("zh", "名义同意率 ", "言不由衷比例 "), ("en", "headline consent ", "insincere share ")],
)
def test_every_consent_figure_has_the_insincere_share_near_it(pages, lang, consent, insincere):
    written = words(pages[lang]) + " ".join(image["alt"] for image in parsed(pages[lang]).images)
    for mention in re.finditer(rf"{consent}(is )?\d", written):
        near = written[mention.start() : mention.start() + 120]
        assert re.search(rf"{insincere}\d", near), near
    order = GROUPS["consent"]
    for name in order:
        if "headline" in name:
            assert order[order.index(name) + 2] == name.replace("headline_consent", "insincere_share")


def test_the_first_paragraph_answers_in_chinese(pages):
    written = words(pages["zh"])
    assert "8 个随机种子中有 6 个名义同意率达到80%，居中的一个在第 25 周达到" in written
    assert "名义同意率 91.2%，有效同意率 88.3%，言不由衷比例 6.1%" in written
    assert (
        "移交后18个月的缴费率为 83.4%（8 个种子有数值，共 8 个）；文献公布的是 >90%，缺少或存疑：分母、日期。"
        in written
    )
    assert "期末有物业公司在场的有 6 个，移交后曾有物业撤场的有 2 个（共 8 个）" in written
    assert "对街道的信任变化 −0.12" in written and "1,523.1 万元" in written and "5,230 小时" in written
    assert "项目终止的有 1 个" in written
    assert "没有一个种子在期内走到移交后18个月" in written


def test_the_first_paragraph_answers_in_english(pages):
    written = words(pages["en"])
    assert "Of 8 seeds 6 reach 80 % headline consent, the median compound in week 25." in written
    assert "headline consent is 91.2 %, valid consent 88.3 %, the insincere share 6.1 %" in written
    assert "the published number is >90 %, missing or doubtful: denominator, date." in written
    assert "15.2 million yuan" in written and "The project is dropped in 1." in written


def test_a_median_that_is_not_reached_is_said_to_be_and_in_how_many_seeds_it_was():
    results = FakeResults()
    late = results.summary()["seed"] > 1
    results.summary().loc[late, ["weeks_to_80", "gate_week"]] = np.nan
    written = words(render_report(results, CASES, scenarios=SCENARIOS))
    assert "8 个随机种子中有 1 个名义同意率达到80%；居中的小区到模拟期末（40 周）仍未达到" in written
    assert "通过启动门槛的有 1 个；居中的小区到期末仍未通过" in written
    assert "达到 0/8" in written


def test_instruments_that_are_not_lawful_are_marked(pages):
    written = words(pages["zh"])
    assert "对未签约户施压（违法）" in written and "依法拆改（依法受限）" in written
    assert text("report.unlawful_banner") in written
    assert '<strong class="mark">违法</strong>' in pages["zh"]
    lawful = [c.scenario(strategy=OWN) for c in CASES]
    alone = render_report(FakeResults(strategies=("own",)), CASES, scenarios=lawful)
    assert text("report.unlawful_banner") not in alone


def test_claims_stand_with_who_made_them_and_what_is_missing(pages):
    written = words(pages["zh"])
    assert "改造后缴费率超过九成" in written and "149 场" in written and "对照（附说明）" in written
    assert text("report.claims_none") in written  # the second case has none
    assert "没有改造前的基线。<b>" in written  # shown as written, not taken as markup


def test_what_it_must_not_be_used_for_is_always_there(pages):
    for lang in ("zh", "en"):
        written = words(pages[lang])
        for key in (
            "lead",
            "profiling",
            "predicting",
            "automating",
            "proving",
            "targets",
            "data",
            "refusal",
            "failures",
        ):
            assert text(f"not_for.{key}", lang) in written


def test_failed_runs_are_counted_and_listed(pages):
    written = words(pages["zh"])
    assert "有 1 次运行失败" in written and "得到结果 32 次，失败 1 次" in written
    assert "EngineError: money" in written
    assert text("report.no_failed") in words(page())


def test_the_reproduction_block_gives_what_is_needed_and_says_what_is_missing(pages):
    written = words(pages["zh"])
    for part in ("gongzhi demo", "0.1.0", "2026-11-22", "8 个：0–7", SCENARIOS[0].content_hash()):
        assert part in written
    bare = words(render_report(FakeResults(), CASES))
    assert bare.count(text("report.not_given")) == 4


def test_paired_differences_are_shown_with_their_verdicts(pages):
    assert "期末言不由衷比例：“本地做法”优于“施压”" in words(pages["zh"])
    assert "identical in all 16 pairs" in words(pages["en"])


def test_a_case_without_runs_is_named():
    written = words(render_report(FakeResults(cases=("north/first",)), CASES))
    assert "南城" in written and text("report.no_runs") in written


def test_runs_of_a_case_and_strategy_nobody_described_are_still_reported():
    written = words(render_report(FakeResults(cases=("elsewhere",), strategies=("mine",)), []))
    assert "elsewhere" in written and text("report.instruments_unknown") in written


def test_the_report_is_written_whole_into_a_new_folder(tmp_path):
    one = FakeResults(cases=("north/first",), strategies=("own",))
    target = write_report(tmp_path / "new" / "report.html", one, CASES, lang="en")
    assert target.read_text(encoding="utf-8") == render_report(one, CASES, lang="en")
    assert [file.name for file in target.parent.iterdir()] == ["report.html"]


def test_no_hold_out_is_called_a_nail_household(pages):
    assert "钉子户" not in pages["zh"]
