"""首页 Start: one stairwell, one floor's quarrel over a lift, the whole compound, then "your turn"."""

from typing import Any

import solara

from dashboard import state
from dashboard.parts import Foot, Heading, query_of_user
from dashboard.views import say, words
from dashboard.widgets import Stairwell


@solara.component
def Page() -> None:  # noqa: N802
    """The page."""
    lang = state.lang.value
    router = solara.use_router()

    def begin(*_: Any) -> None:
        router.push(f"/explore?{query_of_user()}")

    with solara.Column(classes=["gz-page"], gap="0px"):
        Heading(say("start_title", lang), say("start_lead", lang))
        keys = (
            "s1_title s1_text s1_try s1_now s1_all s1_few s1_best s1_again s2_title s2_text s2_share s2_comp s2_yes "
            "s2_no s2_floor s2_now s2_third s2_note s3_title s3_text s3_guess s3_about s3_told s3_lie s3_note "
            "turn turn_text for against signed press"
        ).split()
        Stairwell(labels=words(lang, keys), event_begin=begin)
        Foot(lang)
