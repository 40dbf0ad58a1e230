"""The instruments a strategy is composed of: what each is, what it touches, what it costs, whether it is lawful.

An instrument has an intensity in [0, 1] and acts between two weeks. At intensity zero it changes nothing.
`diagnostic` instruments exist to show what they cost; they are off in every preset city strategy.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from agents.categories import Consultation, Messenger, PioneerGroup, Target


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
    GRID = 2
    PROJECT_BRANCH = 3
    ALLIANCE = 4
    VOLUNTEERING = 5
    HOME_VISITS = 6
    TAILORED_PLAN = 7
    PIONEERS = 8
    PUBLICITY = 9
    RECOGNITION = 10
    DEMONSTRATION_VISITS = 11
    CONSULTATION = 12
    OPEN_AIR_MEETINGS = 13
    DISCLOSURE = 14
    MENU_CHOICE = 15
    FEEDBACK_LOOP = 16
    RESIDENTS_DECIDE = 17
    SUPERVISION_TEAM = 18
    THIRD_PARTY_SUPERVISION = 19
    MEDIATION = 20
    STAGE_REVIEW = 21
    REMOVAL_FIRST = 22
    REMOVAL_LEDGER = 23
    LAWFUL_ENFORCEMENT = 24
    FEE_PLEDGE = 25
    CROWDFUNDING = 26
    FUND_POOLING = 27
    CEDED_INCOME = 28
    RENOVATE_ONCE = 29
    LIFT_PACKAGES = 30
    JOINT_SELECTION = 31
    BUILD_MANAGE_INTEGRATION = 32
    BUNDLING = 33
    TRIAL_THEN_PAY = 34
    CONCESSIONS = 35
    OPEN_ACCOUNTS = 36
    OWNERS_COMMITTEE = 37
    JOINT_MEETINGS = 38
    CROSS_APPOINTMENT = 39
    SUPERVISORY_COMMITTEE = 40
    REMINDERS = 41
    NORM_MESSAGES = 42
    POINTS = 43
    LAWFUL_DUNNING = 44
    ACTIVITY_GROUPS = 45
    PRESSURE = 46
    PROXY_SIGNING = 47
    NAMING_DEBTORS = 48
    RANKING = 49


#: The choices a strategy file may name for an instrument; the first is meant where none is named.
CHOICES: dict[Instrument, type[IntEnum]] = {
    Instrument.HOME_VISITS: Target,
    Instrument.MESSENGERS: Messenger,
    Instrument.PIONEERS: PioneerGroup,
    Instrument.CONSULTATION: Consultation,
}


@dataclass(frozen=True)
class Effect:
    """The claimed effect of an instrument, tested with common random numbers (`tests/test_instruments.py`).

    outcome : a weekly or summary outcome; rises : its direction
    beside : instruments in use on both sides, with their intensity; settings : numbers set on both sides
    week : the week of a weekly outcome; the last where it is negative
    of : which compounds the outcome is measured in, if not this one
    """

    outcome: str
    rises: bool
    beside: dict[str, float] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    week: int = -1
    of: str = ""


@dataclass(frozen=True)
class InstrumentInfo:
    """What a reader needs to know of an instrument.

    touches : the state it acts on
    hours, yuan : its costs beyond the weekly ones in `agents.rules.street_office.DEVICES`
    A `{name}` stands for the default of a parameter or setting, see `model.instrument_words`.
    """

    family: Family
    zh: str
    en: str
    full_intensity: str
    touches: tuple[str, ...]
    effect: Effect
    hours: str = ""
    yuan: str = ""
    legality: Legality = Legality.LAWFUL


_I, _F = Instrument, Family

#: Settings in which effects are tested. `_EARLY` has low gates and short works, so that runs cover years of payment.
_VISITS = {"home_visits": 1.0}
_TALKS = {"home_visits": 1.0, "consultation": 0.6}
_REMOVAL = {"home_visits": 1.0, "removal_first": 1.0, "pioneers": 0.6}
_EARLY: dict[str, object] = {
    "consent_gate": 0.5,
    "willingness_gate": 0.3,
    "works_weeks": 12,
    "alters_common_parts": False,
}

INSTRUMENTS: dict[Instrument, InstrumentInfo] = {
    # -- organise -------------------------------------------------------------------------------------------
    _I.MESSENGERS: InstrumentInfo(
        _F.ORGANISE,
        "邻里信使",
        "Neighbour messengers",
        "{messenger_share:%} of households carry the message; a visit by a tie or stairwell neighbour is trusted more",
        ("linked",),
        Effect("mean_support", True, _VISITS, {"messenger_reactance": 0.0, "messenger_voice": 0.0}, week=20),
    ),
    _I.DUAL_REGISTRATION: InstrumentInfo(
        _F.ORGANISE,
        "党员双报到",
        "Dual registration of Party members",
        "every in-service member gives {member_hours} hours a week at home",
        ("hours",),
        Effect("visits", True, _VISITS, week=20),
        hours="adds hours",
    ),
    _I.GRID: InstrumentInfo(
        _F.ORGANISE,
        "网格化管理",
        "Grid workers",
        "every grid worker knows the households of the grid, as well as its size allows",
        ("visit", "contact"),
        Effect("mean_support", True, _VISITS, week=20),
    ),
    _I.PROJECT_BRANCH: InstrumentInfo(
        _F.ORGANISE,
        "项目临时党支部",
        "Party branch on the project",
        "contractor, owners and office settle matters in one branch; complaints do not hold up the works",
        ("complaints", "progress"),
        Effect("complaint_weeks", False, _VISITS, _EARLY),
    ),
    _I.ALLIANCE: InstrumentInfo(
        _F.ORGANISE,
        "旧改党建联盟",
        "Alliance of local firms and institutions",
        "firms give {alliance_yuan_per_household} yuan a household, and idle premises for upgrade items",
        ("own_cost", "plan"),
        Effect("own_yuan_per_household", False, _TALKS, week=30),
    ),
    _I.VOLUNTEERING: InstrumentInfo(
        _F.ORGANISE,
        "志愿服务",
        "Volunteering",
        "{volunteer_share:%} of households volunteer and give {volunteer_hours} hours a week each",
        ("hours", "engagement", "ties"),
        Effect("engagement", True, _VISITS, week=40),
        hours="adds hours",
    ),
    # -- reach out ------------------------------------------------------------------------------------------
    _I.HOME_VISITS: InstrumentInfo(
        _F.REACH_OUT,
        "入户走访",
        "Home visits",
        "all staff hours left after meetings and devices go to visits",
        ("support", "n_visits", "asked"),
        Effect("headline_consent", True, {}, week=15),
        hours="{visit_hours} person-hours a visit",
    ),
    _I.TAILORED_PLAN: InstrumentInfo(
        _F.REACH_OUT,
        "一户一策",
        "Tailored plan for each household",
        "losses of structure and fresh interior made good or designed around in full, once visited",
        ("made_good", "designed_around"),
        Effect("mean_support", True, _VISITS, week=20),
        hours="a visit to a household with a loss takes longer by {tailored_visit_hours} h",
        yuan="the programme's compensation for a structure that goes",
    ),
    _I.PIONEERS: InstrumentInfo(
        _F.REACH_OUT,
        "党员示范、先拆先改",
        "Visible first action",
        "everyone of the chosen group is willing to act first in public",
        ("acted_first", "signed", "removed", "example"),
        Effect("structures_left", False, {"home_visits": 1.0, "removal_first": 1.0}, week=40),
    ),
    _I.PUBLICITY: InstrumentInfo(
        _F.REACH_OUT,
        "宣传发动",
        "Publicity",
        "twice as many come to sign unasked",
        ("asked",),
        Effect("headline_consent", True, {}, week=15),
    ),
    _I.RECOGNITION: InstrumentInfo(
        _F.REACH_OUT,
        "好人好事表彰",
        "Recognition of those who contribute",
        "everyone who attends, volunteers, acts first or pays is praised in public",
        ("engagement",),
        Effect("engagement", True, _TALKS, week=40),
    ),
    _I.DEMONSTRATION_VISITS: InstrumentInfo(
        _F.REACH_OUT,
        "观摩学习",
        "Visits to finished compounds",
        "a visit every month; whoever comes sees what was delivered elsewhere",
        ("shown",),
        Effect("mean_support", True, _VISITS, week=30),
    ),
    # -- deliberate -----------------------------------------------------------------------------------------
    _I.CONSULTATION: InstrumentInfo(
        _F.DELIBERATE,
        "三上三下征求意见",
        "Consultation rounds",
        "every suggestion that money allows is adopted; token: the office adopts what it wanted anyway",
        ("adopted", "fairness", "trust_office", "asked"),
        Effect("fairness", True, _VISITS, week=15),
        hours="{meeting_hours} person-hours a meeting, for {reference_households} households",
    ),
    _I.OPEN_AIR_MEETINGS: InstrumentInfo(
        _F.DELIBERATE,
        "坝坝会、小板凳议事会",
        "Open-air meetings",
        "every meeting is held in the yard",
        ("attended",),
        Effect("suggestions_per_household", True, _TALKS),
    ),
    _I.DISCLOSURE: InstrumentInfo(
        _F.DELIBERATE,
        "两公开",
        "Disclosure of results",
        "those who stayed away learn what was decided",
        ("fairness", "trust_office"),
        Effect("fairness", True, _TALKS, week=15),
    ),
    _I.MENU_CHOICE: InstrumentInfo(
        _F.DELIBERATE,
        "菜单式、看单点菜",
        "Choice from a menu",
        "everyone asked has the priced menu and ticks what it wants most",
        ("suggestions", "plan"),
        Effect("suggestions_per_household", True, _TALKS),
    ),
    _I.FEEDBACK_LOOP: InstrumentInfo(
        _F.DELIBERATE,
        "红黄蓝马甲闭环反馈",
        "Every suggestion is answered",
        "each suggestion that is not adopted is answered with reasons",
        ("fairness", "trust_office"),
        Effect("fairness", True, _TALKS, week=15),
    ),
    _I.RESIDENTS_DECIDE: InstrumentInfo(
        _F.DELIBERATE,
        "居民自主决定改不改、改什么、怎么改、如何管",
        "Residents decide",
        "all four questions are the residents' own, and so is what the last money is spent on",
        ("reactance", "plan"),
        Effect("plan_fit", True, _TALKS, week=40),
    ),
    _I.SUPERVISION_TEAM: InstrumentInfo(
        _F.DELIBERATE,
        "居民监督小组、民间监理队",
        "Residents' supervision team",
        "residents watch every stage of the works",
        ("defects",),
        Effect("defects", False, _VISITS, _EARLY),
    ),
    _I.THIRD_PARTY_SUPERVISION: InstrumentInfo(
        _F.DELIBERATE,
        "第三方专业监督",
        "Third-party supervision",
        "a technical firm inspects every stage of the works",
        ("defects",),
        Effect("defects", False, _VISITS, _EARLY),
        yuan="{third_party_share:%} of the cost of works",
    ),
    _I.MEDIATION: InstrumentInfo(
        _F.DELIBERATE,
        "现场办公与调解",
        "On-site coordination and mediation",
        "contractor, residents and office meet every week",
        ("nuisance", "complaints"),
        Effect("complaints", False, _VISITS, _EARLY),
    ),
    _I.STAGE_REVIEW: InstrumentInfo(
        _F.DELIBERATE,
        "阶段复盘与民主评议",
        "Review of each stage with residents",
        "at each third of the works residents and builders go through what is wrong and mend it",
        ("defects", "complaints"),
        Effect("defects", False, _VISITS, _EARLY),
        hours="{meeting_hours} person-hours a review, for {reference_households} households",
    ),
    # -- preconditions and finance --------------------------------------------------------------------------
    _I.REMOVAL_FIRST: InstrumentInfo(
        _F.PRECONDITION,
        "拆违先行",
        "Removal first",
        "structures are to go before works begin",
        ("removed", "freed_m2"),
        Effect("structures_left", False, {"home_visits": 1.0, "pioneers": 0.6}, week=60),
    ),
    _I.REMOVAL_LEDGER: InstrumentInfo(
        _F.PRECONDITION,
        "违建台账公开",
        "Public ledger of structures",
        "every structure and every removal stands on a public list",
        ("removed",),
        Effect(
            "structures_left",
            False,
            _REMOVAL,
            {"removal_ledger_share": 0.1, "removal_threshold": 0.1},
            week=60,
        ),
    ),
    _I.LAWFUL_ENFORCEMENT: InstrumentInfo(
        _F.PRECONDITION,
        "依法拆改",
        "Lawful enforcement of the remainder",
        "every structure left at the end of the removal stage is cleared",
        ("removed", "trust_office", "reactance"),
        Effect("structures_left", False, _REMOVAL),
        legality=Legality.RESTRICTED,  # competent authority only: Administrative Compulsion Law art. 44
    ),
    _I.FEE_PLEDGE: InstrumentInfo(
        _F.PRECONDITION,
        "缴费承诺",
        "Pledge to pay the fee",
        "signing includes a pledge to pay",
        ("pledged",),
        Effect("payment_trailing_year", True, _VISITS, _EARLY),
    ),
    _I.CROWDFUNDING: InstrumentInfo(
        _F.PRECONDITION,
        "楼道众筹",
        "Crowdfunding in the stairwells",
        "all are asked for {contribution_yuan} yuan for their stairwell; poorer households that cannot feel left out",
        ("contributed", "fairness", "delivered"),
        Effect("payment_trailing_year", True, _VISITS, _EARLY),
    ),
    _I.FUND_POOLING: InstrumentInfo(
        _F.PRECONDITION,
        "归集使用维修资金",
        "Use of the maintenance fund",
        "the whole maintenance fund of the compound goes into the works",
        ("own_cost",),
        Effect("own_yuan_per_household", False, _TALKS, week=30),
    ),
    _I.CEDED_INCOME: InstrumentInfo(
        _F.PRECONDITION,
        "让渡公共收益",
        "Common income ceded to the works",
        "{ceded_years} years of common income are advanced for the works and paid back afterwards",
        ("own_cost", "cash"),
        Effect("own_yuan_per_household", False, _TALKS, week=30),
    ),
    _I.RENOVATE_ONCE: InstrumentInfo(
        _F.PRECONDITION,
        "最多改一次",
        "Renovate once at most",
        "all trades dig once, yard and street together",
        ("nuisance", "plan"),
        Effect("complaints", False, _VISITS, _EARLY),
    ),
    _I.LIFT_PACKAGES: InstrumentInfo(
        _F.PRECONDITION,
        "“3+3”加装电梯套餐",
        "Lift packages: three grades, three ways to pay",
        "{lift_call:%} of the stairwells that could have a lift call a ballot each quarter",
        ("lifts",),
        Effect("lift_ballots", True, _VISITS, _EARLY),
        yuan="the programme's subsidy for each lift",
    ),
    # -- manage ---------------------------------------------------------------------------------------------
    _I.JOINT_SELECTION: InstrumentInfo(
        _F.MANAGE,
        "三方共同选聘物业",
        "Joint selection of the company",
        "owners, community and office choose together",
        ("trust_company",),
        Effect("payment_trailing_year", True, _VISITS, _EARLY),
    ),
    _I.BUILD_MANAGE_INTEGRATION: InstrumentInfo(
        _F.MANAGE,
        "建管一体化",
        "Build–manage integration",
        "the operator designs, builds and manages, and puts its own money into upgrade items",
        ("defects", "quality", "own_cost"),
        Effect("quality", True, _VISITS, _EARLY),
    ),
    _I.BUNDLING: InstrumentInfo(
        _F.MANAGE,
        "肥瘦搭配、捆绑打包",
        "Bundling of rich and poor compounds",
        "one company serves several compounds of the district out of one account",
        ("cash", "effort"),
        Effect("company_present", True, _VISITS, _EARLY, of="the poorer half of a district"),
    ),
    _I.TRIAL_THEN_PAY: InstrumentInfo(
        _F.MANAGE,
        "先尝后买",
        "Try first, pay later",
        "a trial of {trial_weeks} weeks paid by subsidy",
        ("trust_company", "cash"),
        Effect("trust_company", True, _VISITS, _EARLY, week=90),
        yuan="{trial_subsidy} full collections a bill during the trial",
    ),
    _I.CONCESSIONS: InstrumentInfo(
        _F.MANAGE,
        "资产无偿使用、经营让利",
        "Asset concessions",
        "income of {concession_income} full collections a bill",
        ("cash",),
        Effect("quality", True, _VISITS, _EARLY),
    ),
    _I.OPEN_ACCOUNTS: InstrumentInfo(
        _F.MANAGE,
        "账目公开",
        "Open books",
        "every account is open to every owner",
        ("belief", "trust_company"),
        Effect("trust_company", True, _VISITS, _EARLY),
    ),
    _I.OWNERS_COMMITTEE: InstrumentInfo(
        _F.MANAGE,
        "业委会（物管会）",
        "Active owners' committee",
        "a committee meets, watches the company and calls votes to dismiss and to hire",
        ("effort", "company"),
        Effect("quality", True, _VISITS, _EARLY),
    ),
    _I.JOINT_MEETINGS: InstrumentInfo(
        _F.MANAGE,
        "“1+3+N”联席会议",
        "Joint meetings",
        "branch, committee, company and residents meet every month",
        ("quality", "trust_company"),
        Effect("trust_company", True, _VISITS, _EARLY),
    ),
    _I.CROSS_APPOINTMENT: InstrumentInfo(
        _F.MANAGE,
        "双向进入、交叉任职",
        "Cross-appointments",
        "members of community, committee and company sit on each other's boards",
        ("effort", "trust_company"),
        Effect("quality", True, _VISITS, _EARLY),
    ),
    _I.SUPERVISORY_COMMITTEE: InstrumentInfo(
        _F.MANAGE,
        "业主监督委员会",
        "Owners' supervisory committee",
        "owners inspect the accounts of committee and company and publish what they find",
        ("belief", "trust_company"),
        Effect("trust_company", True, _VISITS, _EARLY),
    ),
    _I.REMINDERS: InstrumentInfo(
        _F.MANAGE,
        "缴费提醒",
        "Payment reminders",
        "every household is reminded of every bill",
        ("paid",),
        Effect("payment_trailing_year", True, _VISITS, _EARLY),
    ),
    _I.NORM_MESSAGES: InstrumentInfo(
        _F.MANAGE,
        "真实缴费率告知",
        "Truthful norm messages",
        "every household is told the true rate, when it is above one half",
        ("paid",),
        Effect("payment_trailing_year", True, _VISITS, _EARLY),
    ),
    _I.POINTS: InstrumentInfo(
        _F.MANAGE,
        "积分兑换",
        "Points for taking part and paying",
        "a paid bill earns points worth {points_yuan} yuan, meetings count too; who would pay anyway minds the bargain",
        ("attended", "paid"),
        Effect("payment_trailing_year", True, _VISITS, _EARLY),
        yuan="{points_yuan} yuan a paid bill",
    ),
    _I.LAWFUL_DUNNING: InstrumentInfo(
        _F.MANAGE,
        "依法催缴",
        "Lawful dunning",
        "written demand, mediation and suit follow every arrear in this order",
        ("paid", "arrears"),
        Effect("arrears_yuan", False, _VISITS, _EARLY),
        yuan="{suit_yuan} yuan of the company's a suit",
    ),
    _I.ACTIVITY_GROUPS: InstrumentInfo(
        _F.MANAGE,
        "活动小组与邻居节",
        "Activity groups and neighbours' days",
        "{activity_share:%} of households join a group, and get to know each other",
        ("engagement", "in_activity", "ties"),
        Effect("acquaintances", True, _VISITS),
    ),
    # -- diagnostic only ------------------------------------------------------------------------------------
    _I.PRESSURE: InstrumentInfo(
        _F.DIAGNOSTIC,
        "对未签约户施压",
        "Pressure on households that have not signed",
        "every visit to a household that has not signed presses as hard as is possible",
        ("voiced", "signed", "reactance", "trust_office"),
        Effect("insincere_share", True, _VISITS, week=20),
        legality=Legality.UNLAWFUL,  # no coercion: Urban Residents' Committee Organisation Law art. 11
    ),
    _I.PROXY_SIGNING: InstrumentInfo(
        _F.DIAGNOSTIC,
        "代签",
        "Proxy signing",
        "{proxy_rate:%} of unsigned absentees are signed for each week",
        ("signed", "proxied"),
        Effect("consent_gap", True, _VISITS, week=8),
        legality=Legality.UNLAWFUL,  # binds nobody unless ratified: Civil Code art. 171
    ),
    _I.NAMING_DEBTORS: InstrumentInfo(
        _F.DIAGNOSTIC,
        "公示欠费户",
        "Naming debtors",
        "every arrear is posted by name",
        ("paid", "trust_company"),
        Effect("trust_company", False, _VISITS, _EARLY),
        # allowed by Henan art. 88 and Wenzhou art. 40; elsewhere at odds with the Personal Information Protection Law
        legality=Legality.RESTRICTED,
    ),
    _I.RANKING: InstrumentInfo(
        _F.DIAGNOSTIC,
        "考核加分与排名",
        "Rewards and ranking by signatures",
        "in the last {ranking_weeks} weeks before the deadline, while the gate is missed, visits go to who speaks "
        "against, with pressure of {ranking_pressure} and proxy signing of {ranking_proxies}",
        ("visited", "signed", "proxied", "reactance", "trust_office"),
        Effect("insincere_share", True, _VISITS, {"consent_gate": 0.95, "deadline_week": 20}, week=20),
        # to assess officials is lawful; what they do under it may not be: Residents' Committee Organisation Law art. 11
        legality=Legality.RESTRICTED,
    ),
}
