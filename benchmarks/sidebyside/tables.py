"""The tables of docs/performance.md from the results: times per resident and step, ratios, memory."""

import statistics
from collections.abc import Callable, Iterable
from typing import Any

from page_tables import head, row
from sidebyside.long_runs import KNOWN, NAMES, NEEDED, TITLES

Results = dict[str, Any]
#: A load average from which on other work disturbs what is measured.
BUSY = 0.5


def median(times: list[float]) -> float:
    """The middle of some times."""
    return statistics.median(times)


def figures(value: float, digits: int = 3) -> str:
    """A number with so many figures and thousands apart: 9,130; 25.5; 0.0171."""
    if value >= 10 ** (digits - 1):
        return f"{float(f'{value:.{digits}g}'):,.0f}"
    return f"{value:#.{digits}g}".rstrip(".")


def times(ratio: float) -> str:
    """A ratio: 300×, 1.27×."""
    return f"{figures(ratio)}×"


# -- the stand-in -----------------------------------------------------------------------------------------


def per_step(entry: Results, clock: str, steps: int) -> float:
    """Nanoseconds per resident and step; the median of the runs."""
    return median(entry[clock]) / entry["residents"] / steps * 1e9


def at(result: Results, name: str, residents: int) -> Results | None:
    """The entry of a peer at a size."""
    found = (e for e in result["standin"] if e["peer"] == name and e["residents"] == residents)
    return next(found, None)


def sizes(result: Results) -> list[int]:
    """The sizes at which the stand-in was measured."""
    return sorted({entry["residents"] for entry in result["standin"]})


def ratio(result: Results, slower: str, faster: str, residents: int, clock: str = "cpu") -> float | None:
    """How many times longer one peer takes than another."""
    one, other = at(result, slower, residents), at(result, faster, residents)
    return median(one[clock]) / median(other[clock]) if one and other else None


def standin_table(result: Results) -> list[str]:
    """Every peer at every size."""
    lines = head(
        "Residents",
        "Peer",
        "Version",
        "CPU ns",
        "Wall ns",
        "Mesa takes",
        "Takes of the C floor",
        "Peak MB",
        "Runs",
    )
    for n in sizes(result):
        for entry in (e for e in result["standin"] if e["residents"] == n):
            of_mesa = ratio(result, "mesa", entry["peer"], n)
            of_floor = ratio(result, entry["peer"], "floor", n)
            lines.append(
                row(
                    f"{n:,}",
                    entry["label"],
                    ", ".join(f"{name} {number}" for name, number in entry["versions"].items()) or "—",
                    figures(per_step(entry, "cpu", result["steps"])),
                    figures(per_step(entry, "wall", result["steps"])),
                    times(of_mesa) if of_mesa else "—",
                    times(of_floor) if of_floor else "—",
                    f"{entry['memory_peak']:,.0f}",
                    len(entry["cpu"]),
                )
            )
    return lines


def agreement_table(result: Results) -> list[str]:
    """What every peer makes of the same draws, and where its own draws lead."""
    largest = max(sizes(result), default=0)
    lines = head(
        "Peer",
        "Largest gap in opinion",
        "Consents that differ",
        "Own draws: mean opinion",
        "share consenting",
    )
    for entry in (e for e in result["standin"] if e["residents"] == largest and "largest_gap" in e):
        lines.append(
            row(
                entry["label"],
                f"{entry['largest_gap']:.1e}" if entry["largest_gap"] else "0",
                entry["consent_differs"],
                f"{entry['mean_opinion']:.3f}",
                f"{entry['consent_share']:.3f}",
            )
        )
    return lines


def missing_lines(result: Results) -> list[str]:
    """The peers that could not be measured, and why."""
    if not result["missing"]:
        return ["Every peer was installed and measured."]
    return [f"- {label} was not measured: {why}" for label, why in result["missing"].items()]


# -- the full model ---------------------------------------------------------------------------------------


def per_week(entry: Results, clock: str) -> float:
    """Nanoseconds per resident and week; of the agents all compounds together, else the median of the runs."""
    seconds = sum(entry[clock]) if entry.get("what") == "agents" else median(entry[clock])
    return seconds / entry["residents"] / entry["weeks"] * 1e9


def full_entry(result: Results, what: str, residents: int | None = None, threads: int = 1) -> Results | None:
    """The entry of a measurement of the full model."""
    for entry in result["full"]:
        if entry["what"] == what and entry["threads"] == threads and residents in (None, entry["residents"]):
            return entry
    return None


def full_table(result: Results, whole: Results | None) -> list[str]:
    """The full model: agents, the compiled engine by size and threads, the sweep."""
    lines = head(
        "What",
        "Residents",
        "Threads",
        "CPU s",
        "Wall s",
        "CPU ns",
        "Wall ns",
        "Agents take",
        "Peak MB",
        "Runs",
    )
    order = {"agents": 0, "compiled": 1, "sweep": 2}
    entries = sorted(result["full"], key=lambda e: (order[e["what"]], e["threads"], e["residents"]))
    if whole:
        entries.insert(1, {"what": "agents", "threads": 1, **whole["agents"]})
    names = {"agents": "agents, one by one", "compiled": "compiled engine", "sweep": "sweep of one compound"}
    small = full_entry(result, "agents")
    for entry in entries:
        added = entry["what"] == "agents"
        cpu, wall = (sum(entry[c]) if added else median(entry[c]) for c in ("cpu", "wall"))
        slower = per_week(small, "cpu") / per_week(entry, "cpu") if small and not added else None
        lines.append(
            row(
                names[entry["what"]],
                f"{entry['residents']:,}",
                entry["threads"],
                figures(cpu),
                figures(wall),
                figures(per_week(entry, "cpu")),
                figures(per_week(entry, "wall")),
                times(slower) if slower else "—",
                f"{entry['memory_peak']:,.0f}",
                1 if added else len(entry["cpu"]),
            )
        )
    return lines


def whole_lines(whole: Results | None) -> list[str]:
    """The whole pass of the agents at 100,000 residents."""
    if whole is None:
        return ["The agents at 100,000 residents, every compound once: not yet measured."]
    agents, compiled = whole["agents"], whole["compiled"]
    slower = sum(agents["cpu"]) / median(compiled["cpu"])
    same = "are those of" if agents["same_outcomes"] else "DIFFER from those of"
    return [
        f"The agents at {agents['residents']:,} residents, all {agents['compounds']} compounds once: "
        f"{sum(agents['cpu']) / 60:.1f} minutes of CPU; the compiled engine between them "
        f"{figures(median(compiled['cpu']))} s: {times(slower)}. The outcomes {same} the engine. "
        f"Measured on {whole['date']}, code {whole['code']}."
    ]


def start_lines(result: Results) -> list[str]:
    """How long a run takes from start to end."""
    start = result.get("start", {})
    if not start.get("warm"):
        return ["Not yet measured."]
    warm = start["warm"]
    lines = [
        f"`gongzhi run wufuyuan_size`, 20 seeds, from start to end: {figures(median(warm))} s, median of {len(warm)}."
    ]
    if start.get("wheel"):
        lines.append(f"The first one of what `make wheel` makes: {figures(median(start['wheel']))} s, once.")
    if start.get("first"):
        lines.append(f"The first one with nothing compiled yet: {figures(median(start['first']))} s, once.")
    return lines


def sweep_lines(result: Results) -> list[str]:
    """How many runs a second a sweep of small compounds makes, all included."""
    sweeps = result.get("sweeps")
    if not sweeps:
        return ["Not yet measured."]
    of, memory = sweeps[0], max(sweep["memory_peak"] for sweep in sweeps)
    return [
        f"{of['runs']:,} runs of 180 households over 104 weeks, {of['workers']} workers, from start to end: "
        f"{figures(runs_a_second(sweeps))} runs a second, median of {len(sweeps)}; at most {figures(memory)} MB in all "
        f"processes; {100 * of['in_engine_of_busy']:.0f} % of the workers' time in the engine."
    ]


def runs_a_second(sweeps: list[Results]) -> float:
    """Runs a second of some sweeps, the median."""
    return median([sweep["runs"] / sweep["seconds"] for sweep in sweeps])


# -- requirements -----------------------------------------------------------------------------------------


def bars(result: Results, whole: Results | None, long_runs: Results) -> list[str]:
    """What was promised, what was measured, and whether it was kept."""
    lines = head("Promise", "Measured", "Kept")
    for promise, measured, limit, at_least in _promises(result, whole, long_runs):
        if measured is None:
            lines.append(row(promise, "not yet measured", "—"))
        else:
            kept = measured >= limit if at_least else measured <= limit
            lines.append(row(promise, figures(measured), "yes" if kept else "no"))
    return lines


def _promises(
    result: Results, whole: Results | None, long_runs: Results
) -> Iterable[tuple[str, float | None, float, bool]]:
    """Promise, measured, limit, and whether the limit is the least (else the most) there may be."""
    agents = full_entry(result, "agents")
    small, large = (full_entry(result, "compiled", n) for n in (10_080, 100_080))
    two, million = full_entry(result, "compiled", 100_080, 2), full_entry(result, "compiled", 1_000_080)
    sweep = full_entry(result, "sweep")

    def given(value: Callable[[], float], *needed: object) -> float | None:
        return value() if all(needed) else None

    yield (
        "full model, 10,080 residents: at least 300 times the agents (CPU)",
        given(lambda: per_week(agents, "cpu") / per_week(small, "cpu"), agents, small),
        300,
        True,
    )
    yield (
        "full model, 100,080 residents: at least 300 times the agents (CPU)",
        given(lambda: sum(whole["agents"]["cpu"]) / median(whole["compiled"]["cpu"]), whole),
        300,
        True,
    )
    yield (
        "full model, 100,080 residents, one thread: at most 150 ns per resident-week",
        given(lambda: per_week(large, "cpu"), large),
        150,
        False,
    )
    yield (
        "sweep of 32 runs of 497 households, one thread: at most 100 ns per resident-week",
        given(lambda: per_week(sweep, "cpu"), sweep),
        100,
        False,
    )
    yield (
        "100,080 residents: two threads at least 1.6 times as fast as one (wall)",
        given(lambda: median(large["wall"]) / median(two["wall"]), large, two),
        1.6,
        True,
    )
    yield (
        "cost per resident-week at 1,000,080 residents at most twice that at 10,080 (CPU)",
        given(lambda: per_week(million, "cpu") / per_week(small, "cpu"), million, small),
        2,
        False,
    )
    few = full_entry(result, "compiled", 540)
    yield (
        "cost per resident-week at 540 residents at most 1.3 times that at 1,000,080 (CPU)",
        given(lambda: per_week(few, "cpu") / per_week(million, "cpu"), few, million),
        1.3,
        False,
    )
    sweeps = result.get("sweeps")
    yield (
        "sweep of 180 households over 104 weeks, two workers: at least 2,000 runs a second, all included",
        given(lambda: runs_a_second(sweeps), sweeps),
        2_000,
        True,
    )
    start = result.get("start", {})
    for how, promise, limit in (
        ("warm", "`gongzhi run` of a preset, the engine compiled before: at most 0.6 s", 0.6),
        ("wheel", "the first `gongzhi run` on a computer, from the wheel of `make wheel`: at most 5 s", 5),
    ):
        yield promise, given(lambda how=how: median(start[how]), start.get(how)), limit, False
    for n in sizes(result):
        yield (
            f"stand-in, {n:,} residents: at least 300 times Mesa (CPU)",
            ratio(result, "mesa", "engine", n),
            300,
            True,
        )
        yield (
            f"stand-in, {n:,} residents: at least 5 times NumPy (CPU)",
            ratio(result, "numpy", "engine", n),
            5,
            True,
        )
        yield (
            f"stand-in, {n:,} residents: at most 2.5 times the C floor (CPU)",
            ratio(result, "engine", "floor", n),
            2.5,
            False,
        )
    for name, what, unit, limit in (
        ("hangzhou", "wall_seconds", "s", 2.5),
        ("hangzhou", "peak_memory_mb", "MB", 1500),
        ("national", "wall_seconds", "s", 100),
        ("national", "peak_memory_mb", "MB", 16000),
    ):
        promise = f"{TITLES[name]}: {NEEDED[what]} at most {limit:,} {unit}"
        yield promise, long_runs.get(name, {}).get(what), limit, False


# -- long runs and circumstances --------------------------------------------------------------------------


def long_run_lines(name: str, run: Results | None) -> list[str]:
    """One long run: how long, how much memory, and what it came to."""
    if run is None:
        return ["Not yet measured."]
    lines = head("Measured", "Value")
    for key, what in {**NEEDED, **KNOWN}.items():
        if key in run:
            lines.append(row(what, _value(key, run[key])))
    per = run["wall_seconds"] / run["households"] / run["weeks"] * 1e9
    lines.append(row("wall time per household and week", f"{figures(per)} ns"))
    if run["summary"]:
        lines += ["", *head("Summary", "Value")]
        lines += [row(name, _value("", value)) for name, value in run["summary"].items()]
    return lines


def _value(key: str, value: float | str) -> str:
    if isinstance(value, str):
        return f"`{value}`" if key in ("command", "code") else value
    unit = {"wall_seconds": " s", "cpu_seconds": " s", "peak_memory_mb": " MB", "output_mb": " MB"}.get(
        key, ""
    )
    shown = f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:.4g}"
    return f"{shown}{unit}"


def circumstances_table(result: Results) -> list[str]:
    """Machine, versions and day."""
    memory = f"{result['memory_gb']} GB" if result["memory_gb"] else "unknown"
    packages = ", ".join(f"{name} {number}" for name, number in result["packages"].items())
    pairs = {
        "Processor": f"{result['processor']}, {result['cores']} cores",
        "Memory": memory,
        "System": result["system"],
        "Load average before": result["load_before"],
        "Python": result["python"],
        "Packages": packages,
        "C compiler": f"{result['gcc'] or 'none'}, `{result['gcc_flags']}`",
        "Code": f"`{result['code']}`{', with changes not yet committed' if result['changed'] else ''}",
        "Measured": f"{result['date']}, in {result['minutes']} minutes",
    }
    lines = [*head("", ""), *(row(name, value) for name, value in pairs.items())]
    if (result["load_before"] or 0) > BUSY:
        lines += [
            "",
            "**The machine was busy with other work: read CPU times only, and those as approximate.**",
        ]
    return lines


def long_runs_by_name(long_runs: Results) -> dict[str, list[str]]:
    """The lines of every long run."""
    return {name: long_run_lines(name, long_runs.get(name)) for name in NAMES}
