"""模型与假设 Model: the weekly order, the equations, every parameter, the cases' caveats, the ethics."""

import json
from typing import Any

import solara

from dashboard import choices, state
from dashboard.asking import case_label
from dashboard.assumed import Subject, subject, unit_of
from dashboard.parts import Foot, Heading, announce, markup, plain, table
from dashboard.views import say, words
from dashboard.widgets import ParameterTable
from model.parameters import declarations
from model.week.schedule import SCHEDULE
from scenarios.catalogue import text
from scenarios.files.library import list_cases

#: The equations that carry most, as docs/odd.md has them; how each reads in words is in the catalogue.
EQUATIONS = {
    "utility": "U = tanh( w₀ + u + w_B·cred·B + w_F·fit − w_C·cost/y − λ·w_S·s − w_K·fresh − w_N·nuis )",
    "support": "x ← x + η(1−.6σ)·[ω·soc + (1−ω)·U − x] + visit + η·w_fair·(fairness−.5) − κ_R·R",
    "voice": "z = (1−κ)·x + κ·(θ_s·soc + θ_P·pressure)",
    "sign": "P(sign | asked) = σ( k[ x + χ_m·κ(M−M₀) + χ_P·P − θ ] )",
    "pay": "logit P(pay) = a₀ + p_q(q−q₀) + p_b·(b−.5) + p_T(T−.5) + p_h(2h−1) − p_φ·φ·area/y − p_R·R + …",
}
RULES = tuple(f"not_for_{i}" for i in range(1, 6))


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang = state.lang.value
    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("assumptions", lang), say("assumptions_lead", lang))
        with solara.Div(classes=["gz-card"]):
            Parameters(lang)
        with solara.Div(classes=["gz-half"]):
            with solara.Div(classes=["gz-card"]):
                markup(schedule(lang))
            with solara.Div(classes=["gz-card"]):
                markup(equations(lang))
        with solara.Div(classes=["gz-card"]):
            markup(caveats(lang))
        with solara.Div(classes=["gz-card"]):
            markup(ethics(lang))
        Foot(lang)


@solara.component
def Parameters(lang: str) -> None:  # noqa: N802
    """Every coefficient, with its grade and source; a change holds on every page and in the link."""
    request = state.request.value
    own = dict(request.parameters)
    known = declarations()

    def put(change: Any) -> None:
        name, value = change if isinstance(change, list) and len(change) == 2 else ("", None)
        if name in known and isinstance(value, int | float) and value == value:
            state.request.value = request.with_parameters({name: float(value)})

    rows = [
        {
            "name": name,
            "label": text(f"parameter.{name}", lang),
            "symbol": declared.symbol,
            "value": own.get(name, declared.default),
            "default": declared.default,
            "low": declared.plausible[0],
            "high": declared.plausible[1],
            "unit": unit_of(name, lang) or "–",
            "grade": declared.grade,
            "source": say("judgement", lang) if declared.source == "judgement" else declared.source,
        }
        for name, declared in known.items()
    ]
    about = subject(state.kept.value.get("about", ""), lang)
    markup(
        f'<h2 style="margin-top:0">{plain(say("parameters", lang))}</h2><p>{plain(say("grades", lang))}</p>'
    )
    announce(plain(say("parameters_changed", lang, n=len(own))) if own else "", "gz-verdict")
    announce(plain(about_words(about, lang)) if about else "", "gz-verdict")
    keys = (
        "search",
        "grade",
        "any",
        "parameters",
        "parameter",
        "value",
        "range",
        "unit",
        "source",
        "show_all",
        "about_all",
    )
    ParameterTable(
        payload=json.dumps(rows, ensure_ascii=False),
        labels=words(lang, keys),
        only=list(about.parameters) if about else [],
        event_put=put,
        event_show_everything=lambda *_: state.keep(about=""),
    )


def about_words(about: Subject, lang: str) -> str:
    """Whose parameters are shown."""
    return say("about", lang, what=about.label, n=len(about.parameters))


def schedule(lang: str) -> str:
    """The weekly order, as HTML."""
    lines = "".join(f"<li>{plain(say(f'step_{name}', lang))} <code>{name}</code></li>" for name in SCHEDULE)
    return f'<h2 style="margin-top:0">{plain(say("schedule", lang))}</h2><ol>{lines}</ol>'


def equations(lang: str) -> str:
    """The equations, each with what it says, as HTML."""
    lines = "".join(
        f"<dt><b>{plain(say(f'equation_{key}', lang))}</b></dt><dd><code>{plain(formula)}</code></dd>"
        for key, formula in EQUATIONS.items()
    )
    return f'<h2 style="margin-top:0">{plain(say("equations", lang))}</h2><dl>{lines}</dl>'


def caveats(lang: str) -> str:
    """What each case's document says, and what not to conclude from it, as HTML."""
    parts = [f'<h2 style="margin-top:0">{plain(say("caveats", lang))}</h2>']
    for name in (*choices.files().cases, *list_cases()):
        case = choices.case_named(name)
        lines = "".join(f"<li>{plain(caveat[lang])}</li>" for caveat in case.caveats)
        parts.append(f"<h3>{plain(case_label(name, lang))}</h3><ul>{lines}</ul>")
        if not case.claims:
            continue
        head = [say(key, lang) for key in ("claim", "claimed_by", "lacks")]
        rows = [[getattr(claim, lang), claim.claimed_by[lang], claim.missing[lang]] for claim in case.claims]
        parts.append(
            f"<details><summary>{plain(say('claims', lang, n=len(rows)))}</summary>{table(head, rows)}</details>"
        )
    return "".join(parts)


def ethics(lang: str) -> str:
    """What the tool must not be used for, as HTML."""
    lines = "".join(f"<li>{plain(say(rule, lang))}</li>" for rule in RULES)
    head = (
        f'<h2 style="margin-top:0">{plain(say("ethics", lang))}</h2><p>{plain(say("ethics_lead", lang))}</p>'
    )
    return f"{head}<ul>{lines}</ul>"
