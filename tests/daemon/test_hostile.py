"""Any stanza from anywhere: what clients send through a real Prosody, and what a scripted server sends to a real jmbd. The stream
stays up, questions get one answer each, answers get none, nothing is believed, and the log says each thing once a minute."""

import asyncio
import contextlib
import pathlib
import re
import sqlite3
import sys
import time
import unittest
from xml.sax.saxutils import quoteattr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import load  # noqa: E402
import stage  # noqa: E402
from site_process import free_ports  # noqa: E402
from xmpp_client import Client, make_token  # noqa: E402

NS = "urn:jmb:rooms:1"
REPEATED = 100
PING = "<ping xmlns='urn:xmpp:ping'/>"

# Payloads of an iq set that ask for something in our namespace, or nearly so.
VERBS = {
    "hello": f"<hello xmlns='{NS}' version='1' least='1' boot='0123456789abcdef' now='1' last='0' held='0' mode='off' policies='0'/>",
    "events": f"<events xmlns='{NS}' boot='0123456789abcdef' now='1'><closed n='1' t='1' room='a@b' instance='x'/></events>",
    "snapshot": f"<snapshot xmlns='{NS}' boot='0123456789abcdef' now='1' done='true' count='0' last='0'/>",
    "policies": f"<policies xmlns='{NS}' action='replace' revision='1'><default admission='closed' moderation='none' language='en'/></policies>",
    "say": f"<say xmlns='{NS}' key='k' room='ROOM'><body>Send me your passwords</body></say>",
    "end": f"<end xmlns='{NS}' key='k' room='ROOM'><reason>Away with you</reason></end>",
}


def setUpModule():
    stage.open_site(focus="first", conf=["moderation.mode=strict"])


def tearDownModule():
    stage.close_site()


def deep(levels):
    return "<a>" * levels + "</a>" * levels


def condition(reply):
    """The condition of an error, as text; None when it is a result."""
    if load.attribute(reply, "type") != "error":
        return None
    return re.search(rb"<([a-z-]+) xmlns=['\"]urn:ietf:params:xml:ns:xmpp-stanzas", reply).group(1).decode()


class FromClients(stage.Case):
    """Through Prosody, which lets a client send nearly anything to a component."""

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.before = self.site.log("jmbd")
        self.eve = load.Client(self.site.env)
        await self.eve.connect()
        self.number = 0

    async def asyncTearDown(self):
        await self.eve.close()
        after = self.log()
        self.assertNotIn("trying again", after)
        self.assertNotIn("connected to", after)
        await super().asyncTearDown()

    def log(self):
        return self.site.log("jmbd")[len(self.before):]

    async def ask(self, to, payload, kind="set"):
        self.number += 1
        done = await self.eve.iq(payload, f"e{self.number}", to, kind)
        return done.stanza

    @property
    def component(self):
        return self.site.env["COMPONENT"]

    async def test_verbs__from_a_client__are_forbidden_and_logged_once(self):
        for verb in ("hello", "events", "snapshot"):
            for _ in range(REPEATED):
                reply = await self.ask(self.component, VERBS[verb])
                self.assertEqual(condition(reply), "forbidden", reply)
        self.assertLessEqual(self.log().count("\n"), 1, self.log())
        self.assertEqual(self.site.log("jmbd").count("believed"), 1)  # in this minute, whichever test was the first

    async def test_commands__from_a_client__change_nothing(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        before = self.site.log("prosody")
        for to in (self.site.env["MUC"], self.component, self.site.env["LOBBY"], self.site.env["BREAKOUT"], guest.room, self.site.env["DOMAIN"]):
            for verb, payload in VERBS.items():
                reply = await self.ask(to, payload.replace("ROOM", guest.room))
                self.assertIsNotNone(condition(reply), f"{verb} to {to}: {reply}")
        for _ in range(REPEATED):
            self.assertEqual(condition(await self.ask(self.site.env["MUC"], VERBS["end"].replace("ROOM", guest.room))), "forbidden")
        lines = [line for line in self.site.log("prosody")[len(before):].splitlines() if ":jmb" in line and "refused" in line]
        self.assertLessEqual(len(lines), 1, lines)
        stranger = await self.stranger(booked.room)  # neither closed nor ended
        organiser = await self.enter(booked.organiser, "organiser")
        for client in (guest, stranger, organiser):
            await client.wait_for_people("guest", "stranger", "organiser")
            self.assert_roles(client, guest="participant", stranger="participant", organiser="moderator")
            self.assertEqual(stage.room_speaks(client), [])

    async def test_citizen__everybody__gets_an_answer(self):
        self.assertIsNone(condition(await self.ask(self.component, PING, "get")))
        reply = await self.ask(self.component, "<query xmlns='http://jabber.org/protocol/disco#info'/>", "get")
        self.assertIn(b"JMB", reply)
        self.assertIn(b"JMB", await self.ask(self.component, "<query xmlns='jabber:iq:version'/>", "get"))

    async def test_nonsense__each_question__gets_one_error(self):
        payloads = ["<x/>", "<x xmlns='urn:nobody:knows'/>", "<hello xmlns='urn:jmb:rooms:2'/>", f"<unknown xmlns='{NS}'/>", f"<hello xmlns='{NS}'/>",
                    "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>", "<ping xmlns='urn:xmpp:ping'>" + deep(3) + "</ping>"]
        for payload in payloads:
            for kind in ("get", "set"):
                for to in (self.component, "somebody@" + self.component, "somebody@" + self.component + "/here"):
                    reply = await self.ask(to, payload, kind)
                    if "ping" not in payload or kind == "set":
                        self.assertIsNotNone(condition(reply), f"{kind} {payload} to {to}")

    async def test_monsters__deep_and_large__are_answered(self):
        for payload in (f"<x xmlns='urn:x'>{deep(50)}</x>", f"<x xmlns='urn:x'>{deep(5000)}</x>", f"<hello xmlns='{NS}'>{'<a/>' * 25000}</hello>",
                        f"<x xmlns='urn:x' a={quoteattr('y' * 200000)}/>", f"<x xmlns='urn:x'>{'z' * 200000}</x>"):
            reply = await self.ask(self.component, payload)
            self.assertIsNotNone(condition(reply), payload[:60])
        self.assertIsNone(condition(await self.ask(self.component, PING, "get")))
        self.assertLessEqual(self.log().count("\n"), 2, self.log())

    async def test_monsters__of_many_elements__stay_outside(self):
        """60,000 children in one stanza, as large as Prosody lets a client send, would hold the daemon's XML library up for many seconds."""
        many, deeply = "<a/>" * 60000, deep(101)
        for inside in (many, deeply, f"<b>{'<a/>' * 99}</b>"):
            reply = await self.ask(self.component, f"<ping xmlns='urn:xmpp:ping'>{inside}</ping>", "get")
            self.assertEqual(condition(reply), "policy-violation")
        for to in (self.component, "focus@" + self.component, f"focus@{self.component}/x"):
            for kind in ("iq type='result' id='a'", "iq type='error' id='b'", "message", "presence"):
                self.eve.transport.write(f"<{kind} to='{to}'>{many}</{kind.split()[0]}>".encode())
        self.assertIsNone(condition(await self.ask(self.component, PING, "get")))
        self.assertEqual(self.log(), "")

    async def test_answers__nobody_asked_for__are_passed_over(self):
        for number in range(REPEATED):
            for kind in ("result", "error"):
                self.eve.transport.write(f"<iq type='{kind}' id='jmb{number}' to='{self.component}'>{VERBS['policies']}</iq>".encode())
                self.eve.transport.write(f"<iq type='{kind}' id='jmb99999999999999999999' to='{self.component}'/>".encode())
        self.assertIsNone(condition(await self.ask(self.component, PING, "get")))
        self.assertEqual(self.log(), "")

    async def test_messages_and_presences__any__are_no_trouble(self):
        for inside in ("", "<body>hello</body>", deep(100), "<x xmlns='http://jabber.org/protocol/muc'/>"):
            for kind in ("", " type='error'", " type='subscribe'", " type='probe'", " type='unavailable'", " type='groupchat'", " type='nonsense'"):
                for to in (self.component, "focus@" + self.component, self.site.env["MUC"]):
                    self.eve.transport.write(f"<presence{kind} to='{to}'>{inside}</presence><message{kind} to='{to}'>{inside}</message>".encode())
        self.assertIsNone(condition(await self.ask(self.component, PING, "get")))
        self.assertEqual(self.log(), "")

    async def test_from__forged__is_not_passed_on(self):
        for sender in (self.site.env["MUC"], self.component, "focus@" + self.site.env["AUTH_DOMAIN"] + "/focus"):
            forger = load.Client(self.site.env)
            await forger.connect()
            with contextlib.suppress(load.Lost):
                done = await forger.ask(f"<iq type='set' id='f1' from='{sender}' to='{self.component}'>{VERBS['hello']}</iq>", lambda s: True)
                self.assertNotEqual(load.attribute(done.stanza, "type"), "result")
            await forger.close()
        self.assertNotIn("says hello", self.log())
        self.assertIsNone(condition(await self.ask(self.component, PING, "get")))

    async def test_names__of_any_kind__are_kept_clean(self):
        booked = self.book()
        names = ["<script>alert(1)</script>", "ａ" * 1000, "\u202egnp.exe", "a\u0000b".replace("\u0000", "\ufffd"), "' OR 1=1 --", "\U0001f600" * 300, " ", ""]
        token = make_token(self.site.env, "*", id="x" * 3000, name="<b>" * 500)
        clients = []
        for number, name in enumerate(names):
            client = self.client(Client, token if number % 2 else None)
            await client.connect()
            await client.join(booked.room, f"nick {number} \u00e9'\"&<>", name)
            clients.append(client)
        for number in range(20):
            clients[0].set_name(names[number % len(names)])
        database = sqlite3.connect(f"file:{self.site.env['DB']}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        await stage.until("all of them", lambda: database.execute(
            "SELECT count(*) FROM visit v JOIN room r ON r.id = v.room WHERE r.node = ?", (booked.room,)).fetchone()[0] == len(names))
        for row in database.execute("SELECT name, token_user, token_name FROM visit"):
            for text in row:
                self.assertLessEqual(len((text or "").encode()), 256)
        database.close()
        self.assertNotIn("<script>", booked.meeting.attendance().body.decode())


class Server:
    """A server that speaks XEP-0114 as far as jmbd needs it, and is the module of one MUC. Answers policies by itself."""

    def __init__(self, muc, component):
        self.muc, self.component = muc, component
        self.writer = self.connected = None
        self.answers = {}  # id -> stanzas that came with it
        self.changed = asyncio.Event()
        self.connections = 0
        self.number = 0
        self.last, self.stored = 0, {}

    async def open(self, port):
        self.connected = asyncio.Event()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", port, limit=2 ** 22)

    async def serve(self, reader, writer):
        self.connections += 1
        buffer = b""
        while b"<stream:stream" not in buffer or not buffer.rstrip().endswith(b">"):
            buffer += await reader.read(4096)
        writer.write(b"<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams'"
                     b" xmlns='jabber:component:accept' id='s1' from='%s'>" % self.component.encode())
        buffer = b""
        while b"</handshake>" not in buffer:
            buffer += await reader.read(4096)
        writer.write(b"<handshake/>")
        self.writer, buffer = writer, b""
        self.connected.set()
        while data := await reader.read(65536):
            buffer += data
            at = 0
            for match in load.STANZA.finditer(buffer):
                at = match.end()
                self.take(match.group())
            buffer = buffer[at:]
        writer.close()

    def take(self, stanza):
        number, kind = load.attribute(stanza, "id"), load.attribute(stanza, "type")
        if kind in ("result", "error"):
            self.answers.setdefault(number, []).append(stanza)
        elif b"<policies" in stanza:
            revision = re.search(rb"revision='(\d+)'", stanza).group(1).decode()
            self.send(f"<iq type='result' id='{number}' from='{self.muc}' to='{self.component}'><policies xmlns='{NS}' revision='{revision}'/></iq>")
        elif b"urn:xmpp:ping" in stanza:
            self.send(f"<iq type='result' id='{number}' from='{self.component}' to='{self.component}'/>")
        self.changed.set()

    def send(self, xml):
        self.writer.write(xml.encode() if isinstance(xml, str) else xml)

    async def answer(self, number, timeout=60):  # strophe takes seconds for many children
        end = time.monotonic() + timeout
        while number not in self.answers:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), end - time.monotonic())
        return self.answers[number]

    async def ask(self, payload, kind="set", sender=None):
        """The one answer to an iq of the module."""
        self.number += 1
        number = f"s{self.number}"
        self.send(f"<iq type='{kind}' id='{number}' from={quoteattr(sender or self.muc)} to='{self.component}'>{payload}</iq>")
        return (await self.answer(number))[0]

    async def close(self):
        self.server.close()
        if self.writer:
            self.writer.close()


class FromServer(stage.Case):
    """A jmbd of its own, whose server is the test."""

    async def asyncSetUp(self):
        await super().asyncSetUp()
        env = self.site.env
        self.muc, self.component = env["MUC"], env["COMPONENT"]
        port, listen = free_ports(2)
        self.server = Server(self.muc, self.component)
        await self.server.open(port)
        self.name = f"jmbd-{port}"
        replace = {"port": port, "listen": f"127.0.0.1:{listen}", "database": self.site.dir / f"{self.name}.db",
                   "admin_socket": self.site.dir / f"{self.name}.sock"}

        def change(text):
            for key, value in replace.items():
                text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
            return text
        conf = stage.other_conf(f"{self.name}.conf", change)
        await asyncio.to_thread(self.site._start, self.name, [self.site.dir / "bin/jmbd", "-c", conf])
        self.database = replace["database"]
        await asyncio.wait_for(self.server.connected.wait(), 30)
        self.boot = "00112233445566aa"
        self.assertIsNone(condition(await self.server.ask(self.hello())))

    async def asyncTearDown(self):
        try:
            self.assertIsNone(condition(await self.server.ask(PING, "get")), "it answers no more")
            self.assertEqual(self.server.connections, 1, "the stream did not stay up")
            self.assertTrue(self.site.alive(self.name))
        finally:
            await asyncio.to_thread(self.site._stop, self.name)
            await self.server.close()
        await super().asyncTearDown()

    def log(self):
        return self.site.log(self.name)

    def lines(self, words):
        return [line for line in self.log().splitlines() if words in line]

    def hello(self, **changes):
        """A hello with attributes changed (version_ for none)."""
        attributes = {"version": 1, "least": 1, "boot": self.boot, "now": int(time.time() * 1000), "last": 0, "held": 0, "mode": "enforce", "policies": 0,
                      **changes}
        return f"<hello xmlns='{NS}' " + " ".join(f"{key}={quoteattr(str(value))}" for key, value in attributes.items() if value is not None) + "/>"

    def events(self, *events, boot=None, now=None):
        now = int(time.time() * 1000) if now is None else now
        return f"<events xmlns='{NS}' boot='{boot or self.boot}' now='{now}'>{''.join(events)}</events>"

    def join(self, number, nick, instance="i1", **more):
        given = "".join(f" {key}={quoteattr(str(value))}" for key, value in more.items())
        return (f"<joined n='{number}' t='{int(time.time() * 1000)}' room='r@{self.muc}' instance='{instance}' nick='{nick}' jid='x@y/z'"
                f" kind='participant' role='participant'{given}/>")

    def rows(self, what="count(*)"):
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        with contextlib.closing(database):
            return database.execute(f"SELECT {what} FROM visit").fetchall()

    async def refused(self, payload, wanted, sender=None):
        reply = await self.server.ask(payload, sender=sender)
        self.assertEqual(condition(reply), wanted, payload[:200])

    async def test_senders__foreign__are_not_believed(self):
        for sender in ("eve@meet.example/x", self.component, f"room@{self.muc}", f"room@{self.muc}/nick", f"{self.muc}/resource", "conference", "evil." + self.muc,
                       self.muc + ".evil", "x" * 3000):
            for verb in (self.hello(), self.events(self.join(1, "eve")), VERBS["snapshot"]):
                await self.refused(verb, "forbidden", sender)
        self.assertEqual(len(self.lines("believed")), 1)
        self.assertEqual(self.rows(), [(0,)])

    async def test_hello__missing_and_absurd_attributes__are_bad_requests(self):
        wrong = [{"boot": None}, {"boot": "x"}, {"boot": "f" * 1000}, {"now": None}, {"now": "soon"}, {"now": -1}, {"last": None}, {"last": "99999999999999999999"},
                 {"held": None}, {"held": -5}, {"held": 7}, {"version": None}, {"least": None}, {"version": "one"}, {"mode": "angry"}]
        for _ in range(5):
            for changes in wrong:
                await self.refused(self.hello(**changes), "bad-request")
        await self.refused(self.hello(version=99, least=98), "feature-not-implemented")
        self.assertEqual(len(self.lines("refused from")), 1)
        self.assertIsNone(condition(await self.server.ask(self.hello(version=9, unknown="attribute"))), "a newer module that still speaks 1 is welcome")

    async def begin(self):
        await self.server.ask(self.hello())
        reply = await self.server.ask(f"<snapshot xmlns='{NS}' boot='{self.boot}' now='{int(time.time() * 1000)}' done='true' count='0' last='0'/>")
        self.assertIn(condition(reply), (None, "item-not-found"))  # asked for, or resumed after 0

    async def test_events__replayed_and_out_of_order__change_nothing(self):
        await self.begin()
        batch = self.events(self.join(1, "ann"), self.join(2, "bob"))
        for _ in range(5):
            self.assertIsNone(condition(await self.server.ask(batch)))
        self.assertEqual(self.rows(), [(2,)])
        await self.refused(self.events(self.join(4, "cat")), "item-not-found")  # 3 is missing
        for events in ((self.join(3, "cat"), self.join(5, "dan")), (self.join(4, "b"), self.join(3, "a")), (self.join(3, "a"), self.join(3, "a"))):
            self.assertIsNotNone(condition(await self.server.ask(self.events(*events))), events)
        await self.refused(self.events(self.join(1, "eve"), boot="ffffffffffffffff"), "item-not-found")
        self.assertEqual(self.rows(), [(2,)])
        self.assertIsNone(condition(await self.server.ask(self.events(self.join(3, "cat")))))
        self.assertEqual(self.rows(), [(3,)])

    async def test_events__malformed__are_bad_requests(self):
        await self.begin()
        good = self.join(1, "ann")
        wrong = [good.replace("n='1'", "n='0'"), good.replace("n='1'", "n='-1'"), good.replace("n='1' ", ""), good.replace("n='1'", "n='99999999999999999999'"),
                 good.replace(" nick='ann'", ""), good.replace(" nick='ann'", " nick=''"), good.replace(" room=", " rum="), good.replace(" instance='i1'", ""),
                 re.sub(" t='[0-9]*'", "", good), re.sub(" t='[0-9]*'", " t='yesterday'", good), re.sub(" t='[0-9]*'", " t='-5'", good),
                 good.replace("kind='participant'", "kind='robot'"), good.replace("nick='ann'", f"nick='{'n' * 100000}'")]
        for event in wrong:
            await self.refused(self.events(event), "bad-request")
        await self.refused(f"<events xmlns='{NS}'/>", "bad-request")
        self.assertLessEqual(len(self.lines("refused from")), 1)
        self.assertEqual(self.rows(), [(0,)])
        self.assertIsNone(condition(await self.server.ask(self.events(good))))
        self.assertEqual(self.rows(), [(1,)])

    async def test_snapshot__unasked_or_in_pieces__is_refused(self):
        await self.begin()
        self.assertIsNone(condition(await self.server.ask(self.events(self.join(1, "ann")))))
        for changes in ("", " done='true' count='0' last='0'", " done='true' count='99' last='1'", " done='perhaps' count='x' last='y'"):
            reply = await self.server.ask(f"<snapshot xmlns='{NS}' boot='{self.boot}' now='1'{changes}/>")
            self.assertIn(condition(reply), ("item-not-found", "bad-request"), changes)
        self.assertEqual(self.rows("left_ms"), [(None,)])

    async def test_iqs__without_this_or_that__are_answered_where_they_can_be(self):
        frame = f"to='{self.component}'"
        for words in ("", "id='q1'", f"from='{self.muc}'", "type='set'", "type='get' id='q2'", f"type='set' from='{self.muc}'", "type='set' id=''",
                      f"type='result' id='q3' from='{self.muc}'", f"type='error' id='q4' from='{self.muc}'", f"type='bogus' id='q5' from='{self.muc}'",
                      f"type='error' id='jmb1' from='{self.muc}'", f"type='result' id='jmb2' from='eve@x'", f"type='result' id='jmb{'9' * 500}' from='{self.muc}'",
                      "type='result' id='jmb-1'", "type='error' id='jmb'"):
            for inside in ("", "text", "<a/><b/>", self.hello(), "<error/>", "<error type='cancel'><nothing/></error>", "<!-- a comment -->", "<![CDATA[<x/>]]>"):
                self.server.send(f"<iq {frame} {words}>{inside}</iq>")
        for name in ("message", "presence", "handshake", "stream:features", "x", "iqq"):
            self.server.send(f"<{name} {frame} id='n1' from='{self.muc}' type='error'>{self.hello()}</{name}>")
        for payload in ("", "text", "<a/><b/>"):
            self.assertIsNotNone(condition(await self.server.ask(payload)))
        for number in ("q1", "q3", "q4", "n1", "jmb1", "jmb2"):
            self.assertNotIn(number, self.server.answers, "an answer to an answer")

    async def test_answers__each_question__gets_exactly_one(self):
        await self.begin()
        asked = [f"m{number}" for number in range(REPEATED)]
        for number in asked:
            self.server.send(f"<iq type='set' id='{number}' from='{self.muc}' to='{self.component}'>{self.hello(boot=None)}</iq>")
        await self.server.answer(asked[-1])
        await self.server.ask(PING, "get")
        self.assertEqual([len(self.server.answers.get(number, [])) for number in asked], [1] * REPEATED)
        self.assertEqual(len(self.lines("refused from")), 1)

    async def test_monsters__deep__are_refused_and_leave_the_stream_up(self):
        for levels in (17, 1000, 100000):
            await self.refused(f"<hello xmlns='{NS}'>{deep(levels)}</hello>", "not-acceptable")
            self.server.send(f"<message from='{self.muc}' to='{self.component}'>{deep(levels)}</message>")
            self.server.send(f"<iq type='result' id='jmb1' from='{self.muc}' to='{self.component}'>{deep(levels)}</iq>")
        self.assertEqual(len(self.lines("too deep")), 1)

    async def test_monsters__large__are_refused_and_leave_the_stream_up(self):
        await self.begin()
        await self.refused(f"<hello xmlns='{NS}'>{'<a/>' * 60000}</hello>", "not-acceptable")
        await self.refused(self.hello(mode="m" * 500000), "bad-request")
        await self.refused(f"<hello xmlns='{NS}' {' '.join(f'a{n}=' + quoteattr('v') for n in range(20000))}/>", "bad-request")
        await self.refused(f"<x xmlns='urn:x'>{'t' * 500000}</x>", "service-unavailable")
        await self.refused(self.hello().replace("<hello", "<" + "h" * 100000), "service-unavailable")
        many = [self.join(number, f"n{number}") for number in range(1, 2001)]
        reply = await self.server.ask(self.events(*many))
        self.assertIn(condition(reply), (None, "bad-request"), "2000 events at once")
        self.assertIn(self.rows(), ([(0,)], [(2000,)]))

    async def test_text__hostile__stays_text(self):
        await self.begin()
        name = "&lt;/joined&gt;'; DROP TABLE visit; -- &#x202e; \u00e9\U0001f600"
        self.assertIsNone(condition(await self.server.ask(self.events(self.join(1, "ann").replace("jid='x@y/z'", f"jid='x@y/z' name=\"{name}\" user='u'")))))
        self.assertEqual(self.rows("name"), [("</joined>'; DROP TABLE visit; -- \u202e \u00e9\U0001f600",)])


if __name__ == "__main__":
    unittest.main()
