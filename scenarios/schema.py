"""JSON Schema (draft 2020-12) of case, strategy and sweep files, for editors that complete and check keys."""

from typing import Any, Literal

from pydantic import BaseModel

from scenarios.files.casefile import class_of_case_files
from scenarios.files.strategyfile import strategy_file
from scenarios.sweep.sweepfile import SweepTable

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: Literal["case", "strategy", "sweep"] = "case") -> dict[str, Any]:
    """The schema of case, strategy or sweep files, with units, ranges and labels in both languages.

    Of strategies with a researcher's own instruments, as long as they are brought.

    Raises ValueError for another kind.
    """
    classes: dict[str, type[BaseModel]] = {
        "case": class_of_case_files(),
        "strategy": strategy_file(),
        "sweep": SweepTable,
    }
    if kind not in classes:
        raise ValueError(f"kind = {kind!r}; expected 'case', 'strategy' or 'sweep'")
    schema = {"$schema": DIALECT, **classes[kind].model_json_schema()}
    cleaned: dict[str, Any] = _without_absent_defaults(schema)
    return cleaned


def _without_absent_defaults(node: Any) -> Any:
    """A table that may be left out has no default: drop `default: null`."""
    if isinstance(node, dict):
        items = ((k, v) for k, v in node.items() if not (k == "default" and v is None))
        return {key: _without_absent_defaults(value) for key, value in items}
    if isinstance(node, list):
        return [_without_absent_defaults(item) for item in node]
    return node
