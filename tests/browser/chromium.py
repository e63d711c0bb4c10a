"""Debian's Chromium, driven by playwright-core (chromium.mjs) from Python: one browser a test program, a Tab for each person.

    chromium = Chromium()
    tab = chromium.open(base, language="fr", width=360, scripts=False)
    tab.goto("meetings/new")
    tab.getByLabel("Sujet").fill("Réunion")               # Playwright's own names; a locator is a chain until a verb ends it
    tab.getByRole("button", name="Envoyer").click()
    tab.judge()                                           # what axe, html-validate, the console and the request log have against it
    chromium.close()

Every command has a deadline of its own in the browser (30 s) and one here.
"""

import json
import os
import pathlib
import selectors
import subprocess
import time
from urllib.parse import urljoin

HERE = pathlib.Path(__file__).resolve().parent
DEADLINE = 120

# Of Playwright's Page and Locator: what leads on to a part of the page. All else does something and ends the chain.
LEADS = {"getByLabel", "getByRole", "getByText", "getByPlaceholder", "locator", "first", "last", "nth", "filter", "frameLocator"}

FOCUSED = """(() => { const one = document.activeElement;
    return one.id || (one.name ? one.name + (one.tagName === 'BUTTON' ? '=' + one.value : '') : one.className || one.innerText); })()"""


class BrowserError(AssertionError):
    """What Chromium was asked for did not come about; says why in Playwright's words."""


class Chromium:
    def __init__(self):
        self.child = subprocess.Popen([os.environ.get("NODE", "node"), HERE / "chromium.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.child.stdout, selectors.EVENT_READ)
        os.set_blocking(self.child.stdout.fileno(), False)
        self.number, self.unread = 0, b""
        self.version = self.ask("start")

    def ask(self, verb, **given):
        self.number += 1
        self.child.stdin.write(json.dumps({"id": self.number, "verb": verb, **given}).encode() + b"\n")
        self.child.stdin.flush()
        answer = json.loads(self._line())
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["value"]

    def _line(self):
        end = time.monotonic() + DEADLINE
        while b"\n" not in self.unread:
            if not self.selector.select(max(0, end - time.monotonic())):
                raise BrowserError(f"Chromium does not answer within {DEADLINE} s")
            part = self.child.stdout.read()
            if part == b"":
                raise BrowserError("Chromium is gone")
            self.unread += part or b""
        line, _, self.unread = self.unread.partition(b"\n")
        return line

    def open(self, base, language="en", width=1280, height=800, scripts=True, dark=False, zone="Europe/Paris", others=(), headers=None, unavailable=False):
        """A Tab of a browser that knows nobody yet. `others`: beginnings of addresses outside of the site that it may go to. headers: sent with each request.
        unavailable: the site may answer 503, which is a fault elsewhere."""
        number = self.ask("open", base=base, others=list(others), language=language, width=width, height=height, scripts=scripts, dark=dark, zone=zone,
                          headers=headers or {}, unavailable=unavailable)
        return Tab(self, number, base)

    def close(self):
        self.child.stdin.close()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.terminate()  # Chromium ends when its pipe does
            self.child.wait()
        self.child.stdout.close()


class Chain:
    """A way to a part of the page."""

    def __init__(self, tab, steps=()):
        self.tab, self.steps = tab, list(steps)

    def __getattr__(self, name):
        def call(*given, **options):
            steps = self.steps + [[name, *given, *([options] if options else [])]]
            return Chain(self.tab, steps) if name in LEADS else self.tab.run(steps)
        return call

    def follow(self):
        """Clicks what leads to another page; returns when that is there."""
        try:
            self.tab.chromium.ask("leave", tab=self.tab.number, chain=self.steps + [["click"]])
        except BrowserError as problem:
            raise BrowserError(f"{problem}\nThe page is {self.tab.address()}: {self.tab.text()[:600]}") from None
        return self.tab


class Tab(Chain):
    def __init__(self, chromium, number, base):
        super().__init__(self)
        self.chromium, self.number, self.base = chromium, number, base

    def run(self, steps):
        return self.chromium.ask("run", tab=self.number, chain=steps)

    def goto(self, address="", wanted=200):
        """Opens an address (of the site); AssertionError when the answer has another status."""
        answer = self.run([["goto", urljoin(self.base, address)]])
        if wanted and answer and answer["status"] != wanted:
            raise AssertionError(f"{answer['url']} answers {answer['status']}, not {wanted}: {self.text()[:500]}")
        return self

    def look(self, expression):
        """The value of an expression of JavaScript, whether or not the page itself may run scripts."""
        return self.chromium.ask("look", tab=self.number, expression=expression)

    def until(self, expression, seconds=40):
        """Waits until an expression is true."""
        self.chromium.ask("until", tab=self.number, expression=expression, seconds=seconds)

    def text(self):
        return self.look("(document.querySelector('main') || document.body).innerText")

    def heading(self):
        return self.look("document.querySelector('h1').innerText")

    def address(self):
        return self.look("location.href")

    def focused(self):
        """What has the focus: its id, or name=value of a button, or its text."""
        return self.look(FOCUSED)

    def until_focused(self, wanted):
        """Waits until that has the focus: a link within the page, or autofocus, gives it when the page is drawn."""
        self.until(f"{FOCUSED} === {json.dumps(wanted)}")

    def press(self, *keys):
        """Keys of the keyboard, to whatever has the focus: 'Tab', 'Shift+Tab', 'Enter'."""
        for key in keys:
            self.chromium.ask("press", tab=self.number, key=key)

    def type(self, text):
        """Into whatever has the focus, key by key."""
        self.chromium.ask("type", tab=self.number, text=text)

    def press_on(self, key):
        """A key that leads to another page; returns when that is there."""
        self.chromium.ask("leavePress", tab=self.number, key=key)

    def judge(self, light=True, dark=True):
        """Everything that is wrong with the page as it is now, as a list of lines."""
        return self.chromium.ask("judge", tab=self.number, light=light, dark=dark)

    def faults(self):
        """What went wrong unasked since the last time: requests elsewhere, errors in the console, HTML that is not as it should be."""
        return self.chromium.ask("faults", tab=self.number)

    def cookies(self):
        return self.chromium.ask("cookies", tab=self.number)

    def close(self):
        self.chromium.ask("close", tab=self.number)
