"""The requests of the bench: who sends them, and what they look like."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from urllib.parse import quote

from models.account import Role
from models.ticket import FIRST_NUMBER
from scripts.bench_data import Account
from scripts.bench_measure import Answer, Call, Client, Measured, form_fields, measure

API = "/api/v1"
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

    def everything(self, requests: int) -> list[Callable[[], Measured]]:
        """Each kind of request, to be measured one by one after a warm-up."""
        newest = self._numbers("")[0]
        # A smaller database has fewer pages: its last one then.
        deep = max(newest - DEEP_PAGE * PAGE, FIRST_NUMBER + PAGE)
        numbers = [newest - step for step in range(0, min(5000, newest - FIRST_NUMBER), 37)]
        with_marks = [f"q={quote(word)}" for word in WITH_MARKS]
        without = [f"q={quote(word)}" for word in WITHOUT_MARKS]
        pages = [
            ("list", self._desks, ["/tickets"]),
            (f"list, page {DEEP_PAGE}", self._desks, [f"/tickets?after={deep}"]),
            ("ticket", self._desks, [f"/tickets/{number}" for number in numbers]),
            ("search with diacritics", self._desks, [f"/tickets?{word}" for word in with_marks]),
            ("search without", self._desks, [f"/tickets?{word}" for word in without]),
            ("board", self._leads, ["/board"]),
            ("API list", [self._desk_program], [f"{API}/tickets"]),
            (f"API list, page {DEEP_PAGE}", [self._desk_program], [f"{API}/tickets?after={deep}"]),
            ("API ticket", [self._desk_program], [f"{API}/tickets/{one}" for one in numbers]),
            ("API search", [self._desk_program], [f"{API}/tickets?{word}" for word in without]),
            ("API plan", [self._desk_program], [f"{API}/plan"]),
        ]
        return [
            partial(self._filing, "submit, form", self._send_form, requests, status=303),
            partial(self._filing, "submit, API", self._send_json, requests, status=201),
            *(partial(self._pages, *page, requests) for page in pages),
        ]

    def _pages(
        self, name: str, clients: Sequence[Client], paths: Sequence[str], requests: int
    ) -> Measured:
        turns = cycle(paths)

        def send(index: int) -> Answer:
            return clients[index % len(clients)].send(Call(next(turns)))

        measure(name, send, requests=WARM_UP, workers=self._workers)
        return measure(name, send, requests=requests, workers=self._workers)

    def _filing(
        self, name: str, send: Callable[[int], Answer], requests: int, *, status: int
    ) -> Measured:
        """Measure a way of filing; what was filed is withdrawn before the next batch."""
        for count in (WARM_UP, requests):
            measured = measure(
                name,
                send,
                requests=count,
                workers=self._workers,
                status=status,
                batch=BATCH,
                after_batch=self._withdraw,
            )
        return measured

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
        return program.send(Call(f"{API}/tickets", json=json.dumps(body).encode()))

    def _withdraw(self, answers: Sequence[Answer]) -> None:
        for number in self._numbers("")[: len(answers)]:
            path = f"{API}/tickets/{number}"
            ticket = json.loads(self._desk_program.send(Call(path)).text)
            body = {"action": "cancel", "version": ticket["version"], "reason": "bench"}
            answer = self._desk_program.send(
                Call(f"{path}/actions", json=json.dumps(body).encode())
            )
            if answer.status != 200:
                raise RuntimeError(f"withdrawing {number}: {answer.status} {answer.text[:300]}")

    def _numbers(self, after: str) -> list[int]:
        """Numbers of the newest tickets."""
        answer = self._desk_program.send(Call(f"{API}/tickets?after={after}"))
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
