"""The pages of signing in and of the settings, in every state: accessible, valid, and whole on a phone."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
from mailbox import Mailbox  # noqa: E402
from people import next_sign_in_letter, random_word  # noqa: E402

PICTURES = os.environ.get("PICTURES")  # a folder to look at them


def setUpModule():
    house.open_house()


def tearDownModule():
    house.close_house()


class Who(house.Case):
    def look_at(self, name, tab):
        with self.subTest(name):
            self.assert_good(tab)
        if PICTURES:
            tab.run([["screenshot", {"path": f"{PICTURES}/{name}.png", "fullPage": True}]])

    def walk(self, language, **options):
        kind = f"{language}-{options.get('width', 1280)}{'-dark' if options.get('dark') else ''}"
        tab = self.tab(language=language, **options)
        mail = f"{random_word()}.dupré".replace("é", "e") + "@example.org"
        self.look_at(f"sign-in-{kind}", tab.goto("sign-in?next=%2Fmeetings%2Fnew"))
        tab.locator("#mail").fill("nobody")
        tab.locator("main button").follow()
        self.look_at(f"sign-in-wrong-{kind}", tab)
        self.assertIn("summary", tab.focused())
        tab.locator("#mail").fill(mail)
        tab.locator("main button").follow()
        self.look_at(f"sign-in-sent-{kind}", tab)
        link = next_sign_in_letter(Mailbox(self.site.env["MAIL_DIR"]), mail).sign_in_link
        phone = self.tab(language=language, **options)
        self.look_at(f"sign-in-code-{kind}", phone.goto(link))
        tab.locator("#code").fill("AAA-AAA")
        tab.locator("main form button").follow()
        self.look_at(f"code-wrong-{kind}", tab)
        tab.locator("#code").fill(phone.look("document.querySelector('output').innerText"))
        tab.locator("main form button").follow()
        self.assertIn("/meetings/new", tab.address())
        self.settings(kind, tab, mail)

    def settings(self, kind, tab, mail):
        deputy = self.visitor(f"d-{random_word()}@example.org")
        deputy.sign_in()
        tab.goto("settings")
        tab.locator("#deputy").fill("stranger@elsewhere.example")
        tab.locator("form[action$='/settings/deputies'] button").follow()
        self.look_at(f"settings-wrong-{kind}", tab)
        tab.locator("#deputy").fill(deputy.mail)
        tab.locator("form[action$='/settings/deputies'] button").follow()
        self.look_at(f"settings-deputy-{kind}", tab)
        self.assertIn(mail, deputy.get("settings").source)

    def test_pages__english__on_a_desk(self):
        self.walk("en")

    def test_pages__french__on_a_phone_in_the_dark(self):
        self.walk("fr", width=360, height=740, dark=True)


if __name__ == "__main__":
    unittest.main()
