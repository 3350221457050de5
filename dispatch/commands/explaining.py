"""``explain``: why one visit of a plan is where it is, in words."""

from __future__ import annotations

import argparse
from pathlib import Path

from dispatch.commands.command import Command, Exit
from dispatch.commands.files import read_plan, read_problem, write_json
from dispatch.files.fields import Json
from dispatch.phrases import PHRASES, Language, Phrases
from dispatch.plan import Code
from dispatch.problem import Problem, Visit
from dispatch.why import Answer, Option, Standing, why

DAY_S = 86_400


def _add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("instance", type=Path)
    parser.add_argument("plan", type=Path)
    parser.add_argument("visit", type=int, help="the visit's id")
    parser.add_argument("--language", choices=[*Language], default=Language.EN.value)
    parser.add_argument("--json", action="store_true", help="codes and numbers instead of words")


def _run(options: argparse.Namespace) -> int:
    problem = read_problem(options.instance)
    plan = read_plan(options.plan, problem)
    if not problem.knows_visit(options.visit):
        raise ValueError(f"{options.instance}: visits: none has the id {options.visit}")
    answer = why(problem, plan, options.visit)
    if options.json:
        write_json(_to_json(answer), None)
    else:
        print("\n".join(sentences(problem, answer, Language(options.language))))
    return Exit.OK


def sentences(problem: Problem, answer: Answer, language: Language) -> list[str]:
    """The answer in words, a line for each fact."""
    words, visit = PHRASES[language], problem.visit(answer.visit)
    lines = [_headline(answer, words), _visit_line(visit, words)]
    needs = [words.level_of.format(skill=k, level=v) for k, v in visit.skills.items()]
    lines += [words.needs.format(skills=", ".join(needs))] if needs else []
    lines += [f"- {_option_line(option, words)}" for option in answer.options]
    if answer.swap is not None:
        swap = answer.swap
        lines.append(words.swap.format(out=swap.out, technician=swap.technician))
    return lines


def _headline(answer: Answer, words: Phrases) -> str:
    if answer.verdict is not None:
        verdict = words.verdicts[answer.verdict]
        return words.unassigned.format(visit=answer.visit, verdict=verdict)
    phrase = words.committed if answer.standing is Standing.COMMITTED else words.assigned
    people = _people(answer.technicians, words)
    return phrase.format(visit=answer.visit, people=people, start=clock(answer.start_s or 0))


def _visit_line(visit: Visit, words: Phrases) -> str:
    windows = ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in visit.windows_s)
    return words.visit.format(
        priority=visit.priority,
        value=visit.value,
        minutes=_minutes(visit.duration_s),
        windows=windows,
    )


def _option_line(option: Option, words: Phrases) -> str:
    lacking = [name for name, level in option.levels.items() if level == 0] or option.levels
    phrase = words.codes[option.code]
    parts = [phrase.format(visit=option.visit, skills=", ".join(lacking))]
    if option.added_s is not None and option.arrives_s is not None:
        km = _tenths((option.added_m or 0) / 1000, words)
        parts.append(words.adds.format(minutes=_minutes(option.added_s), km=km))
        parts.append(words.arrives.format(at=clock(option.arrives_s)))
    if option.code is not Code.SKILL and option.levels:
        levels = ", ".join(
            words.level_of.format(skill=name, level=level) for name, level in option.levels.items()
        )
        parts.append(levels)
    parts.append(words.load.format(hours=_tenths(option.busy_s / 3600, words)))
    return f"{_people(option.technicians, words)}: {'; '.join(parts)}."


def _people(technicians: tuple[int, ...], words: Phrases) -> str:
    if len(technicians) == 1:
        return words.person.format(id=technicians[0])
    return words.crew.format(ids=", ".join(map(str, technicians)))


def _tenths(number: float, words: Phrases) -> str:
    return f"{number:.1f}".replace(".", words.decimal)


def _minutes(seconds: int) -> int:
    return round(seconds / 60)


def clock(moment_s: int) -> str:
    """A moment as hours and minutes; of a later day with the days before it, ``+1 07:30``."""
    days, rest = divmod(moment_s, DAY_S)
    text = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}"
    return f"+{days} {text}" if days else text


def _to_json(answer: Answer) -> Json:
    found: dict[str, Json] = {"visit": answer.visit, "state": answer.standing.value}
    if answer.start_s is not None:
        found |= {"technicians": list(answer.technicians), "start_s": answer.start_s}
    if answer.verdict is not None:
        found["verdict"] = answer.verdict.value
    found["options"] = [_option_to_json(option) for option in answer.options]
    if answer.swap is not None:
        found["swap"] = {"out": answer.swap.out, "technician": answer.swap.technician}
    return found


def _option_to_json(option: Option) -> Json:
    values: dict[str, Json] = {
        "technicians": list(option.technicians),
        "code": option.code.value,
        "levels": option.levels,
        "busy_s": option.busy_s,
        "added_s": option.added_s,
        "added_m": option.added_m,
        "arrives_s": option.arrives_s,
        "start_s": option.start_s,
        "visit": option.visit,
    }
    return {name: value for name, value in values.items() if value is not None}


COMMAND = Command("explain", "say why one visit of a plan is where it is", _add_to, _run)
