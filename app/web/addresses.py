"""Numbers in addresses: what no row can have is a page that is not there."""

from flask import Flask, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter, Map

# What a database's integer can hold; beyond it the drivers raise.
LARGEST_NUMBER = 2**31 - 1


class RowNumber(IntegerConverter):
    """``<int:…>`` of a route, within what a row's number can be."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_NUMBER)


def init_addresses(app: Flask) -> None:
    """Bound the numbers of every route; called before the routes are made."""
    app.url_map.converters["int"] = RowNumber


def number_asked(name: str) -> int | None:
    """A number of the query, None where there is none; one that no row can have is not found."""
    number = request.args.get(name, type=int)
    if number is not None and not 0 <= number <= LARGEST_NUMBER:
        raise NotFound
    return number
