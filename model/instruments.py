"""The instruments a strategy is composed of: what each is, what it touches, what it costs, whether it is lawful.

An instrument has an intensity in [0, 1] and acts between two weeks. At intensity zero it changes nothing.
`diagnostic` instruments exist to show what they cost; they are off in every preset city strategy.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Legality(StrEnum):
    """Whether the law allows an instrument. Sources: `docs/law.md`."""

    LAWFUL = "lawful"
    RESTRICTED = "restricted"
    UNLAWFUL = "unlawful"


class Family(StrEnum):
    """What a group of instruments is for."""

    ORGANISE = "organise"
    REACH_OUT = "reach_out"
    DELIBERATE = "deliberate"
    PRECONDITION = "precondition"
    MANAGE = "manage"
    DIAGNOSTIC = "diagnostic"


class Instrument(IntEnum):
    """The position of each instrument's intensity in the engine's weekly row."""

    MESSENGERS = 0
    DUAL_REGISTRATION = 1
    HOME_VISITS = 2
    TAILORED_PLAN = 3
    PIONEERS = 4
    PUBLICITY = 5
    CONSULTATION = 6
    OPEN_AIR_MEETINGS = 7
    DISCLOSURE = 8
    RESIDENTS_DECIDE = 9
    SUPERVISION_TEAM = 10
    MEDIATION = 11
    REMOVAL_FIRST = 12
    LAWFUL_ENFORCEMENT = 13
    FEE_PLEDGE = 14
    JOINT_SELECTION = 15
    BUILD_MANAGE_INTEGRATION = 16
    TRIAL_THEN_PAY = 17
    CONCESSIONS = 18
    OPEN_ACCOUNTS = 19
    REMINDERS = 20
    NORM_MESSAGES = 21
    LAWFUL_DUNNING = 22
    ACTIVITY_GROUPS = 23
    PRESSURE = 24
    PROXY_SIGNING = 25
    NAMING_DEBTORS = 26


class Target(IntEnum):
    """Whom a home visit goes to first."""

    RANDOM = 0
    UNDECIDED_FIRST = 1
    HOLDOUTS_FIRST = 2
    ELDERS_FIRST = 3
    BY_GRID = 4


class Messenger(IntEnum):
    """Who carries the message."""

    RANDOM = 0
    HUBS = 1
    NOMINATED = 2
    PARTY = 3
    ELDERS = 4
    CLUSTERED = 5


class PioneerGroup(IntEnum):
    """From whom those who act first in public are drawn."""

    ANY = 0
    PARTY = 1
    ACTIVISTS = 2


#: The choices a strategy file may name for an instrument.
CHOICES: dict[Instrument, type[IntEnum]] = {
    Instrument.HOME_VISITS: Target,
    Instrument.MESSENGERS: Messenger,
    Instrument.PIONEERS: PioneerGroup,
}


@dataclass(frozen=True)
class InstrumentInfo:
    """What a reader needs to know of an instrument."""

    family: Family
    zh: str
    en: str
    full_intensity: str
    touches: tuple[str, ...]
    seeds: str
    hours: str = "none"
    legality: Legality = Legality.LAWFUL


_I, _F = Instrument, Family

INSTRUMENTS: dict[Instrument, InstrumentInfo] = {
    _I.MESSENGERS: InstrumentInfo(
        _F.ORGANISE,
        "邻里信使",
        "Neighbour messengers",
        "one household in five carries the message",
        ("linked",),
        "K H J",
    ),
    _I.DUAL_REGISTRATION: InstrumentInfo(
        _F.ORGANISE,
        "党员双报到",
        "Dual registration of Party members",
        "every in-service member gives half an hour a week to visits",
        ("hours",),
        "H M J",
    ),
    _I.HOME_VISITS: InstrumentInfo(
        _F.REACH_OUT,
        "入户走访",
        "Home visits",
        "all staff hours left after meetings go to visits",
        ("support", "n_visits", "asked"),
        "K H J",
        "0.75 person-hours a visit",
    ),
    _I.TAILORED_PLAN: InstrumentInfo(
        _F.REACH_OUT,
        "一户一策",
        "Tailored plan for each household",
        "losses of structure and fresh interior compensated or designed around in full",
        ("utility",),
        "K",
        "one hour more a visit to a household with a loss",
    ),
    _I.PIONEERS: InstrumentInfo(
        _F.REACH_OUT,
        "党员示范、先拆先改",
        "Visible first action",
        "everyone of the chosen group is willing to act first in public",
        ("acted_first", "signed", "removed"),
        "Z J",
    ),
    _I.PUBLICITY: InstrumentInfo(
        _F.REACH_OUT,
        "宣传发动",
        "Publicity",
        "twice as many come to sign unasked",
        ("asked",),
        "H Z J",
        "8 person-hours a week, for 500 households",
    ),
    _I.CONSULTATION: InstrumentInfo(
        _F.DELIBERATE,
        "三上三下征求意见",
        "Consultation rounds",
        "every wanted item within the budget is adopted (responsiveness 1)",
        ("adopted", "fairness", "trust_office", "asked"),
        "H Z K J",
        "25 person-hours a meeting, for 500 households",
    ),
    _I.OPEN_AIR_MEETINGS: InstrumentInfo(
        _F.DELIBERATE,
        "坝坝会、小板凳议事会",
        "Open-air meetings",
        "every meeting is held in the yard",
        ("attended",),
        "K J",
    ),
    _I.DISCLOSURE: InstrumentInfo(
        _F.DELIBERATE,
        "两公开",
        "Disclosure of results",
        "those who stayed away learn what was decided",
        ("fairness", "trust_office"),
        "Z J",
    ),
    _I.RESIDENTS_DECIDE: InstrumentInfo(
        _F.DELIBERATE,
        "居民自主决定改不改、改什么",
        "Residents decide",
        "all four questions are the residents' own",
        ("reactance",),
        "H",
    ),
    _I.SUPERVISION_TEAM: InstrumentInfo(
        _F.DELIBERATE,
        "居民监督小组、民间监理队",
        "Residents' supervision team",
        "every stage of works is watched",
        ("defects",),
        "H J Z",
    ),
    _I.MEDIATION: InstrumentInfo(
        _F.DELIBERATE,
        "临时党支部协调、现场办公",
        "On-site coordination and mediation",
        "contractor, residents and office meet every week",
        ("nuisance", "complaints"),
        "Z H K M",
        "10 person-hours a week of works, for 500 households",
    ),
    _I.REMOVAL_FIRST: InstrumentInfo(
        _F.PRECONDITION,
        "拆违先行与台账",
        "Removal first, with ledger",
        "structures are to go before works begin, each on a public ledger",
        ("removed",),
        "Z K",
    ),
    _I.LAWFUL_ENFORCEMENT: InstrumentInfo(
        _F.PRECONDITION,
        "依法拆改",
        "Lawful enforcement of the remainder",
        "every structure left at the end of the removal stage is cleared",
        ("removed", "trust_office"),
        "Z K",
        legality=Legality.RESTRICTED,
    ),
    _I.FEE_PLEDGE: InstrumentInfo(
        _F.PRECONDITION,
        "缴费承诺",
        "Pledge to pay the fee",
        "signing includes a pledge to pay",
        ("pledged",),
        "Z",
    ),
    _I.JOINT_SELECTION: InstrumentInfo(
        _F.MANAGE,
        "三方共同选聘物业",
        "Joint selection of the company",
        "owners, community and office choose together",
        ("trust_company",),
        "Z H K",
    ),
    _I.BUILD_MANAGE_INTEGRATION: InstrumentInfo(
        _F.MANAGE,
        "建管一体化",
        "Build–manage integration",
        "the operator designs, builds and manages",
        ("defects", "quality"),
        "Z",
    ),
    _I.TRIAL_THEN_PAY: InstrumentInfo(
        _F.MANAGE,
        "先尝后买",
        "Try first, pay later",
        "a trial of 26 weeks paid by subsidy",
        ("trust_company", "cash"),
        "K",
    ),
    _I.CONCESSIONS: InstrumentInfo(
        _F.MANAGE,
        "资产无偿使用、经营让利",
        "Asset concessions",
        "income of 0.3 full collections a month",
        ("cash",),
        "K",
    ),
    _I.OPEN_ACCOUNTS: InstrumentInfo(
        _F.MANAGE,
        "信托制与账目公开",
        "Trust account and open books",
        "every account is open to every owner",
        ("belief", "trust_company"),
        "J",
    ),
    _I.REMINDERS: InstrumentInfo(
        _F.MANAGE,
        "缴费提醒",
        "Payment reminders",
        "every household is reminded of every bill",
        ("paid",),
        "",
    ),
    _I.NORM_MESSAGES: InstrumentInfo(
        _F.MANAGE,
        "真实缴费率告知",
        "Truthful norm messages",
        "every household is told the true rate, when it is above one half",
        ("paid",),
        "",
    ),
    _I.LAWFUL_DUNNING: InstrumentInfo(
        _F.MANAGE,
        "依法催缴",
        "Lawful dunning",
        "demand, mediation and suit follow every arrear",
        ("paid", "arrears"),
        "",
        legality=Legality.LAWFUL,
    ),
    _I.ACTIVITY_GROUPS: InstrumentInfo(
        _F.MANAGE,
        "活动小组与志愿服务",
        "Activity groups and volunteering",
        "three households in ten join a group",
        ("engagement", "in_activity"),
        "Z H J M",
        "6 person-hours a week, for 500 households",
    ),
    _I.PRESSURE: InstrumentInfo(
        _F.DIAGNOSTIC,
        "对未签约户施压",
        "Pressure on households that have not signed",
        "every visit to a household that has not signed presses as hard as is possible",
        ("voiced", "signed", "reactance", "trust_office"),
        "",
        legality=Legality.UNLAWFUL,
    ),
    _I.PROXY_SIGNING: InstrumentInfo(
        _F.DIAGNOSTIC,
        "代签",
        "Proxy signing",
        "one unsigned absentee in twenty is signed for each week",
        ("signed", "proxied"),
        "",
        legality=Legality.UNLAWFUL,
    ),
    _I.NAMING_DEBTORS: InstrumentInfo(
        _F.DIAGNOSTIC,
        "公示欠费户",
        "Naming debtors",
        "every arrear is posted by name",
        ("paid", "trust_company"),
        "",
        legality=Legality.RESTRICTED,
    ),
}
