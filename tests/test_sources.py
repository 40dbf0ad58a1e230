"""What results and compiled code are told apart by: every source of the model."""

from pathlib import Path

from model.sources import sources, sources_digest

ROOT = Path(__file__).parents[1]


def test_every_source_of_agents_and_model_counts_the_rules_in_their_folder_too() -> None:
    counted = {name for name, _ in sources()}

    assert counted == {
        file.relative_to(ROOT).as_posix()
        for package in ("agents", "model")
        for file in (ROOT / package).rglob("*.py")
    }
    assert "agents/rules/resident.py" in counted


def test_the_digest_changes_with_what_else_counts() -> None:
    assert sources_digest() == sources_digest()
    assert sources_digest(b"Python 3.12") != sources_digest(b"Python 3.13") != sources_digest()
    assert len(sources_digest(size=12)) == 24
