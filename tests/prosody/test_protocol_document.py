"""Walks docs/protocol.md: what it shows the component to say is said to the module, as it stands there; what it shows the module to say
is compared, element by element and attribute by attribute, with what a real one says."""

import asyncio
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemon")]

import test_mod_jmb as base  # noqa: E402
from scripted import NS, local, policy  # noqa: E402
from test_mod_jmb import OPEN, setUpModule, tearDownModule  # noqa: E402,F401
from xmpp_client import Refused  # noqa: E402

TEXT = (HERE.parent.parent / "docs/protocol.md").read_text()
WORDS = set(re.findall(r"`([a-z-]+)(?:='[^']*')?`", TEXT))  # what the text speaks of in backquotes


def examples():
    """(section, type, payload) of every iq shown."""
    found = []
    for part in re.split(r"(?m)^## ", TEXT)[1:]:
        section, _, rest = part.partition("\n")
        shown = "\n".join(line[4:] for line in rest.split("\n") if line.startswith("    "))
        for iq in re.findall(r"(?s)<iq .*?</iq>", shown):
            xml = ET.fromstring(re.sub(r"(<iq [^>]*?) \.\.\.>", r"\1>", iq))
            found.append((section, xml.get("type"), xml[0]))
    return found


def shape(element, into=None):
    """{name of element: its attributes}, over it and all within."""
    into = {} if into is None else into
    into.setdefault(local(element), set()).update(element.keys())
    for child in element:
        shape(child, into)
    return into


def shown(section, type):
    into = {}
    for where, kind, payload in examples():
        if (where, kind) == (section, type):
            shape(payload, into)
    return into


class Document(base.Dialogue):
    def filled(self, payload):
        """The example with this site's domain, this test's room, and numbers that fit."""
        text = ET.tostring(payload, encoding="unicode").replace("conference.meet.example", self.site.env["MUC"])
        return text.replace("standup@", self.node + "@")

    def compare(self, section, said):
        """What the module said is what is shown; what is not shown is spoken of; and nothing is shown that it never says."""
        documented, real = shown(section, "set"), {}
        for element in said:
            shape(element, real)
        for name, attributes in real.items():
            self.assertIn(name, documented, f"{section}: <{name}> is said and not shown")
            self.assertEqual({a for a in attributes - documented[name] if a not in WORDS}, set(), f"{section}: <{name}>, said and not spoken of")
        for name, attributes in documented.items():
            self.assertIn(name, real, f"{section}: <{name}> is shown and was not said")
            self.assertEqual(attributes - real[name], set(), f"{section}: <{name}>, shown and not said")

    async def a_meeting(self):
        """Everything that is an event, and what a snapshot has of it."""
        room, lobby = self.room, self.node + "@" + self.site.env["LOBBY"]
        await self.component.policies(OPEN + policy(room, "boss", lobby="true") + policy("shut-" + room, admission="closed"))
        boss = await self.client("boss", "Alice Martin")
        await boss.join(self.node, "boss", name="Alice")
        boss.set_name("Alice M.")
        guest = await self.client("guest", "Gus")
        with self.assertRaises(Refused):
            await guest.join(self.node, "guest", name="Gus")
        await guest.join(lobby, "guest", name="Gus", ask_focus=False)
        shut = await self.client("guest", room="*")
        with self.assertRaises(Refused):
            await shut.join("shut-" + self.node, "guest", name="Gus", ask_focus=False)
        await self.component.policies(policy(room, "nobody"), "update")
        await self.component.event("role", nick="boss", role="participant")

    async def test_protocol__hello_events_and_snapshot__are_said_as_shown(self):
        await asyncio.to_thread(self.site.shell, f"> prosody.hosts['{self.site.env['MUC']}'].modules.muc_allowners = {{}}")  # to be warned of
        try:
            await self.a_meeting()
            await self.component.close()
            await self.reconnect(resume=lambda hello: None)
            snapshots = self.component.snapshots
            await self.component.until(lambda: snapshots and snapshots[-1].get("done"), what="snapshot")
            self.component.resume = lambda hello: self.component.stored[hello.get("boot")]
            self.compare("hello", self.component.hellos)
            self.compare("snapshot", snapshots)
        finally:
            await asyncio.to_thread(self.site.shell, f"> prosody.hosts['{self.site.env['MUC']}'].modules.muc_allowners = nil")

    async def test_protocol__events__are_said_as_shown(self):
        await self.a_meeting()
        for client in self.clients:
            if client.room == self.room:
                await client.leave()
        await self.component.event("closed", room=self.room)
        self.compare("events", self.component.batches)

    async def test_protocol__results_of_the_component__are_understood_as_shown(self):
        for section in ("hello", "snapshot", "events"):
            results = [payload for where, kind, payload in examples() if (where, kind) == (section, "result")]
            self.assertTrue(results, section)
            for payload in results:
                answer = getattr(self.component, "_" + section)
                asked = ET.fromstring(f"<{section} boot='b' last='3' held='1' done='true'>" + ("<x n='3'/>" if section == "events" else "") + f"</{section}>")
                answers = [ET.fromstring(answer(asked))]
                if section == "hello":
                    resume, self.component.resume = self.component.resume, lambda _: None
                    answers.append(ET.fromstring(answer(asked)))
                    self.component.resume = resume
                self.assertIn(set(payload.keys()), [set(a.keys()) for a in answers], section)  # the module of all tests takes those

    async def test_protocol__commands__are_taken_and_answered_as_shown(self):
        await self.joined("ann")
        instance = (await self.component.event("opened", room=self.room)).get("instance")
        done = []
        for section in ("policies", "say", "end"):
            orders = [payload for where, kind, payload in examples() if (where, kind) == (section, "set")]
            results = [payload for where, kind, payload in examples() if (where, kind) == (section, "result")]
            self.assertEqual(len(orders), len(results), section)
            for order, result in zip(orders, results):
                order = ET.fromstring(self.filled(order).replace("d2b1c0ffee", instance))
                reply = await self.component.command(ET.tostring(order, encoding="unicode"))
                self.assertEqual((local(reply), reply.tag.startswith("{" + NS + "}")), (section, True))
                self.assertEqual(set(reply.keys()), set(result.keys()), section)
                for key in ("key", "revision"):
                    self.assertEqual(reply.get(key), result.get(key))
                self.assertEqual(len((reply.get("said") or "").split()), len((result.get("said") or "").split()))
            done.append((section, len(orders)))
        self.component.revision = 8
        self.assertEqual(done, [("policies", 1), ("say", 2), ("end", 1)])

    async def test_protocol__limits__are_where_it_says(self):
        await self.joined("ann")

        def policies(inside):
            revision = self.component.revision
            return self.component.command(f"<policies xmlns='{NS}' action='update' revision='{revision + 1}'>{inside}</policies>")

        def limit(pattern):
            return int(re.search(pattern, TEXT).group(1))
        moderators, refusals, words = limit(r"(\d+) moderators and"), limit(r"and (\d+) refusals"), limit(r"refusals of (\d+) bytes")
        user, body, key = limit(r"(\d+) bytes a `user`"), limit(r"`body` has at most (\d+)"), limit(r"bytes, `key` (\d+)")
        places = limit(r"several rooms, at most (\d+)")
        too_much = (
            ("moderators", policies(policy(self.room, *[f"u{n}" for n in range(moderators + 1)]))),
            ("refusals", policies(policy(self.room, refusals=[("full", f"l{chr(97 + n // 26)}{chr(97 + n % 26)}", "x") for n in range(refusals + 1)]))),
            (str(words), policies(policy(self.room, refusals=[("full", "en", "x" * (words + 1))]))),
            (str(user), policies(policy(self.room, "u" * (user + 1)))),
            (str(body), self.component.say(self.room, "k", "x" * (body + 1))),
            (str(key), self.component.say(self.room, "k" * (key + 1), "x")),
            (str(places), self.component.say_in([("k", self.room)] * (places + 1), "x")),
        )
        for what, doing in too_much:
            await self.denied("bad-request", what, doing)
        most = policy(self.room, *[f"u{n}" for n in range(moderators - 1)], "u" * user,
                      refusals=[("full", f"l{chr(97 + n // 26)}{chr(97 + n % 26)}", "x") for n in range(refusals - 1)] + [("over", "en", "x" * words)])
        await self.component.policies(most, "update")
        said = await self.component.say(self.room, "k" * key, "x" * body)
        self.assertEqual(said.get("said"), "1")
        said = await self.component.say_in([("many", self.room)] * places, "x")
        self.assertEqual(said.get("said").split(), ["1"] + ["repeated"] * (places - 1))

    def test_protocol__verbs__are_all_in_the_table(self):
        table = re.findall(r"(?m)^\| `(\w+)` \|", TEXT)
        sections = re.findall(r"(?m)^## (\w+)$", TEXT)
        self.assertEqual(table, sections)
        self.assertEqual({section for section, _, _ in examples()}, set(sections))


if __name__ == "__main__":
    unittest.main(verbosity=1)
