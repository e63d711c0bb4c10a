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
        tab.until("document.activeElement.classList.contains('summary')")
        tab.locator("#mail").fill(mail)
        tab.locator("main button").follow()
        self.look_at(f"sign-in-sent-{kind}", tab)
        link = next_sign_in_letter(Mailbox(self.site.env["MAIL_DIR"]), mail).sign_in_link
        phone = self.tab(language=language, **options)
        self.look_at(f"sign-in-code-{kind}", phone.goto(link))
        tab.locator("#code").fill("AAAA-AAAA")
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

    def elsewhere(self, tab, *steps):
        """The same person in another tab of the same browser: POSTs to these paths, each with its fields."""
        for path, fields in steps:
            tab.look(f"fetch({path!r}, {{method: 'POST', body: new URLSearchParams({fields!r})}}).then((answer) => answer.status)")

    def ways_back(self, language, **options):
        """A form stands open while its session ends, or another begins: what was typed is never lost."""
        kind = f"{language}-{options.get('width', 1280)}{'-dark' if options.get('dark') else ''}"
        tab = self.person(language=language, **options)
        typed = "d’équipe <b>\n\n🎓"
        csrf = "document.querySelector('[name=csrf]').value"
        send = tab.locator("form:has(#subject) button.button").first()

        def write():
            tab.goto("meetings/new")
            tab.locator("#subject").fill("Typed " + tab.mail)
            tab.locator("#description").fill(typed)

        write()
        self.elsewhere(tab, ("/sign-out", {"csrf": tab.look(csrf)}), (house.sign_in_link(self.site, tab.mail), {}))
        send.follow()
        self.assertEqual(tab.heading(), tab.word("This page is too old"))
        self.look_at(f"too-old-{kind}", tab)
        tab.locator("main button").follow()
        self.assertEqual((tab.heading(), tab.look("document.querySelector('main .description').textContent")), ("Typed " + tab.mail, typed))
        write()
        self.elsewhere(tab, ("/sign-out", {"csrf": tab.look(csrf)}))
        send.follow()
        self.assertEqual(tab.heading(), tab.word("Please sign in again"))
        self.look_at(f"signed-out-kept-{kind}", tab)
        tab.locator("main a.button").first().follow()
        tab.locator("#mail").fill(tab.mail)
        tab.locator("main button").follow()
        tab.goto(next_sign_in_letter(Mailbox(self.site.env["MAIL_DIR"]), tab.mail).sign_in_link)
        tab.locator("main button").follow()
        self.assertEqual(tab.look("[document.getElementById('subject').value, document.getElementById('description').value]"), ["Typed " + tab.mail, typed])
        self.look_at(f"form-kept-{kind}", tab)
        self.elsewhere(tab, ("/sign-out", {"csrf": tab.look(csrf)}), (house.sign_in_link(self.site, f"{random_word()}@example.org"), {}))
        send.follow()
        self.look_at(f"too-old-of-another-{kind}", tab)
        tab.locator("main a.button").first().follow()
        self.assertEqual(tab.look("document.getElementById('subject').value"), "")

    def test_form__session_ended_or_another__english(self):
        self.ways_back("en")

    def test_form__session_ended_or_another__french_on_a_phone_in_the_dark(self):
        self.ways_back("fr", width=360, height=740, dark=True)

    def test_pages__english__on_a_desk(self):
        self.walk("en")

    def test_pages__french__on_a_phone_in_the_dark(self):
        self.walk("fr", width=360, height=740, dark=True)


if __name__ == "__main__":
    unittest.main()
