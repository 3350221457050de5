"""The browser's assets: named by their content, complete, or not built at all."""

import json

import pytest

from scripts import assets


@pytest.fixture
def manifest() -> dict[str, str]:
    """Names and hashed files of the assets that were built for this run."""
    built: dict[str, str] = json.loads((assets.VENDOR / "manifest.json").read_text())
    return built


def test_every_asset_in_the_manifest_stands_in_the_folder(manifest: dict[str, str]) -> None:
    missing = [file for file in manifest.values() if not (assets.VENDOR / file).is_file()]

    assert missing == []


def test_every_listed_icon_stands_in_the_sprite(manifest: dict[str, str]) -> None:
    sprite = (assets.VENDOR / manifest["icons.svg"]).read_text(encoding="utf-8")

    missing = [
        name for name in assets.ICON_NAMES.read_text().split() if f'id="icon-{name}"' not in sprite
    ]

    assert missing == []


def test_an_icon_that_tabler_lacks_fails_by_its_name() -> None:
    with pytest.raises(assets.AssetError, match="'no-such-icon', which Tabler does not have"):
        assets.sprite(["check", "no-such-icon"])


def test_styles_name_only_images_that_are_there(manifest: dict[str, str]) -> None:
    style = (assets.VENDOR / manifest["leaflet.css"]).read_text(encoding="utf-8")

    assert f"url({manifest['layers.png']})" in style
    assert "url(images/" not in style
