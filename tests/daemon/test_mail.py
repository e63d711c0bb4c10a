"""Mail through a real relay: what it is told, what becomes of what it refuses, and jmbd killed while letters leave: nothing is lost, and
nothing goes twice but what the relay had taken and the database did not know of yet."""

import collections
import datetime
import json
import os
import pathlib
import random
import signal
import sqlite3
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import links  # noqa: E402
import stage  # noqa: E402
from people import Organiser  # noqa: E402
from relay import Relay  # noqa: E402
from web import Browser  # noqa: E402

GUESTS = 490  # more than the kills below let through, however few of them are repeated
KILLS = 8


def setUpModule():
    global relay, sockets
    relay = Relay(delay=0.002)
    relay.__enter__()
    sockets = stage.open_folder()
    os.chmod(sockets.name, 0o777)
    stage.open_site(focus="none", conf=[*relay.conf, "mail.reply_address=answers@meet.jmb.test", f"mail.reply_socket={sockets.name}/reply"])


def tearDownModule():
    stage.close_site()
    sockets.cleanup()
    relay.__exit__()


class Told(stage.Case):
    """What the relay hears of a letter."""

    def organiser(self, mail="nan@example.org"):
        someone = Organiser(self.site, mail)
        someone.sign_in()
        return someone

    def test_envelope__everything_comes_back_to_the_reply_address(self):
        self.organiser().book("Envelope", guests="Zoë <zoe@example.com>", in_days=2)
        letter = relay.wait_for("zoe@example.com", "Envelope")
        sender, = letter["From"].addresses
        self.assertEqual(relay.senders["zoe@example.com"], "answers@meet.jmb.test")
        self.assertEqual(sender.addr_spec, "answers@meet.jmb.test")
        self.assertEqual(letter["Reply-To"].addresses[0].addr_spec, "nan@example.org")
        self.assertEqual(letter["To"].addresses[0].display_name, "Zoë")

    def test_international_domains__are_in_ascii_on_the_wire(self):
        self.organiser().book("Überall", guests="Jürg <juerg@bücher.example>", in_days=2)
        letter = relay.wait_for("juerg@xn--bcher-kva.example", "Überall")
        head, _, _ = letter.raw.partition(b"\r\n\r\n")
        self.assertTrue(head.isascii(), head)
        self.assertEqual(letter["To"].addresses[0].addr_spec, "juerg@xn--bcher-kva.example")
        self.assertIn("mailto:juerg@xn--bcher-kva.example", letter.calendar.to_ical().decode())

    def test_refused__for_good__stands_on_the_roster_in_the_relays_words(self):
        relay.answers["gone@example.com"] = "550 5.1.1 <gone@example.com>: nobody of that name <b>"
        meeting = self.organiser().book("Refused", guests="gone@example.com, there@example.com", in_days=2)
        relay.wait_for("there@example.com", "Refused")
        relay.wait_for_refusal("gone@example.com")
        end = time.monotonic() + 30
        while "nobody of that name" not in (text := " ".join(meeting.roster()["gone@example.com"])):
            self.assertLess(time.monotonic(), end, text)
            time.sleep(0.02)
        self.assertIn("550 5.1.1 <gone@example.com>: nobody of that name <b>", text)
        self.assertEqual(relay.refused.count("gone@example.com"), 1)

    def test_refused__for_now__is_kept_and_told(self):
        relay.answers["later@example.com"] = "451 4.7.1 greylisted"
        meeting = self.organiser().book("Greylisted", guests="later@example.com", in_days=2)
        relay.wait_for_refusal("later@example.com")
        end = time.monotonic() + 30
        while "greylisted" not in (text := " ".join(meeting.roster()["later@example.com"])):
            self.assertLess(time.monotonic(), end, text)
            time.sleep(0.02)
        self.assertNotIn("later@example.com", relay.messages)
        meeting.cancel()  # nobody is told of it who never heard of the meeting, and the letter that waits goes nowhere
        self.assertEqual(links.ask(self.site, "SELECT count(*) FROM letter WHERE state = 'waiting' AND recipient = 'later@example.com'")[0], 0)

    def test_reminder__one_click_of_a_mail_program__ends_them_all(self):
        starts = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(minutes=10, seconds=10)
        organiser = self.organiser()
        organiser.book("Soon", guests="ulf@example.com", starts=starts, seconds=True, minutes="30")
        invitation = relay.wait_for("ulf@example.com", "^Invitation: Soon")
        self.assertIsNone(invitation["List-Unsubscribe"])
        letter = relay.wait_for("ulf@example.com", "^Reminder: Soon", timeout=60)
        self.assertEqual(letter["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        program = Browser(self.site.env["HTTP_URL"], "en")  # no cookie, no page before it
        link = letter["List-Unsubscribe"].strip("<> ")
        self.assertEqual(program.get(link).status, 200)  # a scanner of links stops nothing
        self.assertEqual(self.stopped("ulf@example.com"), 0)
        answer = program.request("POST", link, body=b"List-Unsubscribe=One-Click", headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.stopped("ulf@example.com"), 1)

    def stopped(self, mail):
        return links.ask(self.site, "SELECT count(*) FROM reminder_stop WHERE mail = ?", mail)[0]


class Away(stage.Case):
    def health(self):
        return json.loads(self.site.ctl("health").stdout)

    def health_when(self, relay_is):
        end = time.monotonic() + 120
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
        end = time.monotonic() + 120
        while len({to for to, _, _ in relay.letters[there:]}) < 121:
            self.assertLess(time.monotonic(), end, "letters still wait")
            time.sleep(0.02)
        self.assertEqual(len(relay.letters) - there, 121)


    def test_cancelled__before_the_letters_left__nobody_hears_of_it(self):
        organiser = Organiser(self.site, "flo@example.org")
        organiser.sign_in()
        relay.go_away()
        meeting = organiser.book("Never mind", guests="nora@example.com", in_days=2)
        self.health_when("away")
        meeting.cancel("Not needed")
        self.assertEqual(self.health()["letters_waiting"], 0)
        relay.come_back()
        organiser.book("After all", guests="nora@example.com", in_days=2)
        relay.wait_for("nora@example.com", "After all", timeout=120)
        self.assertFalse([to for to, _, _ in relay.letters if to == "nora@example.com"][1:])


class Killed(stage.Case):
    def letters(self, condition):
        database = sqlite3.connect(f"file:{self.site.env['DB']}?mode=ro", uri=True)
        rows = database.execute(f"SELECT message_id FROM letter WHERE {condition}").fetchall()
        database.close()
        return {row[0] for row in rows}

    def kill_while_letters_leave(self, chance):
        """Ends jmbd within a slot, somewhere between two answers of the relay. Gives the letters that it knew to be sent."""
        there = len(relay.letters)
        end = time.monotonic() + 120
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
        end = time.monotonic() + 180
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
