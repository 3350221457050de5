"""``what-if``: the plan as things are beside the plan with one fact changed."""

from __future__ import annotations

from dispatch.commands.command import Command
from dispatch.what_if_command import add_to, run

COMMAND = Command("what-if", "compare the plan with what it would be", add_to, run)
