"""The menu of a renovation: what can be asked for, what it costs, whom it serves.

Three classes after State Council Office document 23 of 2020: basic (基础类), improvement (完善类), upgrade
(提升类). Costs are per m² of the compound's exclusive area. Which items there are follows the document and the
five cases; every cost, nuisance, popularity and show value is a judgement (grade C), scaled so that a usual
plan comes to the 455 yuan/m² measured in two places (source: `scenarios/cases/jinjiang.toml`).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class ItemClass(IntEnum):
    """Class of an item, which decides who pays: the public for basics, beneficiaries more and more after that."""

    BASIC = 0
    IMPROVEMENT = 1
    UPGRADE = 2


class Benefits(IntEnum):
    """Whom an item serves above all."""

    EVERYBODY = 0
    ELDERS = 1
    NO_ELDERS = 2
    TOP_FLOORS = 3


@dataclass(frozen=True)
class Item:
    """One item of the menu.

    yuan_per_m2 : cost, per m² of the compound's exclusive area
    nuisance : while it is built, 0.5 for a usual plan; popularity : how much it is wanted, around 1
    show : how much an office that decides alone prefers it, in [0, 1]: what is seen from the street comes first
    """

    name: str
    zh: str
    en: str
    item_class: ItemClass
    yuan_per_m2: float
    nuisance: float
    popularity: float
    show: float
    benefits: Benefits = Benefits.EVERYBODY


_BASIC, _IMPROVEMENT, _UPGRADE = ItemClass
_Of = Benefits

#: The standard plan is the first few; the risers come first because they need every flat.
MENU: tuple[Item, ...] = (
    Item("risers", "户内给排水立管", "Water and drain risers in flats", _BASIC, 55, 1.0, 1.4, 0.2),
    Item("mains", "室外管网与燃气", "Mains and gas outside", _BASIC, 50, 0.8, 1.2, 0.3),
    Item("lines", "强弱电线路规整", "Power and communication lines", _BASIC, 40, 0.5, 1.1, 0.6),
    Item("roofs", "屋面防水", "Roof waterproofing", _BASIC, 30, 0.3, 1.2, 0.4, _Of.TOP_FLOORS),
    Item("walls", "外墙修缮", "Outer walls", _BASIC, 50, 0.6, 1.0, 1.0),
    Item("roads", "道路与照明", "Roads and lighting", _BASIC, 40, 0.5, 1.2, 0.9),
    Item("stairs", "楼道修缮与消防", "Stairs and fire safety", _BASIC, 30, 0.4, 1.2, 0.7),
    Item("parking", "停车位", "Parking", _IMPROVEMENT, 45, 0.4, 1.2, 0.8, _Of.NO_ELDERS),
    Item("charging", "充电设施", "Charging points", _IMPROVEMENT, 18, 0.2, 0.8, 0.5, _Of.NO_ELDERS),
    Item("green", "绿化", "Green space", _IMPROVEMENT, 28, 0.2, 0.9, 0.95),
    Item("exercise", "健身活动场地", "Exercise ground", _IMPROVEMENT, 22, 0.2, 0.9, 0.75),
    Item(
        "barrier_free", "无障碍与适老化", "Barrier-free access", _IMPROVEMENT, 25, 0.3, 0.9, 0.45, _Of.ELDERS
    ),
    Item("insulation", "建筑节能", "Insulation", _IMPROVEMENT, 80, 0.7, 0.6, 0.65),
    Item("lockers", "信报箱与快递柜", "Letter boxes and parcel lockers", _IMPROVEMENT, 12, 0.1, 0.6, 0.5),
    Item("meals", "养老助餐", "Meals and day care for elders", _UPGRADE, 36, 0.2, 0.7, 0.55, _Of.ELDERS),
    Item("childcare", "托育", "Childcare", _UPGRADE, 32, 0.2, 0.5, 0.5, _Of.NO_ELDERS),
    Item("clinic", "社区医疗", "Clinic", _UPGRADE, 29, 0.2, 0.6, 0.4, _Of.ELDERS),
    Item("rooms", "活动用房", "Activity rooms", _UPGRADE, 25, 0.2, 0.6, 0.6),
    Item("market", "便民菜市", "Food market", _UPGRADE, 22, 0.2, 0.7, 0.5),
    Item("security", "智慧安防", "Entrance control and cameras", _UPGRADE, 27, 0.1, 0.6, 0.85),
)

N_ITEMS = len(MENU)
#: Place of the item that is built inside the flats, riser by riser.
RISERS = 0

ITEM_YUAN = np.array([item.yuan_per_m2 for item in MENU])
ITEM_CLASS = np.array([int(item.item_class) for item in MENU])
ITEM_NUISANCE = np.array([item.nuisance for item in MENU])
ITEM_POPULARITY = np.array([item.popularity for item in MENU])
ITEM_SHOW = np.array([item.show for item in MENU])
ITEM_BENEFITS = np.array([int(item.benefits) for item in MENU])
