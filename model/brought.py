"""What a researcher brings along: own instruments and outcomes that files, settings and labels know for a while.

    with bringing(Brought.of([tea.use(0.5), calls], [doubt])):
        load_strategy("my_strategy.toml")        # may name tea_rounds and calls

The model itself knows nothing of it: a strategy that names an own instrument carries all that is said of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from model.specification import OwnEntry, Strategy


class Label(NamedTuple):
    """What is known of an own outcome wherever it is read."""

    name: str
    zh: str
    en: str
    unit: str
    better: str


@dataclass(frozen=True, eq=False)
class Brought:
    """Own things by name.

    instruments : as the file uses each; at_rest : those it does not use, which act only where a strategy or a setting
        names them; outcomes : with their labels
    """

    instruments: Mapping[str, OwnEntry] = field(default_factory=dict)
    at_rest: frozenset[str] = frozenset()
    outcomes: Mapping[str, Label] = field(default_factory=dict)

    @classmethod
    def of(cls, own: Iterable[Any], outcomes: Iterable[Any] = ()) -> "Brought":
        """Of uses and instruments (`model.own`), and of outcomes."""
        given = list(own)
        return cls(
            {each.name: each.entry() for each in given},
            frozenset(each.name for each in given if each.rests),
            {o.name: Label(o.name, o.zh, o.en, o.unit, o.better) for o in outcomes},
        )

    def described(self) -> dict[str, Any]:
        """All of it as plain data, for a manifest."""
        instruments = {
            name: {**entry.model_dump(mode="json", exclude={"choice"}), "at_rest": name in self.at_rest}
            for name, entry in self.instruments.items()
        }
        outcomes = {
            name: {"zh": o.zh, "en": o.en, "unit": o.unit, "better": o.better}
            for name, o in self.outcomes.items()
        }
        return {"instruments": instruments, "outcomes": outcomes}

    @classmethod
    def remembered(cls, described: Mapping[str, Any] | None) -> "Brought":
        """What a manifest says was brought: enough for labels. None: nothing was."""
        if described is None:
            return NOTHING
        instruments, at_rest = {}, set()
        for name, said in described["instruments"].items():
            instruments[name] = OwnEntry(**{k: v for k, v in said.items() if k != "at_rest"})
            if said["at_rest"]:
                at_rest.add(name)
        outcomes = {name: Label(name, **said) for name, said in described["outcomes"].items()}
        return cls(instruments, frozenset(at_rest), outcomes)

    def used_by(self, strategy: Strategy) -> Strategy:
        """The strategy with every use that was brought; what it says itself of an instrument stays."""
        uses = {name: entry for name, entry in self.instruments.items() if name not in self.at_rest}
        if not uses:
            return strategy
        return strategy.model_copy(update={"own": {**uses, **strategy.own}})


#: What is known where nobody brings anything.
NOTHING = Brought()
_now: ContextVar[Brought | None] = ContextVar("brought", default=None)
_everywhere = NOTHING


def brought() -> Brought:
    """What is known now: of the block, else of the process."""
    now = _now.get()
    return _everywhere if now is None else now


def bring_everywhere(what: Brought) -> None:
    """Know these things in every thread of this process from now on, outside of blocks that know others."""
    global _everywhere
    _everywhere = what


@contextmanager
def bringing(what: Brought) -> Iterator[None]:
    """Know these things within the block, in this thread."""
    before = _now.set(what)
    try:
        yield
    finally:
        _now.reset(before)
