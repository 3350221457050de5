"""What services return, as the API writes it."""

from flask import Response, url_for
from pydantic import BaseModel

from app.api.schemas import (
    AssignmentOut,
    CallOut,
    MessageOut,
    MessagePage,
    Person,
    Reason,
    Standing,
    TicketOut,
)
from app.api.tokens import api_viewer
from app.context import settings
from app.services.texts.messages import TextData, TextPage
from app.services.tickets.ticket_data import AssignmentData, CallData, PersonData, TicketData
from models.account import Role


def answer(model: BaseModel, status: int = 200) -> Response:
    """The model as a JSON response."""
    return Response(model.model_dump_json(), status=status, content_type="application/json")


def standing(ticket: TicketData) -> Standing:
    """The part of a ticket that filing it answers with."""
    return Standing(
        number=ticket.number,
        code=ticket.code,
        status=ticket.status,
        version=ticket.version,
        target_at=ticket.target_at,
        assignment=_assignment(ticket.assignment) if ticket.assignment else None,
        call=_call(ticket.call) if ticket.call else None,
    )


def ticket_out(ticket: TicketData) -> TicketOut:
    """The whole ticket."""
    return TicketOut(
        number=ticket.number,
        code=ticket.code,
        status=ticket.status,
        version=ticket.version,
        target_at=ticket.target_at,
        assignment=_assignment(ticket.assignment) if ticket.assignment else None,
        call=_call(ticket.call) if ticket.call else None,
        commune=ticket.commune_code,
        category=ticket.category_code,
        title=ticket.title,
        description=ticket.description,
        priority=ticket.priority,
        citizens_waiting=ticket.citizens_waiting,
        created_at=ticket.created_at,
    )


def message_page(page: TextPage) -> MessagePage:
    """A page of texts."""
    return MessagePage(items=[_message(text) for text in page.items], next=page.next)


def _message(text: TextData) -> MessageOut:
    return MessageOut(
        id=text.id,
        direction="in" if text.is_inbound else "out",
        phone=text.phone,
        body=text.body,
        ticket=text.ticket_number,
        state=text.state,
        at=text.at,
    )


def _assignment(assignment: AssignmentData) -> AssignmentOut:
    return AssignmentOut(
        technician=_person(assignment.technician),
        members=[_person(member) for member in assignment.members],
        team=assignment.team,
        arrives_at=assignment.arrives_at,
        reasons=[Reason(code=reason.code, text=reason.text) for reason in assignment.reasons],
    )


def _call(call: CallData) -> CallOut:
    path = url_for("calls.show", call_id=call.id)
    return CallOut(
        starts_at=call.starts_at,
        technician=_person(call.host),
        url=settings().public_url.rstrip("/") + path,
    )


def _person(person: PersonData) -> Person:
    is_shown = api_viewer().role is not Role.AUDITOR
    return Person(
        username=person.username, name=person.name, phone=person.phone if is_shown else None
    )
