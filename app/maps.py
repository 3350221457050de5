"""The commune map: folium writes it, we serve it as one script from our own origin.

`python -m app.maps FILE` writes it; the set-up does so once, because folium would cost every web
process 30 MB. folium's own page asks ten outside hosts for scripts and styles and puts everything
inline. Here only its script part is used; Leaflet, styles and markers are ours. Board rows become
markers in `board-map.js`, with `textContent`: no text of a person is ever read as HTML.
"""

import json
import sys
from pathlib import Path

import folium
from branca.element import Figure

from models.geography import KIND_NAMES, CommuneKind
from models.types import JsonDict

BORDERS = Path(__file__).parent / "data" / "communes.geojson"
# Leaflet's names of the two objects, for our script: map_board and geo_json_communes.
MAP_ID = "board"
BORDERS_ID = "communes"


class _QuietMap(folium.Map):
    """A folium map that asks for nothing: its scripts and styles come with our page."""

    _template = folium.Map._template
    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []


def province_map(borders: Path = BORDERS) -> str:
    """The map of the commune borders as one script."""
    board = _QuietMap(
        location=[14.85, 108.3],
        zoom_start=9,
        tiles=None,
        zoom_control="bottomright",
        zoom_snap=0.25,
        attribution_control=False,
        keyboard=True,
    )
    board._id = MAP_ID
    communes = folium.GeoJson(
        _named(json.loads(borders.read_text(encoding="utf-8"))),
        # Colours are the style sheet's, so that they follow light and dark.
        style_function=lambda _feature: {"className": "commune", "weight": 1, "fillOpacity": 1},
        tooltip=folium.GeoJsonTooltip(["full_name"], labels=False, sticky=True, class_name="tip"),
    )
    communes._id = BORDERS_ID
    communes.add_to(board)
    figure = board.get_root()
    assert isinstance(figure, Figure)
    figure.render()
    return f"L_NO_TOUCH = false; L_DISABLE_3D = false;\n{figure.script.render()}"


def _named(collection: dict[str, list[JsonDict]]) -> JsonDict:
    """The borders with whole names, which is all that the map shows of them."""
    features = []
    for feature in collection["features"]:
        facts = feature["properties"]
        kind = CommuneKind(facts["kind"].replace("_", "-"))
        properties = {"code": facts["code"], "full_name": f"{KIND_NAMES[kind]} {facts['name']}"}
        features.append({**feature, "properties": properties})
    return {"type": "FeatureCollection", "features": features}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(province_map(), encoding="utf-8")
