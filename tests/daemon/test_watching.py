"""Who was there, as the organiser's page tells it: people and not machinery, phones, names, a queue that overflowed."""

import asyncio
import pathlib
import re
import signal
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from xmpp_client import Client, NS_MUC  # noqa: E402

QUEUE = 200  # the least that the module takes


def setUpModule():
    stage.open_site(focus="first", prosody_lua=[
        f"jmb_queue = {QUEUE}\n", 'VirtualHost "recorder.meet.jmb.test"\n    authentication = "anonymous"\n'])


def tearDownModule():
    stage.close_site()


class Watching(stage.Case):
    def tearDown(self):
        if not self.site.alive("jmbd"):
            self.site.start_daemon()

    def rows(self, sql, *values):
        database = sqlite3.connect(f"file:{self.site.env['DB']}?mode=ro", uri=True)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    async def recorder(self, room):
        client = self.client()
        client.domain = "recorder." + self.site.env["DOMAIN"]
        await client.connect()
        await client.join(room, "recorder", ask_focus=False)
        return client

    def sessions(self, room):
        return self.rows("SELECT closed_ms, (SELECT max(left_ms) FROM visit WHERE room = room.id) FROM room WHERE node = ? ORDER BY opened_ms", room)

    async def test_recorder__stays__the_session_ends_with_the_last_person(self):
        booked = self.book()
        recorder = await self.recorder(booked.room)
        guest = await self.enter(booked.guest, "guest")
        await guest.leave()
        closed, = await stage.until("the end of the session", lambda: [one for one in self.sessions(booked.room) if one[0]] or None)
        self.assertEqual(*closed)
        self.assertFalse(recorder.lost)
        again = await self.enter(booked.guest, "again")
        await stage.until("another session", lambda: [bool(one[0]) for one in self.sessions(booked.room)] == [True, False])
        await again.leave()
        self.assertNotIn("recorder", " ".join(booked.meeting.visits()).lower())

    async def test_phone__caller__is_an_attendee_of_that_kind(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        caller = self.client(Client)
        await caller.connect()
        caller.room, caller.nick = guest.room, "caller"
        caller.presence(f"<x xmlns='{NS_MUC}'/><initiator xmlns='http://jitsi.org/protocol/jigasi'/>", "+33 1 23 45 67 89")
        await guest.wait_for_people("guest", "caller")
        await stage.until("the caller", lambda: self.rows("SELECT kind FROM visit WHERE nick = 'caller' AND kind = 'phone'"))
        self.assertTrue([name for name in booked.meeting.visits() if "+33" in name])

    async def test_guest__renamed__is_one_visit_with_its_names(self):
        booked = self.book()
        stranger = await self.stranger(booked.room, "chameleon")
        for name in ("Second", "Third"):
            stranger.set_name(name)
        await stranger.leave()
        visits = await stage.until("the end of the visit", lambda: [
            row for row in self.rows("SELECT id, name FROM visit WHERE nick = 'chameleon' AND left_ms IS NOT NULL")] or None)
        self.assertEqual([name for _, name in visits], ["Third"])
        before = [name for name, in self.rows("SELECT name FROM visit_name WHERE visit = ? ORDER BY until_ms, rowid", visits[0][0])]
        self.assertEqual(before, ["Chameleon", "Second"])

    async def test_guest__alone_and_with_another_nick__is_one_visit_in_one_session(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "firstnick")
        for nick in ("secondnick", "thirdnick"):
            guest.nick = nick
            guest.presence(name=nick.title())
            await guest.wait_for(lambda s: s.name == "presence" and s.nick == nick and not s.type)  # noqa: B023
        moderator = await self.enter(booked.moderator, "firstnick")  # free again
        await guest.leave()
        await moderator.leave()
        await stage.until("the end of the session", lambda: [one for one in self.sessions(booked.room) if one[0]])
        rows = self.rows("SELECT v.nick, v.name, v.uncertain, (SELECT group_concat(name) FROM visit_name WHERE visit = v.id) FROM visit v JOIN room r ON r.id = v.room"
                         " WHERE r.node = ? ORDER BY v.joined_ms", booked.room)
        self.assertEqual([row[0] for row in rows], ["thirdnick", "firstnick"])
        self.assertEqual(rows[0][1:3], ("Thirdnick", 0))
        self.assertTrue(rows[0][3].endswith("Secondnick"), rows[0])
        self.assertEqual(len(self.sessions(booked.room)), 1)

    async def test_queue__overflows__loses_no_person_and_invents_no_time(self):
        """jmbd is away for longer than the queue holds: who came and went meanwhile, and is there, and is not any more."""
        booked = self.book()
        room = booked.room
        leaver, stayer = await self.enter(booked.guest, "leaver"), await self.stranger(room, "stayer")
        await stage.until("two visits", lambda: self.rows("SELECT 1 FROM visit WHERE nick = 'stayer'") and self.rows("SELECT 1 FROM visit WHERE nick = 'leaver'"))
        await asyncio.to_thread(self.site.stop_daemon, signal.SIGKILL)
        await leaver.leave()
        for number in range(QUEUE + 50):
            stayer.set_name(f"Name {number}")
        newcomer = await self.stranger(room, "newcomer")
        await newcomer.wait_for_people("newcomer", "stayer")
        await asyncio.to_thread(self.site.start_daemon)

        def told():
            rows = dict((row[0], row[1:]) for row in self.rows(
                "SELECT nick, left_ms IS NULL, uncertain, name FROM visit WHERE nick IN ('leaver', 'stayer', 'newcomer')"))
            return rows if rows.get("newcomer") and not rows["leaver"][0] else None
        rows = await stage.until("the snapshot", told, 60)
        self.assertEqual(rows["leaver"][:2], (0, 1))  # over, about then
        self.assertEqual(rows["stayer"], (1, 0, f"Name {QUEUE + 49}"))
        self.assertEqual(rows["newcomer"][0], 1)
        self.assertTrue(re.search("sends a snapshot", self.site.log("jmbd")))


if __name__ == "__main__":
    unittest.main()
