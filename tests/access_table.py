"""Who may take which route: what the matrix test expects of every one of them.

A row is ``METHOD route | stranger | own | foreign``. *own* and *foreign* have one mark for each
role, in the order of ROLES: for something of theirs (their commune's, assigned to them, their
team's), and for something of the other commune, technician and team. To dispatchers, administrators
and auditors nothing is foreign: all tickets are theirs to read.

    +  let in; what follows is the life's or the form's matter (2xx, 3xx, 409, 410, 422)
    -  the role may not do this at all (403)
    0  there is no such thing for them (404)
    L  has to log in first (401, or the log-in page)
"""

from dataclasses import dataclass

from models.account import Role

ROLES = (Role.COMMUNE, Role.TECHNICIAN, Role.LEAD, Role.DISPATCHER, Role.ADMIN, Role.AUDITOR)

TABLE = """
GET  /                                          | L | ++++++ | ++++++
GET  /home/live                                 | L | ++---- | ++----
GET  /tickets                                   | L | ++++++ | ++++++
GET  /tickets/new                               | L | ++++-- | ++++--
POST /tickets/new                               | L | ++++-- | ++++--
GET  /tickets/<int:number>                      | L | ++++++ | 000+++
GET  /tickets/<int:number>/live                 | L | ++++++ | 000+++
POST /tickets/<int:number>/actions              | L | ++++-- | 000+--
POST /tickets/<int:number>/comments             | L | ++++-- | 000+--
POST /tickets/<int:number>/call                 | L | +----- | 0-----
POST /tickets/<int:number>/files                | L | ++++-- | 000+--
GET  /tickets/<int:number>/files/<int:file_id>  | L | ++++++ | 000+++
GET  /board                                     | L | --++++ | --++++
GET  /board/tickets.json                        | L | --++++ | --++++
GET  /board/tickets/<int:number>                | L | --++++ | --0+++
POST /board/tickets/<int:number>/assign         | L | --++-- | --0+--
POST /board/tickets/<int:number>/act            | L | --++-- | --0+--
POST /board/tickets/<int:number>/call           | L | --++-- | --0+--
POST /board/tickets/<int:number>/swap           | L | --++-- | --0+--
POST /board/tickets/<int:number>/needs          | L | --++-- | --0+--
POST /board/tickets/<int:number>/late           | L | --++-- | --0+--
POST /tickets/<int:number>/late                 | L | -+---- | -0----
GET  /board/people                              | L | --++++ | --++++
POST /board/people/<int:technician_id>/absence  | L | --+-+- | --0-+-
POST /board/people/<int:technician_id>/back     | L | --+-+- | --0-+-
POST /board/people/teams/<int:team_id>/crews    | L | --+-+- | --0-+-
POST /board/replan                              | L | --++-- | --++--
GET  /board/replan/<int:run_id>.json            | L | --++-- | --++--
GET  /what-if                                   | L | --++-- | --++--
POST /what-if                                   | L | --++-- | --++--
GET  /what-if/<int:question_id>                 | L | --++-- | --0+--
GET  /what-if/<int:question_id>/live            | L | --++-- | --0+--
GET  /reports                                   | L | --++++ | --++++
POST /reports                                   | L | --+++- | --+++-
GET  /reports/<int:report_id>                   | L | --++++ | --++++
GET  /reports/<int:report_id>/live              | L | --++++ | --++++
POST /reports/<int:report_id>/cancel            | L | --+++- | ---++-
GET  /roads                                     | L | -+++++ | -+++++
POST /roads                                     | L | -+++-- | -+++--
GET  /roads/board.json                          | L | --++++ | --++++
POST /roads/<int:closure_id>/lift               | L | --++-- | --++--
POST /roads/boats                               | L | --+++- | --+++-
POST /roads/boats/<int:pause_id>/resume         | L | --+++- | --+++-
GET  /admin/roads                               | L | ----++ | ----++
POST /admin/roads/speeds                        | L | ----+- | ----+-
GET  /admin/roads/ferry                         | L | ----++ | ----++
POST /admin/roads/ferry                         | L | ----+- | ----+-
GET  /admin/roads/hours                         | L | ----++ | ----++
POST /admin/roads/hours                         | L | ----+- | ----+-
POST /admin/roads/hours/<int:window_id>/remove  | L | ----+- | ----+-
GET  /admin/roads/bases                         | L | ----++ | ----++
POST /admin/roads/bases/<int:team_id>           | L | ----+- | ----+-
POST /admin/roads/homes                         | L | ----+- | ----+-
GET  /admin/roads/factors                       | L | ----++ | ----++
POST /admin/roads/factors                       | L | ----+- | ----+-
POST /admin/roads/factors/<int:factor_id>/undo  | L | ----+- | ----+-
GET  /admin/roads/history                       | L | ----++ | ----++
GET  /stream                                    | L | ++++++ | 000+++
GET  /calls/<int:call_id>                       | L | ++++00 | 000+00
POST /calls/<int:call_id>/join                  | L | +++000 | 000000
POST /calls/<int:call_id>/signals               | L | +++000 | 000000
GET  /calls/<int:call_id>/stream                | L | ++++00 | 000+00
POST /calls/<int:call_id>/end                   | L | 0++000 | 000000
GET  /phones                                    | L | ++++++ | ++++++
GET  /phones/<number>                           | L | ++++++ | ++++++
GET  /phones/<number>/live                      | L | ++++++ | ++++++
POST /phones/<number>                           | L | ++++++ | ++++++
POST /phones/<number>/open/<int:text_id>        | L | 000000 | 000000
GET  /api/v1/tickets                            | L | ++++++ | ++++++
POST /api/v1/tickets                            | L | ++++-- | 0+++--
GET  /api/v1/tickets/<int:number>               | L | ++++++ | 000+++
POST /api/v1/tickets/<int:number>/actions       | L | ++++-- | 000+--
GET  /api/v1/plan                               | L | ++++++ | ++++++
GET  /api/v1/closures                           | L | -+++++ | -+++++
POST /api/v1/closures                           | L | -+++-- | -+++--
POST /api/v1/closures/<int:closure_id>/lift     | L | --++-- | --++--
GET  /api/v1/messages                           | L | ++++++ | 00++++
POST /api/v1/demo/sms                           | L | ++++++ | ++++++
GET  /api/v1/openapi.json                       | + | ++++++ | ++++++
GET  /healthz                                   | + | ++++++ | ++++++
GET  /readyz                                    | + | ++++++ | ++++++
GET  /log-in                                    | + | ++++++ | ++++++
POST /log-in                                    | + | ++++++ | ++++++
GET  /log-in/code                               | + | ++++++ | ++++++
POST /log-in/code                               | + | ++++++ | ++++++
GET  /log-in/set-up                             | + | ++++++ | ++++++
POST /log-in/set-up                             | + | ++++++ | ++++++
GET  /second-factor                             | L | --+--- | --+---
POST /second-factor                             | L | --+--- | --+---
POST /log-out                                   | + | ++++++ | ++++++
POST /language                                  | + | ++++++ | ++++++
GET  /c/<token>                                 | 0 | 000000 | 000000
POST /c/<token>                                 | 0 | 000000 | 000000
GET  /t/<token>                                 | 0 | 000000 | 000000
POST /hooks/twilio/sms                          | 0 | 000000 | 000000
POST /hooks/twilio/status                       | 0 | 000000 | 000000
GET  /static/<path:filename>                    | + | ++++++ | ++++++
"""


@dataclass(frozen=True)
class Row:
    """One route and its marks."""

    method: str
    route: str
    stranger: str
    own: dict[Role, str]
    foreign: dict[Role, str]

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def rows() -> list[Row]:
    """The table, read."""
    found = []
    for line in TABLE.strip().splitlines():
        path, stranger, own, foreign = (part.strip() for part in line.split("|"))
        method, route = path.split()
        found.append(
            Row(
                method=method,
                route=route,
                stranger=stranger,
                own=dict(zip(ROLES, own, strict=True)),
                foreign=dict(zip(ROLES, foreign, strict=True)),
            )
        )
    return found
