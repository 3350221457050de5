"""The built-in provider: texts stay in the outbox, and the page `/phones` shows each phone."""

from app.sms.provider import Inbound, Message, Receipt, Sent, SentState, WebhookRequest


class ConsoleProvider:
    """Accepts every text at once. What it has accepted is what the outbox says it has."""

    name = "console"

    def send(self, message: Message) -> Sent:
        """Accept; the outbox id makes a repeat the same text."""
        return Sent(SentState.SENT, provider_id=f"console-{message.outbox_id}")

    def look_up(self, message: Message) -> Sent | None:
        """Nothing is kept here, and accepting again does no harm."""
        return None

    def verify(self, request: WebhookRequest) -> bool:
        """No webhook ever comes from here."""
        return False

    def parse_inbound(self, request: WebhookRequest) -> Inbound:
        """No webhook ever comes from here."""
        raise ValueError("the console provider has no webhooks")

    def parse_receipt(self, request: WebhookRequest) -> Receipt:
        """No webhook ever comes from here."""
        raise ValueError("the console provider has no webhooks")

    def health(self) -> bool:
        """Always."""
        return True
