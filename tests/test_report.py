import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from model.measures import SUMMARY
from model.specification import Strategy, Use
from scenarios.catalogue import text
from scenarios.comparison import compare
from scenarios.figures.fonts import FAMILY, FIRST_CHINESE, drawable, font_face
from scenarios.files.casefile import CaseCompound
from scenarios.loading import Bilingual, Case, Claim, Document
from scenarios.report import COLUMNS, GROUPS, Provenance, render_report, write_report

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


@pytest.fixture
def without_curves(monkeypatch):
    """Pages whose pictures are empty: words of a figure are curves, and no test of words finds any there."""
    monkeypatch.setattr("scenarios.report.svg", lambda figure: "<svg/>")


#: Where `pages`, which are made before, have their pictures all the same.
undrawn = pytest.mark.usefixtures("without_curves")


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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_holds_the_chinese_font_it_needs_and_no_more(pages, lang):
    held = re.search(r'src: url\("data:font/woff;base64,([^"]+)"\)', pages[lang])[1]
    font = TTFont(io.BytesIO(base64.b64decode(held)))
    chinese = {c for c in pages[lang].replace(held, "") if ord(c) >= FIRST_CHINESE} & drawable()
    assert chinese and set(font.getBestCmap()) == {ord(c) for c in chinese}
    assert len(held) < 250_000
    assert "font-src data:" in pages[lang] and f'"{FAMILY}", system-ui' in pages[lang]
    assert font_face("Gongzhi") == "" and font_face("共治") == font_face("治共共")


class Structure(HTMLParser):
    """Checks that tags close in order; keeps headings, pictures, cells, and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.images, self.headers, self.headings, self.text = [], [], [], [], [], []
        self.links, self.tables, self.folded = [], [], []

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
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("th", "td"):
            self.tables[-1][-1].append("")
        if tag == "summary":
            self.folded.append("")
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        assert tag not in ("script", "iframe", "object", "link", "form")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)
        if "th" in self.open or "td" in self.open:
            self.tables[-1][-1][-1] += data
        if "summary" in self.open:
            self.folded[-1] += data


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
    assert all(header.get("scope") in ("row", "col", "rowgroup", "colgroup") for header in structure.headers)
    assert structure.headings[0] == 1 and structure.headings.count(1) == 1
    assert all(
        deeper - above <= 1 for above, deeper in zip(structure.headings, structure.headings[1:], strict=False)
    )
    assert f'<html lang="{ {"zh": "zh-CN", "en": "en"}[lang] }">' in pages[lang]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_needs_nothing_beside_itself(pages, lang):
    assert not re.search(r"https?:|src=\"(?!data:)|url\((?!\"data:)|@import|<script|<link", pages[lang])
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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_opens_with_one_paragraph_and_one_table(pages, lang):
    """Then come the overview, the contents, the comparisons, the cases."""
    html = pages[lang]
    marks = ['<p class="lead">', '<table class="summary">', 'id="overview"', "<nav", 'id="differences"', 'id="case-1"',
             'id="case-2"', 'id="not-for"', 'id="how"', 'id="reproduce"']  # fmt: skip
    places = [html.index(mark) for mark in marks]
    assert places == sorted(places) and html.count('<p class="lead">') == 1
    between = html[html.index('id="summary"') : html.index('<table class="summary">')]
    assert between.count("<p") == 1


def test_the_lead_says_what_was_run_what_stands_out_and_that_it_is_no_forecast(pages):
    chinese, english = (re.search(r'<p class="lead">(.*?)</p>', pages[lang])[1] for lang in ("zh", "en"))
    assert "2 个案例，共 4 种案例与策略的组合（每种 8 个随机种子）" in chinese
    assert "名义同意率 91.2%，有效同意率 88.3%，言不由衷比例 6.1 至 31.7%" in chinese
    assert "北城的“施压”（违法）：29.8%" in chinese and "不是预测" in chinese
    assert "公布缴费率有 1 项，其中 1 项高于模拟值" in chinese
    assert "the insincere share is highest under “Pressing” (unlawful) in North:" in english
    assert "the payment rate is 83.4 % wherever it has a value" in english and "not a forecast" in english
    assert len(chinese) < 400 and len(english) < 1100


@undrawn
def test_the_lead_of_one_case_and_of_one_strategy():
    one = render_report(FakeResults(("north/first",), ("own",)), CASES[:1], lang="en")
    assert "North · Yard one was simulated under the strategy “Local practice” (random seeds: 8)." in one
    two = render_report(FakeResults(("north/first",)), CASES[:1], lang="en", scenarios=SCENARIOS)
    assert "was simulated under 2 strategies" in two and "under “Pressing” (unlawful): 29.8 %" in two
    assert [row[0] for row in opening_table(two)] == [
        "Strategies on North · Yard one",
        "Local practice",
        "Pressing",
    ]


def opening_table(html):
    """Rows of the opening table: heading or name of the row (without its marks), then the cells."""
    start = html.index('<table class="summary">')
    table = html[start : html.index("</table>", start)].replace("<small>", "<small>|")
    rows = parsed(table.replace("\u00a0", " ") + "</table>").tables[0][2:]
    return [[cell.split("|")[0].strip() for cell in row] for row in rows]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_insincere_share_stands_beside_consent_in_the_opening_table(pages, lang):
    order = [outcome for _, outcomes in COLUMNS for outcome in outcomes]
    for heading, outcomes in COLUMNS:
        if any("consent" in outcome for outcome in outcomes):
            assert [o.replace("final_", "").replace("_at_gate", "") for o in outcomes[:3]] == [
                "headline_consent", "valid_consent", "insincere_share"]  # fmt: skip
            assert text(f"report.{heading}", lang) in pages[lang]
    rows = [row for row in opening_table(pages[lang]) if len(row) > 1]
    assert len(rows) == 4 and all(len(row) == 1 + len(order) for row in rows)
    end = 1 + order.index("final_headline_consent")
    shown = [[cell.replace(" ", "") for cell in row[end : end + 3]] for row in rows]
    assert shown == [["91.2%", "88.3%", "6.1%"]] * 2 + [["91.2%", "88.3%", "31.7%"]] * 2


def test_the_opening_table_has_cases_first_and_then_other_strategies_on_one_case(pages):
    assert [row[0] for row in opening_table(pages["en"])] == [
        "Cases, each with its own strategy", "North · Yard one", "South · Yard one",
        "Other strategies compared on North · Yard one, whose own is above", "Pressing",
        "Other strategies compared on South · Yard one, whose own is above", "Pressing",
    ]  # fmt: skip


def test_the_opening_table_counts_seeds_and_sets_published_numbers_beside_payment(pages):
    order = ["strategy", *(outcome for _, outcomes in COLUMNS for outcome in outcomes)]
    rows = {row[0]: dict(zip(order, row, strict=True)) for row in opening_table(pages["en"]) if len(row) > 1}
    north, south = rows["North · Yard one"], rows["South · Yard one"]
    assert north["weeks_to_80"] == "25" and north["company_left"] == "2/8"
    assert (north["payment_18_months"], north["published"]) == ("83.4 %", ">90 %") and south[
        "published"
    ] == "none"
    assert "reached in 6/8" in words(pages["en"])
    assert rows["Pressing"]["payment_18_months"] == text("number.no_rate", "en")


class Figures(FakeResults):
    """One case and its own strategy, with these values of an outcome in as many seeds; others as there."""

    def __init__(self, **values):
        super().__init__(("north/first",), ("own",))
        n = len(next(iter(values.values())))
        self._summary = self._summary.head(n).assign(**values)


NAN = np.nan
#: Outcome, its values by seed, what stands in the opening table and below it in small type: counted by hand.
BY_HAND = [
    ("weeks_to_80", [10, 20, 30, 40, 50], "30", "10–50 reached in 5/5"),
    ("weeks_to_80", [10, 20, NAN], "20", "10 weeks to not reached reached in 2/3"),
    ("weeks_to_80", [10, NAN, NAN], "not reached", "10 weeks to not reached reached in 1/3"),
    ("weeks_to_80", [NAN], "not reached", "reached in 0/1"),
    ("weeks_to_80", [7], "7", "reached in 1/1"),
    ("weeks_to_80", [7, 7, 7], "7", "reached in 3/3"),
    ("final_valid_consent", [0.5, 0.5, 0.5], "50.0 %", ""),
    ("final_valid_consent", [0.2, 0.4], "30.0 %", "21.0–39.0"),
    ("payment_18_months", [0.1, NAN, 0.3], "20.0 %", "11.0–29.0 value in 2/3"),
    ("payment_18_months", [NAN, NAN], text("number.no_rate", "en"), "value in 0/2"),
    ("company_left", [1, 0, 1], "2/3", ""),
    ("company_left", [0], "0/1", ""),
    ("trust_office_change", [-0.1, 0.1, 0.0], "0.00", "−0.09 to +0.09"),
]


@undrawn
@pytest.mark.parametrize(("outcome", "values", "shown", "small"), BY_HAND)
def test_figures_of_the_opening_table_by_hand(outcome, values, shown, small):
    html = render_report(Figures(**{outcome: values}), CASES[:1], lang="en")
    start = html.index('<table class="summary">')
    table = html[start : html.index("</table>", start)].replace("<small>", "<small>|").replace("\u00a0", " ")
    row = next(row for row in parsed(table + "</table>").tables[0][2:] if row[0].startswith("Local practice"))
    place = [o for _, outcomes in COLUMNS for o in outcomes].index(outcome)
    found, _, below = row[1 + place].partition("|")
    assert (found.strip(), " ".join(below.replace("|", " ").split())) == (shown, small)


@undrawn
@pytest.mark.parametrize(
    ("payment", "above"),
    [([0.9] * 3, 0), ([float(np.float32(0.9))] * 3, 0), ([0.8999] * 3, 1), ([NAN, 0.91], 0)],
)
def test_a_published_number_that_is_met_exactly_is_not_above_the_simulated_one(payment, above):
    html = render_report(Figures(payment_18_months=payment), CASES[:1], lang="en")
    assert f"Published payment rates to set beside a case's own strategy: 1, of which {above} above" in words(
        html
    )


@undrawn
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_long_sentences_and_the_instruments_of_several_strategies_are_folded_away(pages, lang):
    folded = parsed(pages[lang]).folded
    names = ("本地做法", "施压") if lang == "zh" else ("Local practice", "Pressing")
    assert folded == [text("report.verdicts_summary", lang).format(n=2), *names, *names]
    details = re.findall(r"<details>(.*?)</details>", pages[lang], re.DOTALL)
    assert {"zh": "在全部 16 对相同种子中数值完全相同", "en": "identical in all 16 pairs"}[lang] in details[0]
    assert "details::details-content" in pages[lang]  # open on paper
    assert "<details" not in render_report(FakeResults(("north/first",), ("own",)), CASES[:1], lang=lang)


def test_the_verdict_comes_first_in_the_table_of_comparisons(pages):
    rows = next(t for t in parsed(pages["en"]).tables if t[0][0] == text("report.verdict", "en"))
    assert rows[1][0].startswith("Local practice − Pressing")
    assert rows[2][:2] == ["identical", "Weeks to 80 %"]
    assert rows[3][:2] == ["“Local practice” ahead", "Final insincere share"]


def test_every_case_begins_with_its_paragraphs(pages):
    section = pages["zh"][pages["zh"].index('id="case-1"') : pages["zh"].index('id="case-2"')]
    assert section.index("居中的一个在第 25 周达到") < section.index("<figure")
    assert section.index("策略“施压”") < section.index("<figure")


def test_the_paragraph_of_a_case_answers_in_chinese(pages):
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
    assert "没有一个种子有移交后18个月的缴费率" in written


def test_the_paragraph_of_a_case_answers_in_english(pages):
    written = words(pages["en"])
    assert "Of 8 seeds 6 reach 80 % headline consent, the median compound in week 25." in written
    assert "headline consent is 91.2 %, valid consent 88.3 %, the insincere share 6.1 %" in written
    assert "the published number is >90 %, missing or doubtful: denominator, date." in written
    assert "15.2 million yuan" in written and "The project is dropped in 1." in written


@undrawn
def test_a_median_that_is_not_reached_is_said_to_be_and_in_how_many_seeds_it_was():
    results = FakeResults()
    late = results.summary()["seed"] > 1
    results.summary().loc[late, ["weeks_to_80", "gate_week"]] = np.nan
    written = words(render_report(results, CASES, scenarios=SCENARIOS))
    assert "8 个随机种子中有 1 个名义同意率达到80%；居中的小区到模拟期末（40 周）仍未达到" in written
    assert "通过启动门槛的有 1 个；居中的小区到期末仍未通过" in written
    assert "达到 0/8" in written


@undrawn
def test_instruments_that_are_not_lawful_are_marked(pages):
    written = words(pages["zh"])
    assert "对未签约户施压（违法）" in written and "依法拆改（依法受限）" in written
    assert text("report.unlawful_banner") in written
    assert '<strong class="mark unlawful">违法</strong>' in pages["zh"]
    lawful = [c.scenario(strategy=OWN) for c in CASES]
    alone = render_report(FakeResults(strategies=("own",)), CASES, scenarios=lawful)
    assert text("report.unlawful_banner") not in alone


@undrawn
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_the_law_only_restricts_is_not_said_to_be_there_to_show_its_cost(lang):
    own = [c.scenario(strategy=OWN) for c in CASES]
    written = words(render_report(FakeResults(strategies=("own",)), CASES, lang=lang, scenarios=own))
    assert text("report.restricted_banner", lang) in written
    assert text("report.contains_restricted", lang).split("{")[0] in written
    assert text("report.contains_unlawful", lang).split("{")[0] not in written
    for key in ("report.restricted_banner", "report.contains_restricted", "cli.restricted"):
        assert not re.search("代价|建议|cost|recommend|advice", text(key, lang))


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


@undrawn
def test_failed_runs_are_counted_and_listed(pages):
    written = words(pages["zh"])
    assert "有 1 次运行失败" in written and "得到结果 32 次，失败 1 次" in written
    assert "EngineError: money" in written
    assert text("report.no_failed") in words(page())


@undrawn
def test_the_reproduction_block_gives_what_is_needed_and_says_what_is_missing(pages):
    written = words(pages["zh"])
    for part in ("gongzhi demo", "0.1.0", "2026-11-22", "8 个：0–7", SCENARIOS[0].content_hash()):
        assert part in written
    bare = words(render_report(FakeResults(), CASES))
    assert bare.count(text("report.not_given")) == 4


def test_paired_differences_are_shown_with_their_verdicts(pages):
    assert "期末言不由衷比例：“本地做法”优于“施压”" in words(pages["zh"])
    assert "identical in all 16 pairs" in words(pages["en"])


@undrawn
def test_a_case_without_runs_is_named():
    written = words(render_report(FakeResults(cases=("north/first",)), CASES))
    assert "南城" in written and text("report.no_runs") in written


@undrawn
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
