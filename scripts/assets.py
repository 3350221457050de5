"""The browser's assets, built from node_modules into app/static/vendor.

Each file's name carries a hash of its content, so that browsers may keep it for a year;
manifest.json tells the application which name stands for which file. Standard library only:
the one tool that runs in node (PurgeCSS) is handed in.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules"
STATIC = ROOT / "app" / "static"
VENDOR = STATIC / "vendor"
ICON_NAMES = ROOT / "scripts" / "icons.txt"
PURGE_CONFIG = ROOT / "scripts" / "purgecss.config.cjs"

SCRIPTS = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "htmx-ext-sse/dist/sse.min.js",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
}
IMAGES = {
    name: f"leaflet/dist/images/{name}"
    for name in (
        "layers.png",
        "layers-2x.png",
        "marker-icon.png",
        "marker-icon-2x.png",
        "marker-shadow.png",
    )
}
STYLES = {
    "leaflet.css": "leaflet/dist/leaflet.css",
    "markercluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
}
TABLER = "@tabler/core/dist/css/tabler.min.css"
FONT = "@fontsource/be-vietnam-pro"
FONT_WEIGHTS = (400, 600)
# Vietnamese and Latin hold every letter of Vietnamese between them; latin-ext adds none.
FONT_SUBSETS = ("vietnamese", "latin")
SYMBOL_LOOK = (
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round"'
)
# A running server still hands out the names of the build before: keep those files for a day.
KEEP_OLD_S = 86_400


class AssetError(Exception):
    """An asset that cannot be built; the message names it."""


def inputs() -> list[Path]:
    """Every file of ours that the assets depend on: pages decide which CSS stays."""
    static = [*_own("*.js"), *_own("*.css")]
    pages = (ROOT / "templates").rglob("*.html")
    return sorted(
        [
            Path(__file__),
            ICON_NAMES,
            PURGE_CONFIG,
            ROOT / "app" / "data" / "communes.geojson",
            *static,
            *pages,
            *(ROOT / "app").rglob("*.py"),
        ]
    )


def build(*, purge: Callable[..., None], draw_map: Callable[[Path], None]) -> None:
    """Build every asset, the manifest last.

    ``purge`` runs node with the arguments given; ``draw_map`` writes the map's script to a path.
    """
    VENDOR.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, str] = {}
    for name, source in IMAGES.items():
        manifest[name] = _publish(name, _package_file(source).read_bytes())
    for name, source in SCRIPTS.items():
        manifest[name] = _publish(name, _without_source_map(_package_text(source)))
    for name, source in STYLES.items():
        manifest[name] = _publish(name, _with_hashed_images(_package_text(source), manifest))
    tabler, fonts = _purged(purge), _fonts(manifest)
    manifest["icons.svg"] = _publish("icons.svg", sprite(ICON_NAMES.read_text().split()))
    for path in [*_own("*.js"), *_own("*.css")]:
        manifest[path.name] = _publish(path.name, path.read_text(encoding="utf-8"))
    drawn = VENDOR / "province-map.tmp"
    draw_map(drawn)
    manifest["province-map.js"] = _publish("province-map.js", drawn.read_bytes())
    drawn.unlink()
    look = (STATIC / "app.css").read_text(encoding="utf-8")
    # One file for every page: each request costs a round trip of 400 ms on a mountain network.
    manifest["site.css"] = _publish("site.css", "\n".join((fonts, tabler, look)))
    _write(VENDOR / "manifest.json", json.dumps(manifest, indent=2, sort_keys=True).encode())
    _forget_old(set(manifest.values()))


def _own(pattern: str) -> list[Path]:
    """Scripts and styles of ours, which stand flat in the static folder."""
    return sorted(STATIC.glob(pattern))


def _package_file(source: str) -> Path:
    path = NODE_MODULES / source
    if not path.is_file():
        raise AssetError(f"node_modules has no {source}")
    return path


def _package_text(source: str) -> str:
    return _package_file(source).read_text(encoding="utf-8")


def _publish(name: str, content: bytes | str) -> str:
    data = content.encode() if isinstance(content, str) else content
    stem, dot, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}{dot}{suffix}"
    _write(VENDOR / hashed, data)
    return hashed


def _write(path: Path, data: bytes) -> None:
    """Write beside and rename: a server that reads meanwhile sees the old file or the new one."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def _without_source_map(text: str) -> str:
    return re.sub(r"^//# sourceMappingURL=.*$|/\*# sourceMappingURL=.*?\*/", "", text, flags=re.M)


def _with_hashed_images(css: str, manifest: dict[str, str]) -> str:
    def rename(match: re.Match[str]) -> str:
        if match[1] not in manifest:
            raise AssetError(f"a style sheet wants the image {match[1]}, which is not copied")
        return f"url({manifest[match[1]]})"

    return re.sub(r"url\(images/([\w.-]+)\)", rename, css)


def _purged(purge: Callable[..., None]) -> str:
    """Tabler without the rules that no page of ours can match."""
    with tempfile.TemporaryDirectory(dir=VENDOR) as folder:
        purge(
            "node_modules/purgecss/bin/purgecss.js",
            "--config",
            str(PURGE_CONFIG),
            "--css",
            str(_package_file(TABLER)),
            "--output",
            folder,
        )
        made = list(Path(folder).glob("*.css"))
        if len(made) != 1:
            raise AssetError("PurgeCSS made no style sheet")
        return _without_source_map(made[0].read_text(encoding="utf-8"))


def sprite(names: Iterable[str]) -> str:
    """One picture with a symbol for each icon: `icon-NAME`; AssetError on an unknown name."""
    symbols = "".join(_symbol(name) for name in sorted(set(names)))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'


def _symbol(name: str) -> str:
    path = NODE_MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
    if not path.is_file():
        raise AssetError(f"scripts/icons.txt names the icon '{name}', which Tabler does not have")
    shapes = re.sub(
        r"\A.*?<svg[^>]*>|</svg>\s*\Z", "", path.read_text(encoding="utf-8"), flags=re.S
    )
    shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>|\n\s*', "", shapes)
    return f'<symbol id="icon-{name}" {SYMBOL_LOOK}>{shapes}</symbol>'


def _fonts(manifest: dict[str, str]) -> str:
    ranges: dict[str, str] = json.loads(_package_text(f"{FONT}/unicode.json"))
    rules = []
    for weight in FONT_WEIGHTS:
        for subset in FONT_SUBSETS:
            file = f"be-vietnam-pro-{subset}-{weight}-normal.woff2"
            manifest[file] = _publish(file, _package_file(f"{FONT}/files/{file}").read_bytes())
            rules.append(
                "@font-face{font-family:'Be Vietnam Pro';font-style:normal;font-display:swap;"
                f"font-weight:{weight};src:url({manifest[file]}) format('woff2');"
                f"unicode-range:{ranges[subset]}}}"
            )
    return "\n".join(rules)


def _forget_old(current: set[str]) -> None:
    too_old = time.time() - KEEP_OLD_S
    for path in VENDOR.glob("[!.]*.*"):
        if path.name not in {*current, "manifest.json"} and path.stat().st_mtime < too_old:
            path.unlink()
