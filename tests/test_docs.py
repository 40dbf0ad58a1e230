"""The documentation names what the code has: schedule, parameters, instruments, outcomes; its links lead somewhere."""

import re
from pathlib import Path

import column_table
import method_table
import numpy as np
import pytest
import reference
from scipy.stats import norm

from agents.rules.street_office import DEVICES
from compiling.exact import standard_normal
from model.instruments import INSTRUMENTS, Instrument, Legality
from model.measures import SUMMARY, Outcome
from model.parameters import Parameters
from model.specification import Compound, Management, Office, Programme
from model.week.schedule import SCHEDULE
from model.world.randomness import beta_quantiles

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("README*.md")])
ODD = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")

LINK = re.compile(r"(?<!\\)\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?[^)\n]*\)|^\[[^\]\n]+\]:\s*(\S+)", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
FORBIDDEN = {
    "address of a package index": re.compile(r"https?://[^\s)]*(simple|pypi|npm|packages?)\b", re.IGNORECASE),
    "machine path": re.compile(r"(?<![\w.])/(work|tmp|home|root|Users|mnt|opt)/|\b[A-Z]:\\"),
    "unfinished": re.compile(r"\b(TODO|FIXME|XXX|TBD|WIP)\b"),
}


def words(text):
    """Every name-like word of a text."""
    return set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text))


def headings(text):
    """The anchors of a page's headings, as GitHub makes them."""
    lines = re.findall(r"^#+\s+(.+?)\s*$", CODE.sub(_blank_fences, text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def _blank_fences(match):
    """Fenced blocks go, inline code stays: headings may contain it."""
    return match.group() if match.group(1) is None else ""


def ids(page):
    return page.relative_to(ROOT).as_posix()


def test_the_schedule_stands_in_the_odd_in_the_order_of_the_code():
    listed = re.findall(r"^\d+\. `(\w+)`", ODD, re.MULTILINE)
    assert tuple(listed) == SCHEDULE


def test_every_process_has_its_submodel_in_the_same_order():
    described = re.findall(r"^### (\d+) `(\w+)`", ODD, re.MULTILINE)
    assert described == [(str(i + 1), name) for i, name in enumerate(SCHEDULE)]


@pytest.mark.parametrize(
    "section", [Parameters, Compound, Programme, Management, Office], ids=lambda s: s.__name__
)
def test_every_coefficient_and_setting_is_named_where_it_acts(section):
    assert set(section.model_fields) - words(ODD) == set()


@pytest.mark.parametrize(
    "section", [Parameters, Compound, Programme, Management, Office], ids=lambda s: s.__name__
)
def test_every_coefficient_and_setting_acts_somewhere(section):
    declared = {"parameters.py", "specification.py"}
    sources = [f for package in ("agents", "model") for f in (ROOT / package).rglob("*.py")]
    used = [words(f.read_text(encoding="utf-8")) for f in sources if f.name not in declared]
    assert set(section.model_fields) - set().union(*used) == set()


def test_nothing_that_decides_reads_what_is_measured():
    deciding = [f for folder in ("agents", "model/week") for f in (ROOT / folder).rglob("*.py")]
    reading = [f.name for f in deciding if words(f.read_text(encoding="utf-8")) & {"Outcome", "series"}]
    assert sorted(reading) == ["outcomes.py", "reasons.py"]


def test_the_law_says_why_an_instrument_is_not_lawful():
    law = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", law, re.MULTILINE))
    limited = {i.name.lower(): info.legality.value for i, info in INSTRUMENTS.items()}
    assert rows == {name: legality for name, legality in limited.items() if legality != Legality.LAWFUL}


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("README.md", "There are {instruments};"),
        ("docs/validation.md", "Each of the {instruments} instruments"),
        ("docs/odd.md", "{outcomes} weekly outcomes"),
    ],
)
def test_pages_count_the_instruments_and_outcomes_there_are(page, says):
    counted = says.format(instruments=len(Instrument), outcomes=len(Outcome))
    assert counted in (ROOT / page).read_text(encoding="utf-8")


def test_every_device_has_its_hours_and_money_in_the_order_it_gets_them():
    rows = re.findall(r"^\| ([A-Z_]+) \| `(\w+)` \| (?:`(\w+)` )?\|", ODD, re.MULTILINE)
    assert rows == [(device.instrument.upper(), device.hours, device.yuan) for device in DEVICES]


def test_every_instrument_has_a_row():
    rows = re.findall(r"^\| `(\w+)` \|", ODD, re.MULTILINE)
    assert {i.name.lower() for i in Instrument} - set(rows) == set()


def test_the_parameter_tables_are_those_of_the_code():
    assert reference.FILE.read_text("utf-8") == reference.page(), "run `make reference`"


def test_the_table_of_methods_is_that_of_the_agents():
    guide = method_table.FILE.read_text("utf-8")
    assert method_table.page(guide) == guide, "run `make reference`"
    asked = dict(re.findall(r"^\| `(\w+)\([^|]*\)` \| ([^|]*) \|", guide, re.MULTILINE))
    assert (
        asked["consider_signing"] == "`sign_and_withdraw`" and asked["priority"] == "within `choose_visits`"
    )
    assert "the model" not in asked.values(), "a method that nothing asks"


def test_the_table_of_columns_is_that_of_the_state_and_leaves_no_column_out():
    guide = method_table.FILE.read_text("utf-8")
    assert column_table.page(guide) == guide, "run `make reference`"
    kinds = "0 `Tenure.OWNER_OCCUPIED`, 1 `Tenure.RENTED_OUT`, 2 `Tenure.VACANT`"
    assert f"| `tenure` | `self.tenure` | who lives in a dwelling | {kinds} |" in guide
    assert "| `area` | `self.area_hundredths` | exclusive area, 0.01 m² | read only |" in guide


def test_defaults_in_the_odd_are_those_of_the_code():
    assert reference.with_defaults(ODD) == ODD, "run `make reference`"
    now = Parameters.model_fields["pay_free_rider"].default
    assert reference.with_defaults("`pay_free_rider` (default 9.9)") == f"`pay_free_rider` (default {now:g})"
    untied = [
        (name, number)
        for name, number in re.findall(r"`([a-z_0-9]+)` \(([−-]?\d*\.\d+)\)", ODD)
        if name in Parameters.model_fields
    ]
    assert untied == [], "write `NAME` (default N)"


def test_the_odd_says_how_normal_and_beta_quantiles_are_made():
    u = np.linspace(1e-9, 1 - 1e-9, 100_001)
    wrong = np.abs([standard_normal(x) for x in u] - norm.ppf(u))
    assert wrong.max() < 4.5e-4 and "an absolute error below 4.5·10⁻⁴" in ODD and "26.2.23" in ODD
    x = np.linspace(0, 1, 8193)
    for a, b in ((2, 2), (2, 3), (5, 4)):
        density = x ** (a - 1) * (1 - x) ** (b - 1)
        sums = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
        table = np.interp(np.linspace(0, 1, 1025), sums / sums[-1], x)
        np.testing.assert_allclose(beta_quantiles(a, b), table, atol=1e-12)
    assert "at 1025 even" in ODD and "at 8193 even points" in ODD
    assert "mean weight: over the n households of the compound" in ODD


def test_every_outcome_is_defined():
    assert {o.name.lower() for o in Outcome} - words(ODD) == set()
    assert set(SUMMARY) - words(ODD) == set()


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_local_links_lead_to_a_file_and_a_heading(page):
    text = page.read_text(encoding="utf-8")
    broken = []
    for target in (a or b for a, b in LINK.findall(CODE.sub("", text))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page if path == "" else (page.parent / path)
        if not file.exists():
            broken.append(target)
        elif anchor and file.suffix == ".md" and anchor not in headings(file.read_text(encoding="utf-8")):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
@pytest.mark.parametrize("kind", FORBIDDEN)
def test_pages_hold_no_registry_hosts_machine_paths_or_unfinished_work(page, kind):
    found = FORBIDDEN[kind].findall(page.read_text(encoding="utf-8"))
    assert found == []


def test_every_line_of_the_threat_model_names_tests_that_are_there():
    page = (ROOT / "docs" / "threat_model.md").read_text(encoding="utf-8")
    body = page.partition("## What a student may not do")[2].partition("## What remains")[0]
    lines = [line for line in body.splitlines() if line.startswith("|") and not line.startswith("|---")]
    lines = [line for line in lines if not line.rstrip("| ").endswith("Test")]
    assert len(lines) > 30
    for line in lines:
        named = re.findall(r"`((?:browser/)?test_\w+\.py)::(test_\w+)`", line)
        assert named, line
        for file, test in named:
            assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), (file, test)
