import io
import re
import string
import warnings
from enum import EnumType
from itertools import batched

import pytest
from matplotlib.figure import Figure

from agents import categories
from agents.categories import Reason, Stage, names
from model.instruments import INSTRUMENTS, Family, Legality
from model.measures import OUTCOMES, SUMMARY
from model.menu import Benefits, ItemClass
from model.parameters import declarations
from model.specification import District
from scenarios.catalogue import (
    STAGES,
    called,
    catalogue,
    languages,
    number,
    section_of,
    stage_short,
    text,
)
from scenarios.comparison import Direction
from scenarios.figures.fonts import FONT_FILE, drawable, use_chinese_font
from scenarios.files.quantities import label_of
from scenarios.totals import TOTALS

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def words(entry: str) -> str:
    """An entry without its placeholders."""
    return re.sub(r"\{\w*\}", "", entry)


def words_of(section: str, lang: str) -> set[str]:
    """The choices a section of the catalogue has a label for."""
    return {key.partition(".")[2] for key in catalogue(lang) if key.startswith(f"{section}.")}


def placeholders(entry: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(entry) if name is not None}


def test_chinese_and_english_have_the_same_keys():
    assert set(catalogue("zh")) == set(catalogue("en"))


@pytest.mark.parametrize("lang", languages)
def test_no_text_is_empty(lang):
    assert [key for key, entry in catalogue(lang).items() if not entry] == []


def test_every_chinese_text_with_words_holds_chinese():
    without = [
        k for k, e in catalogue("zh").items() if re.search(r"[^\W\d_]{2}", words(e)) and not CHINESE.search(e)
    ]
    assert without == []


def test_no_english_text_holds_chinese():
    assert [key for key, entry in catalogue("en").items() if CHINESE.search(entry)] == []


def test_both_languages_fill_in_the_same_placeholders_in_sentences():
    differing = [
        key
        for key, entry in catalogue("zh").items()
        if key.partition(".")[0] in ("report", "figure", "number")
        and placeholders(entry) != placeholders(text(key, "en"))
    ]
    assert differing == []


def test_hold_outs_are_never_called_nail_households():
    assert not any("钉子户" in entry for entry in catalogue("zh").values())


@pytest.mark.parametrize("lang", languages)
def test_labels_come_from_where_things_are_declared(lang):
    for outcome, info in OUTCOMES.items():
        assert text(f"outcome.{outcome.name.lower()}", lang) == getattr(info, lang)
    for name, info in SUMMARY.items():
        assert text(f"summary.{name}", lang) == getattr(info, lang)
    for instrument, use in INSTRUMENTS.items():
        assert text(f"instrument.{instrument.name.lower()}", lang) == getattr(use, lang)
    for name, declaration in declarations().items():
        assert text(f"parameter.{name}", lang) == getattr(declaration, lang)
    for name, info in TOTALS.items():
        assert text(f"total.{name}", lang) == getattr(info, lang)
    for name, field in District.model_fields.items():
        assert text(f"district.{name}", lang) == label_of(name, field)[lang]


#: Every enumeration whose members a reader meets.
ENUMERATIONS = [
    *(
        e
        for e in vars(categories).values()
        if isinstance(e, EnumType) and e.__module__ == categories.__name__
    ),
    *(Legality, Family, ItemClass, Benefits, Direction, Reason),
]


@pytest.mark.parametrize("enumeration", ENUMERATIONS, ids=lambda e: e.__name__)
@pytest.mark.parametrize("lang", languages)
def test_every_member_of_an_enumeration_has_a_label_and_nothing_else_has(enumeration, lang):
    assert words_of(section_of(enumeration), lang) == set(names(enumeration))
    assert all(called(member, lang) for member in enumeration)


@pytest.mark.parametrize("lang", languages)
def test_stages_have_a_word_and_legality_a_note(lang):
    assert words_of("stage_short", lang) == set(names(Stage)) and stage_short(Stage.WORKS, lang)
    assert words_of("legality_note", lang) == set(names(Legality))
    assert text("compound.households", lang) and text("programme.consent_gate", lang)


def test_stages_read_in_the_official_order():
    chinese = [text(f"stage.{stage}", "zh") for stage in STAGES]
    assert chinese == ["意愿征集", "方案协商", "拆违", "施工", "验收", "长效管理", "项目终止"]


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(KeyError, match=r"did you mean 'report\.title'"):
        text("report.titel")


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="zh or en"):
        text("report.title", "fr")


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0.8345, "share", "83.5%", "83.5 %"),
        (15_231_000, "yuan", "1,523.1 万元", "15.2 million yuan"),
        (312_000_000, "yuan", "3.12 亿元", "312.0 million yuan"),
        (9_999, "yuan", "9,999 元", "9,999 yuan"),
        (10_000, "yuan", "1.0 万元", "10,000 yuan"),
        (23.0, "weeks", "23 周", "23 weeks"),
        (22.5, "weeks", "22.5 周", "22.5 weeks"),
        (7.0, "week", "第 7 周", "week 7"),
        (5230.4, "hours", "5,230 小时", "5,230 hours"),
        (191.0, "compounds", "191 个", "191 compounds"),
        (82.0, "lifts", "82 部", "82 lifts"),
        (2385.2, "structures", "2,385 处", "2,385 structures"),
        (19_081.6, "m²", "19,082 平方米", "19,082 m²"),
        (-0.034, "−1 to 1", "−0.03", "−0.03"),
        (0.034, "−1 to 1", "+0.03", "+0.03"),
        (float("nan"), "share", "无数值", "no value"),
        (float("inf"), "weeks", "未达到", "not reached"),
    ],
)
def test_numbers_are_written_with_their_unit(value, unit, zh, en):
    assert number(value, unit, "zh") == zh
    assert number(value, unit, "en") == en


def test_differences_carry_a_sign_and_shares_become_points():
    assert number(0.032, "share", "zh", difference=True) == "+3.2 个百分点"
    assert number(-0.032, "share", "en", difference=True) == "−3.2 points"
    assert number(-0.00001, "share", "zh", difference=True) == "0.0 个百分点"


def test_the_font_has_every_character_of_every_text():
    known = drawable()
    lacking = {c for lang in languages for entry in catalogue(lang).values() for c in entry if c not in known}
    assert lacking == set()


def test_the_font_has_punctuation_and_signs_of_figures():
    assert set("，。；：？！、（）《》【】“”‘’…—％＋－＝～·%≥≤−²³±×→←½°①Ａａ１") <= drawable()


def test_the_font_is_small_and_its_licence_lies_beside_it():
    assert FONT_FILE.stat().st_size <= 2_500_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONT_FILE.parent / "OFL.txt").read_text(encoding="utf-8")


def test_every_chinese_text_is_drawn_without_a_missing_glyph():
    with warnings.catch_warnings(), use_chinese_font():
        warnings.simplefilter("error")
        for entries in batched(catalogue("zh").values(), 60):
            figure = Figure(figsize=(30, 20), dpi=20)
            for row, entry in enumerate(entries):
                figure.text(0.01, 1 - row / 60, entry, parse_math=False)
            figure.savefig(io.BytesIO(), format="png")
