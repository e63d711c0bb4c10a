"""A connection of jmbd that died without a word, or an older jmbd that hangs: with component_conflict_resolve = "kick_old", as
prosody/README.md asks, the next one takes its place at once; with Prosody's own default it is told why not."""

import asyncio
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import random_word  # noqa: E402
from site_process import answers_at, free_ports  # noqa: E402


class Line:
    """The way from jmbd to Prosody. When it is cut, what is on it stands still, and neither end is told; new connections pass."""

    def __init__(self, upstream):
        self.upstream, self.port = upstream, free_ports(1)[0]
        self.ways = []

    async def open(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", self.port)

    async def carry(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        way = {"open": True, "ends": (writer, far_writer)}
        self.ways.append(way)
        await asyncio.gather(self.pour(way, reader, far_writer), self.pour(way, far_reader, writer))

    @staticmethod
    async def pour(way, reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if way["open"]:
                    writer.write(data)
                    await writer.drain()
        if way["open"]:
            writer.close()

    def cut(self):
        for way in self.ways:
            way["open"] = False

    async def close(self):
        self.server.close()
        for way in self.ways:
            for end in way["ends"]:
                end.close()


def setUpModule():
    stage.open_site(focus="first", conf=stage.SHORT)


def tearDownModule():
    stage.close_site()


class Replaced(stage.Case):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.prosody_before = len(self.site.log("prosody"))

    def since(self):
        return self.site.log("prosody")[self.prosody_before:]

    async def presence_on_page(self, booked, person, there):
        word = person.partition("@")[0].lower()

        def ask():
            row = next((row for name, row in booked.meeting.visits().items() if word in name.lower()), None)
            return row if row is not None and row.is_there == there else None
        return await stage.until(f"{person} there: {there}", ask)


class DeadWithoutAWord(Replaced):
    """jmbd goes by a line that is cut, and is killed behind it: Prosody hears nothing of that."""

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.line = Line(int(self.site.env["COMPONENT_PORT"]))
        await self.line.open()
        await self.restart([*stage.SHORT, f"prosody main.port={self.line.port}"])

    async def asyncTearDown(self):
        await self.line.close()
        await self.restart(stage.SHORT)
        await super().asyncTearDown()

    async def restart(self, conf):
        await asyncio.to_thread(self.site.stop_daemon)
        self.site.options["conf"] = conf
        self.site.write_conf()
        await asyncio.to_thread(self.site.start_daemon)

    async def test_line__cut_and_jmbd_killed__the_next_one_is_connected_at_once_and_nothing_is_lost(self):
        booked = self.book()
        room = booked.room
        organiser, guest = await self.enter(booked.organiser, "organiser"), await self.enter(booked.guest, "guest")
        await self.presence_on_page(booked, booked.guest.mail, True)
        self.line.cut()
        await asyncio.to_thread(self.site.stop_daemon, signal.SIGKILL)
        await guest.leave()
        await self.stranger(room, "newcomer")
        await asyncio.to_thread(self.site.start_daemon)  # returns when it is connected
        self.assertEqual(len(self.line.ways), 2)
        self.assertEqual(self.since().count("Replaced by a new connection"), 1)
        row = await self.presence_on_page(booked, booked.guest.mail, False)
        self.assertEqual([about for _, _, about in row.stays], [False])
        await self.presence_on_page(booked, "Newcomer", True)
        await asyncio.to_thread(self.site.ctl, "say", room, "Here again")
        await organiser.wait_for(lambda s: s.body == "Here again")
        # the end of the dead one, when it comes at last, is not the end of the one that took its place
        for end in self.line.ways[0]["ends"]:
            end.close()
        await organiser.leave()
        await self.presence_on_page(booked, booked.organiser.mail, False)
        self.assertNotIn("went away", self.since().partition("Replaced by a new connection")[2].partition("External component successfully")[2])

    async def test_line__cut_where_the_old_one_wins__the_next_one_says_what_to_set(self):
        self.site.options["prosody_lua"] = ['    component_conflict_resolve = "kick_new"\n']
        await asyncio.to_thread(self.site.reload)
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        await self.presence_on_page(booked, booked.guest.mail, True)
        try:
            self.line.cut()
            await asyncio.to_thread(self.site.stop_daemon, signal.SIGKILL)
            begins = len(self.site.log("jmbd"))
            await asyncio.to_thread(self.site.start_daemon, False)
            await stage.until("jmbd ended", lambda: not self.site.alive("jmbd"))
            self.assertRegex(self.site.log("jmbd")[begins:], r'somebody else is connected as .*component_conflict_resolve = "kick_old"')
            await guest.leave()
            for end in self.line.ways[0]["ends"]:  # TCP gives up in the end
                end.close()
            await stage.until("Prosody has noticed", lambda: "went away" in self.since().rpartition("Component already connected")[2])
            await asyncio.to_thread(self.site.start_daemon)
            await self.presence_on_page(booked, booked.guest.mail, False)
            warned = json.loads((await asyncio.to_thread(self.site.ctl, "health")).stdout)["prosody"][0]["warnings"]
            self.assertTrue([warning for warning in warned if "kick_old" in json.dumps(warning)], warned)
        finally:
            self.site.options["prosody_lua"] = []
            await asyncio.to_thread(self.site.reload)


class Hangs(Replaced):
    """An older jmbd that is stopped in its tracks, and a newer one that starts elsewhere, with a database of its own."""

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.word = random_word()
        http, = free_ports(1)
        folder, replace = self.site.dir, {"listen": f"127.0.0.1:{http}"}
        replace.update(database=folder / f"{self.word}.db", admin_socket=folder / f"{self.word}.sock")

        def change(text):
            for key, value in replace.items():
                text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
            return text
        self.conf, self.socket = stage.other_conf(f"{self.word}.conf", change), replace["admin_socket"]

    def newer_ctl(self, *words):
        return subprocess.run([self.site.dir / "bin/jmbctl", "-s", self.socket, *words], text=True, capture_output=True, timeout=60, check=True).stdout

    def is_ready(self):
        return answers_at(self.socket) and json.loads(self.newer_ctl("health"))["prosody"][0]["ready"]

    async def test_older__stopped_and_going_on_again__leaves_the_place_to_the_newer_one(self):
        room = "open-" + self.word
        ann = await self.stranger(room, "ann")
        older = self.site.processes["jmbd"].pid
        before = len(self.site.log("jmbd"))
        os.kill(older, signal.SIGSTOP)
        try:
            await asyncio.to_thread(self.site._start, self.word, [self.site.dir / "bin/jmbd", "-c", self.conf])
            await stage.until("the newer one is ready", self.is_ready)
            await stage.until("it knows who is there", lambda: json.loads(self.newer_ctl("health"))["occupants"] == 1)
            bob = await self.stranger(room, "bob")
            await stage.until("it hears what happens", lambda: json.loads(self.newer_ctl("health"))["occupants"] == 2)
        finally:
            os.kill(older, signal.SIGCONT)
        said = await stage.until("the older one has noticed", lambda: re.search(r".*taken our place.*", self.site.log("jmbd")[before:]))
        self.assertIn("trying again in 60 s", said.group())
        self.newer_ctl("say", room, "The newer one speaks")
        for client in (ann, bob):
            await client.wait_for(lambda s: s.body == "The newer one speaks")
        self.assertTrue(self.is_ready())
        self.assertEqual(json.loads(self.site.ctl("health").stdout)["prosody"][0]["state"], "waiting")
        self.assertEqual(self.since().count("External component successfully authenticated"), 1)
        # the newer one ends; the older one, told to, is back with what it had
        await asyncio.to_thread(self.site._stop, self.word)
        await bob.leave()
        await asyncio.to_thread(self.site.restart_daemon)
        self.site.ctl("say", room, "The older one speaks")
        await ann.wait_for(lambda s: s.body == "The older one speaks")
        await stage.until("it knows who is there", lambda: json.loads(self.site.ctl("health").stdout)["occupants"] == 1)


if __name__ == "__main__":
    unittest.main()
