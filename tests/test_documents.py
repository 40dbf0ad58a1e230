"""Pages of the documentation as Word documents: everything that is on the page is in the document, as what it is."""

import re
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from commands.cli import main
from scenarios.documents import Origin, column_widths, page_names, page_text, write_document

ORIGIN = Origin("small", "0.2.0", "3eba441bda7b2c32d17305ea0704066aaaa1fc09")
SMALL = """# The title

Text with **strong**, *emphasised* and `code` words, a [page](odd.md) and an [address](https://example.org/x).

## Part one

| Name | | Effect |
|---|---|---|
| `visits` | 走访 | asks a household *to sign* |
| none | | |

1. first
2. second
   - inner

   goes on

- point

### A formula

    support        x ← x + rate·(social − x)
                   base = 1

```python
if x:
    y = 1  # 中文
```
"""


def gongzhi(*arguments):
    return CliRunner().invoke(main, ["docs", *map(str, arguments)])


@pytest.fixture
def small(tmp_path):
    write_document(SMALL, tmp_path / "small.docx", ORIGIN)
    return docx.Document(str(tmp_path / "small.docx"))


def by_style(document, name):
    return [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == name]


def runs_of(document, text):
    paragraph = next(p for p in document.paragraphs if text in p.text)
    return {run.text: run for run in paragraph.runs}


def test_headings_keep_their_order_and_level(small):
    assert by_style(small, "Title") == ["The title"]
    assert by_style(small, "Heading 2") == ["Part one"] and by_style(small, "Heading 3") == ["A formula"]
    assert small.core_properties.title == "The title"


def test_version_and_commit_stand_below_the_title_and_on_every_page(small):
    said = "Gongzhi 0.2.0, commit 3eba441bda7b, docs/small.md"
    assert by_style(small, "Subtitle") == [said]
    footer = small.sections[0].footer.paragraphs[0]
    assert footer.text.startswith(said) and "PAGE" in footer._p.xml


def test_words_that_stand_out_do_so_and_addresses_can_be_read(small):
    runs = runs_of(small, "Text with")
    assert runs["strong"].bold and runs["emphasised"].italic and runs["code"].style.name == "Code in text"
    assert not runs["Text with "].bold and runs["code"].style.font.name == "Courier New"
    assert "a page and an address (https://example.org/x)." in "".join(runs)


def test_a_table_has_every_cell_a_head_that_repeats_and_no_broken_row(small):
    (table,) = small.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Name", "", "Effect"],
        ["visits", "走访", "asks a household to sign"],
        ["none", "", ""],
    ]
    assert "w:tblHeader" in table.rows[0]._tr.xml and "w:tblHeader" not in table.rows[1]._tr.xml
    assert all("w:cantSplit" in row._tr.xml for row in table.rows)
    assert table.rows[0].cells[0].paragraphs[0].runs[0].bold


def test_lists_keep_their_numbers_and_depth(small):
    marked = {p.text: p.paragraph_format.left_indent for p in small.paragraphs if "\t" in p.text}
    assert list(marked) == ["1.\tfirst", "2.\tsecond", "•\tinner", "•\tpoint"]
    assert marked["•\tinner"] > marked["1.\tfirst"] == marked["•\tpoint"]
    assert (
        next(p for p in small.paragraphs if p.text == "goes on").paragraph_format.left_indent
        == marked["1.\tfirst"]
    )


def test_formulas_and_code_keep_every_space_and_go_on_behind_their_name(small):
    assert by_style(small, "Code") == [
        "support        x ← x + rate·(social − x)",
        "               base = 1",
        "if x:",
        "    y = 1  # 中文",
    ]
    formula = next(p for p in small.paragraphs if p.text.startswith("support  "))
    assert formula.paragraph_format.left_indent.pt == pytest.approx(15 * 0.6 * 7, abs=0.1)
    assert formula.paragraph_format.first_line_indent == -formula.paragraph_format.left_indent


def written_words(text):
    """Every word of a page in order, without what only Markdown needs."""
    words = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in ("code_block", "fence"):
            words += token.content.split()
        elif token.type == "inline":
            pieces = [" " if t.type == "softbreak" else t.content for t in token.children]
            words += "".join(pieces).split()
    return words


def words_of(document):
    found = []
    for element in document.element.body.iterchildren():
        cells = element.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
        for paragraph in cells:
            found.append(docx.text.paragraph.Paragraph(paragraph, document).text)
    lines = [re.sub(r"^(\d+\.|•)\t", "", line) for line in found]
    return re.sub(r" \([a-z]+://[^ )]*\)", "", "\n".join(lines)).split()


@pytest.mark.parametrize("name", ["odd", "extend", "instruments"])
def test_no_word_of_a_page_is_lost_or_moved(name, tmp_path):
    write_document(page_text(name), tmp_path / "page.docx", Origin(name, "0.2.0", ""))
    document = docx.Document(str(tmp_path / "page.docx"))
    said = f"Gongzhi 0.2.0, docs/{name}.md".split()
    expected, found = written_words(page_text(name)), words_of(document)
    start = next(i for i in range(len(found)) if found[i : i + len(said)] == said)
    assert found[:start] + found[start + len(said) :] == expected


def test_the_odd_has_its_tables_headings_and_formulas(tmp_path):
    out = tmp_path / "odd.docx"
    done = gongzhi("odd", "--to", "docx", "-o", out, "--lang", "en")
    assert done.exit_code == 0, done.output
    document, page = docx.Document(str(out)), page_text("odd")
    assert len(document.tables) == len(re.findall(r"^\|[-|]+\|$", page, re.MULTILINE))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith(("Heading", "Title"))]
    assert headings == [
        line.lstrip("# ").replace("`", "") for line in re.findall(r"^#+ .*", page, re.MULTILINE)
    ]
    formulas = [line[4:].rstrip() for line in re.findall(r"^    \S.*", page, re.MULTILINE)]
    assert set(formulas) <= {line.rstrip() for line in by_style(document, "Code")}


def test_a_document_is_one_that_word_processors_open(tmp_path):
    gongzhi("law", "-o", tmp_path / "law.docx")
    with zipfile.ZipFile(tmp_path / "law.docx") as parts:
        assert parts.testzip() is None and "word/document.xml" in parts.namelist()


def test_columns_fill_the_page_and_break_no_word_that_has_room():
    widths = column_widths([["Name", "Effect"], ["a_long_name_of_setting", "x" * 20 + " " + "words " * 40]])
    assert sum(widths) == pytest.approx(17.4) and widths[1] > widths[0] > 4
    assert column_widths([["", ""]]) == pytest.approx([8.7, 8.7])


def test_the_page_as_it_is_written_is_there_too(tmp_path):
    assert gongzhi("law", "--to", "markdown", "-o", tmp_path / "law.md").exit_code == 0
    assert (tmp_path / "law.md").read_text("utf-8") == page_text("law")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["od", "-o", "x.docx"], "unknown page 'od'; did you mean 'odd'?; expected one of analysis, "),
        (["odd", "-o", "there.docx"], "is there already; expected a new one, or --force"),
        (["odd", "-o", "there.docx/x.docx"], "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("there.docx").write_text("mine")
    refused = gongzhi(*arguments, "--lang", "en")
    assert refused.exit_code == 2 and says in refused.output
    assert [p.name for p in tmp_path.iterdir()] == ["there.docx"] and Path("there.docx").read_text() == "mine"


def test_force_replaces_a_file(tmp_path):
    out = tmp_path / "law.docx"
    out.write_text("mine")
    assert gongzhi("law", "-o", out, "--force").exit_code == 0 and zipfile.is_zipfile(out)


def test_without_the_library_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    refused = gongzhi("law", "-o", tmp_path / "law.docx", "--lang", "en")
    assert (
        refused.exit_code == 2
        and "the extra 'documents'" in refused.output
        and "python-docx" in refused.output
    )
    assert list(tmp_path.iterdir()) == []


def test_every_page_is_offered():
    assert {"odd", "parameters", "command_line"} <= set(page_names())
