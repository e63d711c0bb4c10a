"""Two Prosodys (shards of one site), one jmbd: what is booked holds on both, what happens on either is known, and one that goes
away takes nothing from the other."""

import asyncio
import http.client
import itertools
import json
import pathlib
import signal
import socket
import sys
import unittest

from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import random_word  # noqa: E402
from xmpp_client import Client, Refused  # noqa: E402


def setUpModule():
    stage.open_site(two=True, focus="first", conf=[*stage.SHORT, "moderation.mode=strict"])


def tearDownModule():
    stage.close_site()


class Shards(stage.Case):
    async def on(self, shard, booked, person, nick):
        """Somebody invited, inside the meeting on that shard."""
        ticket = person.ticket()
        client = self.client(Client, ticket.token, shard=shard)
        await client.connect()
        await client.join(ticket.room, nick, ticket.name)
        return client

    async def stranger_on(self, shard, room, nick="stranger"):
        client = self.client(Client, shard=shard)
        await client.connect()
        await client.join(room, nick, nick.title())
        return client

    async def seen(self, booked, name, happened=lambda row: True, timeout=40):
        def ask():
            word = name.partition("@")[0].lower()
            return next((row for line, row in booked.meeting.visits().items() if word in line.lower() and happened(row)), None)
        return await stage.until(f"{name} on the attendance page", ask, timeout)

    def scrape(self):
        """GET /metrics over the admin socket, by Prometheus' own reader: {(name, section or None): value}."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.site.env["ADMIN_SOCKET"])
        connection.request("GET", "/metrics")
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        self.assertEqual((reply.status, reply.getheader("Content-Type")), (200, "text/plain; version=0.0.4; charset=utf-8"))
        families = list(text_string_to_metric_families(text))
        names = [name for name, _ in itertools.groupby(family.name for family in families)]
        self.assertEqual(len(names), len(set(names)), "the lines of a metric belong together")
        samples = [sample for family in families for sample in family.samples]
        self.assertTrue(all(set(sample.labels) <= {"prosody"} for sample in samples))
        found = {(sample.name, sample.labels.get("prosody")): sample.value for sample in samples}
        self.assertEqual(len(found), len(samples))
        return found

    def health(self):
        return {one["name"]: one for one in json.loads(self.site.ctl("health").stdout)["prosody"]}

    async def until_ready(self, *names):
        await stage.until(f"{names} ready", lambda: all(self.health()[name]["ready"] for name in names), 120)

    async def all_well(self, *names):
        await self.until_ready(*names)
        for name in names:
            self.assertEqual(self.health()[name]["state"], "connected")


class Both(Shards):
    async def test_meeting__on_both__one_attendance_and_the_same_moderators(self):
        booked = self.book()
        room = booked.room
        for shard in (1, 2):
            stranger = await self.stranger_on(shard, room, f"stranger{shard}")  # whom the focus would choose
            guest = await self.on(shard, booked, booked.guest, f"guest{shard}")
            moderator = await self.on(shard, booked, booked.moderator, f"moderator{shard}")
            for client in (stranger, guest, moderator):
                await client.wait_for_people(f"stranger{shard}", f"guest{shard}", f"moderator{shard}")
                self.assert_roles(client, **{f"stranger{shard}": "participant", f"guest{shard}": "participant", f"moderator{shard}": "moderator"})
            if shard == 1:
                await guest.leave()
                await self.seen(booked, booked.guest.mail, lambda row: not row.is_there)
        row = await self.seen(booked, booked.guest.mail, lambda row: row.is_there)
        self.assertTrue(row.verified)
        for name in ("stranger1", "stranger2", booked.moderator.mail):
            await self.seen(booked, name, lambda row: row.is_there)

    async def test_reminder__people_on_both__each_hears_it_once_and_both_end(self):
        booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), **stage.ending_in(24))
        clients = [await self.on(1, booked, booked.organiser, "organiser"), await self.on(2, booked, booked.guest, "guest")]
        for client in clients:
            await client.wait_for(lambda s, c=client: s.name == "presence" and s.type == "unavailable" and s.nick == c.nick, 60, what="the end")
            self.assertEqual(len(stage.room_speaks(client)), 2, [stanza.body for stanza in stage.room_speaks(client)])
        for shard in (1, 2):
            eve = self.client(Client, shard=shard)
            await eve.connect()
            with self.assertRaises(Refused):
                await eve.join(clients[0].room, "eve")

    async def test_booking__cancelled__both_refuse(self):
        booked = self.book()
        room = booked.room
        booked.meeting.cancel()
        for shard in (1, 2):
            eve = self.client(Client, shard=shard)
            await eve.connect()
            with self.assertRaises(Refused, msg=f"shard {shard}"):
                await eve.join(room, "eve")


class OneDown(Shards):
    """The second one goes away; the first must not notice."""

    async def asyncSetUp(self):
        await super().asyncSetUp()
        await self.bring_back()

    async def bring_back(self):
        if not self.site.alive("prosody_2"):
            await asyncio.to_thread(self.site.start_prosody, "_2")
        await self.all_well("main", "second")

    async def asyncTearDown(self):
        await self.bring_back()
        await super().asyncTearDown()

    async def take_down(self, with_signal=signal.SIGTERM):
        await asyncio.to_thread(self.site.stop_prosody, "_2", with_signal)
        await stage.until("jmbd has noticed", lambda: self.health()["second"]["state"] != "connected", 60)

    async def test_second__killed__the_first_goes_on(self):
        before = self.book()
        there = await self.on(2, before, before.guest, "guest")
        organiser = await self.on(1, before, before.organiser, "organiser")
        await self.seen(before, before.guest.mail, lambda row: row.is_there)
        await self.take_down(signal.SIGKILL)
        await there.wait_until_lost()
        await self.seen(before, before.organiser.mail, lambda row: row.is_there)
        self.assertEqual(self.health()["main"]["state"], "connected")
        # booked while it is away: opened, moderated, seen, reminded and ended on the first all the same
        booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), **stage.ending_in(28))
        stranger = await self.stranger_on(1, booked.room)
        moderator = await self.on(1, booked, booked.moderator, "moderator")
        for client in (stranger, moderator):
            await client.wait_for_people("stranger", "moderator")
            self.assert_roles(client, stranger="participant", moderator="moderator")
        await self.seen(booked, "stranger", lambda row: row.is_there)
        for client in (stranger, moderator):
            await client.wait_for(lambda s, c=client: s.name == "presence" and s.type == "unavailable" and s.nick == c.nick, 60, what="the end")
            self.assertEqual(len(stage.room_speaks(client)), 2, [stanza.body for stanza in stage.room_speaks(client)])
        # back again: what was open there ended about then, what is on the first was never touched
        await self.bring_back()
        row = await self.seen(before, before.guest.mail, lambda row: not row.is_there)
        self.assertTrue(row.stays[-1][2], "after a crash the end is about then")
        row = await self.seen(before, before.organiser.mail)
        self.assertEqual((len(row.stays), row.is_there, row.stays[0][2]), (1, True, False))
        self.assertFalse(organiser.lost)
        again = await self.on(2, before, before.guest, "again")
        await again.wait_for_role("again", "participant")
        await self.seen(before, before.guest.mail, lambda row: row.is_there)

    async def test_second__stopped__a_scraper_sees_which(self):
        booked = self.book()
        organiser = await self.on(1, booked, booked.organiser, "organiser")
        await self.seen(booked, booked.organiser.mail, lambda row: row.is_there)
        await stage.until("the people of the tests before are gone", lambda: self.scrape()["jmb_occupants", None] <= 1)
        both = self.scrape()
        for name in ("main", "second"):
            self.assertEqual([both[f"jmb_prosody_{what}", name] for what in ("connected", "ready")], [1, 1], name)
            self.assertGreaterEqual(both["jmb_prosody_policies", name], 1)
            self.assertLess(abs(both["jmb_prosody_clock_offset_ms", name]), 2000)
        self.assertEqual((both["jmb_prosodys_connected", None], both["jmb_occupants", None]), (2, 1))
        await self.take_down()
        one = self.scrape()
        self.assertEqual(set(one), set(both))  # no line goes when what it is about goes
        self.assertEqual([one["jmb_prosody_connected", name] for name in ("main", "second")], [1, 0])
        self.assertEqual([one["jmb_prosody_ready", name] for name in ("main", "second")], [1, 0])
        self.assertEqual((one["jmb_prosodys_connected", None], one["jmb_occupants", None]), (1, 1))
        self.assertGreaterEqual(one["jmb_turns", None], both["jmb_turns", None])
        await self.bring_back()
        again = self.scrape()
        self.assertEqual([again["jmb_prosody_connected", name] for name in ("main", "second")], [1, 1])
        self.assertFalse(organiser.lost)

    async def test_second__stopped__meetings_booked_meanwhile_hold_there_when_it_is_back(self):
        await self.take_down()
        booked = self.book()
        await self.bring_back()
        stranger = await self.stranger_on(2, booked.room)
        moderator = await self.on(2, booked, booked.moderator, "moderator")
        await stranger.wait_for_people("stranger", "moderator")
        self.assert_roles(stranger, stranger="participant", moderator="moderator")
        self.assert_roles(moderator, stranger="participant", moderator="moderator")
        await self.seen(booked, "stranger", lambda row: row.is_there)

    async def test_second__away__jmbd_starts_without_it(self):
        booked = self.book()
        ticket = booked.moderator.ticket()
        await self.take_down()
        await asyncio.to_thread(self.site.restart_daemon)
        await self.until_ready("main")
        self.assertNotEqual(self.health()["second"]["state"], "connected")
        self.assertIn("[prosody second]", self.site.log("jmbd"))
        moderator = self.client(Client, ticket.token)
        await moderator.connect()
        await moderator.join(ticket.room, "moderator", ticket.name)
        self.assert_roles(moderator, moderator="moderator")
        await self.seen(booked, booked.moderator.mail, lambda row: row.is_there)
        await self.bring_back()
        again = await self.on(2, booked, booked.guest, "guest")
        await again.wait_for_role("guest", "participant")
        await self.seen(booked, booked.guest.mail, lambda row: row.is_there)


if __name__ == "__main__":
    unittest.main()
