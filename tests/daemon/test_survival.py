"""What dies and what holds: jmbd and Prosody are ended at bad moments, and clients, mail and pages tell what became of it."""

import asyncio
import concurrent.futures
import datetime
import json
import os
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import Visitor, random_word, utc_now  # noqa: E402
from xmpp_client import Refused  # noqa: E402

SECOND = datetime.timedelta(seconds=1)


def setUpModule():
    stage.open_site(focus="first", conf=stage.SHORT)


def tearDownModule():
    stage.close_site()


class Survival(stage.Case):
    async def kill(self):
        await asyncio.to_thread(self.site.stop_daemon, signal.SIGKILL)

    async def start(self):
        await asyncio.to_thread(self.site.start_daemon)

    def row(self, meeting, person):
        """The line of the attendance page; `person` a mail address (who signed in has a name made of it) or a display name."""
        word = person.partition("@")[0].lower()
        return next((row for name, row in meeting.visits().items() if word in name.lower()), None)

    async def stays(self, meeting, person, happened, timeout=30):
        """Awaits that the person's line is as wanted, and returns its stays."""
        def ask():
            row = self.row(meeting, person)
            return row.stays if row is not None and happened(row) else None
        return await stage.until(f"the attendance of {person}", ask, timeout)

    def assert_between(self, moment, before, after):
        self.assertTrue(before - SECOND <= moment <= after + SECOND, f"{moment} is not in {before}..{after}")


class Daemon(Survival):
    def tearDown(self):
        if not self.site.alive("jmbd"):
            self.site.start_daemon()

    async def test_daemon__kill__visits_are_right(self):
        booked = self.book()
        room = booked.room
        organiser = await self.enter(booked.organiser, "organiser")
        guest = await self.enter(booked.guest, "guest")
        await self.stays(booked.meeting, booked.guest.mail, lambda row: row.is_there)
        await self.kill()
        left = utc_now()
        await guest.leave()
        left_by = came = utc_now()
        await self.stranger(room, "newcomer")
        came_by = utc_now()
        await self.start()
        (_, gone, about), = await self.stays(booked.meeting, booked.guest.mail, lambda row: not row.is_there)
        self.assert_between(gone, left, left_by)
        self.assertFalse(about)
        (begun, _, about), = await self.stays(booked.meeting, "Newcomer", lambda row: row.is_there)
        self.assert_between(begun, came, came_by)
        self.assertFalse(about)
        (_, gone, about), = await self.stays(booked.meeting, booked.organiser.mail, lambda row: True)
        self.assertEqual((gone, about), (None, False))
        self.assertFalse(organiser.lost)

    async def test_daemon__kill_again_and_again__no_visit_is_lost(self):
        booked = self.book()
        room = booked.room
        names = []
        for number in range(5):
            nick = f"person{number}"
            client = await self.stranger(room, nick)
            if number % 2:
                await client.leave()
            names.append(nick.title())
            await self.kill()
            await self.start()
        for number, name in enumerate(names):
            stays = await self.stays(booked.meeting, name, lambda row, n=number: row.is_there != bool(n % 2))
            self.assertEqual((len(stays), stays[0][2]), (1, False), name)

    async def test_daemon__kill__promised_letters_are_sent(self):
        organiser = self.organiser()
        guests = [f"letter{number}-{random_word()}@example.com" for number in range(60)]
        organiser.book("Promised", guests="\n".join(guests), in_days=1)
        await self.kill()
        await self.start()
        for mail in guests:
            await asyncio.to_thread(self.box.wait_for, mail, "Promised", 60)
        letters = self.box.letters(subject="Promised")
        self.assertEqual(len(letters), len(guests) + len([one for one in letters if organiser.mail in one.to]))
        self.assertEqual(len({letter["Message-ID"] for letter in letters}), len(letters))
        self.assertIn("Promised", organiser.get("").text)

    @unittest.skipIf(os.environ.get("JMBD_WRAPPER"), "jmbd has to be back within four seconds")
    async def test_daemon__kill_at_the_reminder__it_is_heard_once(self):
        booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), **stage.ending_in(24))
        room = booked.room
        clients = [await self.enter(booked.organiser, "organiser"), await self.enter(booked.guest, "guest"), await self.stranger(room, "stranger")]
        for number in (1, 2):
            await clients[2].wait_for(lambda _, n=number: len(stage.room_speaks(clients[2])) >= n, 60, what=f"reminder {number}")
            await self.kill()
            await self.start()
        for client in clients:
            await client.wait_for(lambda s, c=client: s.name == "presence" and s.type == "unavailable" and s.nick == c.nick, 60, what="the end")
            self.assertEqual(len(stage.room_speaks(client)), 2, [stanza.body for stanza in stage.room_speaks(client)])

    async def test_daemon__away_at_the_end__closes_the_room_when_it_is_back(self):
        end = stage.ending_in(16)
        booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), **end)
        guest = await self.enter(booked.guest, "guest")
        await self.kill()
        ends = end["starts"] + datetime.timedelta(minutes=1, seconds=1.5)
        await asyncio.sleep(max(0, (ends - utc_now()).total_seconds()))  # the end of the meeting itself, and the grace
        self.assertEqual(guest.people(), {"guest"})
        await self.start()
        gone = await guest.wait_for(lambda s: s.name == "presence" and s.type == "unavailable" and s.nick == "guest", what="the end")
        self.assertTrue(gone.text("x/destroy/reason"))

    async def test_daemon__away__moderation_holds(self):
        booked = self.book()
        early = self.book(starts=utc_now() + datetime.timedelta(minutes=12))
        room, tickets = booked.room, {person: person.ticket() for person in (booked.organiser, booked.moderator, booked.guest)}
        early_room = early.room
        await self.kill()
        clients = [await self.stranger(room, "stranger")]  # whom the focus would choose
        for person, nick in ((booked.guest, "guest"), (booked.moderator, "moderator"), (booked.organiser, "organiser")):
            clients.append(await self.enter(person, nick, ticket=tickets[person]))
        for client in clients:
            await client.wait_for_people("stranger", "guest", "moderator", "organiser")
            self.assert_roles(client, stranger="participant", guest="participant", moderator="moderator", organiser="moderator")
        eve = self.client()
        await eve.connect()
        with self.assertRaises(Refused) as refusal:
            await eve.join(early_room, "eve")
        self.assertRegex(refusal.exception.text, r"\d\d:\d\d")

    async def test_daemon__end__is_in_order(self):
        process = self.site.processes["jmbd"].child
        began = time.monotonic()
        await asyncio.to_thread(self.site.stop_daemon)
        self.assertEqual(process.returncode, 0)
        self.assertLess(time.monotonic() - began, 3)
        await self.start()


class Prosody(Survival):
    async def test_prosody__restart__visits_end_and_begin_anew(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        stranger = await self.stranger(booked.room, "stranger")
        await self.stays(booked.meeting, "Stranger", lambda row: row.is_there)
        before = utc_now()
        await asyncio.to_thread(self.site.restart_prosody)
        after = utc_now()
        await guest.wait_until_lost()
        await stranger.wait_until_lost()
        (_, gone, about), = await self.stays(booked.meeting, "Stranger", lambda row: not row.is_there)
        self.assert_between(gone, before, after)
        self.assertFalse(about, "a clean stop tells when everybody left")
        again = await self.stranger(booked.room, "stranger")
        organiser = await self.enter(booked.organiser, "organiser")
        for client in (again, organiser):
            await client.wait_for_people("stranger", "organiser")
            self.assert_roles(client, stranger="participant", organiser="moderator")
        stays = await self.stays(booked.meeting, booked.organiser.mail, lambda row: row.is_there)
        self.assertEqual(len(stays), 1)

    async def test_prosody__kill__visits_end_about_then(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        await self.stays(booked.meeting, booked.guest.mail, lambda row: row.is_there)
        after = utc_now()
        await asyncio.to_thread(self.site.restart_prosody, "", signal.SIGKILL)
        await guest.wait_until_lost()
        (begun, gone, about), = await self.stays(booked.meeting, booked.guest.mail, lambda row: not row.is_there)
        self.assertTrue(about)
        self.assertTrue(begun <= gone <= after + 5 * SECOND, (begun, gone, after))
        organiser = await self.enter(booked.organiser, "organiser")
        await self.stays(booked.meeting, booked.organiser.mail, lambda row: row.is_there)
        self.assert_roles(organiser, organiser="moderator")

    async def test_prosody__restart_while_the_daemon_is_away__moderation_holds(self):
        booked = self.book()
        room, ticket = booked.room, booked.organiser.ticket()
        await self.kill()
        try:
            await asyncio.to_thread(self.site.restart_prosody)
            stranger = await self.stranger(room, "stranger")
            organiser = await self.enter(booked.organiser, "organiser", ticket=ticket)
            for client in (stranger, organiser):
                await client.wait_for_people("stranger", "organiser")
                self.assert_roles(client, stranger="participant", organiser="moderator")
        finally:
            await self.start()
        await self.stays(booked.meeting, "Stranger", lambda row: row.is_there)

    async def test_prosody__stuck__holds_nobody_up(self):
        """A Prosody that does not answer costs a booking a second, once for all that wait."""
        booked, organiser = self.book(), self.organiser()
        process = self.site.processes["prosody"].pid
        os.kill(process, signal.SIGSTOP)
        try:
            for attempt in range(6):
                began = time.monotonic()
                meeting = organiser.book(f"Stuck {attempt}", in_days=attempt % 2)
                self.assertIn(f"Stuck {attempt}", meeting.page().text)
                booked.guest.answer(("accepted", "declined")[attempt % 2])
                self.organiser()
                self.assertLess(time.monotonic() - began, 4)
        finally:
            os.kill(process, signal.SIGCONT)
        guest = await self.enter(booked.guest, "guest")
        await self.stays(booked.meeting, booked.guest.mail, lambda row: row.is_there)
        self.assert_roles(guest, guest="participant")

    async def test_module__reload__nothing_is_lost(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        await asyncio.to_thread(self.site.reload, "jmb")
        stranger = await self.stranger(booked.room, "stranger")
        organiser = await self.enter(booked.organiser, "organiser")
        for client in (guest, stranger, organiser):
            await client.wait_for_people("guest", "stranger", "organiser")
            self.assert_roles(client, guest="participant", stranger="participant", organiser="moderator")
        await guest.leave()
        (_, gone, about), = await self.stays(booked.meeting, booked.guest.mail, lambda row: not row.is_there)
        self.assertIsNotNone(gone)
        self.assertFalse(about)
        await self.stays(booked.meeting, "Stranger", lambda row: row.is_there)



class Database(Survival):
    def health(self):
        done = self.site.ctl("health", check=False)
        return done.returncode, json.loads(done.stdout)

    async def test_database__held_by_another_program__pages_go_on_and_no_visit_is_lost(self):
        booked = self.book()
        organiser = await self.enter(booked.organiser, "organiser")
        visitors = [Visitor(self.site, f"{random_word()}@example.org") for _ in range(15)]
        forms = [visitor.get("sign-in").form("mail").fill(mail=visitor.mail) for visitor in visitors]
        ticket = booked.guest.ticket()
        with stage.database_held():
            came = utc_now()
            guest = await self.enter(booked.guest, "guest", ticket=ticket)
            came_by = utc_now()
            begun = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(len(forms)) as pool:  # all at once: asyncio's own has a thread or two for each processor
                answers = await asyncio.gather(*(asyncio.get_running_loop().run_in_executor(pool, form.submit) for form in forms))
            self.assertLess(time.monotonic() - begun, 5, "each waited for the one before")
            self.assertEqual({answer.status for answer in answers}, {503})
            self.assertEqual(booked.meeting.page().status, 200)
            self.assertEqual(booked.guest.ticket().room, booked.room)
            status, health = self.health()
            self.assertEqual((status, health["storing"]), (1, False))
            holder = rf"another program \(\S+, pid {os.getpid()}\) holds it: end that one"
            self.assertRegex(health["error"], holder)
            left = utc_now()
            await guest.leave()
            left_by = utc_now()
        (begun, gone, about), = await self.stays(booked.meeting, booked.guest.mail, lambda row: not row.is_there)
        self.assert_between(begun, came, came_by)
        self.assert_between(gone, left, left_by)
        self.assertFalse(about)
        self.assertFalse(organiser.lost)
        self.assertEqual(forms[0].submit().status, 200)
        status, health = self.health()
        self.assertEqual((status, health["storing"], health["status"]), (0, True, "ok"))
        lines = [line for line in self.site.log("jmbd").splitlines() if "another program" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], holder)
        self.assertIn("storing works again", self.site.log("jmbd"))

if __name__ == "__main__":
    unittest.main()
