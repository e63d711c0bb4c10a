"""Walks docs/protocol.md: what it shows the component to say is said to the module, as it stands there; what it shows the module to say
is compared, element by element and attribute by attribute, with what a real one says; and so are the tables with the examples beside them."""

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
TYPES = {"asked": "set", "answered": "result"}


def sections():
    """(verb, its text) of each."""
    return [part.partition("\n")[::2] for part in re.split(r"(?m)^## ", TEXT)[1:]]


def examples():
    """(verb, type, payload) of every iq shown."""
    found = []
    for verb, rest in sections():
        shown = "\n".join(line[4:] for line in rest.split("\n") if line.startswith("    "))
        for iq in re.findall(r"(?s)<iq .*?</iq>", shown):
            xml = ET.fromstring(re.sub(r"(<iq [^>]*?) \.\.\.>", r"\1>", iq))
            found.append((verb, xml.get("type"), xml[0]))
    return found


def tables():
    """{(verb, type): {element: (attributes that it always has, those that it has sometimes)}}."""
    found = {}
    for verb, rest in sections():
        for kind, rows in re.findall(r"(?m)^\| (asked|answered) \| always \| sometimes \|\n\|[ -|]*\n((?:\|.*\n)+)", rest):
            table = found.setdefault((verb, TYPES[kind]), {})
            for row in rows.splitlines():
                element, always, sometimes = (set(re.findall(r"`([^`]+)`", cell)) for cell in row.split("|")[1:4])
                table[element.pop()] = (always, sometimes)
    return found


def shapes(element, into=None):
    """{name of element: the attributes of each that there is}, over it and all within."""
    into = {} if into is None else into
    into.setdefault(local(element), []).append(set(element.keys()))
    for child in element:
        shapes(child, into)
    return into


class Document(base.Dialogue):
    def filled(self, payload):
        """The example with this site's domain, this test's room, and numbers that fit."""
        text = ET.tostring(payload, encoding="unicode").replace("conference.meet.example", self.site.env["MUC"])
        return text.replace("standup@", self.node + "@")

    def compare(self, verb, type, said, never=()):
        """What is in these elements is what the tables say: nothing else, all that is always there, and sometimes what is there sometimes."""
        table, real = tables()[verb, type], {}
        for element in said:
            shapes(element, real)
        self.assertEqual(set(real), set(table), f"{verb} {type}: elements said, and in the table")
        for name, seen in real.items():
            always, sometimes = table[name]
            self.assertEqual(set().union(*seen) - always - sometimes, set(), f"{verb} {type}: <{name}>, said and not in the table")
            self.assertEqual(always - set.intersection(*seen), set(), f"{verb} {type}: <{name}>, not always said")
            self.assertEqual((always | sometimes) - set().union(*seen), set(never), f"{verb} {type}: <{name}>, in the table and never said")

    async def a_meeting(self):
        """Everything that is an event but for the end, and what a snapshot has of it. People have accounts where they have tokens."""
        await self.configured(f'jmb_account_domains = {{ "{self.site.env["DOMAIN"]}" }}')
        room, lobby = self.room, self.node + "@" + self.site.env["LOBBY"]
        rules = policy(room, "boss", lobby="true") + policy("shut-" + room, admission="closed")
        await self.component.policies(OPEN + rules)
        boss = await self.client("boss", "Alice Martin")
        await boss.join(self.node, "boss", name="Alice")
        boss.set_name("Alice M.")
        guest = await self.client("guest", "Gus")
        with self.assertRaises(Refused):
            await guest.join(self.node, "guest", name="Gus")
        await guest.join(lobby, "guest", name="Gus", ask_focus=False)
        shut = await self.client("guest", "Gus", room="*")
        with self.assertRaises(Refused):
            await shut.join("shut-" + self.node, "guest", name="Gus", ask_focus=False)
        await self.component.policies(policy(room, "nobody", admission="closed", lobby="true"), "update")
        await self.component.event("role", nick="boss", role="participant")
        late = await self.client("late", "Late")
        with self.assertRaises(Refused):
            await late.join(lobby, "late", name="Late", ask_focus=False)
        await self.component.event("refused", room=lobby, main=room)
        await self.component.policies(policy(room, "nobody", lobby="true"), "update")

    async def asyncTearDown(self):
        await self.configured()
        await super().asyncTearDown()

    async def observed(self):
        """A refusal that is none, in mode observe."""
        await self.configured('jmb_mode = "observe"')
        await self.component.policies(policy("observed-" + self.room, admission="closed"), "update")
        client = await self.client("seen", "Seen", room="*")
        await client.join("observed-" + self.node, "seen", name="Seen", ask_focus=False)
        await self.component.event("refused", user="seen", observed="true")

    async def lost(self):
        """An event that the component does not take, alone in its batch."""
        self.component.answer = lambda verb, iq: ("modify", "bad-request") if verb == "events" and local(iq[0]) == "renamed" else None
        self.clients[0].set_name("Alice Again")
        await self.component.event("lost", timeout=60)
        self.component.answer = lambda verb, iq: None

    async def test_protocol__hello_and_snapshot__are_said_as_shown(self):
        muc = self.site.env["MUC"]
        await asyncio.to_thread(self.site.shell, f"> prosody.hosts['{muc}'].modules.muc_allowners = {{}}")  # to be warned of
        self.addAsyncCleanup(asyncio.to_thread, self.site.shell, f"> prosody.hosts['{muc}'].modules.muc_allowners = nil")
        await self.a_meeting()
        await self.joined("bare", room="other-" + self.node)  # nobody in particular
        await self.component.close()
        await self.reconnect(resume=lambda hello: None)
        snapshots = self.component.snapshots
        await self.component.until(lambda: snapshots and snapshots[-1].get("done"), what="snapshot")
        self.compare("snapshot", "set", snapshots)
        hellos = self.component.hellos
        await self.component.close()  # what is held now is of a boot that ends
        boot = hellos[-1].get("boot")
        await self.joined("ann", room="other-" + self.node)
        await asyncio.to_thread(self.site.restart_prosody)
        await self.reconnect()
        await self.component.until(lambda: any(hello.get("ended") and hello.get("boot") == boot for hello in self.component.hellos), what="hello of the boot before")
        await self.component.until(lambda: self.component.hellos[-1].get("boot") != boot, what="hello of the new boot")
        self.compare("hello", "set", hellos[-1:] + self.component.hellos)

    async def test_protocol__events__are_said_as_shown(self):
        await self.a_meeting()
        await self.lost()
        await self.observed()
        await self.joined("bare", room="other-" + self.node)  # nobody in particular
        for client in self.clients:
            if client.room == self.room:
                client.nick += "-again"
                client.presence()
                await client.leave()
        await self.component.event("closed", room=self.room)
        self.compare("events", "set", self.component.batches)

    async def test_protocol__results_of_the_component__are_understood_as_shown(self):
        """The module of all tests takes those of the scripted one."""
        answers = {verb: [] for verb in ("hello", "snapshot", "events")}
        for verb in answers:
            asked = ET.fromstring(f"<{verb} boot='b' last='3' held='1' done='true'>" + ("<x n='3'/>" if verb == "events" else "") + f"</{verb}>")
            for self.component.resume in (lambda _: 3, lambda _: None):
                answers[verb].append(ET.fromstring(getattr(self.component, "_" + verb)(asked)))
            self.compare(verb, "result", answers[verb])
            shown = [payload for where, kind, payload in examples() if (where, kind) == (verb, "result")]
            for payload in shown:
                self.assertIn(set(payload.keys()), [set(answer.keys()) for answer in answers[verb]], verb)

    async def test_protocol__commands__are_taken_and_answered_as_shown(self):
        await self.joined("a1b2c3d4")
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
                for key in ("key", "revision", "repeated"):
                    self.assertEqual(reply.get(key), result.get(key))
                self.assertEqual(len((reply.get("said") or "").split()), len((result.get("said") or "").split()))
            done.append((section, len(orders)))
        self.component.revision = 9
        self.assertEqual(done, [("policies", 2), ("say", 4), ("end", 1)])

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

    def test_protocol__tables__are_of_what_is_shown(self):
        """An element's table has the attributes of its own examples: those that all of them have, and those that some have."""
        shown = {}
        for verb, type, payload in examples():
            shapes(payload, shown.setdefault((verb, type), {}))
        self.assertEqual(set(shown), {(verb, type) for verb, _ in sections() for type in ("set", "result")})
        self.assertEqual(set(tables()), set(shown))
        for where, table in tables().items():
            self.assertEqual(set(table), set(shown[where]), f"{where}: elements of the table, and shown")
            for name, (always, sometimes) in table.items():
                seen = shown[where][name]
                self.assertEqual(always & sometimes, set(), f"{where}: <{name}>")
                self.assertEqual(set().union(*seen), always | sometimes, f"{where}: <{name}>, shown in one of its examples, and in the table")
                self.assertEqual(always - set.intersection(*seen), set(), f"{where}: <{name}>, not in all of its examples")

    def test_protocol__verbs__are_all_in_the_table(self):
        table = re.findall(r"(?m)^\| `(\w+)` \| (?:module|component) to ", TEXT)
        self.assertEqual(table, [verb for verb, _ in sections()])


if __name__ == "__main__":
    unittest.main(verbosity=1)
