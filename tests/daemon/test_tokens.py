"""Who gets which token by which door, and what it is worth in the room: GET /token, forwarded links, the address for everybody, /closed."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from links import link_of_meeting  # noqa: E402
from people import Organiser, Ticket, random_word  # noqa: E402
from xmpp_client import Client  # noqa: E402


def setUpModule():
    stage.open_site(focus="none", conf=["auth.moderators_sign_in=internal", "auth.internal_domains=example.org", "meetings.unbooked=signed-in"])


def tearDownModule():
    stage.close_site()


class Case(stage.Case):
    def signed_in(self, mail):
        person = Organiser(self.site, mail)
        person.sign_in()
        return person

    def book_house(self):
        """A meeting with a moderator of the house and one from outside."""
        booked = self.book()
        booked.inside = f"m-{random_word()}@example.org"
        booked.subject = f"Meeting {random_word()}"
        booked.meeting = booked.organiser.book(booked.subject, moderators=f"{booked.inside}\n{booked.moderator.mail}", guests=booked.guest.mail)
        for person in (booked.organiser, booked.moderator, booked.guest):
            person.invited(booked.subject)
        booked.letter = booked.organiser.mail_to(booked.inside, booked.subject)
        return booked

    def ticket_of(self, page):
        self.assertEqual(page.status, 302, f"{page.heading}: {page.text[:300]}")
        return Ticket(page.location)

    async def enter_with(self, ticket, nick):
        client = self.client(Client, ticket.token)
        await client.connect()
        await client.join(ticket.room, nick, ticket.name or nick)
        return client


class Asked(Case):
    """Jitsi's tokenAuthUrl sends people to GET /token?room=ROOM."""

    async def test_token__nobody__signs_in_and_comes_back(self):
        booked = self.book()
        ticket = booked.organiser.ticket()
        page = self.browser().get(f"token?room={ticket.room}")
        self.assertEqual(page.status, 303)
        self.assertIn("/sign-in?next=", page.location)
        self.assertIn(ticket.room, page.location)

    async def test_token__people_of_a_meeting__come_in_with_their_roles(self):
        booked = self.book_house()
        room = self.ticket_of(booked.organiser.browser.get(booked.meeting.path + "/join")).room
        for person, role in ((booked.organiser, "moderator"), (self.signed_in(booked.inside), "moderator"), (self.signed_in(booked.guest.mail), "participant")):
            ticket = self.ticket_of(person.browser.get(f"token?room={room.upper()}"))
            self.assertEqual(ticket.room, room)
            self.assertEqual(ticket.claims["room"], room)
            self.assertNotIn("@", str(ticket.claims["context"]))
            client = await self.enter_with(ticket, random_word())
            self.assertEqual(client.role(), role, person.mail)

    async def test_token__signed_in_but_not_invited__is_told_whom_to_ask(self):
        booked = self.book()
        page = self.organiser().browser.get(f"token?room={booked.room}")
        self.assertEqual((page.status, page.location), (403, None))
        self.assertIn(booked.organiser.mail, page.text)

    async def test_token__personal_room__its_owner_moderates_and_others_do_not(self):
        owner = self.organiser()
        owner.get("/my-room").form(action="/my-room").submit(follow=True)
        room = self.ticket_of(owner.browser.get("/my-room/enter")).room
        ticket = self.ticket_of(owner.browser.get(f"token?room={room}"))
        host = await self.enter_with(ticket, "host")
        self.assertEqual(host.role(), "moderator")
        visitor = await self.enter_with(self.ticket_of(self.organiser().browser.get(f"token?room={room}")), "visitor")
        self.assertEqual(visitor.role(), "participant")
        self.assert_roles(host, host="moderator", visitor="participant")

    async def test_token__room_without_a_booking__says_who_it_is_and_gives_no_rights(self):
        ticket = self.ticket_of(self.organiser().browser.get("token?room=coffee"))
        self.assertEqual(ticket.claims["room"], "coffee")
        self.assertEqual(ticket.claims["context"]["user"]["moderator"], "false")
        await self.enter_with(ticket, "somebody")  # signed-in: the token is the way in


class Forwarded(Case):
    """A moderator's letter in other hands ([auth] moderators_sign_in = internal)."""

    async def test_moderator_of_the_house__link__is_not_enough(self):
        booked = self.book_house()
        link = booked.letter.join_link
        thief = self.browser().get(link)
        self.assertEqual((thief.status, thief.location), (403, None))
        self.assertTrue(thief.has_link(href="/sign-in"), thief.text)
        other = self.organiser().browser.get(link)
        self.assertEqual((other.status, other.location), (403, None))
        ticket = self.ticket_of(self.signed_in(booked.inside).browser.get(link))
        client = await self.enter_with(ticket, "moderator")
        self.assertEqual(client.role(), "moderator")

    async def test_moderator_from_outside__link__is_enough(self):
        booked = self.book_house()
        client = await self.enter(booked.moderator, "moderator")
        self.assertEqual(client.role(), "moderator")

    async def test_guest_of_the_house__link__is_enough(self):
        booked = self.book_house()
        client = await self.enter(booked.guest, "guest")
        self.assertEqual(client.role(), "participant")


class Shared(Case):
    async def test_shared_address__visitor__types_a_name_and_is_not_verified(self):
        booked = self.book()
        room = booked.room
        visitor = self.browser()
        page = visitor.get("s/" + link_of_meeting(self.site, booked.meeting.ref, "shared"))
        self.assertEqual(page.status, 200)
        empty = page.form("name").fill(name="").submit()
        self.assertEqual(empty.status, 422)
        gone = page.form("name").fill(name="Zoé d’Équipe").submit()
        self.assertEqual(gone.status, 303)
        ticket = Ticket(gone.location)
        self.assertEqual((ticket.room, ticket.token, ticket.name), (room, None, "Zoé d’Équipe"))
        client = self.client(Client)
        await client.connect()
        await client.join(ticket.room, "zoe", ticket.name)
        self.assertEqual(client.role(), "participant")
        await stage.until("she is in the attendance", lambda: "Zoé d’Équipe" in booked.meeting.visits())
        seen = booked.meeting.visits()["Zoé d’Équipe"]
        self.assertEqual((seen.verified, seen.is_there), (False, True))
        back = visitor.get("closed")
        self.assertEqual(back.status, 200)
        self.assertTrue(back.has_link(href="/s/"), back.text)

    async def test_closed__after_the_own_link__leads_back_in(self):
        booked = self.book()
        ticket = booked.guest.ticket()
        page = booked.guest.get("closed")
        again = self.ticket_of(page.click(href="/j/"))
        self.assertEqual((again.room, again.user_id), (ticket.room, ticket.user_id))

    async def test_closed__nobody__has_nowhere_to_go_back_to(self):
        page = self.browser().get("closed")
        self.assertEqual(page.status, 200)
        self.assertFalse(page.has_link(href="/j/|/s/|/meetings/"), page.text)


class Logs(Case):
    async def test_logs__whatever_goes_well_or_wrong__hold_no_link_and_no_token(self):
        booked = self.book_house()
        client = await self.enter(booked.guest, "guest")
        ticket = booked.guest.ticket()
        letter = booked.guest.letter
        feed = booked.organiser.feed_link()
        shared = link_of_meeting(self.site, booked.meeting.ref, "shared")
        secrets = [letter.join_link, letter.invitation_link, feed, shared, booked.organiser.browser.cookies["jmb_session"]]
        secrets = [secret.rpartition("/")[2].removesuffix(".ics").partition("?")[0] for secret in secrets]
        for secret in secrets[:4]:  # forged, cut, by another door, and in what is refused
            for address in (f"j/{secret[:-1]}x", f"i/{secret[:-3]}", f"u/{secret}", f"ical/{secret}.ics", f"j/{secret}%00", f"j/{secret}?x=%zz", f"nowhere/{secret}"):
                booked.guest.browser.get(address)
            booked.guest.browser.post(f"i/{secret}", {"answer": "nonsense"})
            booked.guest.browser.post(f"x/{secret}", {"minutes": "999"})
        await client.close()
        for name in ("jmbd", "prosody"):
            log = self.site.log(name)
            for secret in [*secrets, ticket.token, ticket.token.rpartition(".")[2]]:
                self.assertGreaterEqual(len(secret), 16)
                self.assertNotIn(secret, log, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
