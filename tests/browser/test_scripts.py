"""What the script adds to pages that do without: the reader's own time beside the meeting's, copying, sharing from a phone."""

import datetime
import pathlib
import sys
import unittest
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
from links import ref_of_attendee  # noqa: E402
from people import random_word, utc_now  # noqa: E402

NEW_YORK, PARIS = zoneinfo.ZoneInfo("America/New_York"), zoneinfo.ZoneInfo("Europe/Paris")


def setUpModule():
    house.open_house()


def tearDownModule():
    house.close_house()


class Scripts(house.Case):
    def meeting(self, olga, **fields):
        starts = (utc_now() + datetime.timedelta(days=3)).replace(hour=14, minute=0, second=0, microsecond=0)
        return starts, olga.book(f"Scripts {random_word()}", guests="gus@example.com", starts=starts, **fields)

    def olga(self):
        olga = self.visitor(f"{random_word()}.martin@example.org")
        olga.sign_in()
        return olga

    def test_times__reader_elsewhere__sees_the_own_beside_the_meetings(self):
        olga = self.olga()
        starts, meeting = self.meeting(olga)
        there, here = starts.astimezone(PARIS).strftime("%H:%M"), starts.astimezone(NEW_YORK).strftime("%H:%M")
        tab = self.person(olga.mail, zone="America/New_York")
        for address, own in (("", True), (meeting.path, True)):
            tab.goto(address)
            self.assertIn(there, tab.text())
            self.assertIn("for you: ", tab.text())
            self.assertIn(here, tab.text().partition("for you: ")[2])
            self.assert_good(tab)
        same = self.person(olga.mail)
        for address in ("", meeting.path):
            same.goto(address)
            self.assertIn(there, same.text())
            self.assertNotIn("for you: ", same.text())

    def test_times__reader_elsewhere__over_midnight__stays_in_its_column(self):
        olga = self.olga()
        starts = (utc_now() + datetime.timedelta(days=3)).replace(hour=2, minute=0, second=0, microsecond=0)
        meeting = olga.book(f"Night {random_word()}", guests="gus@example.com", starts=starts, minutes=300)
        for width in (360, 1280):
            tab = self.person(olga.mail, zone="America/New_York", width=width, language="fr")
            tab.goto("")
            self.assertIn("–", tab.look("document.querySelector('.own').textContent").partition("pour vous")[2])  # over midnight there
            self.assertTrue(tab.look("""(() => { const own = document.querySelector('.own').getBoundingClientRect(), what = document.querySelector('.what').getBoundingClientRect();
                return own.right <= innerWidth && (own.bottom <= what.top || own.right <= what.left); })()"""), width)
            self.assert_good(tab)
        self.assertIn(meeting.path, tab.look("document.querySelector('.what a').href"))

    def test_times__without_scripts__the_zone_is_named(self):
        olga = self.olga()
        starts, meeting = self.meeting(olga)
        tab = self.person(olga.mail, zone="America/New_York", scripts=False)
        tab.goto(meeting.path)
        self.assertIn(starts.astimezone(PARIS).strftime("%H:%M"), tab.text())
        self.assertIn("Europe/Paris", tab.text())
        self.assertNotIn("for you: ", tab.text())

    def test_roster__on_a_phone__what_is_known_stands_above_what_can_be_done(self):
        olga = self.olga()
        _, meeting = self.meeting(olga)
        tab = self.person(olga.mail, width=360, language="fr")
        tab.goto(meeting.path)
        tab.locator(".roster summary").click()
        self.assertTrue(tab.look("""(() => { const row = document.querySelector('.roster details').closest('tr'), known = [...row.querySelectorAll('.tag')];
            return known.length > 1 && known.every((one) => one.getBoundingClientRect().bottom <= row.querySelector('summary').getBoundingClientRect().top); })()"""))
        self.assert_good(tab)

    def test_copy__address_for_everybody__is_in_the_clipboard_and_said(self):
        olga = self.olga()
        _, meeting = self.meeting(olga)
        tab = self.person(olga.mail)
        tab.goto(meeting.path)
        address = tab.look("document.getElementById('shared-address').value")
        self.assertIn("/s/", address)
        # both at the same time: either goes back to what it was after a moment, which is seen however late we ask
        tab.look("""window.both = false, new MutationObserver(() => {
            both ||= document.querySelector('[data-copy=shared-address]').textContent === 'Copied' &&
                [...document.querySelectorAll('[aria-live=polite], [role=status]')].some((one) => one.textContent.includes('Copied'));
        }).observe(document.body, { childList: true, characterData: true, subtree: true })""")
        tab.locator("[data-copy=shared-address]").click()
        tab.until("both")
        self.assertEqual(tab.look("navigator.clipboard.readText()"), address)

    def click_twice(self, tab, first, second):
        """The second click comes once the first was sent, and before its answer is there."""
        tab.look(f"""(() => {{
            const buttons = [{first!r}, {second!r}].map((one) => document.querySelector(one));
            window.isLeft = true;
            buttons[0].click();
            setTimeout(() => {{ buttons[1].click(); }}, 4);
        }})()""")
        tab.until("!window.isLeft && document.readyState === 'complete'")

    def test_double_click__on_a_button_that_sends__sends_once(self):
        """What a second sending would be told (that nobody is there to be removed, that one is not the organiser) is not what is seen."""
        olga, other = self.olga(), self.olga()
        _, meeting = self.meeting(olga)
        tab = self.person(olga.mail)
        guest = ref_of_attendee(self.site, meeting.ref, "gus@example.com")
        for path, mail, done in ((f"/attendees/{guest}/remove", None, "That person is removed."), ("/hand-over", other.mail, "The meeting is handed over.")):
            tab.goto(meeting.path + path)
            if mail:
                tab.locator("#mail").fill(mail)
            self.click_twice(tab, "main form button.button", "main form button.button")
            self.assertIn(done, tab.text())

    def test_second_click__on_another_button__is_meant(self):
        olga, subject, gus = self.olga(), f"Scripts {random_word()}", f"gus.{random_word()}@example.com"
        olga.book(subject, guests=gus)
        tab = self.tab()
        tab.goto(self.visitor(gus).invited(subject).letter.invitation_link)
        self.click_twice(tab, "button[value=accepted]", "button[value=declined]")
        self.assertIn("Your answer: Declined", tab.text())

    def test_share__phone__gives_the_address_to_the_system(self):
        """Chromium on a desk may not know how to share: then there is no button. A phone's is played by a stand-in."""
        olga = self.olga()
        _, meeting = self.meeting(olga)
        tab = self.person(olga.mail, width=360)
        tab.addInitScript({"content": "navigator.share = (given) => { window.given = given; return Promise.resolve(); };"})
        tab.goto(meeting.path)
        tab.locator("[data-share]").click()
        self.assertEqual(tab.look("window.given.url"), tab.look("document.getElementById('shared-address').value"))
        self.assertIn("Scripts", tab.look("window.given.title"))
        self.assert_good(tab)

    def test_without_scripts__no_button_that_does_nothing(self):
        olga = self.olga()
        _, meeting = self.meeting(olga)
        tab = self.person(olga.mail, scripts=False)
        tab.goto(meeting.path)
        self.assertFalse(tab.look("[...document.querySelectorAll('[data-copy], [data-share]')].some((one) => one.offsetParent)"))


if __name__ == "__main__":
    unittest.main()
