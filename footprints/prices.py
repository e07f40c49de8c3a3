"""The price of each rule in planners' words: "Never splitting a ward costs 0.21 to 0.30 km a person"."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from boundaries.area import Area
from footprints.errors import some
from optimise.criteria import Criteria
from optimise.problem import Problem
from optimise.solution import EXACT
from optimise.trading.principles import Principle, principles
from optimise.trading.tables import Price, Prices
from optimise.words import count, level_in_words

METRES_BELOW = 0.1
ABOUT = (
    "Each rule is weighed on its own, with the number of neighbourhoods as it is, against the best plan of travel and "
    "size with every rule in force. The interval is proven: its ends come from the best plans found and from what no "
    "plan can beat, with the rule and without it."
)


@dataclass(frozen=True)
class Said:
    """A price for people. rule : in words. price : the interval a person. where : the parts it concerns, in words.

    sentence : all of it in one sentence.
    """

    rule: str
    price: str
    where: str
    sentence: str


def said(price: Price, prices: Prices, area: Area) -> Said:
    """A price in words."""
    rule = rule_in_words(price.rule, area, prices.criteria, prices.number)
    amount = _amount(price, prices)
    where = _where(price)
    verb = "costs" if price.rule.in_force else "would cost"
    head = f"{rule[0].upper()}{rule[1:]}"
    local = "" if price.everywhere or not price.where else f" (it concerns {where})"
    if price.impossible:
        why = " ".join(f"{r.message} {r.mend}".strip() for r in price.reasons) or "This is proven."
        without = f"Without this rule there is no plan to compare with: {rule}. {why}"
        sentence = without if price.rule.in_force else f"{head} would leave no plan. {why}"
        return Said(rule, amount, where, sentence)
    if price.low is None and price.high is None:
        return Said(rule, amount, where, f"{head}: no plan was found to compare with, and none is proven impossible.")
    if price.high is None:
        tail = " if it can be done at all: no plan that does was found"
        return Said(rule, amount, where, f"{head} would cost {amount}{tail}{local}.")
    if _nothing(price, prices):
        return Said(rule, amount, where, f"{head} {verb} nothing, which is proven{local}.")
    if price.low is not None and price.low < 0:
        worse = "the exceptions that it brings would not be allowed without it"
        return Said(rule, amount, where, f"{head}: {amount}, since {worse}{local}.")
    best = ""
    if price.rule.kind == "number" and price.number is not None and price.number != prices.number:
        best = f"; the best plan found without it has {price.number:,}"
    return Said(rule, amount, where, f"{head} {verb} {amount}{local}{best}.")


def weighing(problem: Problem, criteria: Criteria, area: Area) -> dict[str, str]:
    """What is being worked out, by the keys that `optimise.trading.prices.prices` tells."""
    rules = principles(problem, criteria)
    named = {rule.key: f"Weighing {rule_in_words(rule, area, criteria).rstrip(',')}" for rule in rules}
    return {"": "The plan with every rule"} | named


def rule_in_words(rule: Principle, area: Area, criteria: Criteria, number: int = 0) -> str:
    """What the rule asks, as the beginning of a sentence about what it costs. number : neighbourhoods of the plan."""
    label = area.levels[rule.level].label if rule.level in area.levels else rule.level
    if rule.kind == "within":
        return f"never crossing a {level_in_words(label)} line"
    if rule.kind == "keep_whole":
        return f"never splitting {_article(label)}"
    if rule.kind == "band":
        wide = rule.other
        own = f"{criteria.minimum:,} to {criteria.maximum:,}"
        return f"keeping sizes to {own} people, against {wide.minimum:,} to {wide.maximum:,},"
    if rule.kind == "number":
        return f"having {count(number, 'neighbourhood') if number else 'this number'}, against any other number,"
    named = [area.unit_label(unit).rpartition(", ")[0] for unit in rule.units]
    if rule.kind == "together":
        return f"keeping {' and '.join(named) if len(named) == 2 else some(named, 3)} together"
    if rule.kind == "apart":
        return f"keeping {' and '.join(named)} apart"
    if rule.kind == "fixed":
        return f"fixing {count(len(rule.units), 'area')} to {rule.code}"
    if rule.kind == "frozen":
        return f"leaving {rule.code} as it is"
    return f"keeping the other {count(rule.count, 'lock')}"


def a_person(value: float, residents: int, squared: bool, *, up: bool) -> str:
    """person-km as kilometres a person, or metres where short; rounded up or down, so that an end stays true."""
    share = value / max(1, residents)
    if squared:
        places = 2 if abs(share) >= METRES_BELOW else 4
        return f"{_rounded(share, places, up)} km²"
    if abs(share) >= METRES_BELOW:
        return f"{_rounded(share, 2, up)} km"
    return f"{_rounded(1000 * share, 0, up)} m"


def _rounded(value: float, places: int, up: bool) -> str:
    scale = 10.0**places
    whole = ceil(value * scale - 1e-9) if up else floor(value * scale + 1e-9)
    return f"{whole / scale:,.{places}f}".replace("-", "−")


def _amount(price: Price, prices: Prices) -> str:
    """ "0.20 to 0.31 km a person", "at most 12 m a person", "nothing, proven", "not known"."""
    if price.impossible:
        return "no plan" if not price.rule.in_force else "not known"
    low, high = price.low, price.high
    if low is None and high is None:
        return "not known"
    unit = prices.squared
    if high is None and low is not None:
        return f"at least {a_person(low, prices.residents, unit, up=False)} a person"
    if low is None and high is not None:
        return f"at most {a_person(high, prices.residents, unit, up=True)} a person"
    if low is None or high is None:
        return "not known"
    if _nothing(price, prices):
        return "nothing, proven"
    least, most = a_person(low, prices.residents, unit, up=False), a_person(high, prices.residents, unit, up=True)
    if low < 0 < high:
        return f"between {least.lstrip('−')} saved and {most} a person"
    if low < 0:
        return f"{_range(most.lstrip('−'), least.lstrip('−'))} a person saved"
    if least.split()[0].strip("0.,") == "":
        return f"at most {most} a person"
    return f"{_range(least, most)} a person"


def _range(least: str, most: str) -> str:
    """ "0.20 to 0.31 km", "81 m to 0.12 km", "12 m" where both are the same."""
    if least == most:
        return most
    short = least.partition(" ")[0] if least.split()[1] == most.split()[1] else least
    return f"{short} to {most}"


def _nothing(price: Price, prices: Prices) -> bool:
    """Proven to cost nothing, to the 0.01 % of the whole plan that is called proven everywhere."""
    if price.low is None or price.high is None or price.low < 0:
        return False
    return price.high <= EXACT * (prices.best or 0.0)


def _where(price: Price) -> str:
    if not price.where:
        return "nowhere" if price.reasons == () and not price.impossible else "everywhere"
    return "everywhere" if price.everywhere else some(list(price.where), 3)


def _article(label: str) -> str:
    own = level_in_words(label)
    first = own[:1].lower()
    spoken_vowel = first in "aeiou" or (own.split()[0].isupper() and first in "aefhilmnorsx")
    return f"{'an' if spoken_vowel else 'a'} {own}"


COLUMNS = (
    "rule",
    "in_force",
    "price",
    "low_km_a_person",
    "high_km_a_person",
    "low_person_km",
    "high_person_km",
    "best_with",
    "bound_with",
    "best_without",
    "bound_without",
    "where",
    "repeatable",
)


def table(prices: Prices, area: Area) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Header and rows for a CSV; columns say km2 where distance is squared. Ends that are not known are empty."""
    residents, found = max(1, prices.residents), list[tuple[object, ...]]()
    for price in prices.prices:
        words = said(price, prices, area)
        ends = (price.low, price.high)
        found.append(
            (
                words.rule.rstrip(","),
                price.rule.in_force,
                words.price,
                *(None if end is None else round(end / residents, 6) for end in ends),
                *(None if end is None else round(end, 3) for end in ends),
                *(None if end is None else round(end, 3) for end in _ends(price)),
                words.where,
                price.repeatable,
            )
        )
    return tuple(c.replace("km", "km2") if prices.squared else c for c in COLUMNS), found


def _ends(price: Price) -> tuple[float | None, ...]:
    return price.best_with, price.bound_with, price.best_without, price.bound_without
