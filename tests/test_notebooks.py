"""The lessons as files: no outputs, in Chinese, listed, and able to run anywhere. `make notebooks` runs them."""

import ast
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
FILES = sorted(FOLDER.glob("*.ipynb"))
LIST = (FOLDER / "README.md").read_text(encoding="utf-8")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
AVOIDED = {
    "钉子户": "a household that has not signed is 未签约户",
    "做思想工作": "a household's reason comes first",
    "TODO": "finished work only",
}
LONGEST_CELL = 45

each_lesson = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def notebook(file):
    return json.loads(file.read_text(encoding="utf-8"))


def cells(file, kind):
    return ["".join(cell["source"]) for cell in notebook(file)["cells"] if cell["cell_type"] == kind]


def test_there_are_lessons_and_the_list_names_each_of_them():
    assert FILES
    assert re.findall(r"^\| \[(\S+\.ipynb)\]\(\1\)", LIST, re.MULTILINE) == [file.name for file in FILES]


@each_lesson
def test_no_outputs_and_no_execution_counts(file):
    for cell in notebook(file)["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@each_lesson
def test_the_kernel_is_plain_python(file):
    read = notebook(file)
    assert read["metadata"]["kernelspec"] == {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    assert set(read["metadata"]["language_info"]) == {"name"}
    assert (read["nbformat"], read["nbformat_minor"]) == (4, 5)
    identifiers = [cell["id"] for cell in read["cells"]]
    assert len(set(identifiers)) == len(identifiers)


@each_lesson
def test_prose_is_chinese(file):
    for text in cells(file, "markdown"):
        prose = re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)
        latin = re.findall(r"[A-Za-z]{2,}(?: +[A-Za-z]{2,}){3,}", prose)
        assert CHINESE.search(prose)
        assert latin == []


@each_lesson
def test_comments_and_docstrings_are_chinese(file):
    for code in cells(file, "code"):
        said = re.findall(r"(?:^|\s)# (.+)$|\"\"\"(.+?)\"\"\"", code, re.MULTILINE | re.DOTALL)
        assert all(CHINESE.search(comment or docstring) for comment, docstring in said)


@each_lesson
@pytest.mark.parametrize("word", AVOIDED)
def test_words_to_avoid_are_avoided(file, word):
    assert word not in "".join(cells(file, "markdown") + cells(file, "code")), AVOIDED[word]


@each_lesson
def test_code_is_plain_python_in_cells_short_enough_to_read(file):
    for code in cells(file, "code"):
        ast.parse(code)
        assert len(code.splitlines()) <= LONGEST_CELL


@each_lesson
def test_nothing_depends_on_the_folder_or_the_machine(file):
    code = "\n".join(cells(file, "code"))
    assert not re.search(r"\bopen\(|Path\(|sys\.path|os\.chdir|/(?:home|work|tmp|Users)/|[A-Z]:\\", code)


@each_lesson
def test_links_lead_to_files(file):
    targets = re.findall(r"\]\(([^)]+)\)", "\n".join(cells(file, "markdown")))
    assert [target for target in targets if not (FOLDER / target).exists()] == []


@each_lesson
def test_readers_predict_before_they_see_and_answer_exercises(file):
    text = "\n".join(cells(file, "markdown"))
    assert text.count("**我的预测：**") >= 3
    assert text.count("**我的回答：**") == len(re.findall(r"^### 练习", text, re.MULTILINE)) >= 4


@each_lesson
def test_each_lesson_says_what_it_does_not_show(file):
    text = "\n".join(cells(file, "markdown"))
    assert "住户都是虚构的" in text and "校准" in text
    assert re.search(r"^## .*从这一课不能得出什么", text, re.MULTILINE)
    assert "不得" in text
