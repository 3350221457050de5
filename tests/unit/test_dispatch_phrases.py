"""The words of explanations: every code in every language."""

from __future__ import annotations

from dataclasses import fields
from string import Formatter

import pytest

from dispatch.phrases import PHRASES, Language, Phrases
from dispatch.plan import Code, Verdict


@pytest.mark.parametrize("language", list(Language))
def test_every_code_and_verdict_has_words(language: Language) -> None:
    words = PHRASES[language]

    assert set(words.codes) == set(Code)
    assert set(words.verdicts) == set(Verdict)
    assert all(words.codes.values())
    assert all(words.verdicts.values())


def test_languages_ask_for_the_same_values() -> None:
    vi, en = (placeholders(PHRASES[language]) for language in (Language.VI, Language.EN))

    assert vi == en


def placeholders(words: Phrases) -> dict[str, set[str]]:
    """The names in braces of each text."""
    texts = {f.name: getattr(words, f.name) for f in fields(words)}
    texts |= {code.value: text for code, text in texts.pop("codes").items()}
    texts |= {verdict.value: text for verdict, text in texts.pop("verdicts").items()}
    return {
        name: {field for _, field, _, _ in Formatter().parse(text) if field}
        for name, text in texts.items()
    }
