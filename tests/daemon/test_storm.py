"""A storm: people come and go in many rooms while jmbd is killed, stopped and continued, mod_jmb reloaded and Prosody
restarted; afterwards the visits in the database are the true ones, one for one, and the attendance pages say so.

It is played from a seed, which it prints; JMB_SEED=N plays the same again (as far as the machine's timing allows).
"""

import asyncio
import collections
import os
import pathlib
import random
import signal
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from load import Person, World  # noqa: E402
from xmpp_client import make_token  # noqa: E402

EVENTS = 10000
KILLS = 20
STALLS = 4
RELOADS = 3
STOPS = 2
PEOPLE = 30
INVITED = 8  # of each of two meetings
SECOND = 1000


def setUpModule():
    stage.open_site(focus="none", conf=["reminders.room=none"])


def tearDownModule():
    stage.close_site()


def open_database(site):
    return sqlite3.connect(f"file:{site.env['DB']}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)


class Storm(stage.Case):
    def setUp(self):
        self.seed = int(os.environ.get("JMB_SEED") or random.SystemRandom().randrange(10 ** 6))
        self.random = random.Random(self.seed)
        print(f"# seed {self.seed}", flush=True)

    # -- who is there

    def invite(self, organiser, number):
        """A meeting that runs now: its room, and for each invited their ticket."""
        mails = [f"storm-{number}-{one}@example.com" for one in range(INVITED)]
        meeting = organiser.book(f"Storm {number}", guests="\n".join(mails), minutes=120)
        tickets = {mail: stage.Guest(self.site, mail).invited(f"Storm {number}").ticket() for mail in mails}
        return meeting, tickets

    def people(self, world, meetings):
        people = []
        for number, (_, tickets) in enumerate(meetings):
            for mail, ticket in tickets.items():
                people.append(Person(world, f"m{number}{len(people):03}", [ticket.room], lambda t=ticket: t.token, ticket.user_id, pause=0.2))
                people[-1].mail = mail
        for number in range(PEOPLE):
            identity = f"identity{number}" if number % 3 == 0 else None
            token = (lambda i=identity: make_token(self.site.env, "*", id=i)) if identity else None
            people.append(Person(world, f"p{number:03}", token=token, user=identity, pause=0.2))
        return people

    # -- what happens to them

    async def kill(self):
        """jmbd dies at any moment, and sometimes again while it starts."""
        await asyncio.to_thread(self.site.stop_daemon, signal.SIGKILL)
        await asyncio.sleep(self.random.choice((0, 0, 0.1, 0.5)))
        await asyncio.to_thread(self.site.start_daemon, self.random.random() < 0.5)

    async def stall(self):
        """jmbd takes nothing from its connection for a while."""
        pid = self.site.processes["jmbd"].pid
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(self.random.uniform(0.5, 2))
        if self.random.random() < 0.5:
            os.kill(pid, signal.SIGCONT)
        else:
            await self.kill()

    async def reload(self):
        await asyncio.to_thread(self.site.reload, "jmb")

    async def connected(self):
        """jmbd has met Prosody: one that starts while Prosody is away gives up, as it should."""
        await stage.until("jmbd is ready", lambda: '"ready": true' in self.site.ctl("health", check=False).stdout, 60)

    async def restart_prosody(self, kind, with_signal):
        self.world.prosody_goes(kind)
        await asyncio.to_thread(self.site.stop_prosody, "", with_signal)
        self.world.prosody_is_gone()
        await asyncio.to_thread(self.site.start_prosody)
        self.world.go_on()
        self.world.prosody_is_back()

    async def stop_prosody(self):
        """A clean restart; each second time with jmbd away, so that Prosody's storage must keep what is not told yet."""
        await self.connected()
        away = self.stops % 2 == 1
        self.stops += 1
        if away:
            await asyncio.to_thread(self.site.stop_daemon, signal.SIGKILL)
            await self.world.reached(self.world.count + 100)
        await self.restart_prosody("stop", signal.SIGTERM)
        if away:
            await asyncio.to_thread(self.site.start_daemon)

    async def crash_prosody(self):
        """kill -9 of Prosody while people are in: everybody is known, and nobody's end. What jmbd has not been told by then is gone
        with Prosody's memory, so that all of it is told before."""
        await self.connected()
        await self.world.hold()
        self.assertTrue([visit for visit in self.world.truth.visits if visit.sure and not visit.left])
        self.assertEqual(await self.settle(self.world), [])
        await self.restart_prosody("crash", signal.SIGKILL)

    async def disturb(self):
        """All of it, spread over the storm, in an order that the seed gives."""
        acts = [self.kill] * KILLS + [self.stall] * STALLS + [self.reload] * RELOADS + [self.stop_prosody] * STOPS
        self.random.shuffle(acts)
        acts.append(self.crash_prosody)
        self.stops = 0
        for number, act in enumerate(acts):
            await self.world.reached((number + 1) * EVENTS // (len(acts) + 2))
            await act()

    # -- what is known of it

    async def test_storm__every_visit__is_kept_once_and_right(self):
        organiser = self.organiser("storm")
        meetings = [self.invite(organiser, number) for number in (1, 2)]
        self.world = world = World(self.site.env, self.seed, [f"storm{number}" for number in range(10)])
        people = self.people(world, meetings)
        began = time.monotonic()
        async with asyncio.timeout(1200), asyncio.TaskGroup() as group:  # whatever fails ends all of it
            disturbing = group.create_task(self.disturb())
            group.create_task(world.run(people, until=lambda: world.count >= EVENTS and disturbing.done()))
        ends = collections.Counter(visit.ended for visit in world.truth.visits)
        print(f"# {world.count} events, {len(world.truth.visits)} visits {dict(ends)}, {time.monotonic() - began:.0f} s", flush=True)
        self.assertGreater(ends["stop"], 0)
        self.assertGreater(ends["crash"], 0)
        if not self.site.alive("jmbd"):
            self.site.start_daemon()
        differences = await self.settle(world)
        self.assertEqual(differences[:20], [], f"seed {self.seed}: {len(differences)} of {len(world.truth.visits)} visits")
        for meeting, tickets in meetings:
            self.compare_page(world, meeting, tickets, people)
        self.assertNotIn("Error in", self.site.log("prosody"))

    async def settle(self, world):
        """The differences that stay when all events had time to arrive."""
        database = open_database(self.site)
        deadline = time.monotonic() + 180
        differences = world.truth.compare(database)
        while differences and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            differences = world.truth.compare(database)
        database.close()
        return differences

    def compare_page(self, world, meeting, tickets, people):
        """A person's stays on the attendance page cover that person's visits, begin and end with one of them, and do not overlap:
        however short an absence the page takes for none."""
        lines = meeting.visits()
        for person in people:
            mail = getattr(person, "mail", None)
            if mail not in tickets:
                continue
            visits = [visit for visit in world.truth.visits if visit.nick == person.nick and visit.sure]
            self.assertTrue(visits, person.nick)
            line = next((line for name, line in lines.items() if mail in name or mail.partition("@")[0] in name), None)
            self.assertIsNotNone(line, f"{mail} is not on the page: {list(lines)}")
            self.assertTrue(line.verified)
            stays = [(begun.timestamp() * SECOND, gone.timestamp() * SECOND) for begun, gone, _ in line.stays]
            for (_, gone), (begun, _) in zip(stays, stays[1:]):
                self.assertLessEqual(gone, begun, f"{mail}: {stays}")
            for visit in visits:
                covering = [stay for stay in stays if stay[0] <= visit.joined[1] and visit.joined[0] <= stay[1] + SECOND]
                self.assertTrue(covering, f"{visit} is in none of {stays}")
            for begun, gone in stays:
                self.assertTrue(any(visit.joined[0] - SECOND <= begun <= visit.joined[1] for visit in visits), f"{mail}: nobody came at {begun}")
                self.assertTrue(any(visit.ended != "left" or visit.left[0] - SECOND <= gone <= visit.left[1] for visit in visits),
                                f"{mail}: nobody went at {gone}")


if __name__ == "__main__":
    unittest.main()
