"""One person's look at the dashboard: a tab in a fresh browser profile, with all it asked for and complained of."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

#: Matches once a page is done: when the server says so and nothing on it is grey any more.
DONE = (
    '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
    ':not(:has([data-testid="stSkeleton"])):not(:has([data-stale="true"]))'
    ':has([data-testid="stMainBlockContainer"] [data-testid="stElementContainer"])'
)
_EXCEPTIONS = '[data-testid="stException"], [data-testid="stAlertContentError"]'
# A card is still without its value while it is being drawn.
_READ_CARDS = """
() => Object.fromEntries([...document.querySelectorAll('[class*="st-key-card-"]')].map(card => [
    [...card.classList].find(name => name.startsWith("st-key-card-")).slice("st-key-card-".length),
    card.querySelector('[data-testid="stMetricValue"]')?.innerText.trim(),
]).filter(([, text]) => text))
"""
PATIENCE = 20_000


@dataclass
class Visit:
    """A tab. `requests` are all addresses asked for, `complaints` what the browser reported as an error."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "", parameters: Mapping[str, str | list[str]] | None = None) -> None:
        """Go to a page by its address and wait until it is drawn."""
        query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
        self.page.goto(f"{self.url}/{path}{query}")
        self.settle()

    def settle(self) -> None:
        """Wait until the page is drawn."""
        expect(self.page.locator(DONE)).to_be_attached(timeout=PATIENCE)

    def follow(self, title: str) -> None:
        """Go to another page by its link, as people do: nothing is loaded anew."""
        self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()
        expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=PATIENCE)
        self.settle()

    def cards(self) -> dict[str, str]:
        """The headline: each figure's name and what is written of it."""
        found: dict[str, str] = self.page.evaluate(_READ_CARDS)
        return found

    def choose(self, label: str, value: str) -> None:
        """Pick a value in a filter with the mouse, and wait until the page is drawn for it."""
        before = self.page.url
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=value, exact=True).click()
        # A list of which several can be chosen stays open, and Streamlit gives it the next click wherever that falls.
        self.page.keyboard.press("Escape")
        self.page.get_by_role("heading", level=1).click()
        self.drawn_after(before)

    def drawn_after(self, address: str) -> None:
        """Wait until the page has another address than `address` and is drawn."""
        expect(self.page).not_to_have_url(address, timeout=PATIENCE)
        self.settle()

    def download(self, name: str) -> str:
        """The text of a table's file, by the name of the table."""
        with self.page.expect_download(timeout=PATIENCE) as started:
            self.page.locator(f".st-key-download-{name}").get_by_role("button").click()
        return Path(started.value.path()).read_text(encoding="utf-8-sig")

    def brightness(self, selector: str) -> float:
        """Of the first such element's background, 0 black to 1 white (WCAG 2.2, relative luminance)."""
        return _luminance(self._color(selector, "backgroundColor"))

    def contrast(self, ground: str, text: str) -> float:
        """Of the first text on the first ground, 1 to 21 (WCAG 2.2, contrast ratio)."""
        both = sorted((_luminance(self._color(text, "color")), self.brightness(ground)))
        return (both[1] + 0.05) / (both[0] + 0.05)

    def _color(self, selector: str, of: str) -> list[float]:
        found: str = self.page.locator(selector).first.evaluate(f"element => getComputedStyle(element).{of}")
        return [float(part) / 255 for part in re.findall(r"[\d.]+", found)[:3]]

    def errors(self) -> list[str]:
        """The texts of boxes that report an exception."""
        return self.page.locator(_EXCEPTIONS).all_inner_texts()

    def outside(self) -> list[str]:
        """What was asked of anybody but the dashboard."""
        own = urlsplit(self.url).netloc
        return [url for url in self.requests if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != own]


def _luminance(color: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@contextmanager
def visiting(
    browser: Browser, url: str, *, dark: bool = False, width: int = 1440, height: int = 1000
) -> Iterator[Visit]:
    """A tab of a new profile, closed at the end. `dark`: as if the system's theme were dark."""
    context = browser.new_context(
        color_scheme="dark" if dark else "light", viewport={"width": width, "height": height}, accept_downloads=True
    )
    context.set_default_timeout(PATIENCE)
    visit = Visit(context.new_page(), url)

    def asked(request: Request) -> None:
        visit.requests.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    context.on("request", asked)
    visit.page.on("console", said)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    try:
        yield visit
    finally:
        context.close()
