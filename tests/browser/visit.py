"""One person's look at the dashboard: a tab in a fresh browser profile, with all it asked for and complained of."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

#: A page is done when the server says so and nothing on it is grey any more.
_DONE = (
    '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
    ':not(:has([data-testid="stSkeleton"])):not(:has([data-stale="true"]))'
    ':has([data-testid="stMainBlockContainer"] [data-testid="stElementContainer"])'
)
_EXCEPTIONS = '[data-testid="stException"], [data-testid="stAlertContentError"]'
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
        expect(self.page.locator(_DONE)).to_be_attached(timeout=PATIENCE)

    def follow(self, title: str) -> None:
        """Go to another page by its link, as people do: nothing is loaded anew."""
        self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()
        expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=PATIENCE)
        self.settle()

    def errors(self) -> list[str]:
        """The texts of boxes that report an exception."""
        return self.page.locator(_EXCEPTIONS).all_inner_texts()

    def outside(self) -> list[str]:
        """What was asked of anybody but the dashboard."""
        own = urlsplit(self.url).netloc
        return [url for url in self.requests if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != own]


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
