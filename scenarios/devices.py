"""The 36 devices of the documents, what each is in the model, and what each city's files make of it."""

from functools import cache
from importlib.resources import files

from pydantic import BaseModel, Field, field_validator

from model.instruments import Instrument
from model.menu import MENU
from model.specification import Compound, District, Management, Office, Programme, Strategy
from scenarios.files.checking import check, read_toml
from scenarios.files.problems import listed
from scenarios.files.quantities import Bilingual, FileTable
from scenarios.loading import list_cases, load_case

_SECTIONS: dict[str, type[BaseModel]] = {
    "compound": Compound,
    "programme": Programme,
    "management": Management,
    "office": Office,
    "district": District,
}


@cache
def cities() -> dict[str, str]:
    """The letter of every document that has one, and the case drawn from it, which names its strategy."""
    documents = {name: load_case(name).document for name in list_cases()}
    return {document.letter: name for name, document in documents.items() if document and document.letter}


class Device(FileTable):
    """One device: what the documents call it, which describe it, and by what means the model has it."""

    number: int = Field(ge=1)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    documents: str = Field(pattern=r"^[A-Z]( [A-Z])*$")
    means: list[str] = Field(min_length=1)
    changes: Bilingual

    @field_validator("documents")
    @classmethod
    def _of_cases(cls, documents: str) -> str:
        unknown = set(documents.split()) - set(cities())
        if unknown:
            raise ValueError(f"no case has a document of the letter {listed(sorted(unknown))}")
        return documents

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
    case = load_case(cities()[letter])
    strategy = case.strategy
    found = {key: _written(quantity.value) for key, quantity in case.quantities().items()}
    for section in ("programme", "management", "office"):
        levers = getattr(strategy, section)
        found |= {f"{section}.{name}": _written(value) for name, value in levers.items()}
    return found | instruments_in_use(strategy)


@cache
def documents_of(instrument: Instrument) -> tuple[str, ...]:
    """Letters of the documents that describe an instrument: they have a device that it is, and their city uses it."""
    name = instrument.name.lower()
    described = {letter for device in load_devices() if name in device.means for letter in device.letters}
    return tuple(letter for letter in cities() if letter in described and name in in_use(letter))


def instruments_in_use(strategy: Strategy) -> dict[str, str]:
    """Instruments of a strategy with an intensity above 0, and the choice it names: `0.5`, `0.5 elders`."""
    uses = {name: use for name, use in strategy.instruments.items() if use.intensity > 0}
    return {name: f"{use.intensity:g} {use.choice}".strip() for name, use in uses.items()}


def _written(value: float | int | bool | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
