"""A meeting from the form to its end as people see it in a browser: booked, answered, joined, cancelled, with and without scripts, on a phone and a
desk, in English and French."""

import datetime
import json
import re
import sys
import pathlib
import unittest
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
from people import Ticket, random_word, utc_now  # noqa: E402

PARIS = zoneinfo.ZoneInfo("Europe/Paris")


def setUpModule():
    house.open_house()


def tearDownModule():
    house.close_house()


def fill_form(tab, subject, guests, moderators="", starts=None, minutes=60):
    """Types a booking into the form that is open."""
    starts = (starts or utc_now()).astimezone(PARIS)
    if starts.fold:  # the wall shows this time for the second time
        starts = starts.astimezone(datetime.timezone.utc)
        tab.locator("#tz").selectOption("UTC")
    tab.locator("#subject").fill(subject)
    tab.locator("#date").fill(starts.strftime("%Y-%m-%d"))
    tab.locator("#time").fill(starts.strftime("%H:%M"))
    length = tab.locator("#length")
    if tab.look("document.querySelector('#length').tagName") == "SELECT":
        length.selectOption(str(minutes))
    else:
        length.fill(str(minutes))
    tab.locator("#guests").fill(guests)
    tab.locator("#moderators").fill(moderators)


class Journey:
    """Each pair of language, width and scripts comes once."""

    language, width, scripts = "en", 1280, True

    def browser_of(self, mail=None):
        options = {"language": self.language, "width": self.width, "scripts": self.scripts}
        return self.person(mail, **options) if mail else self.tab(**options)

    def book_by_form(self, organiser, subject, *people, **fields):
        organiser.goto("")
        organiser.getByRole("link", name=organiser.word("Book a meeting")).first().follow()
        self.assertFalse(organiser.look("!!document.querySelector('main .notice')"), organiser.text()[:200])
        fill_form(organiser, subject, *people, **fields)
        organiser.locator("form:has(#subject) button.button").first().follow()
        self.assertIn("/meetings/", organiser.address())
        self.assertIn(subject, organiser.heading())

    def test_journey__book_answer_join_cancel__as_people_do(self):
        word = random_word()
        subject, guest, moderator = f"Réunion d’équipe {word}", f"gus.{word}@example.com", f"mona.{word}@example.com"
        organiser = self.browser_of(f"olivia.{word}@example.org")
        self.book_by_form(organiser, subject, f"Gus Petit <{guest}>", moderator)
        self.assertIn("Gus Petit", organiser.text())
        meeting = organiser.address()

        invited = self.browser_of()
        letter = self.visitor(guest).invited(subject).letter
        invited.goto(letter.invitation_link)
        self.assertIn(subject, invited.heading())
        invited.locator("#comment").fill("À l’heure, <promis> & juré !")
        invited.locator("button[name=answer][value=accepted]").follow()
        self.assertIn(invited.word("Accepted"), invited.text())

        organiser.goto(meeting)
        self.assertIn("À l’heure, <promis> & juré !", organiser.text())

        self.edit(organiser, meeting, word)
        self.join(invited, letter.join_link, "Gus Petit")
        self.join(self.browser_of(), self.visitor(moderator).invited(subject).letter.join_link, None)
        self.cancel(organiser, meeting)
        invited.goto(letter.invitation_link)
        self.assertIn(invited.word("Cancelled"), invited.text())
        invited.goto(letter.join_link, wanted=410)

    def edit(self, organiser, meeting, word):
        """One more person and more time: what a meeting that runs still takes."""
        organiser.goto(meeting)
        organiser.locator("a[href$='/edit']").first().follow()
        self.assertFalse(organiser.look("!!document.querySelector('#date, #time')"))
        organiser.locator("#length").fill("75")
        self.add_guest(organiser, f"hana.{word}@example.net")
        organiser.locator("form:has(#guests) button.button").last().follow()
        self.assertIn("1 h 15", organiser.text().replace("\u00a0", " ").replace("\u202f", " "))
        self.assertIn(f"hana.{word}@example.net", organiser.text())
        self.visitor(f"hana.{word}@example.net").invited(word)

    def add_guest(self, tab, mail):
        """Types one more address behind those that are there."""
        field = tab.locator("#guests")
        field.fill(mail if self.scripts else field.inputValue() + "\n" + mail)

    def join(self, tab, link, name):
        """Up to the stand-in for Jitsi: it shows the address that the browser came to, with the token in it."""
        tab.goto(link)
        address = tab.address()
        self.assertTrue(address.startswith(house.jitsi.url), address)
        ticket = Ticket(address)
        self.assertTrue(ticket.claims["room"] == ticket.room and ticket.user_id)
        self.assertNotIn("@", json.dumps(ticket.claims))
        if name:
            self.assertEqual(ticket.name, name)

    def cancel(self, organiser, meeting):
        organiser.goto(meeting)
        organiser.locator("a[href$='/cancel']").follow()
        organiser.locator("#reason").fill("Grève")
        organiser.locator("button.danger").follow()
        self.assertIn(organiser.word("Cancelled"), organiser.text())


class EnglishPhone(Journey, house.Case):
    language, width, scripts = "en", 360, True


class EnglishDeskWithoutScripts(Journey, house.Case):
    language, width, scripts = "en", 1280, False


class FrenchPhoneWithoutScripts(Journey, house.Case):
    language, width, scripts = "fr", 360, False


class FrenchDesk(Journey, house.Case):
    language, width, scripts = "fr", 1280, True


if __name__ == "__main__":
    unittest.main()
