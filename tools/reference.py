"""Write `docs/parameters.md` and `docs/instruments.md` from the declarations in the code: `make reference`.

The defaults that `docs/odd.md` tells of are written there too.
"""

import re
from pathlib import Path

import column_table
import instrument_page
import method_table
from page_tables import head, number, row
from pydantic import BaseModel

from model.parameters import declarations
from model.specification import Compound, Management, Office, Programme, Scenario
from scenarios.files.quantities import bounds_of, choices_of

FILE = Path(__file__).parents[1] / "docs" / "parameters.md"
ODD = FILE.with_name("odd.md")
#: A number in a page that is a default of the code: `pay_base` (default 1.1).
_DEFAULT = re.compile(r"(`([a-z][a-z_0-9]*)` \(default )([^()\n]*)\)")

_HEAD = """# Parameters

Written by `make reference` from `model/parameters.py` and `model/specification.py`; do not edit by hand.

Grades: A measured, B analogue (measured elsewhere or on something similar), C judgement. The default is that of the
survivors' medoid ([calibration](calibration.md)); where it differs from what evidence or judgement said before, this
stands beside it, and grade and source are of that. The plausible range bounds a sweep; the program accepts the wider
range. How each acts stands in [odd.md](odd.md).
"""

_SECTIONS: dict[str, type[BaseModel]] = {
    "Compound (小区)": Compound,
    "Programme (改造项目)": Programme,
    "Management (物业管理)": Management,
    "Office (街道办)": Office,
}


def coefficients() -> str:
    """The table of behavioural coefficients."""
    lines = head(
        "Name",
        "Symbol",
        "Meaning",
        "中文",
        "Unit",
        "Default",
        "Before calibration",
        "Plausible",
        "Accepted",
        "Grade",
        "Source",
    )
    for d in declarations().values():
        plausible = f"{number(d.plausible[0])} to {number(d.plausible[1])}"
        accepted = f"{number(d.allowed[0])} to {number(d.allowed[1])}"
        name = f"`{d.name}`"
        before = "" if d.declared == d.default else number(d.declared)
        if d.neutral:
            before += ", no effect"
        lines.append(
            row(
                name,
                d.symbol,
                d.en,
                d.zh,
                d.unit,
                number(d.default),
                before,
                plausible,
                accepted,
                d.grade,
                d.source,
            )
        )
    return "\n".join(lines)


def settings(section: type[BaseModel]) -> str:
    """The table of one part of a scenario. Where its values come from stands in each case file."""
    lines = head("Name", "Meaning", "中文", "Unit", "Default", "Accepted")
    for name, field in section.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        low, high = bounds_of(field)
        if low is not None and high is not None:
            accepted = f"{number(low)} to {number(high)}"
        else:
            accepted = ", ".join(choices_of(field.annotation) or ("true", "false"))
        unit, zh = extra.get("unit", ""), extra.get("title_zh", "")
        default = number(field.default) if low is not None else str(field.default).lower()
        lines.append(row(f"`{name}`", field.title or "", zh, unit, default, accepted))
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    parts = [_HEAD, "## Coefficients of behaviour", coefficients()]
    for title, section in _SECTIONS.items():
        parts += [f"## {title}", settings(section)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def with_defaults(text: str) -> str:
    """The page with every default it tells of as it stands in the code. Raises KeyError for a name that has none."""
    defaults = {name: d.default for name, d in declarations().items()}
    for section in (Scenario, *_SECTIONS.values()):
        defaults |= {
            name: field.default
            for name, field in section.model_fields.items()
            if isinstance(field.default, int | float)
        }
    return _DEFAULT.sub(lambda found: f"{found[1]}{number(defaults[found[2]])})", text)


if __name__ == "__main__":
    guide = method_table.FILE.read_text("utf-8")
    method_table.FILE.write_text(column_table.page(method_table.page(guide)), "utf-8")
    ODD.write_text(with_defaults(ODD.read_text("utf-8")), "utf-8")
    FILE.write_text(page(), "utf-8")
    instrument_page.FILE.write_text(instrument_page.page(), "utf-8")
