"""The flags that several commands share, and how they become `Criteria`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from footprints.criteria_file import read_criteria
from footprints.lock_file import read_locks
from optimise.criteria import Criteria, Weights

F = TypeVar("F", bound=Callable[..., Any])
FLAGS = {
    "target": "target",
    "minimum": "min",
    "maximum": "max",
    "within": "within",
    "penalise": "penalise",
    "keep_whole": "keep-whole",
    "neighbourhoods": "neighbourhoods",
    "count": "count",
    "small_districts": "small-districts",
    "joins": "join",
    "weights": "weight",
    "community": "community",
    "community_allowance": "allowance",
    "locks": "lock",
    "accept_links": "accept-links",
    "seconds": "seconds",
    "seed": "seed",
}


class SpreadCommand(click.Command):
    """A command whose repeatable flags may be written `--area A --area B` or `--area A B`.

    Several values after one flag are taken so only when the arguments of the command stand elsewhere in the line.
    """

    arguments_wanted = 1

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, spread(args, self.params, self.arguments_wanted))


class SpreadCompare(SpreadCommand):
    """The same for `compare`, which takes two plans or more."""

    arguments_wanted = 2


class SpreadBare(SpreadCommand):
    """The same for a command without arguments."""

    arguments_wanted = 0


def spread(args: Sequence[str], params: Sequence[click.Parameter], wanted: int) -> list[str]:
    """Repeat the flag before each further value of a repeatable flag: `--area A B` becomes `--area A --area B`."""
    options = {name: p for p in params if isinstance(p, click.Option) for name in (*p.opts, *p.secondary_opts)}
    out: list[str] = []
    outside, run, skip = 0, "", False
    for n, word in enumerate(args):
        name, equals, _ = word.partition("=")
        if skip:
            out.append(word)
            skip = False
        elif word == "--":
            outside += len(args) - n - 1
            out += args[n:]
            break
        elif name in options:
            option = options[name]
            takes = not (option.is_flag or option.count)
            run = name if option.multiple else ""
            skip = takes and not equals
            out.append(word)
        elif word.startswith("-") and len(word) > 1:
            out.append(word)
            run = ""
        elif run:
            out += [run, word]
        else:
            outside += 1
            out.append(word)
    return out if outside >= wanted else list(args)


def area_option(command: F) -> F:
    """`--area`: which part of the source."""
    return click.option(
        "--area",
        "area",
        multiple=True,
        metavar="CODE|NAME",
        help="The place: a district, upper tier, sub-ICB or ICB by code or exact name, or LSOA codes. May be repeated.",
    )(command)


def source_option(command: F) -> F:
    """`--source`: the files a plan is looked at with."""
    return click.option(
        "--source", required=True, metavar="SOURCE", help="The folder of official files, or the word demo."
    )(command)


def source_argument(command: F) -> F:
    """The SOURCE of `propose` and `describe`."""
    return click.argument("source", metavar="SOURCE")(command)


def criteria_options(command: F) -> F:
    """Every flag that says what is asked for. None of them has a default here, so that a file can give it."""
    options = [
        click.option("--target", type=int, metavar="N", help="People a neighbourhood should have. [default: 50000]"),
        click.option("--min", "minimum", type=int, metavar="N", help="Fewest people allowed. [default: 30000]"),
        click.option("--max", "maximum", type=int, metavar="N", help="Most people allowed. [default: 60000]"),
        click.option(
            "--within",
            multiple=True,
            metavar="LEVEL",
            help="No neighbourhood crosses a line of this level: district, upper-tier, none, or a loaded layer. "
            "[default: district]",
        ),
        click.option(
            "--penalise",
            multiple=True,
            metavar="LEVEL",
            help="Lines of this level may be crossed, at a price of 5 km for each person. May be repeated.",
        ),
        click.option(
            "--keep-whole",
            "keep_whole",
            multiple=True,
            metavar="LEVEL",
            help="Keep every ward, msoa or group of a loaded layer in one neighbourhood.",
        ),
        click.option(
            "--neighbourhoods",
            multiple=True,
            metavar="K|DISTRICT=K",
            help="How many: K for the whole place, or DISTRICT=K (code or name) for each that you fix; the others get "
            "the feasible number nearest to people over target. May be repeated.",
        ),
        click.option(
            "--count",
            metavar="residents|registered|lists|year:YYYY",
            help="Whom the range counts: residents; registered patients living here; lists of practices sited here, "
            "wherever their patients live; or people in a later year, as year:2031, with the table of growth. "
            "[default: residents]",
        ),
        click.option(
            "--small-districts",
            "small_districts",
            type=click.Choice(["join", "alone"]),
            help="A district too small for one neighbourhood: join it to a neighbour, or leave it alone and say so. "
            "[default: join]",
        ),
        click.option(
            "--join",
            "joins",
            multiple=True,
            metavar="A=B",
            help="Join small district A to district B (code or name), whatever we would choose. May be repeated.",
        ),
        click.option(
            "--weight",
            "weights",
            multiple=True,
            metavar="NAME=W",
            help="What one person's trouble is worth in km of travel: travel=1, deviation=0.5 (from the target), "
            "mismatch=5 (across a penalised line), community=2, ties=0 (a neighbour who shares practices, across a "
            "border between neighbourhoods: try 1), practice=0 (a patient whose practice is sited in another "
            "neighbourhood: try 5, with an allowance of 5 or more), need=0 (a resident of the most deprived fifth of "
            "England above or below the place's own share: try 5, with the same); and in person-km for each km: "
            "border=0 (of such a border: try 500), barrier=0 (of a river, motorway or railway inside a neighbourhood, "
            "times its strength: try 2000). May be repeated.",
        ),
        click.option(
            "--community",
            metavar="LEVEL",
            help="The communities that people should stay together with: msoa, ward, a loaded layer, or communities "
            "(of care: LSOAs on the same lists, worked out of the patients by practice). [default: msoa]",
        ),
        click.option(
            "--allowance",
            "community_allowance",
            type=click.FloatRange(0, 100),
            metavar="PERCENT",
            help="How much of the best travel and size may be given up for community, border, ties, practice, "
            "barrier and need together. "
            "[default: 1]",
        ),
        click.option(
            "--criteria",
            "criteria_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            help="A criteria file (JSON, footprints-criteria/1). Flags given beside it come before what it says.",
        ),
        click.option(
            "--lock",
            "lock_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            help="What is decided already: a CSV with the columns LSOA21CD, neighbourhood_code (LSOAs fixed), or with "
            "LSOA21CD, rule, group where the rule is fixed, frozen, together or apart; or JSON.",
        ),
        click.option(
            "--accept-links",
            "accept_links",
            is_flag=True,
            default=None,
            help="Use the links proposed for islands and cut-off pieces; those used are written to links.csv.",
        ),
        click.option(
            "--seconds", type=int, metavar="S", help="How much work to spend, in seconds, roughly. [default: 60]"
        ),
        click.option("--seed", type=int, metavar="N", help="The same seed gives the same plan. [default: 0]"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def asked(flags: Mapping[str, Any], known: Criteria | None = None) -> tuple[Criteria, tuple[str, ...]]:
    """Criteria of the file and the flags beside it (names not yet resolved), and the flags that were given.

    A flag comes before the file, and the file before `known`. Raises CriteriaError, DataError or click.UsageError.
    """
    file, locks = flags["criteria_file"], flags["lock_file"]
    base = read_criteria(file) if file is not None else known or Criteria()
    named = {key: flags[key] for key in FLAGS if key in flags}
    given: dict[str, Any] = {key: value for key, value in named.items() if value not in (None, ())}
    if "neighbourhoods" in given:
        given["neighbourhoods"] = _neighbourhoods(given["neighbourhoods"])
    if "joins" in given:
        given["joins"] = tuple(_pair(text) for text in given["joins"])
    if "within" in given:
        given["within"] = tuple(level for level in given["within"] if level.casefold() != "none")
    if "weights" in given:
        given["weights"] = dataclasses.replace(base.weights, **dict(_weight(text) for text in given["weights"]))
    if "community_allowance" in given:
        given["community_allowance"] = given["community_allowance"] / 100
    if locks is not None:
        given["locks"] = read_locks(locks)
    names = [*(["--criteria"] if file is not None else []), *(f"--{FLAGS[key]}" for key in given)]
    return dataclasses.replace(base, **given), tuple(names)


def _neighbourhoods(values: Sequence[str]) -> int | tuple[tuple[str, int], ...]:
    pairs = []
    for value in values:
        name, equals, amount = value.rpartition("=")
        if not amount.strip().isdecimal():
            raise click.UsageError(f"--neighbourhoods {value}: write a number, or DISTRICT=NUMBER.")
        if not equals and len(values) > 1:
            raise click.UsageError("--neighbourhoods: give one number for the whole place, or DISTRICT=NUMBER each.")
        if not equals:
            return int(amount)
        pairs.append((name.strip(), int(amount)))
    return tuple(pairs)


def _weight(text: str) -> tuple[str, float]:
    name, _, amount = (part.strip() for part in text.partition("="))
    known = [f.name for f in dataclasses.fields(Weights)]
    try:
        number = float(amount)
    except ValueError:
        raise click.UsageError(f"--weight {text}: write NAME=NUMBER, such as border=500.") from None
    if name not in known:
        raise click.UsageError(f"--weight {text}: the weights are {', '.join(known)}.")
    return name, number


def _pair(text: str) -> tuple[str, str]:
    a, equals, b = text.partition("=")
    if not equals or not a.strip() or not b.strip():
        raise click.UsageError(f"--join {text}: write DISTRICT=DISTRICT.")
    return a.strip(), b.strip()
