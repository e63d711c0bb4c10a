"""mod_jmb in a real Prosody, between real clients and a scripted component: the dialogues of docs/protocol.md."""

import asyncio
import os
import pathlib
import re
import signal
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemon")]

from jmbsite import Site  # noqa: E402
from scripted import NS, Component, Refused as Denied, local, policy  # noqa: E402
from xmpp_client import Client, Refused, make_token  # noqa: E402

LUA = ["jmb_queue = 200\njmb_heartbeat = 2\n", 'VirtualHost "recorder.meet.jmb.test"\n    authentication = "anonymous"\n']  # of the module, and a host
OPEN = "<default admission='open' moderation='none'/>"
site = None
folder = None


def setUpModule():
    global site, folder
    folder = tempfile.TemporaryDirectory(prefix="jmb-mod-")
    os.chmod(folder.name, 0o755)
    site = Site(folder.name + "/site", daemon=False, prosody_lua=LUA)
    site.up()


def tearDownModule():
    site.down()
    folder.cleanup()


class Dialogue(unittest.IsolatedAsyncioTestCase):
    """A test with a component that is connected, a room name of its own, and clients that go away at the end."""

    async def asyncSetUp(self):
        self.site = site
        self.clients = []
        self.node = re.sub(r"[^a-z0-9]+", "-", self._testMethodName.lower())[:60]
        self.component = Component(site.env)
        self.component.only = self.node
        await self.component.connect()
        await self.component.hello()
        await self.component.policies(OPEN)

    async def asyncTearDown(self):
        for client in self.clients:
            await client.close()
        await self.component.close()
        if not self.site.alive("prosody"):
            self.site.start_prosody()

    @property
    def room(self):
        return self.node + "@" + self.site.env["MUC"]

    async def client(self, user=None, name=None, room=None):
        """A client with a token for that identity, or without one on the guest host."""
        token = make_token(self.site.env, room or self.node, user, name) if user else None
        client = Client(self.site.env, token)
        await client.connect()
        self.clients.append(client)
        return client

    async def joined(self, nick, user=None, name=None, room=None, **options):
        client = await self.client(user, name)
        await client.join(room or self.node, nick, name=name, **options)
        return client

    async def refused(self, words, nick, user=None, **options):
        client = await self.client(user)
        with self.assertRaises(Refused) as caught:
            await client.join(self.node, nick, **options)
        self.assertEqual((caught.exception.condition, caught.exception.text), ("destroy", words))
        if options.get("ask_focus", True):
            self.assertEqual(client.told, words)  # at the conference IQ already
        return client

    async def reconnect(self, **changes):
        """Another component object that has stored what the one before had."""
        before = self.component
        self.component = Component(self.site.env)
        self.component.only = self.node
        self.component.stored, self.component.revision = dict(before.stored), before.revision
        for name, value in changes.items():
            setattr(self.component, name, value)
        await self.component.connect()
        await self.component.hello()
        return self.component

    async def configured(self, *lines):
        """Reads the configuration again with these lines for the module, and awaits that it says hello."""
        self.site.options["prosody_lua"] = [LUA[0] + "".join(line + "\n" for line in lines), *LUA[1:]]
        hellos = len(self.component.hellos)
        await asyncio.to_thread(self.site.reload)
        await self.component.hello(hellos + 1)

    async def denied(self, condition, words, doing):
        with self.assertRaises(Denied) as caught:
            await doing
        self.assertEqual(caught.exception.condition, condition)
        self.assertIn(words, caught.exception.text)
        return caught.exception

    def never(self, role, nick, *clients):
        """Nobody received one presence in which that nick has this role."""
        for client in clients:
            self.assertNotIn(role, [seen[0] for seen in client.roles_seen.get(nick, [])], f"{nick} as seen by {client}")

    async def always(self, role, nick, *clients):
        """Everybody received presences of that nick, and in all of them it has this role."""
        for client in clients:
            if nick not in client.roles_seen:
                await client.wait_for(lambda s: s.name == "presence" and s.nick == nick and s.role, what=f"presence of {nick}")
            seen = [seen[0] for seen in client.roles_seen[nick] if seen[0] != "none"]
            self.assertEqual(set(seen), {role}, f"{nick} as seen by {client}")

    async def quiet(self, client):
        """Until Prosody has answered a ping of that client: what was sent to it before has come."""
        await client.iq(client.domain, "<ping xmlns='urn:xmpp:ping'/>", "get")


class Hello(Dialogue):
    async def test_mod_jmb__hello__says_who_it_is_when_the_component_connects(self):
        hello = self.component.hellos[0]
        self.assertEqual((hello.get("version"), hello.get("least"), hello.get("mode")), ("1", "1", "enforce"))
        self.assertRegex(hello.get("boot"), r"^[0-9a-f]{16}$")
        self.assertLess(abs(int(hello.get("now")) / 1000 - time.time()), 5)
        self.assertTrue(hello.get("software").startswith("Prosody "))
        mucs = {m.get("jid"): m.get("kind") for m in hello if local(m) == "muc"}
        env = self.site.env
        self.assertEqual(mucs, {env["MUC"]: "main", env["LOBBY"]: "lobby", env["BREAKOUT"]: "breakout"})
        self.assertEqual([w.get("code") for w in hello if local(w) == "warning"], [])

    async def test_mod_jmb__hello__is_the_heartbeat_too(self):
        hello = await self.component.hello(3, timeout=10)
        self.assertEqual(hello.get("boot"), self.component.hellos[0].get("boot"))
        self.assertEqual(hello.get("policies"), str(self.component.revision))

    async def test_mod_jmb__hello__names_the_policies_it_holds(self):
        await self.component.policies(OPEN, revision=4711)
        await self.component.close()
        await self.reconnect()
        self.assertEqual(self.component.hellos[0].get("policies"), "4711")

    async def test_mod_jmb__hello__that_is_refused_is_said_again(self):
        await self.component.close()
        refusals = [("cancel", "feature-not-implemented")]
        await self.reconnect(answer=lambda verb, _: refusals.pop() if verb == "hello" and refusals else None)
        await self.joined("ann")
        await self.component.event("joined", nick="ann")
        self.assertGreaterEqual(len(self.component.hellos), 2)

    async def test_mod_jmb__hello__gets_a_snapshot_when_the_component_wants_one(self):
        ann = await self.joined("ann", "u1", "Ann Alba")
        await self.component.event("role", nick="ann")
        last = max(n for _, n, _ in self.component.events)
        await self.component.close()
        await self.reconnect(resume=lambda hello: None)
        await self.component.until(lambda: self.component.snapshots and self.component.snapshots[-1].get("done"), what="snapshot")
        snapshot = self.component.snapshots[-1]
        rooms = {r.get("jid"): r for r in snapshot}
        self.assertEqual(snapshot.get("count"), str(len(rooms)))
        room = rooms[self.room]
        self.assertEqual((room.get("kind"), room.get("last"), snapshot.get("last")), ("main", str(last), str(last)))
        self.assertEqual(len(room), 1)
        person = room[0]
        self.assertEqual({k: person.get(k) for k in ("nick", "jid", "kind", "user", "user-name", "name", "role")},
                         {"nick": "ann", "jid": ann.jid, "kind": "participant", "user": "u1", "user-name": "Ann Alba",
                          "name": "Ann Alba", "role": "moderator"})
        self.component.resume = lambda hello: self.component.stored[hello.get("boot")]
        ann.set_name("Ann again")
        renamed = await self.component.event("renamed", nick="ann", name="Ann again")
        self.assertEqual(renamed.get("n"), str(last + 1))

    async def test_mod_jmb__snapshot__of_a_boot_held_from_the_beginning_loses_no_visit(self):
        await self.component.close()
        await asyncio.to_thread(self.site.restart_prosody)
        ann = await self.joined("ann")
        await ann.leave()
        await self.joined("bob")
        known = set()

        def resume(hello):  # as a store does that never heard of this boot
            return self.component.stored.get(hello.get("boot")) if hello.get("boot") in known or known.add(hello.get("boot")) else None
        self.component = Component(self.site.env)
        self.component.only, self.component.resume = self.node, resume
        await self.component.connect()
        await self.component.event("joined", nick="bob")
        snapshot = self.component.snapshots[-1]
        self.assertEqual((snapshot.get("done"), snapshot.get("count"), snapshot.get("last"), len(snapshot)), ("true", "0", "0", 0))
        self.assertEqual([e.get("nick") for e in self.component.named("left")][:1], ["ann"])
        self.assertEqual(self.component.events[0][1], 1)

    async def test_mod_jmb__snapshot__of_many_rooms_comes_in_several_stanzas(self):
        ann = await self.client("u1", room="*")
        name = "é" * 120
        for number in range(160):
            await ann.join(f"{self.node}-{number}", "ann", name=name, ask_focus=False)
        await self.component.close()
        await self.reconnect(resume=lambda hello: None)
        snapshots = self.component.snapshots
        await self.component.until(lambda: snapshots and snapshots[-1].get("done"), what="snapshot")
        self.assertGreater(len(snapshots), 1)
        self.assertEqual([s.get("done") for s in snapshots[:-1]], [None] * (len(snapshots) - 1))
        self.assertEqual(len({s.get("last") for s in snapshots}), 1)
        self.assertEqual(sum(len(s) for s in snapshots), int(snapshots[-1].get("count")))
        self.assertGreaterEqual(int(snapshots[-1].get("count")), 160)


class Events(Dialogue):
    async def test_mod_jmb__events__tell_a_room_from_open_to_closed(self):
        ann = await self.joined("ann", "u1", "Ann Alba")
        ann.set_name("Ann B.")
        await self.component.event("renamed", nick="ann", name="Ann B.")
        eve = await self.joined("eve")
        await eve.leave()
        await ann.leave()
        await self.component.event("closed", room=self.room)
        mine = [e for _, _, e in self.component.events if e.get("room") == self.room]
        told = [(local(e), e.get("nick"), e.get("role")) for e in mine]
        self.assertEqual(told[0], ("opened", None, None))
        self.assertEqual([t for t in told if t[1] == "eve"], [("joined", "eve", "participant"), ("left", "eve", None)])
        self.assertEqual([t[0] for t in told if t[1] == "ann"][0], "joined")
        self.assertEqual([t[0] for t in told if t[1] == "ann"][-1], "left")
        self.assertEqual(told[-1], ("closed", None, None))
        self.assertEqual({e.get("instance") for e in mine}, {mine[0].get("instance")})
        numbers = [n for _, n, _ in self.component.events]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        times = [int(e.get("t")) for e in mine]
        self.assertEqual(times, sorted(times))
        self.assertFalse([e for e in mine if e.get("nick") == "focus"])

    async def test_mod_jmb__events__a_room_that_opens_again_is_another_instance(self):
        def instances(event_name):
            return [e.get("instance") for e in self.component.named(event_name) if e.get("room") == self.room]
        for times in (1, 2):
            ann = await self.joined("ann")
            await ann.leave()
            await self.component.until(lambda: len(instances("closed")) == times, what="closed")
        self.assertEqual(instances("opened"), instances("closed"))
        self.assertNotEqual(*instances("opened"))

    async def test_mod_jmb__events__tell_the_token_from_the_display_name(self):
        ann = await self.client("u1", "Ann Alba")
        await ann.join(self.node, "ann", name="The Boss")
        event = await self.component.event("joined", nick="ann")
        self.assertEqual((event.get("user"), event.get("user-name"), event.get("name")), ("u1", "Ann Alba", "The Boss"))
        await self.joined("eve", name="Ann Alba")
        event = await self.component.event("joined", nick="eve")
        self.assertEqual((event.get("user"), event.get("user-name"), event.get("name")), (None, None, "Ann Alba"))

    async def test_mod_jmb__events__are_clean_whatever_a_token_says(self):
        ann = await self.client("u\u0001\ud83d\ude00" .encode("utf-16", "surrogatepass").decode("utf-16"), "A\u0000B\u001f" + "é" * 400)
        await ann.join(self.node, "ann", name="x" * 1000)
        event = await self.component.event("joined", nick="ann")
        self.assertEqual(event.get("user"), "u 😀")
        self.assertTrue(event.get("user-name").startswith("A B é"))
        self.assertLessEqual(len(event.get("user-name").encode()), 256)
        self.assertEqual(event.get("name"), "x" * 256)

    async def test_mod_jmb__events__a_name_that_is_taken_away_is_told(self):
        ann = await self.joined("ann", name="Ann")
        ann.presence()
        event = await self.component.event("renamed", nick="ann")
        self.assertIsNone(event.get("name"))

    async def test_mod_jmb__events__a_phone_is_a_phone(self):
        ann = await self.client()
        ann.room, ann.nick = self.room, "ann"
        await ann.ask_focus(self.room)
        ann.presence("<x xmlns='http://jabber.org/protocol/muc'/><initiator xmlns='http://jitsi.org/protocol/jigasi'/>")
        event = await self.component.event("joined", nick="ann")
        self.assertEqual(event.get("kind"), "phone")

    async def phones(self, nick, **options):
        """Who phones in through Jigasi, where that has one account among the machines' for all calls."""
        jigasi = "jigasi@" + self.site.env["AUTH_DOMAIN"]
        if not options.get("again"):
            await asyncio.to_thread(self.site.shell, f"user:create('{jigasi}', 'pass word')")
        caller = Client(self.site.env, "pass word", login=jigasi)
        await caller.connect()
        self.clients.append(caller)
        caller.room, caller.nick = self.room, nick
        caller.presence("<x xmlns='http://jabber.org/protocol/muc'/><initiator xmlns='http://jitsi.org/protocol/jigasi'/>", "+33 1 23 45 67 89")
        return caller

    async def test_mod_jmb__events__a_phone_by_way_of_a_machine_is_a_phone(self):
        await self.component.policies(OPEN + policy(self.room, "boss", maximum="3"))
        boss = await self.joined("boss", "boss")
        first, second = await self.phones("first"), await self.phones("second", again=True)
        await boss.wait_for_people("boss", "first", "second")
        for nick in ("first", "second"):
            event = await self.component.event("joined", nick=nick)
            self.assertEqual((event.get("kind"), event.get("role"), event.get("name"), event.get("user")), ("phone", "participant", "+33 1 23 45 67 89", None))
        await asyncio.to_thread(self.site.focus_mode, "first")
        await boss.leave()
        await first.focus_settled()
        for nick in ("first", "second"):
            self.never("moderator", nick, boss, first, second)
        third = await self.phones("third", again=True)
        await second.wait_for_people("first", "second", "third")
        fourth = await self.phones("fourth", again=True)  # they are counted one by one, though their address is one
        said = await fourth.wait_for(lambda s: s.find("x/destroy") is not None)
        self.assertEqual(said.text("x/destroy/reason"), "This room is full.")
        await self.component.policies(policy(self.room, "boss", admission="closed"), "update")
        await third.leave()
        await self.component.event("left", nick="third")
        fifth = await self.phones("fifth", again=True)
        said = await fifth.wait_for(lambda s: s.find("x/destroy") is not None)
        self.assertEqual(said.text("x/destroy/reason"), "This room is closed.")
        await first.leave()
        await second.leave()
        await self.component.event("closed", room=self.room)

    async def test_mod_jmb__events__a_nick_of_focus_hides_nobody(self):
        eve = await self.client()
        await eve.join(self.node, "focus", ask_focus=False)
        event = await self.component.event("joined", nick="focus")
        self.assertEqual(event.get("jid"), eve.jid)

    async def recorder(self, nick="recorder"):
        """Jibri, known by its domain, in the room."""
        client = Client({**self.site.env, "GUEST_DOMAIN": "recorder." + self.site.env["DOMAIN"]})
        await client.connect()
        self.clients.append(client)
        await client.join(self.node, nick, ask_focus=False)
        return client

    async def test_mod_jmb__events__a_recorder_that_stays_keeps_no_session_open(self):
        await self.recorder()
        for _ in (1, 2):
            ann = await self.joined("ann", ask_focus=False)
            await ann.leave()
        await self.component.until(lambda: len(self.component.named("closed")) == 2, what="two sessions")
        told = [local(e) for _, _, e in self.component.events]
        self.assertEqual(told, ["opened", "joined", "left", "closed"] * 2)
        self.assertEqual(len({e.get("instance") for _, _, e in self.component.events}), 2)

    async def test_mod_jmb__events__people_in_breakouts_keep_the_session_of_their_main_room(self):
        self.component.only = ""
        boss = await self.joined("boss", "boss")
        await boss.wait_for_role("boss", "moderator")
        boss.breakout("add", subject="one")
        message = await boss.wait_for(lambda s: s.name == "message" and s.json and any(not r.get("isMainRoom") for r in s.json.get("rooms", {}).values()))
        breakout = next(r["jid"] for r in message.json["rooms"].values() if not r.get("isMainRoom"))
        await boss.leave()
        await boss.join(breakout, "boss")
        await self.component.event("joined", room=breakout, nick="boss")
        self.assertFalse([e for e in self.component.named("closed") if e.get("room") == self.room])
        await boss.leave()
        await boss.join(self.node, "boss")
        await self.component.until(lambda: len([e for e in self.component.named("joined") if e.get("room") == self.room]) == 2, what="the way back")
        self.assertEqual(len({e.get("instance") for e in self.component.named("joined") if e.get("room") == self.room}), 1)

    async def test_mod_jmb__events__health_checks_are_not_told(self):
        node, self.node = self.node, "__jicofo-health-check-" + self.node
        ann = await self.joined("ann", ask_focus=False)
        await ann.leave()
        self.node = node
        await self.joined("bob")
        await self.component.event("joined", nick="bob")
        self.assertFalse([e for _, _, e in self.component.events if "__jicofo" in e.get("room")])

    async def test_mod_jmb__events__wait_for_the_receipt_of_the_batch_before(self):
        self.component.answer = lambda verb, payload: "silence" if verb == "events" and self.component.is_mine(payload) else None
        ann = await self.joined("ann")
        await self.component.until(lambda: self.component.batches, what="first batch")
        ann.set_name("one")
        ann.set_name("two")
        await self.quiet(ann)
        await self.component.say(self.room, "fence", "What the module had to say before this, it has said")
        self.assertEqual(len(self.component.batches), 1)

    async def test_mod_jmb__events__without_a_receipt_come_again_under_the_same_numbers(self):
        self.component.answer = lambda verb, payload: "silence" if verb == "events" and self.component.is_mine(payload) else None
        await self.joined("ann")
        await self.component.until(lambda: self.component.batches, what="first batch")
        first = [(boot, n, e.attrib) for boot, n, e in self.component.events]
        self.component.vanish()
        await self.reconnect()
        await self.component.event("joined", nick="ann")
        again = [(boot, n, e.attrib) for boot, n, e in self.component.events]
        self.assertEqual(again[:len(first)], first)

    async def test_mod_jmb__events__stored_before_the_receipt_was_lost_do_not_come_again(self):
        self.component.answer = lambda verb, payload: "silence" if verb == "events" and self.component.is_mine(payload) else None
        ann = await self.joined("ann")
        await self.component.event("opened", room=self.room)
        boot, stored, _ = self.component.events[-1]
        self.component.vanish()
        self.component.stored[boot] = stored
        await self.reconnect()
        ann.set_name("later")
        await self.component.event("renamed", name="later")
        self.assertEqual(min(n for _, n, _ in self.component.events), stored + 1)

    async def test_mod_jmb__events__of_an_outage_are_held_and_come_in_order(self):
        def bounced():
            return self.site.log("prosody").count("Component not connected, bouncing")
        before = bounced()
        await self.component.close()
        ann = await self.joined("ann")
        for number in range(20):
            ann.set_name(f"name {number}")
        await self.quiet(ann)
        await self.reconnect()
        await self.component.event("renamed", name="name 19")
        names = [e.get("name") for e in self.component.named("renamed") if e.get("room") == self.room]
        self.assertEqual(names, [f"name {n}" for n in range(20)])
        numbers = [n for _, n, _ in self.component.events]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        self.assertLessEqual(bounced(), before + 1)  # one may have been on its way

    async def test_mod_jmb__events__that_overflow_the_queue_end_in_a_snapshot(self):
        await self.component.close()
        ann = await self.joined("ann")
        for number in range(250):
            ann.set_name(f"name {number}")
        await self.quiet(ann)

        def resume(hello):  # as a store does that sees a gap
            first = int(hello.get("last")) - int(hello.get("held")) + 1
            known = self.component.stored.get(hello.get("boot"), 0)
            return None if known < first - 1 else known
        await self.reconnect(resume=resume)
        await self.component.until(lambda: self.component.snapshots and self.component.snapshots[-1].get("done"), what="snapshot")
        self.assertEqual(self.component.hellos[0].get("held"), "200")
        room = next(r for r in self.component.snapshots[-1] if r.get("jid") == self.room)
        self.assertEqual(room[0].get("name"), "name 249")
        ann.set_name("after")
        event = await self.component.event("renamed", name="after")
        self.assertEqual(int(event.get("n")), int(room.get("last")) + 1)

    async def test_mod_jmb__events__of_strangers_who_are_refused_crowd_nobody_out_of_the_queue(self):
        """Who knocks at one closed room after the other while the component is away."""
        self.component.only = ""
        await self.component.policies("<default admission='signed-in' moderation='none'/>")
        ann, eve = await self.joined("ann", "ann"), await self.client()
        await self.component.event("joined", nick="ann")
        await self.component.close()
        for number in range(25):
            ann.set_name(f"name {number}")
        for number in range(250):
            with self.assertRaises(Refused):
                await eve.ask_focus(f"{self.node}-{number}@{self.site.env['MUC']}")
        for number in range(25, 50):
            ann.set_name(f"name {number}")
        await self.joined("bob", "bob")
        await self.reconnect()
        await self.component.event("joined", nick="bob")
        self.assertEqual(self.component.snapshots, [])
        self.assertEqual([event.get("name") for event in self.component.named("renamed")], [f"name {number}" for number in range(50)])
        self.assertLessEqual(len(self.component.named("refused")), 101)
        self.assertGreater(len(self.component.named("refused")), 60)
        self.assertIn("more than half of jmb_queue is full", self.site.log("prosody"))

    async def test_mod_jmb__snapshot__a_stanza_that_is_put_off_comes_again(self):
        ann = await self.client("u1", room="*")
        for number in range(160):
            await ann.join(f"{self.node}-{number}", "ann", name="é" * 120, ask_focus=False)
        await self.component.close()
        taken, seen = [], []

        def answer(verb, payload):
            if verb == "snapshot":
                seen.append(payload)
                if len(seen) in (1, 3):
                    return "wait", "resource-constraint"
                taken.append(payload)
        await self.reconnect(resume=lambda hello: None, answer=answer)
        await self.component.until(lambda: taken and taken[-1].get("done"), 20, "snapshot")
        rooms = [room.get("jid") for snapshot in taken for room in snapshot]
        self.assertGreaterEqual(len(rooms), 160)
        self.assertEqual((len(set(rooms)), taken[-1].get("count")), (len(rooms), str(len(rooms))))

    async def test_mod_jmb__snapshot__shows_its_own_moment_whatever_happens_meanwhile(self):
        ann = await self.joined("ann")
        await self.component.event("joined", nick="ann")
        await self.component.close()
        seen = asyncio.Event()

        def answer(verb, payload):
            if verb == "snapshot" and not seen.is_set():
                seen.set()
                return "wait", "resource-constraint"
        await self.reconnect(resume=lambda hello: None, answer=answer)
        await asyncio.wait_for(seen.wait(), 30)
        await self.joined("bob", "u2")
        ann.set_name("later")
        await ann.leave()
        left = await self.component.event("left", nick="ann")
        room = next(room for snapshot in self.component.snapshots for room in snapshot if room.get("jid") == self.room)
        self.assertEqual([(occupant.get("nick"), occupant.get("name")) for occupant in room], [("ann", None)])
        events = [(e.tag.split("}")[1], e.get("nick")) for e in self.component.batches[0] if int(e.get("n")) > int(room.get("last"))]
        self.assertEqual(events[:3], [("joined", "bob"), ("renamed", "ann"), ("left", "ann")])
        self.assertGreater(int(left.get("n")), int(room.get("last")))

    async def test_mod_jmb__events__put_off_come_again_by_themselves(self):
        refusals = [("wait", "resource-constraint")]
        self.component.answer = lambda verb, p: refusals.pop() if verb == "events" and self.component.is_mine(p) and refusals else None
        await self.joined("ann")
        await self.component.until(lambda: len(self.component.batches) > 1, what="the same batch again")
        first, again = ([e.get("n") for e in batch] for batch in self.component.batches[:2])
        self.assertEqual(again[:len(first)], first)

    async def test_mod_jmb__events__one_that_is_never_taken_is_given_up(self):
        self.component.answer = lambda verb, p: ("modify", "bad-request") if verb == "events" and any(e.get("name") == "poison" for e in p) else None
        ann = await self.joined("ann")
        ann.set_name("poison")
        ann.set_name("fine")
        fine = await self.component.event("renamed", name="fine")
        lost = await self.component.event("lost", timeout=60)
        self.assertEqual(int(lost.get("n")), int(self.component.named("renamed")[0].get("n")))
        boot = self.component.hellos[0].get("boot")
        await self.component.until(lambda: self.component.stored[boot] >= int(fine.get("n")), 60, "receipt of what follows")

    async def test_mod_jmb__events__survive_a_reload_of_the_module(self):
        ann = await self.joined("ann", "u1")
        await self.component.event("joined", nick="ann")
        boot = self.component.hellos[0].get("boot")
        hellos = len(self.component.hellos)
        await asyncio.to_thread(self.site.reload, "jmb")
        hello = await self.component.hello(hellos + 1)
        self.assertEqual(hello.get("boot"), boot)
        ann.set_name("after")
        await self.component.event("renamed", name="after")
        self.assertEqual(len([e for e in self.component.named("joined") if e.get("nick") == "ann"]), 1)
        self.assertEqual(len([e for e in self.component.named("opened") if e.get("room") == self.room]), 1)
        numbers = [n for _, n, _ in self.component.events]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))

    async def test_mod_jmb__events__held_survive_a_reload_while_the_component_is_away(self):
        await self.component.close()
        ann = await self.joined("ann")
        await asyncio.to_thread(self.site.reload, "jmb")
        ann.set_name("after")
        await self.quiet(ann)
        await self.reconnect()
        await self.component.event("joined", nick="ann")
        await self.component.event("renamed", name="after")
        self.assertEqual(len([e for e in self.component.named("joined") if e.get("nick") == "ann"]), 1)

    async def test_mod_jmb__events__held_survive_a_clean_stop_of_prosody(self):
        await self.component.close()
        boot = self.component.hellos[0].get("boot")
        ann = await self.joined("ann", "u1")
        await ann.wait_for_role("ann", "moderator")
        await asyncio.to_thread(self.site.stop_prosody)
        await asyncio.to_thread(self.site.start_prosody)
        await self.reconnect()
        await self.component.hello(2)
        self.assertEqual((self.component.hellos[0].get("boot"), self.component.hellos[0].get("ended")), (boot, "true"))
        live = self.component.hellos[1]
        self.assertNotEqual(live.get("boot"), boot)
        self.assertIsNone(live.get("ended"))
        told = [(b, local(e)) for b, _, e in self.component.events if e.get("room") == self.room]
        self.assertEqual([t for t in told if t[0] == boot], [(boot, what) for what in ("opened", "joined", "role", "left", "closed")])
        await self.component.close()
        await asyncio.to_thread(self.site.restart_prosody)
        await self.reconnect()
        self.assertNotEqual(self.component.hellos[0].get("boot"), boot)  # told once

    async def test_mod_jmb__events__of_a_stop_reach_a_component_that_is_there(self):
        await self.joined("ann")
        await self.component.event("joined", nick="ann")
        await asyncio.to_thread(self.site.stop_prosody)
        await self.component.event("left", nick="ann")
        await self.component.event("closed", room=self.room)
        await asyncio.to_thread(self.site.start_prosody)
        await self.reconnect()
        self.assertIsNone(self.component.hellos[0].get("ended"))  # nothing was left to say

    async def test_mod_jmb__events__a_stop_does_not_wait_long_for_a_receipt(self):
        self.component.answer = lambda verb, payload: "silence" if verb == "events" else None
        await self.joined("ann")
        began = time.monotonic()
        await asyncio.to_thread(self.site.stop_prosody)
        self.assertLess(time.monotonic() - began, 4.5)
        self.component.vanish()
        await asyncio.to_thread(self.site.start_prosody)
        await self.reconnect()
        await self.component.event("left", nick="ann")
        self.assertEqual(self.component.hellos[0].get("ended"), "true")

    async def test_mod_jmb__events__a_stop_with_nothing_to_say_is_at_once(self):
        """Everything has its receipt: there is nothing to wait for, not even the two seconds."""
        ann = await self.joined("ann")
        await ann.leave()
        boot = self.component.hellos[0].get("boot")
        await self.component.until(lambda: self.component.named("closed") and self.component.stored[boot] >= int(self.component.named("closed")[0].get("n")), what="the last receipt")
        await ann.close()
        began = time.monotonic()
        await asyncio.to_thread(self.site.stop_prosody)
        self.assertLess(time.monotonic() - began, 2)
        await asyncio.to_thread(self.site.start_prosody)

    async def test_mod_jmb__events__after_a_crash_begin_a_new_boot(self):
        boot = self.component.hellos[0].get("boot")
        await self.joined("ann")
        await self.component.event("joined", nick="ann")
        await asyncio.to_thread(self.site.stop_prosody, "", signal.SIGKILL)
        await asyncio.to_thread(self.site.start_prosody)
        await self.reconnect()
        hello = self.component.hellos[0]
        self.assertNotEqual(hello.get("boot"), boot)
        self.assertEqual(hello.get("held"), hello.get("last"))


class Lobby(Dialogue):
    async def test_mod_jmb__events__a_knock_in_the_lobby_is_told_with_its_main_room(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss = await self.joined("boss", "boss", name="Boss")
        await boss.configure(membersonly="1")
        lobby = self.node + "@" + self.site.env["LOBBY"]
        eve = await self.client()
        with self.assertRaises(Refused) as caught:
            await eve.join(self.node, "eve", name="Eve")
        self.assertEqual(caught.exception.condition, "registration-required")
        await eve.join(lobby, "eve", name="Eve", ask_focus=False)
        opened = await self.component.event("opened", room=lobby)
        self.assertEqual((opened.get("kind"), opened.get("main")), ("lobby", self.room))
        knock = await self.component.event("knock", room=lobby, nick="eve")
        self.assertEqual((knock.get("name"), knock.get("main"), knock.get("jid")), ("Eve", self.room, eve.jid))
        await eve.leave()
        await self.component.event("left", room=lobby, nick="eve")

    async def test_mod_jmb__grant__lets_an_organiser_past_the_lobby(self):
        await self.component.policies(OPEN + policy(self.room, "boss", "chief"))
        boss = await self.joined("boss", "boss", name="Boss")
        await boss.configure(membersonly="1")
        chief = await self.joined("chief", "chief", name="Chief")
        await self.always("moderator", "chief", boss, chief)


class Moderation(Dialogue):
    async def in_mode(self, mode):
        """A stranger first, then a guest with a token, then the one who is entitled; everybody sees the right roles only."""
        await asyncio.to_thread(self.site.focus_mode, mode)
        await self.component.policies(OPEN + policy(self.room, "boss"))
        eve = await self.joined("eve")
        bob = await self.joined("bob", "bob")
        boss = await self.joined("boss", "boss")
        everybody = (eve, bob, boss)
        for client in everybody:
            await client.wait_for_people("eve", "bob", "boss")
            await client.focus_settled()
        self.never("moderator", "eve", *everybody)
        self.never("moderator", "bob", *everybody)
        await self.always("moderator", "boss", *everybody)
        await boss.leave()
        await eve.focus_settled()
        again = await self.joined("boss2", "boss")
        for client in (eve, bob, again):
            await client.focus_settled()
        await self.always("moderator", "boss2", again)
        self.never("moderator", "eve", *everybody, again)
        self.never("moderator", "bob", *everybody, again)

    async def test_mod_jmb__grant__is_right_from_the_first_presence_when_focus_elects_the_first(self):
        await self.in_mode("first")

    async def test_mod_jmb__grant__is_right_from_the_first_presence_when_focus_elects_tokens(self):
        await self.in_mode("token")
        await asyncio.to_thread(self.site.focus_mode, "first")

    async def test_mod_jmb__grant__is_right_from_the_first_presence_when_focus_elects_nobody(self):
        await self.in_mode("none")
        await asyncio.to_thread(self.site.focus_mode, "first")

    async def test_mod_jmb__grant__without_focus_the_creator_is_not_owner_either(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        eve = await self.joined("eve", ask_focus=False)
        boss = await self.joined("boss", "boss", ask_focus=False)
        self.never("moderator", "eve", eve, boss)
        await self.always("moderator", "boss", boss)

    async def test_mod_jmb__grant__is_told_as_the_role_of_the_join(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        await self.joined("boss", "boss")
        event = await self.component.event("joined", nick="boss")
        self.assertEqual(event.get("role"), "moderator")
        self.assertEqual([e for e in self.component.named("role") if e.get("nick") == "boss"], [])

    async def test_mod_jmb__deny__leaves_rooms_without_moderation_to_focus(self):
        ann = await self.joined("ann")
        await ann.wait_for_role("ann", "moderator")
        event = await self.component.event("role", nick="ann")
        self.assertEqual(event.get("role"), "moderator")

    async def test_mod_jmb__deny__a_moderator_cannot_make_another_where_it_is_strict(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss = await self.joined("boss", "boss")
        eve = await self.joined("eve")
        await boss.wait_for_people("boss", "eve")
        for doing in (boss.grant("eve"), boss.grant("eve", "admin"), boss.set_role("eve", "moderator")):
            with self.assertRaises(Refused) as caught:
                await doing
            self.assertEqual(caught.exception.condition, "not-allowed")
        await self.quiet(eve)
        self.never("moderator", "eve", boss, eve)

    async def test_mod_jmb__deny__one_who_is_entitled_cannot_be_demoted(self):
        await self.component.policies(OPEN + policy(self.room, "boss", "chief"))
        boss, chief = await self.joined("boss", "boss"), await self.joined("chief", "chief")
        await boss.wait_for_people("boss", "chief")
        for doing in (boss.grant("chief", "none"), boss.grant("chief", "member"), boss.set_role("chief", "participant")):
            with self.assertRaises(Refused):
                await doing
        await self.quiet(chief)
        await self.always("moderator", "chief", boss, chief)

    async def test_mod_jmb__deny__a_ban_is_left_alone(self):
        await self.component.policies(OPEN + policy(self.room, "boss", "chief", moderation="delegable"))
        boss, chief, bob = await self.joined("boss", "boss"), await self.joined("chief", "chief"), await self.joined("bob", "bob")
        await boss.wait_for_people("boss", "chief", "bob")
        await boss.grant("bob")
        await bob.wait_for_role("bob", "moderator")
        with self.assertRaises(Refused):
            await bob.grant("chief", "outcast")  # one who was granted does not put out one of the booked
        await boss.grant("chief", "outcast")
        await boss.wait_for_people("boss", "bob")
        with self.assertRaises(Refused) as caught:
            await chief.join(self.node, "chief")
        self.assertEqual(caught.exception.condition, "forbidden")
        await boss.grant("bob", "outcast")
        await boss.wait_for_people("boss")

    async def test_mod_jmb__deny__a_kick_works_and_the_entitled_come_back_as_moderator(self):
        await self.component.policies(OPEN + policy(self.room, "boss", "chief"))
        boss, chief = await self.joined("boss", "boss"), await self.joined("chief", "chief")
        await boss.wait_for_people("boss", "chief")
        await boss.set_role("chief", "none")
        await self.component.event("left", nick="chief")
        again = await self.joined("chief2", "chief")
        await self.always("moderator", "chief2", again)

    async def test_mod_jmb__delegable__a_moderator_may_grant_and_it_holds_for_that_identity(self):
        await self.component.policies(OPEN + policy(self.room, "boss", moderation="delegable"))
        boss, bob, eve = await self.joined("boss", "boss"), await self.joined("bob", "bob"), await self.joined("eve")
        await boss.wait_for_people("boss", "bob", "eve")
        await boss.grant("bob")
        await bob.wait_for_role("bob", "moderator")
        await bob.leave()
        again = await self.joined("bob2", "bob")
        await self.always("moderator", "bob2", again)
        await boss.wait_for_people("boss", "bob2", "eve")
        await boss.grant("bob2", "none")
        await again.wait_for_role("bob2", "participant")
        with self.assertRaises(Refused):
            await again.grant("boss", "none")
        self.never("moderator", "eve", boss, eve)

    async def test_mod_jmb__policies__change_a_room_that_is_going_on(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss, bob = await self.joined("boss", "boss"), await self.joined("bob", "bob")
        await self.component.policies(policy(self.room, "bob"), "update")
        await boss.wait_for_role("boss", "participant")
        await bob.wait_for_role("bob", "moderator")
        await self.component.event("role", nick="boss", role="participant")
        await self.component.event("role", nick="bob", role="moderator")

    async def test_mod_jmb__policies__of_more_rooms_than_a_turn_has_time_for_all_come_to_hold(self):
        ann, nodes = await self.client("ann", room="*"), [f"{self.node[:40]}-{number}" for number in range(60)]
        self.component.only = self.node[:40]
        for node in nodes:
            await ann.join(node, "ann", ask_focus=False)
        rooms = {f"{node}@{self.site.env['MUC']}" for node in nodes}
        for moderator, role in (("somebody", "participant"), ("ann", "moderator")):
            await self.component.policies(OPEN + "".join(policy(room, moderator) for room in rooms))
            await self.component.until(lambda: rooms <= {e.get("room") for e in self.component.named("role") if e.get("role") == role}, what=role)

    async def test_mod_jmb__policies__put_an_end_to_what_focus_gave_before(self):
        eve, bob = await self.joined("eve"), await self.joined("bob", "bob")
        await eve.wait_for_role("eve", "moderator")
        await self.component.policies(policy(self.room, "bob"), "update")
        await eve.wait_for_role("eve", "participant")
        await bob.wait_for_role("bob", "moderator")

    async def test_mod_jmb__policies__hold_without_the_component_and_after_a_restart(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        await self.component.close()
        await asyncio.to_thread(self.site.restart_prosody)
        eve = await self.joined("eve")
        boss = await self.joined("boss", "boss")
        self.never("moderator", "eve", eve, boss)
        await self.always("moderator", "boss", eve, boss)
        await asyncio.to_thread(self.site.reload, "jmb")
        again = await self.joined("boss2", "boss")
        await self.always("moderator", "boss2", again)
        await self.reconnect()

    async def breakout_of(self, boss):
        """Adds a breakout room and returns its address."""
        boss.breakout("add", subject="one")

        def address(stanza):
            return stanza.json and [r["jid"] for r in stanza.json.get("rooms", {}).values() if not r.get("isMainRoom")]
        message = await boss.wait_for(lambda s: s.name == "message" and address(s))
        return address(message)[0]

    async def test_mod_jmb__grant__holds_in_breakout_rooms(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        self.component.only = ""
        boss, bob, eve = await self.joined("boss", "boss"), await self.joined("bob", "bob"), await self.joined("eve")
        breakout = await self.breakout_of(boss)
        for client in (bob, eve, boss):
            await client.leave()
            await client.join(breakout, client.nick)
        for client in (bob, eve, boss):
            await client.focus_settled(breakout)
        self.never("moderator", "bob", boss, bob, eve)
        self.never("moderator", "eve", boss, bob, eve)
        await self.always("moderator", "boss", boss, bob, eve)
        opened = await self.component.event("opened", room=breakout)
        self.assertEqual((opened.get("kind"), opened.get("main")), ("breakout", self.room))
        await self.component.event("joined", room=breakout, nick="eve")
        said = await self.component.say(self.room, "k1", "Five minutes")
        self.assertEqual(said.get("said"), "3")
        for client in (bob, eve, boss):
            await client.wait_for(lambda s: s.body == "Five minutes" and s.room == breakout)
        ended = await self.component.end(self.room, "e1", "The end.")
        self.assertEqual(ended.get("ended"), "2")
        for client in (bob, eve, boss):
            gone = await client.wait_for(lambda s: s.find("x/destroy") is not None and s.nick == client.nick)
            self.assertEqual(gone.text("x/destroy/reason"), "The end.")
            self.assertIsNone(gone.find("x/destroy").get("jid"))


class Admission(Dialogue):
    def booked(self, opens, guests, closes, **more):
        now = int(time.time())
        texts = [("early", "en", "Not yet."), ("early", "fr", "Pas encore."), ("early-guest", "en", "Guests later."), ("over", "en", "Over.")]
        return policy(self.room, "boss", admission="booked", opens=now + opens, guests=now + guests, closes=now + closes, refusals=texts, **more)

    async def test_mod_jmb__admission__early_nobody_comes_in(self):
        await self.component.policies(OPEN + self.booked(600, 900, 3600))
        await self.refused("Not yet.", "eve")
        await self.refused("Not yet.", "boss", "boss")
        refused = await self.component.event("refused", room=self.room, user="boss")
        self.assertEqual((refused.get("reason"), refused.get("observed")), ("early", None))
        self.assertFalse([e for e in self.component.named("joined") if e.get("room") == self.room])

    async def test_mod_jmb__admission__moderators_come_before_guests(self):
        await self.component.policies(OPEN + self.booked(-60, 900, 3600))
        boss = await self.joined("boss", "boss")
        await self.refused("Guests later.", "bob", "bob")
        await self.refused("Guests later.", "eve")
        await self.quiet(boss)
        self.assertEqual(boss.people(), {"boss"})

    async def test_mod_jmb__admission__in_time_everybody_comes_in(self):
        await self.component.policies(OPEN + self.booked(-900, -60, 3600))
        await self.joined("eve")
        await self.joined("boss", "boss")

    async def test_mod_jmb__admission__over_nobody_comes_in_and_who_is_in_stays(self):
        closes = time.time() + 6
        await self.component.policies(OPEN + self.booked(-900, -60, 6))
        boss = await self.joined("boss", "boss")
        await asyncio.sleep(closes + 0.2 - time.time())  # the clock is what is tested
        await self.refused("Over.", "eve")
        await self.refused("Over.", "boss2", "boss")
        await self.quiet(boss)
        self.assertEqual(boss.people(), {"boss"})

    async def test_mod_jmb__admission__closed_signed_in_and_unbooked_say_so(self):
        await self.component.policies(OPEN + policy(self.room, "boss", admission="closed"))
        await self.refused("This room is closed.", "boss", "boss")
        await self.component.policies(policy(self.room, "boss", admission="closed", reason="cancelled"), "update")
        await self.refused("This meeting was cancelled.", "boss", "boss")
        await self.component.policies(policy(self.room, admission="signed-in"), "update")
        await self.refused("Please sign in to enter this room.", "eve")
        await self.joined("bob", "bob")
        self.node += "-other"
        await self.component.policies("<default admission='closed'><refusal reason='unbooked' lang='en'>Book it.</refusal></default>")
        await self.refused("Book it.", "eve")

    async def test_mod_jmb__admission__is_by_the_clock_of_the_component(self):
        """Times in policies are the component's; Prosody may run on a machine whose clock is another."""
        texts = [("early", "en", "Not yet."), ("early-guest", "en", "Not yet."), ("over", "en", "Over.")]
        now = int(time.time())
        cases = {  # what our clock says of a policy; then what holds when the component's is 600 s behind, and ahead
            "just over": (now - 3600, now - 300, "in", "Over."), "just open": (now - 300, now + 3600, "Not yet.", "in"),
            "soon over": (now - 3600, now + 300, "in", "Over."), "soon open": (now + 300, now + 3600, "Not yet.", "in")}
        for ahead in (-600, 600):
            await self.component.close()
            await self.reconnect(ahead=ahead)
            for name, (opens, closes, *wanted) in cases.items():
                with self.subTest(name, ahead=ahead):
                    times = {"opens": opens, "guests": opens, "closes": closes}
                    await self.component.policies(OPEN + policy(self.room, admission="booked", moderation="none", refusals=texts, **times))
                    if wanted[ahead > 0] == "in":
                        await (await self.joined("eve")).leave()
                    else:
                        await self.refused(wanted[ahead > 0], "eve")

    async def test_mod_jmb__admission__a_full_room_takes_its_moderator_only(self):
        await self.component.policies(OPEN + policy(self.room, "boss", maximum=2))
        await self.joined("ann")
        bob = await self.joined("bob")
        await self.refused("This room is full.", "eve")
        boss = await self.joined("boss", "boss")
        await boss.leave()
        await bob.leave()
        await self.joined("eve")

    async def test_mod_jmb__admission__a_refused_join_leaves_no_room_behind(self):
        await self.component.policies(OPEN + self.booked(600, 900, 3600))
        await self.refused("Not yet.", "eve", ask_focus=False)
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss = await self.joined("boss", "boss")
        self.assertEqual(boss.people(), {"boss"})
        await self.component.event("joined", nick="boss")
        self.assertEqual(len([e for e in self.component.named("opened") if e.get("room") == self.room]), 1)

    async def test_mod_jmb__admission__a_refusal_repeated_is_told_once(self):
        await self.component.policies(OPEN + self.booked(600, 900, 3600))
        eve = await self.refused("Not yet.", "eve")
        for _ in range(5):
            with self.assertRaises(Refused):
                await eve.join(self.node, "eve")
        await self.joined("bob", room=self.node + "-elsewhere")
        await self.component.event("joined", nick="bob")
        self.assertEqual(len([e for e in self.component.named("refused") if e.get("jid") == eve.jid]), 1)

    async def test_mod_jmb__admission__a_nick_of_focus_opens_nothing(self):
        await self.component.policies(OPEN + policy(self.room, admission="closed"))
        await self.refused("This room is closed.", "focus", ask_focus=False)

    async def test_mod_jmb__admission__machines_pass_every_door_and_moderate_nothing(self):
        """A recorder in a room that is closed, full, has a lobby and a password: it is let in, is not told of, and moderates nothing."""
        await self.component.policies(OPEN + policy(self.room, "boss", maximum="1", lobby="true", password="mauve"))
        boss = await self.joined("boss", "boss")
        await self.component.policies(policy(self.room, "boss", admission="closed", maximum="1", lobby="true", password="mauve"), "update")
        for mode in ("first", "token"):
            await asyncio.to_thread(self.site.focus_mode, mode)
            self.addAsyncCleanup(asyncio.to_thread, self.site.focus_mode, "first")
            recorder = Client(self.site.env)
            recorder.domain = "recorder." + self.site.env["DOMAIN"]
            self.clients.append(recorder)
            await recorder.connect()
            await recorder.join(self.node, "recorder-" + mode, ask_focus=False)
            await recorder.focus_settled()
        for client in self.clients:
            self.never("moderator", "recorder-first", client)
            self.never("moderator", "recorder-token", client)
        await boss.leave()
        await recorder.focus_settled()
        self.never("moderator", "recorder-first", recorder)
        self.never("moderator", "recorder-token", recorder)
        self.assertEqual([event.get("nick") for event in self.component.named("joined")], ["boss"])
        self.assertEqual(self.component.named("refused"), [])

    async def test_mod_jmb__admission__tenants_have_their_own_rooms(self):
        await self.component.policies(OPEN + policy("[tenant]" + self.room, admission="closed"))
        await self.joined("ann")
        self.node = "[tenant]" + self.node
        await self.refused("This room is closed.", "ann")


class Say(Dialogue):
    async def test_mod_jmb__say__reaches_everybody_once(self):
        ann, bob = await self.joined("ann"), await self.joined("bob", "bob")
        said = await self.component.say(self.room, "k1", "Ends in 5 minutes & <counting>", name="JMB")
        self.assertEqual((said.get("said"), said.get("repeated"), said.get("key")), ("2", None, "k1"))
        again = await self.component.say(self.room, "k1", "Ends in 5 minutes & <counting>", name="JMB")
        self.assertEqual((again.get("said"), again.get("repeated")), ("0", "true"))
        for client in (ann, bob):
            await self.quiet(client)
            heard = [m for m in client.messages() if m.body == "Ends in 5 minutes & <counting>"]
            self.assertEqual(len(heard), 1)
            self.assertEqual((heard[0].sender, heard[0].type, heard[0].text("display-name")), (self.room, "groupchat", "JMB"))

    async def test_mod_jmb__say__in_several_rooms__a_word_for_each(self):
        ann, bob = await self.joined("ann"), await self.joined("bob")
        other = await self.client("u3", room="*")
        await other.join(self.node + "-other", "other", ask_focus=False)
        muc = self.site.env["MUC"]
        await self.component.say(self.room, "k1", "Before")
        said = await self.component.say_in([("k1", self.room), ("k2", self.room), ("k3", f"{self.node}-none@{muc}"), ("k4", "x@elsewhere.example"),
                                            ("", self.room), ("k5", f"{self.node}-OTHER@{muc}"), ("k2", self.room)], "Many & <all>")
        self.assertEqual(said.get("said"), "repeated 2 gone wrong wrong 1 repeated")
        for client, room in ((ann, self.room), (bob, self.room), (other, f"{self.node}-other@{muc}")):
            await self.quiet(client)
            heard = [m for m in client.messages() if m.body == "Many & <all>"]
            self.assertEqual([(m.sender, m.type, m.text("display-name")) for m in heard], [(room, "groupchat", "JMB")])
        await self.denied("bad-request", "no room is named", self.component.say_in([], "Nobody"))
        await self.denied("bad-request", "body is missing", self.component.say_in([("k6", self.room)], ""))

    async def test_mod_jmb__say__is_not_replayed_to_who_comes_later(self):
        await self.joined("ann")
        await self.component.say(self.room, "k1", "Now")
        bob = await self.joined("bob")
        await self.quiet(bob)
        self.assertEqual(bob.messages(), [])

    async def test_mod_jmb__say__to_one_is_a_private_chat_message(self):
        ann, bob = await self.joined("ann"), await self.joined("bob")
        said = await self.component.say(self.room, "k1", "50 % & more \"é\"", to="ann", name="JMB")
        self.assertEqual(said.get("said"), "1")
        message = await ann.wait_for(lambda s: s.json)
        self.assertEqual(message.json, {"type": "system_chat_message", "displayName": "JMB", "message": "50 % & more \"é\""})
        self.assertEqual(message.sender, self.room)
        self.assertNotRegex(message.text("json-message"), "[&%]")
        await self.quiet(bob)
        self.assertEqual(bob.messages(), [])

    async def test_mod_jmb__say__is_not_repeated_after_a_reload(self):
        ann = await self.joined("ann")
        await self.component.say(self.room, "k1", "Once")
        await asyncio.to_thread(self.site.reload, "jmb")
        again = await self.component.say(self.room, "k1", "Once")
        self.assertEqual(again.get("repeated"), "true")
        await self.quiet(ann)
        self.assertEqual(len(ann.messages()), 1)

    async def test_mod_jmb__say__into_nothing_is_not_found(self):
        await self.denied("item-not-found", "is not there", self.component.say(self.room, "k1", "Hello?"))
        await self.joined("ann")
        await self.denied("item-not-found", "another instance", self.component.say(self.room, "k1", "Hello?", instance="d2b1c0ffee"))
        await self.denied("item-not-found", "is not in", self.component.say(self.room, "k1", "Hello?", to="nobody"))
        instance = (await self.component.event("opened", room=self.room)).get("instance")
        said = await self.component.say(self.room, "k1", "Hello!", instance=instance)
        self.assertEqual(said.get("said"), "1")


class End(Dialogue):
    async def test_mod_jmb__end__shows_the_reason_and_keeps_the_room_shut(self):
        await self.component.policies(OPEN + policy(self.room, "boss", refusals=[("over", "en", "It is over.")]))
        boss, eve = await self.joined("boss", "boss"), await self.joined("eve")
        instance = (await self.component.event("opened", room=self.room)).get("instance")
        ended = await self.component.end(self.room, "e1", "Thank you all.", instance=instance)
        self.assertEqual((ended.get("ended"), ended.get("key")), ("1", "e1"))
        for client in (boss, eve):
            gone = await client.wait_for(lambda s: s.find("x/destroy") is not None and s.nick == client.nick)
            self.assertEqual(gone.text("x/destroy/reason"), "Thank you all.")
        await self.component.event("closed", room=self.room)
        await self.refused("It is over.", "boss2", "boss")
        again = await self.component.end(self.room, "e1", "Thank you all.", instance=instance)
        self.assertEqual(again.get("ended"), "0")
        await self.component.policies(policy(self.room, "boss"), "update")
        await self.joined("boss3", "boss")

    async def test_mod_jmb__end__of_a_room_without_policy_keeps_it_shut_too(self):
        await self.joined("ann")
        await self.component.end(self.room, "e1")
        await self.refused("This meeting is over.", "ann2")

    async def test_mod_jmb__end__of_another_instance_ends_nothing(self):
        ann = await self.joined("ann")
        ended = await self.component.end(self.room, "e1", instance="d2b1c0ffee")
        self.assertEqual(ended.get("ended"), "0")
        await self.quiet(ann)
        await self.joined("bob")

    async def test_mod_jmb__end__of_nothing_closes_the_policy(self):
        ended = await self.component.end(self.room, "e1")
        self.assertEqual(ended.get("ended"), "0")
        await self.refused("This meeting is over.", "ann")


class Commands(Dialogue):
    async def test_mod_jmb__command__of_a_client_is_forbidden(self):
        boss = await self.joined("boss", "boss")
        for host in (self.site.env["MUC"],):
            for payload in (f"<end xmlns='{NS}' key='x' room='{self.room}'/>", f"<policies xmlns='{NS}' action='replace' revision='9'/>",
                            f"<say xmlns='{NS}' key='x' room='{self.room}'><body>Boo</body></say>"):
                with self.assertRaises(Refused) as caught:
                    await boss.iq(host, payload)
                self.assertEqual(caught.exception.condition, "forbidden")
        self.assertEqual(self.site.log("prosody").count("it is not the component"), 1)
        await self.quiet(boss)
        self.assertEqual(boss.people(), {"boss"})

    async def test_mod_jmb__command__that_makes_no_sense_is_a_bad_request_and_changes_nothing(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        revision = self.component.revision

        def policies(inside, attributes=f"action='update' revision='{revision + 1}'"):
            return self.component.command(f"<policies xmlns='{NS}' {attributes}>{inside}</policies>")
        good = policy(self.room, "eve")
        for payload, words in (
            (policies(good, f"action='merge' revision='{revision + 1}'"), "action"),
            (policies(good, "action='update'"), "revision"),
            (policies(good, "action='replace' revision='-1'"), "revision"),
            (policies(good + policy("elsewhere@example.org")), "no room of"),
            (policies(good + policy("not an address")), "no room of"),
            (policies(good + policy(self.site.env["MUC"])), "no room of"),
            (policies(good + policy(self.room + "/nick")), "no room of"),
            (policies(good + policy("x@" + self.site.env["MUC"], admission="perhaps")), "admission"),
            (policies(good + policy("x@" + self.site.env["MUC"], opens="soon")), "opens"),
            (policies(good + "<default admission='open' moderation='lax'/>"), "moderation"),
            (self.component.say(self.room, "", "x"), "key"),
            (self.component.say(self.room, "k", ""), "body"),
            (self.component.say("nowhere@example.org", "k", "x"), "no room here"),
            (self.component.command(f"<say xmlns='{NS}' key='k'><body>x</body></say>"), "no room is named"),
            (self.component.end("", "e"), "no room here"),
            (self.component.command(f"<end xmlns='{NS}' room='{self.room}'/>"), "key"),
        ):
            denied = await self.denied("bad-request", words, payload)
            self.assertEqual(denied.type, "modify")
        boss, eve = await self.joined("boss", "boss"), await self.joined("eve", "eve")
        await self.always("moderator", "boss", boss, eve)
        self.never("moderator", "eve", boss, eve)

    async def test_mod_jmb__command__policies_that_skip_a_revision_are_a_conflict(self):
        await self.component.policies(OPEN)
        held = self.component.revision
        await self.denied("conflict", f"{held} are held", self.component.policies(policy(self.room, "boss"), "update", held + 2))
        self.component.revision = held
        await self.component.policies(policy(self.room, "boss"), "update", held + 1)
        await self.component.policies(policy(self.room, "boss"), "update", held + 1)  # the same again is fine

    async def test_mod_jmb__command__policies_replace_update_and_remove(self):
        other = "other-" + self.room
        await self.component.policies(OPEN + policy(self.room, admission="closed") + policy(other, admission="closed"))
        await self.component.policies(f"<remove room='{self.room}'/>", "update")
        await self.joined("ann")
        self.node = "other-" + self.node
        await self.refused("This room is closed.", "ann")
        await self.component.policies(OPEN)
        await self.joined("ann")

    async def test_mod_jmb__command__to_the_components_own_address_works_too(self):
        await self.joined("ann")
        said = await self.component.command(f"<say xmlns='{NS}' key='k' room='{self.room}'><body>x</body></say>", to=self.site.env["COMPONENT"])
        self.assertEqual(said.get("said"), "1")

    async def test_mod_jmb__command__unknown_is_service_unavailable(self):
        await self.denied("service-unavailable", "", self.component.command(f"<dance xmlns='{NS}'/>"))


class Guard(Dialogue):
    async def test_mod_jmb__guard__an_error_lets_the_join_through_and_grants_nobody(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss = await self.client("boss")
        trap = "setmetatable({}, { __index = function () error('trapped') end })"
        await asyncio.to_thread(self.site.shell, f"> prosody.full_sessions['{boss.jid}'].jitsi_meet_context_user = {trap}")
        await boss.join(self.node, "boss")
        await boss.focus_settled()  # it makes the first one owner: that must not succeed
        self.never("moderator", "boss", boss)
        other = await self.joined("boss2", "boss")
        await self.always("moderator", "boss2", other)
        # neither the role path nor the affiliation path opens while it fails, and what fails again is not logged again
        for doing in (other.grant("boss"), other.set_role("boss", "moderator")):
            with self.assertRaises(Refused):
                await doing
        self.never("moderator", "boss", boss, other)
        await boss.leave()
        await boss.join(self.node, "boss")
        self.assertEqual(boss.role(), "participant")
        log = self.site.log("prosody")
        for hook in ("muc-occupant-pre-join", "muc-pre-set-affiliation", "muc-pre-set-role"):
            self.assertEqual(len(re.findall(rf"Error in {hook} on conference.*trapped", log)), 1, hook)


class Modes(Dialogue):
    async def asyncTearDown(self):
        await self.configured()
        await super().asyncTearDown()

    async def test_mod_jmb__mode__observe_tells_what_it_would_refuse_and_refuses_nothing(self):
        await self.configured('jmb_mode = "observe"')
        self.assertEqual(self.component.hellos[-1].get("mode"), "observe")
        await self.component.policies(OPEN + policy(self.room, "boss", admission="closed"))
        eve = await self.joined("eve")
        refused = await self.component.event("refused", jid=eve.jid)
        self.assertEqual((refused.get("reason"), refused.get("observed")), ("closed", "true"))
        await eve.wait_for_role("eve", "moderator")  # focus has its way
        boss = await self.joined("boss", "boss")
        await self.quiet(boss)
        self.assertEqual(boss.role(), "participant")
        await self.denied("not-allowed", "observe", self.component.end(self.room, "e1"))

    async def test_mod_jmb__mode__enforce_again_brings_the_room_in_line(self):
        await self.configured('jmb_mode = "observe"')
        await self.component.policies(OPEN + policy(self.room, "boss"))
        eve, boss = await self.joined("eve"), await self.joined("boss", "boss")
        await eve.wait_for_role("eve", "moderator")
        await self.configured('jmb_mode = "enforce"')
        await eve.wait_for_role("eve", "participant")
        await boss.wait_for_role("boss", "moderator")

    async def test_mod_jmb__mode__off_does_nothing_and_tells_the_rooms_when_it_is_on_again(self):
        ann = await self.joined("ann")
        await self.component.event("joined", nick="ann")
        await self.configured('jmb_mode = "off"')
        await self.component.event("closed", room=self.room)
        await self.component.policies(OPEN + policy(self.room, admission="closed"))
        bob = await self.joined("bob")
        await self.quiet(bob)
        self.assertEqual([e for e in self.component.named("joined") if e.get("nick") == "bob"], [])
        await self.configured('jmb_mode = "enforce"')
        await self.component.event("joined", nick="bob")
        await self.component.until(lambda: len([e for e in self.component.named("joined") if e.get("nick") == "ann"]) == 2, 10, "ann told again")
        self.assertEqual(ann.people(), {"ann", "bob"})

    async def test_mod_jmb__mode__that_is_no_mode_is_enforce_and_logged(self):
        await self.configured('jmb_mode = "forceful"')
        self.assertEqual(self.component.hellos[-1].get("mode"), "enforce")
        self.assertIn('jmb_mode = "forceful" is not understood', self.site.log("prosody"))


class Rush(Dialogue):
    """Prosody's collector while many come and go (jmb_collector)."""

    async def asyncTearDown(self):
        await self.configured()
        await super().asyncTearDown()

    async def pause(self):
        """The collector's, in percent: Prosody's default is 105 (Lua 5.4 makes 104 of it), Lua's own 200."""
        printed = await asyncio.to_thread(self.site.shell, "> (function () local pause = collectgarbage('setpause', 105); collectgarbage('setpause', pause); return pause; end)()")
        return int(re.search(r"(\d+)", printed).group(1))

    async def prosodys_own(self):
        """Awaits that Prosody's setting is back; it stays away for a second after a burst, of which the snapshot for this test was one."""
        end = asyncio.get_running_loop().time() + 60
        while await self.pause() not in (104, 105):
            self.assertLess(asyncio.get_running_loop().time(), end, "the server's setting is not back")

    async def seen_while_many_come_and_go(self, turns):
        """The settings that could be seen while four people come and go so many times as fast as they can."""
        async def person(number):
            client = await self.client()
            for _ in range(turns):
                await client.join(self.node, f"r{number}", ask_focus=False)
                await client.leave()
        await self.prosodys_own()
        rush = asyncio.gather(*(person(number) for number in range(4)))
        seen = set()
        while not rush.done():
            seen.add(await self.pause())
        await rush
        await self.component.until(lambda: len(self.component.named("left")) >= turns * 4, what="the last to leave")
        return seen

    async def test_mod_jmb__collector__is_lua_s_while_many_come_and_go_and_prosody_s_afterwards(self):
        self.assertIn(200, await self.seen_while_many_come_and_go(200))
        await self.prosodys_own()

    async def test_mod_jmb__collector__stays_prosody_s_where_the_site_wants_it(self):
        await self.configured("jmb_ease_collector = false")
        self.assertNotIn(200, await self.seen_while_many_come_and_go(50))

    async def test_mod_jmb__collector__stays_prosody_s_where_few_come_and_go(self):
        ann = await self.client()
        await self.prosodys_own()
        await ann.join(self.node, "ann", ask_focus=False)  # opened, joined, left, closed: half as many as make a burst
        await ann.leave()
        await self.component.until(lambda: self.component.named("left"), what="ann left")
        self.assertNotEqual(await self.pause(), 200)


class Fresh(unittest.IsolatedAsyncioTestCase):
    """A Prosody that never had policies, with another default, and neighbours to warn of."""

    async def test_mod_jmb__default__holds_before_there_ever_were_policies(self):
        with Site(folder.name + "/fresh", daemon=False,
                  prosody_lua=['jmb_default = "signed-in"\njmb_heartbeat = 2\ncomponent_conflict_resolve = "kick_new"\njmb_muc = "conference.meet.jmb.test"\n']) as fresh:
            eve = Client(fresh.env)
            await eve.connect()
            with self.assertRaises(Refused) as caught:
                await eve.join("standup", "eve")
            self.assertEqual(caught.exception.text, "Please sign in to enter this room.")
            bob = Client(fresh.env, make_token(fresh.env, "standup", "bob"))
            await bob.connect()
            await bob.join("standup", "bob")
            component = await Component(fresh.env).connect()
            hello = await component.hello()
            self.assertEqual([w.get("code") for w in hello if local(w) == "warning"], ["conflict-resolve"])
            self.assertEqual((hello.get("policies"), hello.get("held")), ("0", hello.get("last")))
            await component.event("refused", jid=eve.jid, reason="sign-in")
            await component.event("joined", nick="bob")
            await component.hello(2, 40)  # a good while after the start
            self.assertRegex(fresh.log("prosody"), r"jmb\twarn\tconflict-resolve: set component_conflict_resolve = \"kick_old\"")
            for one in (eve, bob, component):
                await one.close()

    async def test_mod_jmb__silence__of_the_component_ends_with_hello_and_the_same_events_again(self):
        with Site(folder.name + "/silent", daemon=False) as silent:
            request = silent.dir / "plugins/mod_jmb/jmb_request.lib.lua"
            words = request.read_text()
            self.assertIn("local timeout = 60;", words)
            request.write_text(words.replace("local timeout = 60;", "local timeout = 1;"))
            silent.shell(f"module:reload('jmb', '{silent.env['COMPONENT']}')")
            component = Component(silent.env)
            silences = ["events", "hello"]  # each once
            component.answer = lambda verb, _: "silence" if verb in silences and not silences.remove(verb) else None
            await component.connect()
            await component.until(lambda: len(component.hellos) >= 2, what="hello again")
            ann = Client(silent.env)
            await ann.connect()
            await ann.join("standup", "ann")
            await component.until(lambda: len(component.batches) >= 2, what="the events again")
            self.assertEqual([batch[0].get("n") for batch in component.batches[:2]], ["1", "1"])
            self.assertEqual(silences, [])
            self.assertIn("hello was answered with an error: remote-server-timeout no answer", silent.log("prosody"))
            await component.until(lambda: component.stored, what="a receipt")
            await ann.leave()
            await component.event("left", nick="ann")  # the line goes on
            for one in (ann, component):
                await one.close()


if __name__ == "__main__":
    unittest.main(verbosity=1)
