"""What a published document says of itself: who wrote it, what it claims, and what each claim leaves out.

A claim is a benchmark with caveats, never ground truth: the documents are published successes written by
those who ran them.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from model.measures import SUMMARY
from scenarios.files.problems import shown
from scenarios.files.quantities import Bilingual, FileTable, between_keys
from scenarios.totals import TOTALS

#: What a number of a document may be used for.
Use = Literal[
    "benchmark with caveats",
    "process count",
    "structure",
    "rule",
    "direction only",
    "context",
]

#: How the document states the number; `rises` gives a direction and no number.
Relation = Literal["=", ">", "≥", "≈", "rises"]

#: A summary outcome, or none.
Outcome = Literal["", *SUMMARY]  # type: ignore[valid-type]  # built from the names there are

#: Of anything a document counts or measures.
LARGEST = 1e15

#: A total of a district, or none.
Total = Literal["", *TOTALS]  # type: ignore[valid-type]  # likewise


#: Least and greatest value of a claim by its unit; of every other unit, which counts or measures something, 0 or more.
_RANGES = {
    **dict.fromkeys(("share", "0 to 1", "0 or 1"), (0.0, 1.0)),
    "−1 to 1": (-1.0, 1.0),
    "points": (-100.0, 100.0),
    "1": (-LARGEST, LARGEST),
}


class Document(FileTable):
    """The text a case is drawn from."""

    letter: str = Field(
        "", pattern="^[A-Z]?$", description="文献字母，用于装置表 · Letter, for the table of devices"
    )
    title: str = Field(min_length=1, description="文献题名 · Title, in Chinese")
    author: Bilingual = Field(description="作者 · Who wrote it")
    genre: Bilingual = Field(description="文体 · Kind of text")
    date: str = Field(min_length=1, description="日期 · Date, as far as it is known")
    selection: Bilingual = Field(description="选择偏差 · How the text came to be published")


class Claim(FileTable):
    """One number of the document, who claims it, and what would be needed to check it."""

    id: str = Field(min_length=1, description="条目编号 · Row of the list of seed numbers")
    zh: str = Field(min_length=1, description="中文表述 · In Chinese, in own words")
    en: str = Field(min_length=1, description="英文表述 · In English, in own words")
    value: float | None = Field(None, description="数值 · Absent where only a direction is stated")
    relation: Relation = Field("=", description="关系 · How the document states it")
    unit: str = Field(min_length=1, description="单位 · Unit; share for percentages")
    claimed_by: Bilingual = Field(description="由谁提出 · Who claims it")
    missing: Bilingual = Field(description="缺少什么 · Which denominator, baseline or date is missing")
    use: Use = Field(description="用途 · What it may be used for")
    derived_from: list[str] = Field([], description="由哪些条目推算 · Rows it is computed from")
    outcome: Outcome = Field("", description="可对照的结果 · Summary outcome it may be set beside")
    total: Total = Field("", description="可对照的片区总数 · Total of a district it may be set beside")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for kind, name, known in (("outcome", self.outcome, SUMMARY), ("total", self.total, TOTALS)):
            if name and known[name].unit != self.unit:
                expected = f"expected '{known[name].unit}', the unit of {kind} {name}"
                raise between_keys("unit", f" = {shown(self.unit)}; {expected}")
        if (self.value is None) != (self.relation == "rises"):
            raise between_keys("value", ": expected a number, or relation = 'rises' and no value")
        low, high = _RANGES.get(self.unit, (0.0, LARGEST))
        if self.value is not None and not low <= self.value <= high:
            least = "0 or more" if low == 0.0 and high == LARGEST > self.value else ""
            wanted = least or f"a number from {low:.12g} to {high:.12g}"
            raise between_keys("value", f" = {self.value:.10g}; expected {wanted} ({shown(self.unit)})")
        return self
