"""jmbd and docs/protocol.md: what it really says to the module is in the tables there, every element and every attribute of it, over a day
in the life of some meetings; and what is shown there of the module it takes, and answers as shown. (The module and the document meet in
tests/prosody/test_protocol_document.py.)"""

import datetime
import pathlib
import sys
import unittest
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "prosody")]

import stage  # noqa: E402
import test_hostile  # noqa: E402
import test_protocol_document as document  # noqa: E402
from people import random_word, utc_now  # noqa: E402

VERBS = ("policies", "say", "end")
NOTE = ("> local file = '{file}'; for _, verb in ipairs {{ 'policies', 'say', 'end' }} do prosody.hosts['{muc}'].events.add_handler('iq-set/host/urn:jmb:rooms:1:' .. verb, "
        "function (event) local out = io.open(file, 'a'); out:write(tostring(event.stanza.tags[1]), '\\n'); out:close(); end, 100); end")


def setUpModule():
    stage.open_site(focus="none", conf=[*stage.SHORT, "moderation.mode=delegable"])


def tearDownModule():
    stage.close_site()


class Said(stage.Case):
    def said(self):
        """The elements that Prosody handed to the module, but for one that is being written."""
        file = self.site.dir / "said"
        return [ET.fromstring(line) for line in file.read_text().split("\n")[:-1]] if file.exists() else []

    async def test_said__by_jmbd__is_in_the_tables(self):
        env = self.site.env
        self.site.shell(NOTE.format(file=self.site.dir / "said", muc=env["MUC"]))
        self.book(maximum=12, password="mauve", lobby="yes")
        self.book(guests_wait="yes", language="fr")
        self.book(starts=utc_now() + datetime.timedelta(hours=3)).meeting.cancel("Not today")
        owner = self.organiser()
        owner.get("/my-room").form(action="/my-room").submit(follow=True)
        booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), **stage.ending_in(20))
        moderator, guest = await self.enter(booked.moderator, "moderator"), await self.enter(booked.guest, "guest")
        self.site.ctl("say", booked.room, "Said by hand")
        for client in (moderator, guest):
            await client.wait_for(lambda s, c=client: s.name == "presence" and s.type == "unavailable" and s.nick == c.nick, 60, what="the end")
        self.site.restart_daemon()  # all policies anew
        real = {verb: {} for verb in VERBS}
        for element in self.said():
            document.shapes(element, real[document.local(element)])
        for verb in VERBS:
            table = document.tables()[verb, "set"]
            for name, seen in real[verb].items():
                self.assertIn(name, table, verb)
                always, sometimes = table[name]
                self.assertEqual(set().union(*seen) - always - sometimes, set(), f"{verb}: <{name}>, said and not in the table")
                self.assertEqual(always - set.intersection(*seen), set(), f"{verb}: <{name}>, not always said")
        self.assertLessEqual({"policies", "default", "policy", "moderator", "refusal"}, set(real["policies"]))
        self.assertLessEqual({"say", "body"}, set(real["say"]))
        self.assertEqual({"end", "reason"}, set(real["end"]))
        seen = set().union(*real["policies"]["policy"])
        self.assertLessEqual({"opens", "guests", "closes", "maximum", "subject", "password", "lobby", "wait", "language", "reason", "meeting"}, seen)


class Heard(test_hostile.FromServer):
    """A jmbd whose server is the test: it says what the document shows, in its order."""

    @staticmethod
    def filled(name, element):
        """What stands for an ellipsis: the room and the instance of the events before, a moment of its own, any word."""
        known = {"room": "standup@conference.meet.example", "main": "standup@conference.meet.example", "instance": "d2b1c0ffee"}
        return str(1795406400215 + int(element.get("n"))) if name == "t" else known.get(name, "word")

    async def test_shown__of_the_module__is_taken_and_answered_as_shown(self):
        heard = []
        for verb, type, payload in document.examples():
            if type != "set" or verb in VERBS:
                continue
            for element in payload.iter():
                element.attrib.update({name: self.filled(name, element) for name, value in element.items() if value == "…"})
            text = ET.tostring(payload, encoding="unicode").replace("conference.meet.example", self.muc)
            reply = await self.server.ask(text)
            self.assertIsNone(test_hostile.condition(reply), f"{text}\n{reply}")
            answer = ET.fromstring(reply)[0]
            always, sometimes = document.tables()[verb, "result"][document.local(answer)]
            self.assertLessEqual(always, set(answer.keys()), verb)
            self.assertLessEqual(set(answer.keys()), always | sometimes, verb)
            heard.append(verb)
            if verb == "events":
                self.assertEqual(answer.get("last"), payload[-1].get("n"))
        self.assertEqual(heard, ["hello", "hello", "snapshot", "snapshot", "events"])
        self.assertEqual(self.rows("nick, name, room_kind, moderator, left_ms IS NOT NULL"), [
            ("a1b2c3d4", "Alice", "main", 1, 1), ("99ffee01", "Bob", "lobby", 0, 0),  # of the snapshot
            ("b2c3d4e5", "Alice M.", "main", 1, 1), ("99ffee01", "Bob", "main", 0, 1), ("word", "word", "lobby", 0, 0)])


for name in dir(test_hostile.FromServer):  # those are run where they stand
    if name.startswith("test_"):
        setattr(Heard, name, None)


if __name__ == "__main__":
    unittest.main()
