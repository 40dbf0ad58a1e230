"""How results came about: what every manifest of the command line says first."""

import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from commands.group import command_line
from scenarios.identity import code_of
from scenarios.version import HASHES, package_versions, source_commit

if TYPE_CHECKING:
    from scenarios.own import Own


def made(made_by: str, lang: str, now: datetime) -> dict[str, Any]:
    """By which command, when, in which language, and with which code and versions."""
    return {
        "made_by": made_by,
        "command": command_line(),
        "date": now.isoformat(),
        "language": lang,
        "code": code_of(()),
        "commit": source_commit(),
        "hashes": HASHES,
        "versions": package_versions(),
    }


def simulated(
    made_by: str, lang: str, now: datetime, *, engine: str, seeds: list[int], runs: int
) -> dict[str, Any]:
    """The same of simulated runs: with the engine, the platform, the seeds and how many runs."""
    return {
        **made(made_by, lang, now),
        "engine": engine,
        "platform": f"{platform.system()} {platform.machine()}",
        "seeds": seeds,
        "runs": runs,
    }


def of_own(own: "Own | None") -> dict[str, Any]:
    """What `--own` brought, with the digest of its file or module; nothing where nothing was brought."""
    return {} if own is None else {"own": own.described()}


def now_in_seconds() -> datetime:
    """The time of writing, without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)
