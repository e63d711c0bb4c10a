"""Many people at once, and the truth about them: a light load generator for storm tests and bench.

Its XMPP is a minimal stream over TCP (RFC 6120, XEP-0045), a tenth of the cost of a full library: anonymous guests, and
holders of tokens by SASL PLAIN. A Client does one thing at a time and gets to know when the server confirmed it: each
verb returns Done(sent, seen), both milliseconds of the wall clock, between which the server did it.

    world = World(site.env, seed=7, rooms=["a", "b"])
    people = [Person(world, f"p{n}") for n in range(40)]
    await world.run(people, until=lambda: world.count >= 10000)
    differences = world.truth.compare(database)          # [] when the visits in the database are the true ones

Person walks at random (by the seed): joins, leaves, takes another name, drops the line; comes back when Prosody was away.
"""

import asyncio
import base64
import collections
import random
import re
import time
from xml.sax.saxutils import escape, quoteattr

NS_MUC = "http://jabber.org/protocol/muc"
NS_NICK = "http://jabber.org/protocol/nick"

# A whole stanza. Prosody writes > in text and in attributes as &gt;, and none of these elements holds another of its name.
STANZA = re.compile(rb"<(presence|message|iq)\b[^>]*?(?:/>|>.*?</\1>)", re.S)
TIMEOUT = 60

Done = collections.namedtuple("Done", "sent seen stanza")


class Lost(Exception):
    """The connection ended, or could not be made."""


class Refused(Exception):
    """The server said no; the argument is what it said."""


def now_ms():
    return time.time() * 1000


def attribute(stanza, name):
    """Of the outermost element, as text; None when it is not there."""
    found = re.search(rb"\s%s=(?:'([^']*)'|\"([^\"]*)\")" % name.encode(), stanza[:stanza.index(b">") + 1])
    return (found.group(1) or found.group(2) or b"").decode() if found else None


class Client(asyncio.Protocol):
    """One stream. `token` None: a guest."""

    def __init__(self, env, token=None, suffix=""):
        self.port = int(env["C2S_PORT" + suffix])
        self.domain = env["GUEST_DOMAIN"] if token is None else env["DOMAIN"]
        self.muc, self.token = env["MUC"], token
        self.jid = None
        self.on_stanza = None  # called with the bytes of each stanza, for who wants to see all
        self.transport = self.waiting = self.wanted = None
        self.buffer, self.in_stream = b"", False
        self.lost_at = None
        self.sent_at = 0

    # -- the wire

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, problem):
        self.lost_at = now_ms()
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(Lost(str(problem or "closed")))

    def data_received(self, data):
        self.buffer += data
        if not self.in_stream:
            self.answer(self.buffer)
            return
        at = 0
        for match in STANZA.finditer(self.buffer):
            at = match.end()
            stanza = match.group()
            if self.on_stanza:
                self.on_stanza(stanza)
            self.answer(stanza)
        if at:
            self.buffer = self.buffer[at:]

    def answer(self, data):
        if self.waiting and not self.waiting.done() and self.wanted(data):
            self.waiting.set_result(Done(self.sent_at, now_ms(), data))

    def begin(self, xml, wanted):
        """Sends; the result is a future of Done."""
        if self.lost_at or not self.transport:
            raise Lost("not connected")
        self.wanted, self.waiting = wanted, asyncio.get_running_loop().create_future()
        self.sent_at = now_ms()
        self.transport.write(xml.encode())
        return self.waiting

    async def ask(self, xml, wanted):
        return await asyncio.wait_for(self.begin(xml, wanted), TIMEOUT)

    async def negotiate(self, xml, wanted):
        """Before there are stanzas: the whole of what came so far is looked at, and thrown away."""
        done = await self.ask(xml, lambda data: wanted in data or b"<failure" in data or b"</stream:stream>" in data)
        self.buffer = b""
        if b"<system-shutdown" in done.stanza:
            raise Lost("the server stops")
        if wanted not in done.stanza:
            raise Refused(done.stanza.decode(errors="replace"))

    # -- verbs

    async def connect(self):
        head = f"<stream:stream to='{self.domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)
        except OSError as problem:
            raise Lost(str(problem)) from None
        await self.negotiate(head, b"</stream:features>")
        if self.token is None:
            await self.negotiate(f"<auth xmlns='{sasl}' mechanism='ANONYMOUS'/>", b"<success")
        else:
            secret = base64.b64encode(b"\0token\0" + self.token.encode()).decode()
            await self.negotiate(f"<auth xmlns='{sasl}' mechanism='PLAIN'>{secret}</auth>", b"<success")
        await self.negotiate(head, b"</stream:features>")
        self.in_stream = True
        done = await self.iq("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", "bind")
        self.jid = re.search(rb"<jid>([^<]*)</jid>", done.stanza).group(1).decode()
        return done

    async def iq(self, payload, number, to=None, kind="set"):
        where = f" to={quoteattr(to)}" if to else ""
        wanted = f"id='{number}'".encode()
        return await self.ask(f"<iq type='{kind}' id='{number}'{where}>{payload}</iq>", lambda s: s.startswith(b"<iq") and wanted in s)

    def address(self, room):
        return room if "@" in room else f"{room}@{self.muc}"

    @staticmethod
    def own(address, nick, unavailable):
        """Recognises the confirmation of one's own presence, or its refusal."""
        sender = f"from={quoteattr(f'{address}/{nick}')}".replace('"', "'").encode()

        def wanted(stanza):
            if not stanza.startswith(b"<presence") or sender not in stanza:
                return False
            if b"type='error'" in stanza or b"<destroy" in stanza:
                return True
            return b"code='110'" in stanza and (b"type='unavailable'" in stanza) == unavailable
        return wanted

    async def presence(self, room, nick, inside="", name=None, unavailable=False):
        address = self.address(room)
        kind = " type='unavailable'" if unavailable else ""
        named = f"<nick xmlns='{NS_NICK}'>{escape(name)}</nick>" if name is not None else ""
        done = await self.ask(f"<presence{kind} to={quoteattr(f'{address}/{nick}')}>{inside}{named}</presence>",
                              self.own(address, nick, unavailable))
        if b"type='error'" in done.stanza or (b"<destroy" in done.stanza and not unavailable):
            raise Refused(done.stanza.decode(errors="replace"))
        return done

    async def join(self, room, nick, name=None):
        return await self.presence(room, nick, f"<x xmlns='{NS_MUC}'/>", name)

    async def rename(self, room, nick, name):
        return await self.presence(room, nick, "", name)

    async def leave(self, room, nick):
        return await self.presence(room, nick, unavailable=True)

    def vanish(self):
        """Drops the line without a word."""
        if self.transport:
            self.transport.abort()
        self.lost_at = self.lost_at or now_ms()

    async def close(self):
        """Ends the stream as a client that is shut down does."""
        if self.transport and not self.lost_at:
            self.transport.write(b"</stream:stream>")
            self.transport.close()


class Visit:
    """One stay as its person knows it. joined, left: the times between which the server did it. sure: the server said that
    the person is in; else it may or may not have been so (the line broke meanwhile). ended: 'left', 'stop' (a clean stop
    of Prosody) or 'crash'. names: display names in order; the last one may be unconfirmed (name_sure).

    When does a visit end at the latest, when Prosody stops? Prosody ends a session (and the visit) before it closes its
    connection: who is on the line sees the end of the line afterwards, and takes that time. Who has dropped the line
    (hung_up) sees nothing: that Prosody takes no new connection says only that its ports are closed, which it does first
    of all; the sessions follow, one by one, and all that is sure is that they are over when the process is."""

    def __init__(self, room, nick, user, name, sent):
        self.room, self.nick, self.user, self.names = room, nick, user, [name]
        self.joined, self.left = [sent, None], None
        self.sure, self.name_sure, self.ended, self.leaving = False, True, None, False
        self.hung_up = False
        self.alive = sent  # it was not over before

    def __repr__(self):
        def window(pair):
            return "?" if not pair else "..".join("?" if t is None else f"{t:.0f}" for t in pair)
        return f"{self.room}/{self.nick} {window(self.joined)} - {window(self.left)} ({self.ended}{'' if self.sure else ', unsure'}{', hung up' if self.hung_up else ''}) {self.names}"


class Truth:
    """All visits. compare() holds them against the database."""

    slack = 2  # ms: the database has whole ones

    def __init__(self):
        self.visits = []

    def by_place(self):
        places = collections.defaultdict(list)
        for visit in self.visits:
            places[visit.room, visit.nick].append(visit)
        return places

    def compare(self, database):
        """What differs, in words; [] when nothing does. While people are in, it is to be asked when nothing is under way (World.hold)."""
        kept = collections.defaultdict(list)
        names = collections.defaultdict(list)
        for visit, name in database.execute("SELECT visit, name FROM visit_name ORDER BY visit, until_ms, rowid"):
            names[visit].append(name)
        for row in database.execute("SELECT r.address, v.nick, v.joined_ms, v.left_ms, v.uncertain, v.token_user, v.name, v.id"
                                    " FROM visit v JOIN room r ON r.id = v.room ORDER BY v.joined_ms, v.id"):
            kept[row[0].partition("@")[0], row[1]].append(row[2:7] + (names[row[7]] + [row[6]],))
        differences = []
        places = self.by_place()
        for place in sorted(set(places) | set(kept)):
            differences += self.compare_place(place, places.get(place, []), kept.get(place, []))
        return differences

    def compare_place(self, place, visits, rows):
        differences, rows = [], list(rows)
        for visit in visits:
            while rows and rows[0][0] < visit.joined[0] - self.slack:
                differences.append(f"not true: {place[0]}/{place[1]} {rows.pop(0)}; the next one is {visit}")
            if rows and self.within(rows[0][0], visit.joined):
                differences += self.compare_visit(visit, rows.pop(0))
            elif visit.sure:
                differences.append(f"missed: {visit}; the next one kept is {rows[0] if rows else None}")
        return differences + [f"not true: {place[0]}/{place[1]} {row}" for row in rows]

    def within(self, time_ms, window):
        return window[0] - self.slack <= time_ms <= window[1] + self.slack

    def compare_visit(self, visit, row):
        joined, left, uncertain, user, _, names = row
        wrong = []
        if visit.left is None or left is None:
            wrong += ["still open"] if visit.left else ["over"] if left else []
        elif visit.ended == "crash":
            if not (uncertain or visit.leaving) or not visit.joined[0] - self.slack <= left <= visit.left[1] + self.slack:
                wrong.append(f"after a crash it ends at {left}, uncertain {uncertain}")
        elif not self.within(left, visit.left) and not (uncertain and visit.ended == "stop"):
            wrong.append(f"left at {left}")
        if uncertain and visit.ended == "left":
            wrong.append("uncertain")
        if user != visit.user:
            wrong.append(f"is {user}")
        if names != visit.names and not (not visit.name_sure and names == visit.names[:-1]):
            wrong.append(f"has the names {names}")
        return [f"{', '.join(wrong)}: {visit}"] if wrong else []


class World:
    """What the people of a storm share: places, truth, what is known of Prosody's life, and how much happened."""

    def __init__(self, env, seed, rooms):
        self.env, self.seed, self.rooms = env, seed, rooms
        self.truth = Truth()
        self.count = 0  # joins, leaves and changes of names that the server confirmed
        self.ending = False
        self.marks = []  # (count, event) that somebody waits for
        self.up = asyncio.Event()  # Prosody can be connected to
        self.up.set()
        self.free = asyncio.Event()  # people may begin something new
        self.free.set()
        self.busy = 0
        self.quiet = asyncio.Event()  # nobody has anything under way
        self.quiet.set()
        self.stopped_at, self.gone_at, self.stop_kind = None, None, None
        self.unseen = []  # visits of people who had hung up when Prosody went: over when its process is

    def counted(self):
        self.count += 1
        while self.marks and self.marks[0][0] <= self.count:
            self.marks.pop(0)[1].set()

    async def reached(self, count):
        event = asyncio.Event()
        self.marks = sorted(self.marks + [(count, event)], key=lambda mark: mark[0])
        if count <= self.count:
            event.set()
        await event.wait()

    def prosody_goes(self, kind):
        """Call it before Prosody is ended: kind 'stop' or 'crash'."""
        self.up.clear()
        self.stopped_at, self.gone_at, self.stop_kind = now_ms(), None, kind

    def prosody_is_gone(self):
        """Call it when its process has ended."""
        self.gone_at = now_ms()
        for visit in self.unseen:
            visit.left[1] = self.gone_at
        self.unseen.clear()

    def prosody_is_back(self):
        self.up.set()

    async def hold(self):
        """Nobody begins anything; returns when all is confirmed that was begun."""
        self.free.clear()
        await self.quiet.wait()

    def go_on(self):
        self.free.set()

    async def begin(self):
        await self.free.wait()
        self.busy += 1
        self.quiet.clear()

    def end(self):
        self.busy -= 1
        if not self.busy:
            self.quiet.set()

    async def run(self, people, until):
        """Everybody walks until that is true, then leaves."""
        async def watch():
            while not until():
                await self.reached(self.count + 1)
            self.ending = True
        await asyncio.gather(watch(), *(person.live() for person in people))


class Person:
    """Walks at random. rooms: where; by default the world's. token: a function that gives one, or None."""

    def __init__(self, world, nick, rooms=None, token=None, user=None, name=None, pause=0.0, suffix=""):
        self.world, self.nick, self.rooms, self.token, self.user = world, nick, rooms or world.rooms, token, user
        self.name, self.pause, self.suffix = name or f"Name of {nick}", pause, suffix
        self.random = random.Random(f"{world.seed} {nick}")
        self.client = self.visit = self.gone = None

    async def live(self):
        while not self.world.ending or self.visit:
            await self.world.begin()
            try:
                await self.step()
            except Lost:
                self.lost()
            finally:
                self.world.end()
            if self.pause:
                await asyncio.sleep(self.random.random() * self.pause)
            await self.world.up.wait()
        await self.client.close()

    async def step(self):
        if not self.client or self.client.lost_at:
            if self.visit:
                raise Lost("while nothing was under way")
            await self.connect()
        elif not self.visit:
            await self.join()
        else:
            chance = self.random.random()
            if self.world.ending or chance < 0.6:
                await self.leave()
            elif chance < 0.95:
                await self.rename()
            else:
                await self.vanish()

    async def connect(self):
        client = Client(self.world.env, self.token() if self.token else None, self.suffix)
        await client.connect()
        self.client = client

    async def join(self):
        room = self.random.choice(self.rooms)
        self.visit = visit = Visit(room, self.nick, self.user, self.name, now_ms())
        self.world.truth.visits.append(visit)
        done = await self.client.join(room, self.nick, self.name)
        visit.joined[1], visit.sure = done.seen, True
        self.world.counted()

    async def leave(self):
        visit = self.visit
        visit.alive = now_ms()  # from now on it may be over
        visit.ended, visit.leaving = "left", True
        done = await self.client.leave(visit.room, self.nick)
        visit.left, self.visit = [done.sent, done.seen], None
        self.world.counted()

    async def rename(self):
        visit = self.visit
        self.name = f"Name {self.random.randrange(10 ** 6)} of {self.nick}"
        visit.names.append(self.name)
        visit.name_sure = False
        done = await self.client.rename(visit.room, self.nick, self.name)
        visit.name_sure, visit.alive = True, done.sent
        self.world.counted()

    async def vanish(self):
        """Drops the line; that the server has noticed is sure when it has answered several times on a new one."""
        visit, sent = self.visit, now_ms()
        self.client.vanish()
        visit.alive, visit.ended, visit.leaving, visit.hung_up = sent, "left", True, True
        await self.connect()
        visit.left, self.visit = [sent, now_ms()], None
        self.world.counted()

    def lost(self):
        """Prosody is gone: the visit ended between its last sign of life (or the order to stop) and now."""
        visit, self.visit = self.visit, None
        if not visit:
            return
        now = max(now_ms(), visit.alive)
        stopped = self.world.stopped_at or now
        visit.joined[1] = visit.joined[1] or now
        visit.left = [min(visit.alive if visit.leaving else max(visit.alive, stopped), now), now]
        visit.ended = self.world.stop_kind or "left"
        if visit.hung_up and self.world.gone_at:
            visit.left[1] = self.world.gone_at
        elif visit.hung_up:
            self.world.unseen.append(visit)


async def connected(env, count, suffix="", token=None):
    """So many clients, connected."""
    clients = [Client(env, token, suffix) for _ in range(count)]
    for client in clients:
        await client.connect()
    return clients
