"""The form of a new ticket: what was typed, kept as it was until it can be filed."""

import uuid
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from app.services.tickets.form_choices import CategoryChoice, GroupChoice
from app.services.tickets.intake import TicketDraft
from models.account import Role, Viewer
from models.ticket import Channel


@dataclass
class FilingForm:
    """Everything of the form as text, to be shown again as it was typed."""

    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(cls, *, phone: str | None) -> "FilingForm":
        """An empty form with a key of its own and what the system already knows."""
        return cls({"key": str(uuid.uuid4()), "contact_phone": phone or ""})

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "FilingForm":
        """The form as it was sent."""
        return cls({name: value.strip() for name, value in posted.items() if name != "csrf_token"})

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def key(self) -> str:
        """The form's own key, by which a repeat is known."""
        return self["key"]

    def renew_key(self) -> None:
        """Make this another form with the same content."""
        self.values["key"] = str(uuid.uuid4())

    def group(self, groups: list[GroupChoice]) -> GroupChoice | None:
        """The big button that was pressed."""
        return next((one for one in groups if one.group.value == self["group"]), None)

    def category(self, groups: list[GroupChoice]) -> CategoryChoice | None:
        """The category that was chosen, where the choice is complete."""
        group = self.group(groups)
        if group is None:
            return None
        if len(group.categories) == 1:
            return group.categories[0]
        wanted = self[f"kind-{group.group.value}"]
        return next((one for one in group.categories if one.code == wanted), None)

    def draft(self, groups: list[GroupChoice], viewer: Viewer) -> TicketDraft:
        """What intake is asked to file; it says itself what is wrong with it."""
        category = self.category(groups)
        extra = {one.key: self[one.name] for one in category.extra_fields} if category else {}
        is_own = viewer.role is Role.COMMUNE
        return TicketDraft(
            key=self.key,
            commune_code=(viewer.commune_code or "") if is_own else self["commune"],
            category_code=category.code if category else "",
            description=self["description"],
            citizens_waiting=self._citizens(),
            extra={key: value for key, value in extra.items() if value},
            village=self["village"],
            contact_phone=self["contact_phone"],
            channel=Channel.WEB if is_own else Channel.ON_BEHALF,
        )

    def _citizens(self) -> int:
        """How many wait; -1, which intake refuses with words, for what is no number."""
        if not self["is_waiting"]:
            return 0
        typed = self["citizens_waiting"] or "1"
        return int(typed) if typed.isdecimal() and len(typed) < 6 else -1
