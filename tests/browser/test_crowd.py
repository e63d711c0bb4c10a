"""Many people, or one who plays many, ask for sign-in links from one address: what each of them sees."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
from people import random_word  # noqa: E402

PER_BROWSER, PER_ADDRESS, MOST = 2, 3, 6


def setUpModule():
    house.open_house(conf=[f"auth.sign_ins_per_browser={PER_BROWSER}", f"auth.sign_ins_per_address={PER_ADDRESS}", f"auth.sign_ins_per_address_most={MOST}"])


def tearDownModule():
    house.close_house()


class Crowd(house.Case):
    def ask(self, tab, mail):
        tab.goto("sign-in")
        tab.locator("#mail").fill(mail)
        return tab.locator("main button").follow()

    def see(self, tab, heading, words):
        self.assertEqual(tab.heading(), tab.word(heading))
        before, _, behind = tab.word(words).partition("{")
        self.assertIn(before, tab.text())
        self.assertIn(behind.partition("}")[2], tab.text())
        self.assertRegex(tab.text(), r"\(\d\d:\d\d\)")
        self.assert_good(tab)

    def test_links__asked_for_in_everybodys_name__each_is_told_how_long_to_wait(self):
        word = random_word()
        known = self.person(f"olga.{word}@example.org")
        known.locator("form.who button").follow()
        one, two, three = self.tab(width=360), self.tab("fr", width=360), self.tab("fr", width=360, scripts=False)
        for name in "ab":
            self.assertEqual(self.ask(one, f"{name}.{word}@example.org").heading(), one.word("Look into your mail"))
        self.see(self.ask(one, f"c.{word}@example.org"), "Please wait a little",
                 "Sign-in links for many people were asked for in this browser. Ask again in {wait}, or ask those who run this service for a link.")
        self.ask(two, f"c.{word}@example.org")
        self.see(self.ask(two, f"d.{word}@example.org"), "Look into your mail",
                 "Very many sign-in links were asked for from your network. Is this your first time here? Then please ask again in {crowded}, "
                 "or ask those who run this service for a link.")
        # who signed in before gets a letter all the same, in whatever browser
        elsewhere = self.visitor(known.mail)
        self.assertEqual(elsewhere.get("sign-in").form("mail").fill(mail=known.mail).submit().status, 429)
        self.assertTrue(elsewhere.mail_to(known.mail))
        for name in "ef":
            self.ask(self.tab("fr"), f"{name}.{word}@example.org")
        self.see(self.ask(three, f"g.{word}@example.org"), "Please wait a little",
                 "Too many sign-in links were asked for from your network. Ask again in {wait}, or ask those who run this service for a link. "
                 "A browser in which you signed in before does not have to wait.")
        self.assertEqual(self.ask(known, known.mail).heading(), known.word("Look into your mail"))


if __name__ == "__main__":
    unittest.main()
