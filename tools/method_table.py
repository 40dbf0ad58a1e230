"""Write the table of overridable methods into `docs/extend.md` from the agents' classes and the loop that asks them."""

import ast
import inspect
from pathlib import Path

from page_tables import head, row

from agents import overriding
from agents.owners_committee import OwnersCommittee
from agents.party_member import PartyMember
from agents.property_company import PropertyCompany
from agents.resident import Resident
from agents.street_office import StreetOffice
from model import agent_loop
from model.week.schedule import SCHEDULE

FILE = Path(__file__).parents[1] / "docs" / "extend.md"
_BEGIN, _END = "<!-- methods: written by `make reference` -->\n", "<!-- methods end -->"
CLASSES = (Resident, PartyMember, StreetOffice, PropertyCompany, OwnersCommittee)


def table() -> str:
    """The table of each class: method, when it is asked, what it is asked, what it gets and returns."""
    parts = []
    processes, within = _asked_by_the_loop(), _asked_by_methods()
    for actor in CLASSES:
        rows = head("Method", "Asked in", "What it says", "Returns")
        for name, method in vars(actor).items():
            if name.startswith("_") or not inspect.isfunction(method) or getattr(method, "_is_own", False):
                continue
            when = (
                processes.get(name)
                or [f"within `{outer}`" for outer in within.get(name, [])]
                or ["the model"]
            )
            gets = ", ".join(list(inspect.signature(method).parameters)[1:])
            what = (inspect.getdoc(method) or "").partition("\n")[0]
            wanted = inspect.signature(method).return_annotation
            rows.append(row(f"`{name}({gets})`", ", ".join(when), what, overriding.in_words(wanted)))
        parts.append(
            f"`{actor.__name__}` (`{actor.__module__.replace('.', '/')}.py`):\n\n" + "\n".join(rows) + "\n"
        )
    return "\n".join(parts)


def page(text: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{rest.partition(_END)[2]}"


def _asked_by_the_loop() -> dict[str, list[str]]:
    """In which processes of the week each method is asked, also by the parts of a process."""
    functions = {
        node.name: _called(node)
        for node in ast.parse(inspect.getsource(agent_loop)).body
        if isinstance(node, ast.FunctionDef)
    }
    found: dict[str, list[str]] = {}
    for process in SCHEDULE:
        reached, names = [process], set()
        for function in reached:
            names |= functions.get(function, set())
            reached += [
                name for name in functions.get(function, ()) if name in functions and name not in reached
            ]
        for name in names:
            found.setdefault(name, []).append(f"`{process}`")
    return found


def _asked_by_methods() -> dict[str, list[str]]:
    """Within which methods of agents each method is asked."""
    found: dict[str, list[str]] = {}
    for actor in CLASSES:
        for outer, method in vars(actor).items():
            if inspect.isfunction(method) and not outer.startswith("_"):
                source = ast.parse("class _:\n" + inspect.getsource(method))
                for name in sorted(_named(source) - {outer}):
                    if outer not in found.setdefault(name, []):
                        found[name].append(outer)
    return found


def _called(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        f.attr if isinstance(f, ast.Attribute) else f.id
        for f in calls
        if isinstance(f, ast.Attribute | ast.Name)
    }


def _named(tree: ast.AST) -> set[str]:
    """Methods that are called, or handed over as `key=self.priority`."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
