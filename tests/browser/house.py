"""What the browser tests share: a site with Debian's Chromium and a stand-in for Jitsi, and people who walk through its pages.

    def setUpModule(): house.open_house()
    def tearDownModule(): house.close_house()

    class Booking(house.Case):
        def test_form__book__...(self):
            olivia = self.person(language="fr", width=360, scripts=False)      # signed in: a Tab with .mail and .word
            olivia.goto("meetings/new")

What Chromium sees go wrong in any tab (a request elsewhere, an error in the console, HTML that is not as it should be) fails the test.
"""

import html
import http.server
import pathlib
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "daemon"))

import stage  # noqa: E402
from chromium import Chromium  # noqa: E402
from people import Organiser, random_word, sign_in_link  # noqa: E402
from site_process import free_ports  # noqa: E402
from words import words_of  # noqa: E402

CONF = ["meetings.length_least=1m", "meetings.length_step=1m", "meetings.grace=1s", "site.contact=help@example.org"]

chromium = None
jitsi = None


class StubJitsi:
    """In the place of Jitsi's web client: any address shows the room and the token that it was opened with. Not Jitsi: it only takes note."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = f"<!doctype html><html lang=en><title>Stub</title><h1>Stub of Jitsi</h1><p id=asked>{html.escape(self.path)}</p>".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", free_ports(1)[0]), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def open_house(conf=(), base=CONF):
    global chromium, jitsi
    jitsi = StubJitsi()
    try:
        stage.open_site(focus="none", conf=[*base, f"jitsi.url={jitsi.url}", *conf])
        chromium = Chromium()
    except BaseException:
        close_house()
        raise


def close_house():
    if chromium:
        chromium.close()
    jitsi.close()
    if stage.site:
        stage.close_site()


def open_tab(language="en", **options):
    """A browser that nobody has used yet. `word` gives the site's texts in its language."""
    tab = chromium.open(stage.site.env["HTTP_URL"], language, others=[jitsi.url], **options)
    tab.language, tab.word = language, words_of(language)
    return tab


def sign_in(tab, mail):
    """By a link of jmbctl and the button on its page."""
    tab.goto(sign_in_link(stage.site, mail))
    tab.locator("main button").follow()
    tab.mail = mail
    return tab


class Case(stage.Case):
    def tab(self, language="en", **options):
        tab = open_tab(language, **options)
        self.addCleanup(self.close_tab, tab)
        return tab

    def person(self, mail=None, **options):
        """Somebody who is signed in."""
        return sign_in(self.tab(**options), mail or f"{random_word()}.martin@example.org")

    def close_tab(self, tab):
        faults = tab.faults()
        tab.close()
        self.assert_none(faults)

    def visitor(self, mail):
        """The same person outside of Chromium: mail and plain requests (people.py)."""
        return Organiser(self.site, mail)

    def assert_good(self, tab, **options):
        self.assert_none(tab.judge(**options))

    def assert_none(self, faults):
        if faults:
            self.fail(f"{len(faults)} faults:\n" + "\n".join(sorted(set(faults))[:20]))
