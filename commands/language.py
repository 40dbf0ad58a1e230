"""In which language to speak: the one asked for, else that of the locale."""

import os
from collections.abc import Mapping, Sequence


def language_of(environment: Mapping[str, str]) -> str:
    """`zh` where the locale is Chinese, else `en`; LC_ALL goes before LC_MESSAGES before LANG."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((environment[name] for name in names if environment.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def language_asked_for(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """The language of a command line: that of `--lang`, wherever it stands, else of the locale."""
    found = language_of(environment)
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = argument.partition("=")
        if name == "--lang":
            found = value if equals else following
    return found if found in ("zh", "en") else language_of(environment)
