"""Takes the pictures of the documentation: `python -m docs.take_pictures [--data DIR] [--to FOLDER]`, from the root.

Serves the dashboard over a demo's data directory (`make demo` makes one in `data/`) and takes a picture of each page in
Chromium, light and dark: `<page>-light.png`, `<page>-dark.png`. Needs a browser as the browser tests do.
"""

import argparse
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from dashboard.pages import PAGES
from tests.browser import chromium
from tests.browser.served import serving_dashboard
from tests.browser.visit import Visit, visiting

PICTURES = Path(__file__).resolve().parent / "pictures"
_WIDTH, _HEIGHT = 1440, 1400
#: Charts fade in after the page is there.
_FADE_MILLISECONDS = 1500
#: Enough for text, areas and lines of a page; a quarter of the bytes.
_COLOURS = 256


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the pictures of the documentation.")
    parser.add_argument("--data", type=Path, default=Path("data"), help="data directory of a demo")
    parser.add_argument("--to", type=Path, default=PICTURES, help="folder of the pictures")
    arguments = parser.parse_args()
    if not (arguments.data / "itsm.duckdb").exists():
        sys.exit(f"{arguments.data} holds no itsm.duckdb: run `make demo` first, or name a data directory in --data")
    arguments.to.mkdir(parents=True, exist_ok=True)
    try:
        browser_path = chromium.find()
    except chromium.NoBrowser as reason:
        sys.exit(str(reason))
    with (
        TemporaryDirectory() as temporary,
        serving_dashboard(arguments.data.resolve(), Path(temporary) / "output") as dashboard,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(chromium.ARGUMENTS))
        for theme in ("light", "dark"):
            _take_all(browser, dashboard.url, theme, arguments.to)
        browser.close()


def _take_all(browser: Browser, url: str, theme: str, folder: Path) -> None:
    with visiting(browser, url, dark=theme == "dark", width=_WIDTH, height=_HEIGHT) as visit:
        visit.open()
        for page in PAGES:
            visit.follow(page.TITLE)
            if errors := visit.errors():
                sys.exit(f"{page.TITLE}: {errors[0]}")
            picture = folder / f"{page.PATH}-{theme}.png"
            picture.write_bytes(_taken(visit))
            print(f"{picture} ({picture.stat().st_size // 1000} kB)")


def _taken(visit: Visit) -> bytes:
    """The page as it stands, as PNG of few colours."""
    visit.page.mouse.move(_WIDTH - 5, _HEIGHT - 5)
    visit.page.wait_for_timeout(_FADE_MILLISECONDS)
    small = BytesIO()
    with Image.open(BytesIO(visit.page.screenshot())) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
