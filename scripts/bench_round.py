"""The requests of the bench: who sends them, and what they look like."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from urllib.parse import quote

from models.account import Role
from scripts.bench_data import Account
from scripts.bench_measure import Answer, Call, Client, Measured, form_fields, measure

PAGE = 25
DEEP_PAGE = 600
WARM_UP = 30
# Filed and withdrawn again in between, so that about as many stay open all the time.
BATCH = 20
WITH_MARKS = ("chữ ký số", "máy in kẹt giấy", "dữ liệu dân cư", "Trà Bồng")
WITHOUT_MARKS = ("chu ky so", "may in ket giay", "du lieu dan cu", "chuwx kys soos")
# What is filed in turn: by the form's button and kind, and by the API's code.
FILED = (
    ("signature", "signature-unlock"),
    ("documents", "documents"),
    ("network", "network"),
    ("computers", "hardware"),
    ("procedures", "one-stop"),
)
DESCRIPTION = "Người dân đang chờ ở quầy, đã khởi động lại máy nhưng không được."


class Round:
    """One client for each role on a running server, and the requests that they send."""

    def __init__(
        self, port: int, accounts: Sequence[Account], password: str, workers: Sequence[int]
    ) -> None:
        self._workers = workers
        self._port = port
        self._password = password
        clerks = [row for row in accounts if row.role is Role.COMMUNE]
        desk = next(row for row in accounts if row.role is Role.DISPATCHER)
        lead = next(row for row in accounts if row.role is Role.LEAD)
        # Two of each: gunicorn keeps a lasting connection in one process.
        self._desks = [self._logged_in(desk) for _ in range(2)]
        self._leads = [self._logged_in(lead) for _ in range(2)]
        self._clerks = [self._logged_in(row) for row in clerks[:6]]
        self._programs = [(Client(port, token=row.token), str(row.commune)) for row in clerks[6:12]]
        self._desk_program = Client(port, token=desk.token)
        self._forms = [form_fields(self._get(one, "/tickets/new").text) for one in self._clerks]

    def everything(self, requests: int) -> Iterator[Measured]:
        """Each kind of request, measured after a warm-up."""
        newest = self._numbers("")[0]
        deep = newest - DEEP_PAGE * PAGE
        yield from self._filing(requests)
        for name, paths in (
            ("list", ["/tickets"]),
            (f"list, page {DEEP_PAGE}", [f"/tickets?after={deep}"]),
            ("ticket", [f"/tickets/{newest - step}" for step in range(0, 5000, 37)]),
            ("search with diacritics", [f"/tickets?q={quote(word)}" for word in WITH_MARKS]),
            ("search without", [f"/tickets?q={quote(word)}" for word in WITHOUT_MARKS]),
        ):
            yield self._pages(name, self._desks, paths, requests)
        yield self._pages("board", self._leads, ["/board"], requests)
        for name, paths in (
            ("API list", ["/api/v1/tickets"]),
            (f"API list, page {DEEP_PAGE}", [f"/api/v1/tickets?after={deep}"]),
            ("API ticket", [f"/api/v1/tickets/{newest - step}" for step in range(0, 5000, 37)]),
            ("API search", [f"/api/v1/tickets?q={quote(word)}" for word in WITHOUT_MARKS]),
        ):
            yield self._pages(name, [self._desk_program], paths, requests)

    def _pages(
        self, name: str, clients: Sequence[Client], paths: Sequence[str], requests: int
    ) -> Measured:
        turns = cycle(paths)

        def send(index: int) -> Answer:
            return clients[index % len(clients)].send(Call(next(turns)))

        return self._after_warm_up(name, send, requests=requests)

    def _filing(self, requests: int) -> Iterator[Measured]:
        yield self._after_warm_up(
            "submit, form", self._send_form, requests=requests, status=303, withdraw=True
        )
        yield self._after_warm_up(
            "submit, API", self._send_json, requests=requests, status=201, withdraw=True
        )

    def _after_warm_up(
        self,
        name: str,
        send: Callable[[int], Answer],
        *,
        requests: int,
        status: int = 200,
        withdraw: bool = False,
    ) -> Measured:
        after_batch = self._withdraw if withdraw else None
        measure(
            name,
            send,
            requests=WARM_UP,
            workers=self._workers,
            status=status,
            batch=BATCH if withdraw else None,
            after_batch=after_batch,
        )
        return measure(
            name,
            send,
            requests=requests,
            workers=self._workers,
            status=status,
            batch=BATCH if withdraw else None,
            after_batch=after_batch,
        )

    def _send_form(self, index: int) -> Answer:
        turn = index % len(self._clerks)
        group, code = FILED[index % len(FILED)]
        fields = {
            **self._forms[turn],
            "key": str(uuid.uuid4()),
            "group": group,
            f"kind-{group}": code,
            "description": DESCRIPTION,
        }
        return self._clerks[turn].send(Call("/tickets/new", form=fields))

    def _send_json(self, index: int) -> Answer:
        program, commune = self._programs[index % len(self._programs)]
        body = {
            "key": str(uuid.uuid4()),
            "commune": commune,
            "category": FILED[index % len(FILED)][1],
            "title": "Không làm được hồ sơ ở quầy",
            "description": DESCRIPTION,
            "citizens_waiting": 0,
        }
        return program.send(Call("/api/v1/tickets", json=json.dumps(body).encode()))

    def _withdraw(self, answers: Sequence[Answer]) -> None:
        for number in self._numbers("")[: len(answers)]:
            path = f"/api/v1/tickets/{number}"
            ticket = json.loads(self._desk_program.send(Call(path)).text)
            body = {"action": "cancel", "version": ticket["version"], "reason": "bench"}
            answer = self._desk_program.send(
                Call(f"{path}/actions", json=json.dumps(body).encode())
            )
            if answer.status != 200:
                raise RuntimeError(f"withdrawing {number}: {answer.status} {answer.text[:300]}")

    def _numbers(self, after: str) -> list[int]:
        """Numbers of the newest tickets."""
        answer = self._desk_program.send(Call(f"/api/v1/tickets?after={after}"))
        return [int(row["number"]) for row in json.loads(answer.text)["items"]]

    def _logged_in(self, account: Account) -> Client:
        client = Client(self._port)
        fields = form_fields(self._get(client, "/log-in").text)
        fields |= {"username": account.username, "password": self._password}
        answer = client.send(Call("/log-in", form=fields))
        if answer.status not in (302, 303):
            raise RuntimeError(f"logging in {account.username}: {answer.status}")
        return client

    def _get(self, client: Client, path: str) -> Answer:
        answer = client.send(Call(path))
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.text[:300]}")
        return answer
