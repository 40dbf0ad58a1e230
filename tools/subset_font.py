"""Make the font of the figures: cut Noto Sans SC down to the characters the project needs.

    python tools/subset_font.py NotoSansSC-Regular.ttf scenarios/assets/fonts/GongzhiSansSC-Regular.ttf

The input is the static regular weight of Noto Sans SC (SIL Open Font License 1.1), as it lies in the `zhplot` wheel
under `zhplot/fonts/`. Needs fonttools, which comes with matplotlib. The result holds the characters of GB 2312
(Greek among them), Latin-1 and the signs in `SIGNS`; hints are dropped (figures are drawn large or as outlines).
Given the same input and the same fonttools it writes the same bytes.

The family is renamed, so that a Noto Sans SC installed on the machine (often a variable font, whose default weight
is Thin) is never taken for ours. The licence reserves only the name "Source", and stays in the font.
"""

import argparse
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FAMILY = "Gongzhi Sans SC"
#: Signs outside GB 2312 and Latin-1 that texts, units and figures use.
SIGNS = "–—‐‑‒―‘’“”„†•…‰′″‹›€™−≈≠≤≥∑√∞∂∆←↑→↓↔⇒■□▲△▼▽◆◇○●◎★☆✓・～－＋＝％￥镕囧"
NAMES = {1: FAMILY, 3: f"{FAMILY} Regular", 4: f"{FAMILY} Regular", 6: "GongzhiSansSC-Regular"}


def characters() -> set[str]:
    """Every character the figures may need."""
    pairs = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    gb2312 = {pair.decode("gb2312", errors="ignore") for pair in pairs} - {""}
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))}
    return gb2312 | latin | set(SIGNS)


def subset(source: Path, target: Path) -> set[str]:
    """Write the subset of `source` to `target`; return the wanted characters that the source does not have."""
    font = TTFont(source, recalcTimestamp=False)
    lacking = {character for character in characters() if ord(character) not in font.getBestCmap()}
    options = Options()
    options.hinting = False
    options.layout_features = ["kern", "ccmp", "mark"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables += ["BASE", "STAT", "vhea", "vmtx"]  # no vertical text in figures
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters()])
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = NAMES[record.nameID]
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target, reorderTables=True)
    return lacking


def main() -> None:
    """Read the two paths and report what was written."""
    parser = argparse.ArgumentParser(description="Cut Noto Sans SC down to the characters of GB 2312.")
    parser.add_argument("source", type=Path, help="NotoSansSC-Regular.ttf")
    parser.add_argument("target", type=Path, help="where the subset is written")
    paths = parser.parse_args()
    lacking = subset(paths.source, paths.target)
    megabytes = paths.target.stat().st_size / 1e6
    print(f"{paths.target}: {megabytes:.2f} MB; not in the source: {sorted(lacking) or 'none'}")


if __name__ == "__main__":
    main()
