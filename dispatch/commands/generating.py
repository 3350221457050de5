"""``generate``: a working day out of a seed."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from dispatch.commands.command import Command, Exit
from dispatch.commands.files import write_json
from dispatch.country.generate import CountrySize, country
from dispatch.generate import Size, province


def _add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, help="where the file goes; else standard output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tickets", type=int, help="known in the morning (120; country 4000)")
    parser.add_argument("--technicians", type=int, help="people (40; country 1400)")
    parser.add_argument("--skills", type=int, default=8, help="different skills in a province")
    parser.add_argument("--crews", action="store_true", help="crews may be formed")
    parser.add_argument("--ferries", action="store_true", help="an island and its boats")
    parser.add_argument("--arriving", type=int, default=0, help="tickets that come by day")
    parser.add_argument("--absent", type=int, default=0, help="people who drop out")
    parser.add_argument("--closed", type=int, default=0, help="times that roads shut")
    parser.add_argument("--longer", type=int, default=0, help="visits that take longer")
    parser.add_argument(
        "--country",
        action="store_true",
        help="34 provinces, 3,321 communes, 70 teams; fewer tickets make a smaller country",
    )


def _run(options: argparse.Namespace) -> int:
    if options.country:
        tickets = CountrySize().tickets if options.tickets is None else options.tickets
        size = CountrySize.with_tickets(tickets)
        if options.technicians is not None:
            size = replace(size, technicians=options.technicians)
        write_json(country(options.seed, size), options.out)
        return Exit.OK
    day = Size(
        tickets=Size().tickets if options.tickets is None else options.tickets,
        technicians=Size().technicians if options.technicians is None else options.technicians,
        skills=options.skills,
        crews=options.crews,
        ferries=options.ferries,
        arriving=options.arriving,
        absent=options.absent,
        closed=options.closed,
        longer=options.longer,
    )
    write_json(province(options.seed, day), options.out)
    return Exit.OK


COMMAND = Command("generate", "make a working day out of a seed", _add_to, _run)
