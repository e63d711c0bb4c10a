"""Signing in and out by the samples for web servers with a real browser: cookies and their paths, redirects between hosts, the policy of the pages."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "daemon"))

import test_single_sign_on as samples  # noqa: E402
from chromium import Chromium  # noqa: E402
from words import words_of  # noqa: E402


class Browser:
    """To Chromium the provider is another site (localhost, not 127.0.0.1), as it is in life."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chromium = Chromium()
        cls.addClassCleanup(cls.chromium.close)

    def setUp(self):
        self.tab = self.chromium.open(self.base, "en", others=[self.provider.url])
        self.tab.word = words_of("en")
        self.addCleanup(self.close_tab)

    def close_tab(self):
        faults = self.tab.faults()
        self.tab.close()
        self.assertEqual(faults, [])

    def enter(self, user):
        self.tab.goto(f"{self.provider.url}/enter?user={user}")

    def through(self, address):
        """Opens it, and goes on where the provider asks for a click."""
        self.tab.goto(address, wanted=None)
        if self.tab.look("document.title") == "One moment":
            self.tab.locator("button").follow()
        return self.tab

    def test_browser__in_and_out__and_the_next_one_is_asked(self):
        tab = self.tab
        self.assertEqual(self.through("sign-in").heading(), "Who are you?")
        self.enter("gaelle")
        self.through("meetings/new?subject=Th%C3%A8se")
        self.assertIn("/booking/meetings/new", tab.address())
        self.assertIn("Gaëlle Guérin", tab.look("document.querySelector('.who').innerText"))
        tab.locator("form.who button").click()
        tab.until("!document.querySelector('.who') && document.readyState === 'complete' && !location.search.includes('on=1')")
        self.assertEqual(self.through("").heading(), "Who are you?")  # neither jmbd, nor the web server, nor the provider knows anybody
        self.enter("martin")
        self.through("")
        self.assertIn("Martin", tab.look("document.querySelector('.who').innerText"))


def elsewhere(kind):
    return type(kind.__name__, (kind,), {"host": "localhost"})


class Cas(Browser, samples.Cas):
    Provider = elsewhere(samples.Cas.Provider)


class OpenIdConnect(Browser, samples.OpenIdConnect):
    Provider = elsewhere(samples.OpenIdConnect.Provider)


class Shibboleth(Browser, samples.Shibboleth):
    Provider = elsewhere(samples.Shibboleth.Provider)


def load_tests(loader, *_):
    """Only what is of this file: the rest runs without a browser."""
    return unittest.TestSuite(kind("test_browser__in_and_out__and_the_next_one_is_asked") for kind in (Cas, OpenIdConnect, Shibboleth))


if __name__ == "__main__":
    unittest.main()
