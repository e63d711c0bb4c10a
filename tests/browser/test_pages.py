"""Every page in every state: accessible by axe in light and dark, HTML by html-validate, no wider than a phone, nothing from elsewhere, light to load."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
from tour import Tour  # noqa: E402


def setUpModule():
    house.open_house()


def tearDownModule():
    house.close_house()


class Pages(house.Case):
    def walk(self, language, **options):
        tour = Tour(self.site, house.open_tab, language)
        self.addCleanup(tour.close)
        tour.prepare()
        for name, tab in tour.stops():
            with self.subTest(name):
                self.assert_good(tab, **options)
        for tab in tour.tabs:
            self.close_tab(tab)

    def test_pages__every_state__is_accessible_and_valid_in_english(self):
        self.walk("en")

    def test_pages__every_state__is_accessible_and_valid_in_french(self):
        self.walk("fr", dark=False)

    def test_pages__first_page__is_under_30_kib_over_the_wire(self):
        """What somebody gets who comes for the first time: the page and all that it loads."""
        for name, address in (("sign-in", "sign-in"), ("list", "")):
            with self.subTest(name):
                tab = self.person() if name != "sign-in" else self.tab()
                tab.goto(address)
                sizes = tab.look("""Promise.resolve([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                    .map((one) => [one.name, one.encodedBodySize]))""")
                self.assertLess(sum(size for _, size in sizes), 30 * 1024, sizes)


if __name__ == "__main__":
    unittest.main()
