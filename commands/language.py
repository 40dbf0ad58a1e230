"""In which language to speak, where nobody says: that of the locale."""

from collections.abc import Mapping


def language_of(environment: Mapping[str, str]) -> str:
    """`zh` where the locale is Chinese, else `en`; LC_ALL goes before LC_MESSAGES before LANG."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((environment[name] for name in names if environment.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"
