"""Mail through a real relay while jmbd is killed: nothing is lost, and nothing goes twice but what the relay had taken and the
database did not know of yet."""

import collections
import datetime
import json
import pathlib
import random
import signal
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import Organiser  # noqa: E402
from relay import Relay  # noqa: E402

GUESTS = 400
KILLS = 8


def setUpModule():
    global relay
    relay = Relay(delay=0.002)
    relay.__enter__()
    stage.open_site(focus="none", conf=relay.conf)


def tearDownModule():
    stage.close_site()
    relay.__exit__()


class Away(stage.Case):
    def health(self):
        return json.loads(self.site.ctl("health").stdout)

    def health_when(self, relay_is):
        end = time.monotonic() + 20
        while (page := self.health())["mail"]["relay"] != relay_is:
            self.assertLess(time.monotonic(), end, page)
            time.sleep(0.05)
        return page

    def test_health__says_since_when_the_relay_is_away__and_all_leaves_when_it_is_back(self):
        eve = Organiser(self.site, "eve@example.org")
        eve.sign_in()
        self.health_when("there")
        relay.go_away()
        there, before = len(relay.letters), datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        eve.book("Nobody hears of it yet", guests="\n".join(f"away{n}@example.com" for n in range(120)))
        page = self.health_when("away")
        self.assertGreaterEqual(datetime.datetime.fromisoformat(page["mail"]["away_since"].replace("Z", "+00:00")), before)
        self.assertIn("Connection refused", page["mail"]["away_because"])
        self.assertEqual(page["letters_waiting"], 121)
        relay.come_back()
        page = self.health_when("there")
        self.assertEqual((page["mail"]["away_since"], page["mail"]["away_because"]), ("", ""))
        end = time.monotonic() + 20
        while len({to for to, _, _ in relay.letters[there:]}) < 121:
            self.assertLess(time.monotonic(), end, "letters still wait")
            time.sleep(0.02)
        self.assertEqual(len(relay.letters) - there, 121)


class Killed(stage.Case):
    def letters(self, condition):
        database = sqlite3.connect(f"file:{self.site.env['DB']}?mode=ro", uri=True)
        rows = database.execute(f"SELECT message_id FROM letter WHERE {condition}").fetchall()
        database.close()
        return {row[0] for row in rows}

    def kill_while_letters_leave(self, chance):
        """Ends jmbd within a slot, somewhere between two answers of the relay. Gives the letters that it knew to be sent."""
        there = len(relay.letters)
        end = time.monotonic() + 20
        while len(relay.letters) < there + chance.randrange(1, 90):
            self.assertLess(time.monotonic(), end, "no letters leave")
            time.sleep(0.0005)
        self.site.stop_daemon(signal.SIGKILL)
        return self.letters("state = 'sent'")

    def test_delivery__killed_again_and_again__loses_nothing_and_repeats_only_what_was_not_recorded(self):
        chance = random.Random(5)
        ann = Organiser(self.site, "ann@example.org")
        ann.sign_in()
        there = len(relay.letters)
        ann.book("Everybody", guests="\n".join(f"guest{n}@example.com" for n in range(GUESTS)))
        known = []
        for _ in range(KILLS):
            known.append((len(relay.letters), self.kill_while_letters_leave(chance)))
            known[-1] = (len(relay.letters), known[-1][1])
            self.site.start_daemon()
        end = time.monotonic() + 60
        while self.letters("state = 'waiting'"):
            self.assertLess(time.monotonic(), end, "letters still wait")
            time.sleep(0.05)
        self.assertEqual(self.letters("state NOT IN ('sent', 'dropped')"), set())
        taken = relay.letters[there:]
        ids = collections.defaultdict(set)
        for recipient, message_id, _ in taken:
            ids[recipient].add(message_id)
        self.assertEqual(len(ids), GUESTS + 1)
        self.assertEqual({len(of_one) for of_one in ids.values()}, {1}, "a repeated letter has another Message-ID")
        for at, sent in known:
            again = {message_id for _, message_id, _ in relay.letters[at:]} & sent
            self.assertEqual(again, set(), "letters that were known to be sent went out again")
        repeated = len(taken) - (GUESTS + 1)
        self.assertLessEqual(repeated, KILLS * 50)
        print(f"{repeated} of {GUESTS + 1} letters repeated over {KILLS} kills, {relay.sessions} sessions", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
