"""Booking, answering and waiting by keyboard alone, as people who hear the page do: the order of Tab, Enter, a focus that shows, errors that take it."""

import datetime
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
from people import Guest, random_word, utc_now  # noqa: E402

FOCUS_SHOWS = """(() => { const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== 'none'; })()"""


def setUpModule():
    house.open_house()


def tearDownModule():
    house.close_house()


class Keyboard(house.Case):
    def tab_to(self, tab, wanted, most=60):
        """Presses Tab until that has the focus; the stops on the way. Each of them must show that it has it."""
        passed = []
        for _ in range(most):
            tab.press("Tab")
            if tab.look("document.activeElement === document.body"):
                continue  # round once: the browser's own frame
            here = tab.focused()
            if not passed or passed[-1] != here:
                passed.append(here)
            self.assertTrue(tab.look(FOCUS_SHOWS), f"the focus on {here} does not show")
            if here == wanted:
                return passed
        self.fail(f"Tab does not come to {wanted}, but past {passed}")

    def test_form__by_keyboard__books(self):
        word = random_word()
        tab = self.person()
        tab.goto("meetings/new")
        passed = self.tab_to(tab, "subject")
        self.assertEqual(passed[0], "skip")
        tab.type(f"Keys {word}")
        passed = self.tab_to(tab, "guests")
        order = [name for name in passed if name in ("date", "time", "length", "tz", "guests")]
        self.assertEqual(order, ["date", "time", "length", "tz", "guests"])
        tab.type(f"gus.{word}@example.com")
        passed = self.tab_to(tab, "description")
        self.assertIn("moderators", passed)
        self.assertTrue(tab.look("document.querySelector('form:has(#subject)').textContent").count(f"gus.{word}@example.com"))
        self.tab_to_button(tab, "Book and send the invitations")
        tab.press_on("Enter")
        self.assertEqual(tab.heading(), f"Keys {word}")
        self.assertIn(f"gus.{word}@example.com", tab.text())

    def tab_to_button(self, tab, text):
        for _ in range(40):
            tab.press("Tab")
            if text in (tab.look("document.activeElement.innerText") or ""):
                self.assertTrue(tab.look(FOCUS_SHOWS))
                return
        self.fail(f"Tab does not come to the button '{text}'")

    def test_form__with_errors__the_summary_takes_the_focus_and_leads_to_the_fields(self):
        tab = self.person()
        tab.goto("meetings/new")
        tab.locator("#guests").fill("nobody@")
        self.tab_to_button(tab, "Book and send the invitations")
        tab.press_on("Enter")
        tab.until("document.activeElement.classList.contains('summary')")  # autofocus: a moment after the page is there
        self.assertEqual(tab.look("document.activeElement.getAttribute('role')"), "alert")
        for field in ("subject", "guests"):
            tab.look("document.querySelector('.summary').focus()")
            self.tab_to_link(tab, f"#{field}")
            tab.press("Enter")
            tab.until_focused(field)
            self.assertEqual(tab.look(f"document.getElementById('{field}').getAttribute('aria-invalid')"), "true")

    def tab_to_link(self, tab, href):
        for _ in range(10):
            tab.press("Tab")
            if tab.look("document.activeElement.getAttribute('href')") == href:
                return
        self.fail(f"Tab does not come to the link {href}")

    def test_invitation__by_keyboard__is_answered(self):
        word = random_word()
        organiser = self.visitor(f"o-{word}@example.org")
        organiser.sign_in()
        organiser.book(f"Answer {word}", guests=f"g-{word}@example.com", in_days=1)
        guest = Guest(self.site, f"g-{word}@example.com").invited()
        tab = self.tab()
        tab.goto(guest.letter.invitation_link)
        self.tab_to(tab, "comment")
        tab.type("By keyboard")
        passed = self.tab_to(tab, "answer=declined")
        self.assertEqual([one for one in passed if one.startswith("answer=")], ["answer=accepted", "answer=tentative", "answer=declined"])
        tab.press_on("Enter")
        self.assertIn("Declined", tab.text())
        self.assertIn("By keyboard", tab.look("document.querySelector('#comment').value"))
        self.assertIn("Declined", tab.look("document.querySelector('[role=status], [role=alert], .done').innerText"))

    def test_skip_link__enter__leads_to_the_content(self):
        tab = self.tab()
        tab.goto("sign-in")
        tab.press("Tab", "Enter")
        tab.until_focused("main")


class Waiting(house.Case):
    """The guest's door opens five minutes before the start."""

    def waiting_page(self, opens_in, **options):
        word = random_word()
        organiser, tab = self.visitor(f"o-{word}@example.org"), self.tab(**options)
        tab.goto("sign-in")  # what takes long comes before the clock runs
        organiser.sign_in()
        organiser.book(f"Wait {word}", guests=f"g-{word}@example.com", starts=utc_now() + datetime.timedelta(seconds=300 + opens_in), seconds=True)
        tab.goto(Guest(self.site, f"g-{word}@example.com").invited().letter.join_link)
        return tab

    def test_waiting__until_it_opens__announces_politely_and_goes_in(self):
        tab = self.waiting_page(25)
        live = tab.look("[document.getElementById('status').getAttribute('role'), document.getElementById('status').getAttribute('aria-live')]")
        self.assertIn(live, (["status", None], [None, "polite"], ["status", "polite"]))  # the role is polite by itself
        # What a screen reader hears: each change of the live region. The seconds that the page shows are none.
        tab.look("""window.heard = [], new MutationObserver(() => { const words = document.getElementById('status').textContent; if (words) heard.push(words); })
            .observe(document.getElementById('status'), { childList: true, characterData: true, subtree: true })""")
        tab.until("document.querySelector('[data-left]').textContent.match(/\\b[1-5] s/)")
        heard = tab.look("heard")
        self.assertEqual(len(heard), 1, heard)
        self.assertRegex(heard[0], r"\b10 s")
        tab.waitForURL({"regexp": "^" + re.escape(house.jitsi.url)}, {"timeout": 60000})

    def test_waiting__stopped__stays_when_it_opens(self):
        tab = self.waiting_page(20)
        self.assertTrue(tab.look("!!document.querySelector('[data-going]').offsetParent"))
        tab.getByRole("button", name="Stop this page from reloading").click()
        self.assertFalse(tab.look("!!document.querySelector('[data-going]').offsetParent"))
        self.assertTrue(tab.look("!!document.querySelector('[data-stopped]').offsetParent"))
        address = tab.address()
        tab.look("performance.mark('stopped')")
        tab.until("document.querySelector('[data-left]').textContent.match(/\\b0 s/)")
        # Longer than it waits to look at the door.
        tab.until("performance.now() - performance.getEntriesByName('stopped')[0].startTime > 12000")
        self.assertEqual(tab.address(), address)
        tab.getByRole("link", name="Try now").follow()
        self.assertTrue(tab.address().startswith(house.jitsi.url), tab.address())

    def test_waiting__with_or_without_scripts__says_the_same(self):
        for opens_in in (2 * 86400 + 3 * 3600 + 630, 86400 + 30, 5430, 90):
            word, mail = random_word(), f"g-{random_word()}@example.com"
            organiser = self.visitor(f"o-{word}@example.org")
            organiser.sign_in()
            organiser.book(f"Same {word}", guests=mail, starts=utc_now() + datetime.timedelta(seconds=300 + opens_in), seconds=True)
            link = Guest(self.site, mail).invited().letter.join_link
            for language in ("en", "fr"):
                said = []
                for scripts in (False, True):
                    tab = self.tab(scripts=scripts, language=language)
                    tab.goto(link)
                    if scripts:
                        tab.until("document.querySelector('button[type=button]')")
                    said.append(tab.look("document.querySelector('[data-left]').textContent"))
                self.assertRegex(said[0], "[0-9]")
                self.assertEqual(said[0], said[1])

    def test_waiting__without_scripts__says_so_and_reloads_by_itself_unless_stopped(self):
        tab = self.waiting_page(600, scripts=False)
        self.assertIn("refresh", tab.look("document.querySelector('noscript').textContent + document.querySelector('head').innerHTML"))
        tab.getByRole("link", name="Stop this page from reloading").follow()
        self.assertNotIn("refresh", tab.look("document.querySelector('head').innerHTML"))
        tab.getByRole("link", name="Let it go on by itself").follow()
        self.assertIn("refresh", tab.look("document.querySelector('head').innerHTML"))


if __name__ == "__main__":
    unittest.main()
