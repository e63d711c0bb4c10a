"""Signing in by letters, under somebody who asks for them in another's name."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import Visitor, random_word  # noqa: E402

MOST = 3  # letters an hour


def setUpModule():
    stage.open_site(focus="none", conf=[f"auth.sign_ins_per_person={MOST}"])


def tearDownModule():
    stage.close_site()


class SignIn(stage.Case):
    def ask(self, visitor, mail):
        page = visitor.get("sign-in").form("mail").fill(mail=mail).submit()
        self.assertEqual(page.status, 200, page.text[:300])
        return page.text

    def test_letters__used_up_by_a_stranger__still_come_to_a_browser_that_signed_in_before(self):
        mail = f"olga.{random_word()}@example.org"
        olga, eve, elsewhere = stage.Organiser(stage.site, mail), Visitor(stage.site, "eve@example.org"), stage.Organiser(stage.site, mail)
        olga.sign_in_by_mail()
        olga.get("").form(action="/sign-out").submit(follow=True)
        pages = {self.ask(eve, mail) for _ in range(MOST + 2)}
        self.assertEqual(len(pages), 1, "the page tells whether a letter left")
        for _ in range(MOST - 1):
            olga.mail_to(mail)  # the stranger's: Olga's first one, asked for in a new browser, counts among them
        # a new browser is a stranger; Olga's own is not, and the letters leave in order
        pages.add(self.ask(elsewhere, mail))
        pages.add(self.ask(olga, mail))
        self.assertEqual(len(pages), 1)
        olga.use_sign_in_link(olga.mail_to(mail).sign_in_link)
        self.assertEqual(olga.get("").status, 200)
        self.assertEqual(len(olga.box.letters(mail)), MOST + 1)

    def test_letters__used_up_by_a_stranger__let_a_new_browser_in(self):
        mail = f"olga.{random_word()}@example.org"
        olga, eve = stage.Organiser(stage.site, mail), Visitor(stage.site, "eve@example.org")
        for _ in range(MOST + 1):
            self.ask(eve, mail)
        letters = [olga.mail_to(mail) for _ in range(MOST)]
        self.ask(olga, mail)
        page = olga.get(letters[0].sign_in_link)  # the oldest, and not the one that she asked for
        code = re.search(r"<output>([A-Z2-9]{4}-[A-Z2-9]{4})</output>", page.source).group(1)
        self.assertEqual(olga.get("sign-in/code").form("code").fill(code=code).submit(follow=True).status, 200)
        self.assertIn(mail, olga.get("settings").text)
        self.assertEqual(len(olga.box.letters(mail)), MOST)

    def test_cookie__names_nobody_and_is_no_script_s(self):
        mail = f"olga.{random_word()}@example.org"
        olga = stage.Organiser(stage.site, mail)
        olga.sign_in()
        known = olga.browser.cookies["jmb_known"]
        self.assertRegex(known, r"^[-_A-Za-z0-9]{32}$")
        self.assertTrue([line for line in olga.browser.cookie_lines if line.startswith("jmb_known=") and "HttpOnly; SameSite=Lax" in line])
        again = stage.Organiser(stage.site, mail)
        again.sign_in()
        self.assertNotEqual(again.browser.cookies["jmb_known"], known)


if __name__ == "__main__":
    unittest.main()
