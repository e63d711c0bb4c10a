#!/usr/bin/env python3
"""A meeting while it goes on: what people order said and ended, more time by link and page, policies that follow edits,
a room of one's own."""

import asyncio
import datetime
import pathlib
import re
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import Ticket, random_word, utc_now  # noqa: E402
from xmpp_client import Client, Refused  # noqa: E402


def setUpModule():
    stage.open_site(focus="none", conf=["reminders.room=12s, 5s", "reminders.at_end=close", "meetings.length_least=1s", "meetings.length_step=1s",
                                        "meetings.grace=0s"])


def tearDownModule():
    stage.close_site()


def heard(client):
    return [stanza.body for stanza in stage.room_speaks(client)]


def whispered(client):
    """What the room said to this client alone."""
    return [stanza.json["message"] for stanza in client.messages() if stanza.json and not stanza.nick]


async def gone(client):
    """The reason with which the room sent everybody away."""
    stanza = await client.wait_for(lambda s: s.name == "presence" and s.type == "unavailable" and s.find("x/destroy") is not None)
    return stanza.text("x/destroy/reason")


class Admin(stage.Case):
    async def ctl(self, *words):
        return await asyncio.to_thread(self.site.ctl, *words, check=False)

    async def test_jmbctl__say__everybody_reads_it(self):
        room = "unbooked-" + random_word()
        bob, eve = await self.stranger(room, "bob"), await self.stranger(room, "eve")
        done = await self.ctl("say", room, "The network", "goes <down> & up at noon")
        self.assertEqual((done.returncode, done.stdout), (0, "said to 2 people\n"), done.stderr)
        for client in (bob, eve):
            await stage.until("the words", lambda client=client: heard(client) == ["The network goes <down> & up at noon"])

    async def test_jmbctl__say__nobody_there(self):
        done = await self.ctl("say", "nobody-" + random_word(), "Hello")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nobody is in that room", done.stderr)

    async def test_jmbctl__end__sends_everybody_out_and_holds(self):
        room = "unbooked-" + random_word()
        bob = await self.stranger(room, "bob")
        done = await self.ctl("end", f"{room}@{self.site.env['MUC']}", "Fire alarm")
        self.assertEqual((done.returncode, done.stdout), (0, "ended, with its breakouts: 1 room\n"), done.stderr)
        self.assertEqual(await gone(bob), "Fire alarm")
        again = self.client(Client)
        await again.connect()
        with self.assertRaises(Refused):
            await again.join(room, "again", "Again")

    async def test_jmbctl__end__a_meeting_is_over(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        done = await self.ctl("end", booked.room)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(await gone(guest), "This meeting was ended by its organisers.")
        page = booked.guest.open_join_link()
        self.assertEqual((page.status, page.heading), (410, "This meeting is over"))

    def stays(self, room):
        """How many visits are stored that are not over, of a room."""
        database = sqlite3.connect(f"file:{self.site.env['DB']}?mode=ro", uri=True)
        try:
            return database.execute("SELECT count(*) FROM visit v JOIN room r ON r.id = v.room WHERE r.node = ? AND v.left_ms IS NULL", [room]).fetchone()[0]
        finally:
            database.close()

    async def test_jmbctl__end__of_a_room_that_is_open_early__holds_too(self):
        """The meeting is still to come: who was sent out is not to be back before the others have left."""
        starts = utc_now().replace(microsecond=0) + datetime.timedelta(minutes=5)
        booked = self.book(starts=starts, minutes=30, opens_before="10", guests_before="10")
        guest, moderator = await self.enter(booked.guest, "guest"), await self.enter(booked.moderator, "moderator")
        await stage.until("both are seen", lambda: self.stays(booked.room) == 2)
        done = await self.ctl("end", booked.room, "Fire alarm")
        self.assertEqual(done.returncode, 0, done.stderr)
        for client in (guest, moderator):
            self.assertEqual(await gone(client), "Fire alarm")
        await stage.until("nobody is seen", lambda: self.stays(booked.room) == 0)
        for person in (booked.guest, booked.moderator):
            again = self.client(Client, person.ticket().token)
            await again.connect()
            with self.assertRaises(Refused) as refusal:
                await again.join(booked.room, "again", "Again")
            self.assertIn("This room was closed.", str(refusal.exception))


class Organisers(stage.Case):
    async def test_page__say__everybody_reads_it(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        page = await stage.until("the page", lambda: (lambda page: page if "Now in the room" in page.text else None)(booked.meeting.page()))
        form = page.form(action="/say")
        form.fill(words="Back in 5 minutes")
        self.assertIn("It is said in the room.", form.submit(follow=True).text)
        await stage.until("the words", lambda: heard(guest) == ["Back in 5 minutes"])

    async def test_page__end__names_the_consequence_and_ends(self):
        booked = self.book()
        guest, moderator = await self.enter(booked.guest, "guest"), await self.enter(booked.moderator, "moderator")
        await stage.until("both are seen", lambda: "2 people are connected." in booked.meeting.page().text)
        page = booked.meeting.page().click(href="/end")
        self.assertIn("2 people are sent out of the room", page.text)
        form = page.form(action="/end")
        form.fill(words="Thank you all")
        form.submit(follow=True)
        for client in (guest, moderator):
            self.assertEqual(await gone(client), "Thank you all")
        late = self.client(Client)
        await late.connect()
        with self.assertRaises(Refused):
            await late.join(guest.room, "late", "Late")
        organiser = booked.meeting.organiser
        letter = await asyncio.to_thread(organiser.mail_to, organiser.mail, "^Attendance: ")  # now, and not at the booked end
        self.assertIn("2 people were in your meeting.", letter.text)


class MoreTime(stage.Case):
    async def test_moderators__alone__get_a_link_that_extends(self):
        end = stage.ending_in(32)
        booked = self.book(**end)
        guest, moderator = await self.enter(booked.guest, "guest"), await self.enter(booked.moderator, "moderator")
        told = await moderator.wait_for(lambda s: s.name == "message" and s.json is not None, timeout=60, what="the link")
        self.assertTrue(told.json["message"].startswith("Only you see this."), told)
        link = re.search(r"https?://\S+(/x/\S+)", told.json["message"]).group(1)
        page = self.browser().get(link)  # not signed in
        self.assertEqual(page.status, 200, page.text[:300])
        self.assertIn("The meeting goes on until", page.form(action="/x/").submit("15", follow=True).text)
        over = end["starts"] + datetime.timedelta(minutes=1, seconds=1)
        await stage.until("the old end is past", lambda: utc_now() > over, timeout=60)
        self.assertEqual(whispered(guest), [])
        self.assertEqual(len(whispered(moderator)), 1)
        late = await self.stranger(guest.room, "late")
        self.assertEqual(late.people(), {"guest", "moderator", "late"})
        self.assertEqual(heard(guest), ["This meeting ends in 12 seconds."])  # that of 5 seconds would have been untrue


class Personal(stage.Case):
    async def test_personal_room__opens_for_its_owner(self):
        owner = self.organiser()
        page = owner.get("/my-room")
        page.form(action="/my-room").submit(follow=True)
        entered = owner.browser.get("/my-room/enter")
        self.assertEqual(entered.status, 302)
        ticket = Ticket(entered.location)
        early = self.client(Client)
        await early.connect()
        with self.assertRaises(Refused) as refusal:
            await early.join(ticket.room, "early", "Early")
        self.assertEqual(refusal.exception.condition, "registration-required")  # the way into the lobby
        host = self.client(Client, ticket.token)
        await host.connect()
        await host.join(ticket.room, "host", "Host")
        self.assertEqual(host.role(), "moderator")
        await early.join(ticket.room, "early", "Early")
        self.assertEqual(early.role(), "participant")
        await stage.until("both are seen", lambda: re.search(r"\b2\b", owner.get("/my-room").text))


if __name__ == "__main__":
    unittest.main(verbosity=2)
