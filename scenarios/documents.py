"""A page of the documentation as a Word document: headings, tables, lists, formulas and code stay what they are.

Read by markdown-it-py, written by python-docx; extra `documents`.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import east_asian_width

from scenarios.files.problems import listed, nearest
from scenarios.libraries import library

#: Part of the source tree.
PAGES = Path(__file__).parents[1] / "docs"
NEEDED_FOR = "--to docx"
#: Of an A4 page, in centimetres.
_PAGE_CM, _MARGIN_CM = (21.0, 29.7), 1.8
_WIDTH_CM = _PAGE_CM[0] - 2 * _MARGIN_CM
#: Found on every system, or replaced by a font with the same widths.
_MONOSPACED, _CHINESE = "Courier New", "SimSun"
_BODY_POINTS, _TABLE_POINTS, _CODE_POINTS = 10.0, 8.0, 7.0
#: Of a column of a table: a longer word or name than this may be broken.
_LONGEST_WORD = 24
#: Where a line of a formula goes on below the formula itself: behind its name, if that is no longer than this.
_LONGEST_NAME = 32
_NAME = re.compile(r"^( *\S(?:\S| (?! ))*? {2,})\S")


class Origin(NamedTuple):
    """What the first lines of a document say of it: which page, of which version and commit."""

    page: str
    version: str
    commit: str


class NoPageError(ValueError):
    """There is no such page; the message says which there are."""


def page_names() -> list[str]:
    """Names of the pages of the documentation; none where only the packages are installed."""
    return sorted(page.stem for page in PAGES.glob("*.md"))


def page_text(name: str) -> str:
    """A page as it is written, in Markdown. Raises NoPageError."""
    known = page_names()
    if name not in known:
        there = listed(known, len(known)) or "a source tree, which the pages are part of"
        raise NoPageError(f"unknown page {name[:60]!r}{nearest(name, known)}; expected one of {there}")
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def write_document(text: str, goal: Path, origin: Origin) -> None:
    """Write a page as .docx. Raises OSError, MissingLibraryError."""
    parser = library("markdown_it", NEEDED_FOR).MarkdownIt("commonmark").enable("table")
    document = _Document(origin)
    document.add(parser.parse(text))
    document.save(goal)


class _Document:
    """A document that is being written, block after block."""

    def __init__(self, origin: Origin) -> None:
        self.docx = library("docx", NEEDED_FOR)
        self.shared, self.oxml = library("docx.shared", NEEDED_FOR), library("docx.oxml", NEEDED_FOR)
        self.names = library("docx.oxml.ns", NEEDED_FOR)
        self.document = self.docx.Document()
        self.origin = origin
        self.titled = False
        self._lay_out()

    def save(self, goal: Path) -> None:
        """Write it."""
        self.document.save(str(goal))

    # -- page and styles ----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        cm = self.shared.Cm
        section = self.document.sections[0]
        section.page_width, section.page_height = (cm(side) for side in _PAGE_CM)
        for side in ("left", "right", "top", "bottom"):
            setattr(section, f"{side}_margin", cm(_MARGIN_CM))
        styles = self.document.styles
        self._set_font(styles["Normal"], points=_BODY_POINTS)
        styles["Normal"].paragraph_format.space_after = self.shared.Pt(5)
        paragraph, character = 1, 2  # docx.enum.style.WD_STYLE_TYPE
        code = styles.add_style("Code", paragraph)
        self._set_font(code, _MONOSPACED, _CODE_POINTS)
        code.paragraph_format.space_after = self.shared.Pt(0)
        self._set_font(styles.add_style("Code in text", character), _MONOSPACED)
        self._number_pages(section)

    def _set_font(self, style: Any, name: str | None = None, points: float | None = None) -> None:
        if name is not None:
            style.font.name = name
        if points is not None:
            style.font.size = self.shared.Pt(points)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(self.names.qn("w:eastAsia"), _CHINESE)

    def _number_pages(self, section: Any) -> None:
        """The origin and the number of the page below every page."""
        footer = section.footer.paragraphs[0]
        footer.add_run(f"{self._said()} · ")
        for kind, content in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = footer.add_run()
            if kind:
                mark = self.oxml.OxmlElement("w:fldChar")
                mark.set(self.names.qn("w:fldCharType"), kind)
            else:
                mark = self.oxml.OxmlElement("w:instrText")
                mark.text = content
            run._r.append(mark)
        for run in footer.runs:
            run.font.size = self.shared.Pt(_TABLE_POINTS)

    def _said(self) -> str:
        commit = f", commit {self.origin.commit[:12]}" if self.origin.commit else ""
        return f"Gongzhi {self.origin.version}{commit}, docs/{self.origin.page}.md"

    # -- blocks -------------------------------------------------------------------------------------------

    def add(self, tokens: Sequence[Any]) -> None:
        """Every block of a page."""
        lists: list[_List] = []
        blocks = iter(tokens)
        for token in blocks:
            if token.type in ("bullet_list_open", "ordered_list_open"):
                lists.append(_List(token.type == "ordered_list_open", int(token.attrs.get("start", 1))))
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
            elif token.type == "list_item_open":
                lists[-1].begin()
            elif token.type == "heading_open":
                self._heading(int(token.tag[1:]), next(blocks))
            elif token.type == "paragraph_open":
                self._paragraph(next(blocks), lists)
            elif token.type in ("code_block", "fence"):
                self._code(token.content)
            elif token.type == "table_open":
                self._table(_rows(blocks))

    def _heading(self, level: int, inline: Any) -> None:
        """A heading; the first is the title."""
        if self.titled:
            self._inline(self.document.add_heading(level=min(level, 4)), inline)
            return
        self.titled = True
        self._inline(self.document.add_heading(level=0), inline)
        properties = self.document.core_properties
        properties.title, properties.author, properties.comments = inline.content, "", self._said()
        self.document.add_paragraph(self._said(), style="Subtitle")

    def _paragraph(self, inline: Any, lists: "list[_List]") -> None:
        paragraph = self.document.add_paragraph()
        if lists:
            depth, cm = len(lists), self.shared.Cm
            paragraph.paragraph_format.left_indent = cm(0.7 * depth)
            paragraph.paragraph_format.space_after = self.shared.Pt(2)
            mark = lists[-1].mark()
            if mark:
                paragraph.paragraph_format.first_line_indent = cm(-0.7)
                paragraph.paragraph_format.tab_stops.add_tab_stop(cm(0.7 * depth))
                paragraph.add_run(f"{mark}\t")
        self._inline(paragraph, inline)

    def _code(self, content: str) -> None:
        """Lines as they stand; what is too long goes on behind the name of the formula."""
        lines = content.rstrip("\n").split("\n")
        for line in lines:
            paragraph = self.document.add_paragraph(style="Code")
            indent = self.shared.Pt(0.6 * _CODE_POINTS * _continued_at(line))
            paragraph.paragraph_format.left_indent = indent
            paragraph.paragraph_format.first_line_indent = -indent
            paragraph.add_run(line)
        paragraph.paragraph_format.space_after = self.shared.Pt(6)

    def _table(self, rows: "list[list[Any]]") -> None:
        table = self.document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
        table.autofit = False
        widths = [self.shared.Cm(width) for width in column_widths([[c.content for c in r] for r in rows])]
        for column, width in zip(table.columns, widths, strict=True):  # some programs go by the columns
            column.width = width
        for i, row in enumerate(rows):
            cells = table.add_row().cells
            for cell, inline, width in zip(cells, row, widths, strict=True):
                cell.width = width
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = self.shared.Pt(0)
                self._inline(paragraph, inline, bold=i == 0)
                for run in paragraph.runs:
                    in_code = run.style.name == "Code in text"
                    run.font.size = self.shared.Pt(_CODE_POINTS if in_code else _TABLE_POINTS)
        self._repeat_first_row(table)
        self.document.add_paragraph().paragraph_format.space_after = self.shared.Pt(0)

    def _repeat_first_row(self, table: Any) -> None:
        """The heads of the columns again on every page the table reaches, and no row across two pages."""
        for i, row in enumerate(table.rows):
            properties = row._tr.get_or_add_trPr()
            for name in ("w:cantSplit", *(["w:tblHeader"] if i == 0 else [])):
                properties.append(self.oxml.OxmlElement(name))

    # -- text ---------------------------------------------------------------------------------------------

    def _inline(self, paragraph: Any, inline: Any, *, bold: bool = False) -> None:
        """Text with what is strong, emphasised or code in it; an address stands in brackets behind its words."""
        strong, emphasised, addresses = bold, False, []
        for token in inline.children:
            if token.type in ("strong_open", "strong_close"):
                strong = token.type == "strong_open" or bold
            elif token.type in ("em_open", "em_close"):
                emphasised = token.type == "em_open"
            elif token.type == "link_open":
                addresses.append(str(token.attrs["href"]))
            elif token.type == "link_close":
                address = addresses.pop()
                if "://" in address:
                    paragraph.add_run(f" ({address})")
            else:
                run = paragraph.add_run(_words(token))
                run.bold, run.italic = strong or None, emphasised or None
                if token.type == "code_inline":
                    run.style = "Code in text"


class _List:
    """A list that is being written: what stands before its items."""

    def __init__(self, ordered: bool, first: int) -> None:
        self.ordered, self.next, self.marked = ordered, first, True

    def begin(self) -> None:
        """A new item."""
        self.marked = False

    def mark(self) -> str:
        """What stands before this paragraph: nothing before the second of an item."""
        if self.marked:
            return ""
        self.marked = True
        self.next += 1
        return f"{self.next - 1}." if self.ordered else "•"


def _words(token: Any) -> str:
    """The text of a token within a line."""
    if token.type in ("softbreak", "hardbreak"):
        return " " if token.type == "softbreak" else "\n"
    return str(token.content)


def _rows(blocks: Iterator[Any]) -> list[list[Any]]:
    """The cells of a table, row by row, the first being the heads of the columns."""
    rows: list[list[Any]] = []
    for token in blocks:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token)
    return rows


def _continued_at(line: str) -> int:
    """The column at which a line that is too long goes on."""
    name = _NAME.match(line)
    if name and len(name[1]) <= _LONGEST_NAME:
        return len(name[1])
    return len(line) - len(line.lstrip(" ")) + 4


def column_widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Widths in centimetres that add up to that of the page: no word broken where there is room, long cells wider.

    rows : texts, as many in each row
    """
    columns = list(zip(*rows, strict=True))
    least = [1.2 * min(_LONGEST_WORD, max(map(_longest_word, column))) + 4 for column in columns]
    filled = [sum(map(_width, column)) / len(column) ** 0.75 for column in columns]
    wanted = [max(*both) for both in zip(least, filled, strict=True)]
    # Characters of a line of the whole table, about half as wide as high.
    line = _WIDTH_CM / (0.5 * _TABLE_POINTS * 2.54 / 72)
    spare = max(0.0, line - sum(least))
    beyond = [want - low for want, low in zip(wanted, least, strict=True)]
    share = [low + spare * more / (sum(beyond) or 1) for low, more in zip(least, beyond, strict=True)]
    return [_WIDTH_CM * part / sum(share) for part in share]


def _longest_word(text: str) -> int:
    """In letters; Chinese may be broken anywhere."""
    words = text.replace("`", "").split()
    return max((len(word) for word in words if _width(word) == len(word)), default=1)


def _width(text: str) -> int:
    """In letters, of which a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
