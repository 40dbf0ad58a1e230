"""Write docs/sweeps_found.md from what the shipped sweep files say they ask and what was found."""

from pathlib import Path

from scenarios.files.checking import read_toml
from scenarios.files.library import list_sweeps, shipped

PAGE = Path(__file__).parents[1] / "docs" / "sweeps_found.md"
HEAD = """# What the shipped sweeps ask, and what was seen

Written by `tools/sweeps_found.py` from the files in `scenarios/sweeps/`. `gongzhi sweep NAME -o DIR` runs one of them,
`gongzhi results show DIR --by FACTOR` shows its table. All of it is simulated with synthetic households, and most
coefficients are judgements: what follows says how the model behaves, at the sizes named, with the defaults of this
version. Where an interval of differences seed by seed includes zero, or more than a fifth of the pairs have no value,
it says "undetermined". Weeks are medians of pairs, a gate not reached counts as later than any week.
"""


def page() -> str:
    """The page: of every sweep its name, what varies, what it asks and what was found."""
    parts = [HEAD]
    for name in list_sweeps():
        data = read_toml(shipped("sweeps")[name]).data
        parts += [f"## {data['en']} · {data['zh']}", f"    gongzhi sweep {name} -o results/{name}"]
        parts += [f"**Asks.** {data['asks_en']}", f"**Found.** {data['found_en']}"]
        parts += [f"**问题。** {data['asks_zh']}", f"**所见。** {data['found_zh']}"]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
