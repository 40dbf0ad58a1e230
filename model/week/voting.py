"""Votes, counted in whole owners and whole hundredths of a square metre, so that thresholds are exact.

Civil Code art. 278 (2021): owners of at least 2/3 of exclusive area and at least 2/3 of owners take part; of
those taking part, at least 3/4 by area and by number approve raising the fund, rebuilding or changing common
parts, and more than 1/2 by both approve other matters. Before 2021 (Property Law art. 76): more than 1/2 take
part; 2/3 of all approve the first kind, more than 1/2 of all the second. Negative consent (Henan art. 66,
fund use): passes unless more than 1/3 by area or number object.
"""

from typing import NamedTuple

from agents.categories import Law
from compiling.exact import rule


class Tally(NamedTuple):
    """A count of votes. Areas in 0.01 m²."""

    owners: int
    area: int
    participants: int
    participants_area: int
    approvals: int
    approvals_area: int


@rule
def quorum_met(tally: Tally) -> bool:
    """Participation of at least two thirds, by owners and by area (双三分之二)."""
    return 3 * tally.participants >= 2 * tally.owners and 3 * tally.participants_area >= 2 * tally.area


@rule
def three_quarters_of_participants(tally: Tally) -> bool:
    """Approval by at least three quarters of those taking part, by owners and by area."""
    return (
        4 * tally.approvals >= 3 * tally.participants
        and 4 * tally.approvals_area >= 3 * tally.participants_area
    )


@rule
def majority_of_participants(tally: Tally) -> bool:
    """Approval by more than half of those taking part, by owners and by area."""
    return 2 * tally.approvals > tally.participants and 2 * tally.approvals_area > tally.participants_area


@rule
def passes_2021(tally: Tally, special_matter: bool) -> bool:
    """Civil Code art. 278: quorum, then 3/4 for special matters and more than 1/2 for others."""
    if not quorum_met(tally):
        return False
    return three_quarters_of_participants(tally) if special_matter else majority_of_participants(tally)


@rule
def passes_2007(tally: Tally, special_matter: bool) -> bool:
    """Property Law art. 76, superseded: 2/3 of all for special matters, more than 1/2 of all for others."""
    if 2 * tally.participants <= tally.owners or 2 * tally.participants_area <= tally.area:
        return False
    if special_matter:
        return 3 * tally.approvals >= 2 * tally.owners and 3 * tally.approvals_area >= 2 * tally.area
    return 2 * tally.approvals > tally.owners and 2 * tally.approvals_area > tally.area


@rule
def passes_by_silence(tally: Tally) -> bool:
    """Negative consent (异议表决, Henan art. 66): objectors are at most 1/3 of owners and hold at most 1/3 of area."""
    against = tally.participants - tally.approvals
    against_area = tally.participants_area - tally.approvals_area
    return 3 * against <= tally.owners and 3 * against_area <= tally.area


@rule
def passes(tally: Tally, law: int, special_matter: bool) -> bool:
    """Whether a motion passes under a law, a `Law`."""
    if law == Law.CIVIL_CODE_2021:
        return passes_2021(tally, special_matter)
    if law == Law.PROPERTY_LAW_2007:
        return passes_2007(tally, special_matter)
    return passes_by_silence(tally)


@rule
def law_of_hiring(law: int) -> int:
    """The law by which ballots on the company and on lifts are counted: never negative consent.

    Henan art. 66 allows that for the use of the maintenance fund only.
    """
    return Law.CIVIL_CODE_2021 + 0 if law == Law.NEGATIVE_CONSENT else law


@rule
def reaches_share(part: int, whole: int, share: float) -> bool:
    """Whether part/whole is at least `share`, in whole numbers.

    No decimal is two thirds: a share that is a fraction of at most twelve parts to four decimals (0.6667) is that
    fraction, so that 40 of 60 reach it. Any other is exact to a ten-thousandth; gates are usually whole percents.
    """
    for parts in range(1, 13):
        wanted = int(share * parts + 0.5)
        if abs(share - wanted / parts) < 0.00005:
            return part * parts >= wanted * whole
    return part * 10000 >= int(share * 10000.0 + 0.5) * whole
