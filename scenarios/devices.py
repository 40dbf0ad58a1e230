"""The 36 devices of the five documents, what each is in the model, and what each city's files make of it."""

from functools import cache
from importlib.resources import files

from pydantic import BaseModel, Field

from model.instruments import Instrument
from model.menu import MENU
from model.specification import Compound, District, Management, Office, Programme, Strategy
from scenarios.files.checking import check, read_toml
from scenarios.files.quantities import Bilingual, FileTable
from scenarios.loading import load_case

#: Letters of the documents, and the case and the strategy drawn from each.
CITIES = {"Z": "jinshui", "H": "hangzhou", "K": "kaifeng", "J": "jinjiang", "M": "meizhou"}

_SECTIONS: dict[str, type[BaseModel]] = {
    "compound": Compound,
    "programme": Programme,
    "management": Management,
    "office": Office,
    "district": District,
}


class Device(FileTable):
    """One device: what the documents call it, which describe it, and by what means the model has it."""

    number: int = Field(ge=1)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    documents: str = Field(pattern=f"^[{''.join(CITIES)}]( [{''.join(CITIES)}])*$")
    means: list[str] = Field(min_length=1)
    changes: Bilingual

    @property
    def letters(self) -> list[str]:
        """Letters of the documents that describe it."""
        return self.documents.split()


class DeviceFile(FileTable):
    """The file of devices."""

    devices: list[Device]


@cache
def load_devices() -> tuple[Device, ...]:
    """The devices in their order. Raises ScenarioError with every problem of the file."""
    return tuple(check(read_toml(files("scenarios") / "devices.toml"), DeviceFile).devices)


@cache
def means_of_the_model() -> frozenset[str]:
    """Every name a device's means may have: instruments, settings, items of the menu."""
    instruments = {instrument.name.lower() for instrument in Instrument}
    settings = {f"{section}.{name}" for section, fields in _SECTIONS.items() for name in fields.model_fields}
    return frozenset(instruments | settings | {f"menu.{item.name}" for item in MENU})


@cache
def in_use(letter: str) -> dict[str, str]:
    """What a city's strategy uses, and what it or its case sets, by means, in words.

    An instrument is there if its intensity is above 0, a setting if the strategy or the case gives it; of the
    case, the default compound counts.
    """
    case = load_case(CITIES[letter])
    strategy = case.strategy
    found = {key: _written(quantity.value) for key, quantity in case.quantities().items()}
    for section in ("programme", "management", "office"):
        levers = getattr(strategy, section)
        found |= {f"{section}.{name}": _written(value) for name, value in levers.items()}
    return found | instruments_in_use(strategy)


def instruments_in_use(strategy: Strategy) -> dict[str, str]:
    """Instruments of a strategy with an intensity above 0, and the choice it names: `0.5`, `0.5 elders`."""
    uses = {name: use for name, use in strategy.instruments.items() if use.intensity > 0}
    return {name: f"{use.intensity:g} {use.choice}".strip() for name, use in uses.items()}


def _written(value: float | int | bool | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
