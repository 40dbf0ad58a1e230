"""Strategy files: the instruments in use and the levers set. Settings, not findings: no sources."""

from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, create_model, model_validator

from agents.categories import names
from model.brought import brought
from model.instrument_words import full_intensity
from model.instruments import CHOICES, INSTRUMENTS, Instrument
from model.specification import FOREVER, LEVERS, OwnEntry, Strategy, Use
from scenarios.files.checking import check, read_toml
from scenarios.files.quantities import FileTable, Identifier, Label, bare_table, between_keys, given


class UseEntry(FileTable):
    """One instrument in use."""

    intensity: float = Field(1.0, ge=0, le=1, description="强度 · Intensity (share)")
    start_week: int = Field(0, ge=0, le=FOREVER, description="起始周 · First week (week)")
    end_week: int = Field(FOREVER, ge=0, le=FOREVER, description="结束周 · Week after the last (week)")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_week < self.start_week:
            text = f" = {self.end_week}; expected start_week ({self.start_week}) or later"
            raise between_keys("end_week" if "end_week" in self.model_fields_set else "start_week", text)
        return self


def _use_table(instrument: Instrument) -> tuple[Any, Any]:
    """The table of one instrument; only those that have choices have the key `choice`, and a class of their own."""
    info, choices = INSTRUMENTS[instrument], CHOICES.get(instrument)
    description = f"{info.zh} · {info.en}: 1 = {full_intensity(instrument)} [{info.legality.value}]"
    table = UseEntry
    if choices is not None:
        words = names(choices)
        choice: Any = (Literal[words], Field(words[0], description="选择 · Choice"))
        name = instrument.name.lower()
        table = create_model(f"use_{name}", __base__=UseEntry, __doc__=description, choice=choice)
    return table, Field(None, description=description)


_instruments: dict[str, Any] = {i.name.lower(): _use_table(i) for i in Instrument}
Instruments = create_model("Instruments", __base__=FileTable, __doc__="Instruments in use.", **_instruments)


class StrategyTable(FileTable):
    """A strategy file as it is written; `StrategyFile` adds the keys of each table."""

    id: Identifier = Field(description="策略标识 · Identifier: small letters, digits, _")
    zh: Label = Field("", description="名称")
    en: Label = Field("", description="Name")
    note_zh: str = Field("", description="说明")
    note_en: str = Field("", description="What it is")
    instruments: FileTable | None = None
    programme: FileTable | None = None
    management: FileTable | None = None
    office: FileTable | None = None


_tables: dict[str, Any] = {name: (bare_table(name), Field(None)) for name in LEVERS}
_tables["instruments"] = (Instruments, Field(None, description="使用的工具 · Instruments in use"))
StrategyFile = create_model("StrategyFile", __base__=StrategyTable, __doc__="A strategy file.", **_tables)


def strategy_file() -> type[StrategyTable]:
    """The class of strategy files, in which a researcher's own instruments are known as long as they are brought."""
    own = brought().instruments
    return (
        _with_own(tuple((name, e.zh, e.en, str(e.legality)) for name, e in own.items()))
        if own
        else StrategyFile
    )


@cache
def _with_own(own: tuple[tuple[str, str, str, str], ...]) -> type[StrategyTable]:
    tables: dict[str, Any] = {}
    for name, zh, en, legality in own:
        description = f"{zh} · {en} [{legality}]"
        tables[name] = (UseEntry, Field(None, description=description))
    wider = create_model("Instruments", __base__=Instruments, __doc__=Instruments.__doc__, **tables)
    field = Field(None, description=StrategyFile.model_fields["instruments"].description)
    changed: Any = {"instruments": (wider, field)}
    return create_model("StrategyFile", __base__=StrategyFile, __doc__=StrategyFile.__doc__, **changed)


def read_strategy(file: Traversable | Path) -> Strategy:
    """Read and check one strategy file. Raises ScenarioError with every problem of the file."""
    entry = check(read_toml(file), strategy_file())
    uses = {name: given(use) for name, use in given(entry.instruments).items()} if entry.instruments else {}
    own = brought().instruments
    levers = {section: getattr(entry, section) for section in LEVERS}
    return Strategy(
        id=entry.id,
        zh=entry.zh or entry.en or entry.id,
        en=entry.en or entry.zh or entry.id,
        note_zh=entry.note_zh,
        note_en=entry.note_en,
        instruments={name: Use(**use) for name, use in uses.items() if name not in own},
        own={name: _own_entry(own[name], use) for name, use in uses.items() if name in own},
        **{section: given(table) if table else {} for section, table in levers.items()},
    )


def instrument_name(strategy: Strategy, name: str, lang: str) -> str:
    """What an instrument of a strategy is called; one of a researcher's own as its file says, loaded or not."""
    known = strategy.own.get(name) or INSTRUMENTS[Instrument[name.upper()]]
    return known.zh if lang == "zh" else known.en


def _own_entry(known: OwnEntry, use: dict[str, Any]) -> OwnEntry:
    return OwnEntry(**use, zh=known.zh, en=known.en, legality=known.legality)


def strategy_name(strategy: Strategy, lang: str) -> str:
    """The name of a strategy."""
    return strategy.zh if lang == "zh" else strategy.en
