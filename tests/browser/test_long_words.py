"""Words without an end (an address pasted as the title, a long compound, a name without a space) break where they must: no page grows wider than its window."""

import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
from links import link_of_attendee, link_of_meeting, ref_of_attendee  # noqa: E402
from people import Organiser, random_word, utc_now  # noqa: E402

WORD = "https://visio.universite.example/" + "Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 3
NAME = "Wolfeschlegelsteinhausenbergerdorff" * 3


def setUpModule():
    house.open_house()


def tearDownModule():
    house.close_house()


class LongWords(house.Case):
    def book(self, organiser, guest, **fields):
        meeting = organiser.book(WORD, guests=f"{NAME} <{guest}>", description=WORD, **fields)
        meeting.guest = self.visitor(guest).invited()
        return meeting

    def test_pages__long_words__stay_within_the_window(self):
        word = random_word()
        olivia = self.person(f"olivia.{'a' * 40}.{word}@example.org", width=360)
        organiser = Organiser(self.site, olivia.mail)
        organiser.sign_in()
        live = self.book(organiser, f"g1.{'b' * 50}.{word}@example.com")
        later = self.book(organiser, f"g2.{'c' * 50}.{word}@example.com", starts=utc_now() + datetime.timedelta(days=3))
        live.guest.answer("declined", WORD)
        person = "/attendees/" + ref_of_attendee(self.site, later.ref, later.guest.mail)
        for address in ["", live.path, later.path, later.path + "/edit", later.path + "/cancel", live.path + "/end", later.path + "/attendees", later.path + "/hand-over",
                        later.path + person + "/remove", later.path + person + "/renew", live.path + "/attendance", "settings"]:
            with self.subTest(address.replace(live.ref, "LIVE").replace(later.ref, "LATER")):
                olivia.goto(address)
                olivia.look("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                self.assert_good(olivia, light=False, dark=False)
        visitor = self.tab(width=360)
        for name, address in (("invitation", live.guest.letter.invitation_link), ("waiting", later.guest.letter.join_link),
                              ("shared", "s/" + link_of_meeting(self.site, live.ref, "shared")),
                              ("stop", "u/" + link_of_attendee(self.site, live.ref, live.guest.mail, "stop"))):
            with self.subTest(name):
                visitor.goto(address)
                self.assert_good(visitor, light=False, dark=False)
        later.cancel(WORD)
        for name, address, status in (("cancelled", later.guest.letter.invitation_link, 200), ("join cancelled", later.guest.letter.join_link, 410)):
            with self.subTest(name):
                visitor.goto(address, wanted=status)
                self.assert_good(visitor, light=False, dark=False)


if __name__ == "__main__":
    unittest.main()
