"""Why a service said no, in a form that each door can turn into its own answer."""

from models.ticket import Ticket


class NotAllowedError(PermissionError):
    """This role may not do that."""


class StaleVersionError(RuntimeError):
    """Somebody changed the ticket since this person looked; carries it as it is now."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(f"ticket {ticket.number} is at version {ticket.version} by now")
        self.ticket = ticket


class ActionRefused(ValueError):
    """Something is missing or wrong in what was sent: which field, and what to do, in words."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
