"""A person in a conference, for tests: what a client sent and everything that it received.

    alice = Client(site.env, token=make_token(site.env, "standup", id="u1", name="Alice"))   # or Client(site.env): a guest
    await alice.connect()
    await alice.join("standup", "alice", "Alice Martin")      # asks the focus first, as Jitsi's clients do
    await alice.wait_for(lambda s: s.body == "Hello", 5)
    alice.roles_seen["bob"]                                   # every (role, affiliation) that a presence gave bob
    await alice.leave(); await alice.close()

Client speaks TCP through slixmpp. WsClient (ws_client.py) does the same through Jitsi's own library over websocket.
A stanza is received once and never thrown away: Stanza.t is time.monotonic() at its arrival.
"""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import logging
import time
import urllib.request
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)  # also about its own start
from slixmpp import ClientXMPP  # noqa: E402

NS_MUC = "http://jabber.org/protocol/muc"
NS_USER = NS_MUC + "#user"
NS_ADMIN = NS_MUC + "#admin"
NS_OWNER = NS_MUC + "#owner"
NS_NICK = "http://jabber.org/protocol/nick"
NS_FOCUS = "http://jitsi.org/protocol/focus"
NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


class NotConnected(Exception):
    """No stream: refused, lost, or not answered."""


class AuthRefused(NotConnected):
    """SASL failed; the argument is the condition."""


class Refused(Exception):
    """A stanza was answered with an error, or a join with a destroy: condition, text, stanza."""

    def __init__(self, condition, text, stanza):
        super().__init__(f"{condition}: {text}" if text else condition)
        self.condition, self.text, self.stanza = condition, text, stanza


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token(env, room="*", id=None, name=None, secret=None, header=None, **claims):
    """A Jitsi token as JMB makes them. Claims given by name replace the usual ones; None takes a claim out.
    id and name go to context.user."""
    now = int(time.time())
    user = {key: value for key, value in (("id", id), ("name", name)) if value is not None}
    payload = {"iss": env["APP_ID"], "aud": env["AUDIENCE"], "sub": env["DOMAIN"], "room": room, "nbf": now - 60,
               "exp": now + 3600, "context": {"user": user}}
    payload.update(claims)
    payload = {key: value for key, value in payload.items() if value is not None}
    head = {"alg": "HS256", "typ": "JWT", **(header or {})}
    signed = ".".join(b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, payload))
    key = (secret or env["APP_SECRET"]).encode()
    return signed + "." + b64url(hmac.new(key, signed.encode(), hashlib.sha256).digest())


class Stanza:
    """One received stanza: xml (ElementTree element), t (monotonic seconds), and the usual questions."""

    def __init__(self, xml, t):
        self.xml, self.t = xml, t
        self.name = local(xml)
        self.type = xml.get("type")
        self.id = xml.get("id")
        self.sender = xml.get("from", "")  # full address
        self.room, _, self.nick = self.sender.partition("/")

    def find(self, path):
        """The first element of that local name (path of local names: 'x/item'), whatever its namespace; or None."""
        return self.xml.find("/".join("{*}" + step for step in path.split("/")))

    def findall(self, path):
        return self.xml.findall("/".join("{*}" + step for step in path.split("/")))

    def text(self, path):
        element = self.find(path)
        return None if element is None else (element.text or "")

    @property
    def body(self):
        return self.text("body")

    @property
    def json(self):
        """The object in a <json-message>, or None."""
        text = self.text("json-message")
        return None if text is None else json.loads(text)

    @property
    def codes(self):
        return {status.get("code") for status in self.findall("x/status")}

    @property
    def role(self):
        item = self.find("x/item")
        return None if item is None else item.get("role")

    @property
    def affiliation(self):
        item = self.find("x/item")
        return None if item is None else item.get("affiliation")

    @property
    def error(self):
        """(condition, text) of an error stanza, or None."""
        error = self.find("error")
        if error is None:
            return None
        condition = next((local(child) for child in error if namespace(child) == NS_STANZAS and local(child) != "text"), "undefined-condition")
        return condition, self.text("error/text") or ""

    def __str__(self):
        return ET.tostring(self.xml, encoding="unicode")

    __repr__ = __str__


def local(element):
    return element.tag.rpartition("}")[2]


def namespace(element):
    return element.tag.rpartition("}")[0].lstrip("{")


class Participant:
    """What both clients share: everything above the stream."""

    names = itertools.count(1)

    def __init__(self, env, token=None, shard=1):
        self.env, self.token = env, token
        self.suffix = "" if shard == 1 else f"_{shard}"
        self.domain = env["DOMAIN"] if token is not None else env["GUEST_DOMAIN"]
        self.jid = None
        self.stanzas = []
        self.roles_seen = {}  # nick -> [(role, affiliation), ...], of every presence with an item, in order
        self.occupants = {}  # room -> {nick: Stanza of the last available presence}
        self.room = self.nick = None
        self.told = None  # the text of the last refusal at the conference IQ
        self.lost = False
        self._changed = asyncio.Event()
        self._ids = itertools.count(1)

    # What a transport has to have: connect(timeout), send(xml), close(), vanish(); and it calls _received and _lost.

    def send(self, xml):
        """Sends one stanza, given as text."""
        raise NotImplementedError

    def _received(self, xml, t=None):
        stanza = Stanza(xml, time.monotonic() if t is None else t)
        self.stanzas.append(stanza)
        if stanza.name == "presence" and stanza.type in (None, "unavailable") and stanza.nick:
            if stanza.role is not None:
                self.roles_seen.setdefault(stanza.nick, []).append((stanza.role, stanza.affiliation))
            people = self.occupants.setdefault(stanza.room, {})
            if stanza.type is None:
                people[stanza.nick] = stanza
            else:
                people.pop(stanza.nick, None)
        self._changed.set()

    def _lost(self):
        self.lost = True
        self._changed.set()

    # -- waiting

    async def wait_for(self, predicate, timeout=30, after=0, what="stanza"):
        """The first received stanza, from number `after` of self.stanzas on, for which predicate is true; awaits it."""
        end = time.monotonic() + timeout
        seen = after
        while True:
            while seen < len(self.stanzas):
                if predicate(self.stanzas[seen]):
                    return self.stanzas[seen]
                seen += 1
            self._changed.clear()
            if self.lost:
                raise NotConnected(f"{self}: the connection ended while waiting for {what}")
            left = end - time.monotonic()
            if left <= 0:
                raise asyncio.TimeoutError(f"{self}: no {what} within {timeout} s; the last: {self.stanzas[-3:]}")
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except asyncio.TimeoutError:
                pass

    async def wait_until_lost(self, timeout=30):
        end = time.monotonic() + timeout
        while not self.lost:
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), end - time.monotonic())

    async def wait_for_role(self, nick, role, timeout=30):
        """Until the last presence of that nick has this role."""
        end = time.monotonic() + timeout
        while self.role(nick) != role:
            seen = len(self.stanzas)
            await self.wait_for(lambda s: s.name == "presence" and s.nick == nick, end - time.monotonic(), seen, f"{role} for {nick}")

    async def wait_for_people(self, *nicks, timeout=30):
        """Until exactly these nicks (beside the focus) are in the room."""
        wanted, end = set(nicks), time.monotonic() + timeout
        while self.people() != wanted:
            await self.wait_for(lambda s: s.name == "presence", end - time.monotonic(), len(self.stanzas), f"{wanted}, there are {self.people()}")

    def people(self, room=None):
        return set(self.occupants.get(room or self.room, {})) - {"focus"}

    def role(self, nick=None):
        """The last role seen of a nick (own by default); None before the first presence."""
        seen = self.roles_seen.get(nick or self.nick)
        return seen[-1][0] if seen else None

    def messages(self):
        """All groupchat and private messages with a body or a json-message, in order."""
        return [s for s in self.stanzas if s.name == "message" and (s.body is not None or s.find("json-message") is not None)]

    # -- stanzas

    async def iq(self, to, payload, type="set", timeout=30):
        """Sends an iq with that XML inside, awaits its result. Refused when it is an error."""
        number, after = f"c{next(self._ids)}", len(self.stanzas)
        self.send(f"<iq xmlns='jabber:client' type='{type}' id='{number}' to={quoteattr(to)}>{payload}</iq>")
        reply = await self.wait_for(lambda s: s.name == "iq" and s.id == number and s.type in ("result", "error"), timeout, after, "answer to " + payload)
        if reply.type == "error":
            raise Refused(*reply.error, reply)
        return reply

    async def ask_focus(self, room):
        """The conference IQ; the focus is in the room when it is answered."""
        return await self.iq(self.env["FOCUS_DOMAIN"], f"<conference xmlns='{NS_FOCUS}' room={quoteattr(room)} machine-uid='test'/>")

    async def ask_focus_by_http(self, room):
        """The same question past Prosody, as clients of a site with conferenceRequestUrl ask it."""
        body = json.dumps({"room": room, "properties": {}}).encode()
        url = self.env["FOCUS_URL" + self.suffix]

        def post():
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=30) as reply:
                return json.load(reply)
        return await asyncio.to_thread(post)

    async def focus_settled(self, room=None):
        """The focus has done in that room whatever it does about all that happened there so far; and this client has received it."""
        await self.iq(self.env["FOCUS_DOMAIN"], f"<settled xmlns='urn:jmb:test' room={quoteattr(room or self.room)}/>")
        await self.iq(self.domain, "<ping xmlns='urn:xmpp:ping'/>", "get")

    def address(self, room):
        return room if "@" in room else f"{room}@{self.env['MUC']}"

    def presence(self, inside="", name=None):
        nick = f"<nick xmlns='{NS_NICK}'>{escape(name)}</nick>" if name is not None else ""
        self.send(f"<presence xmlns='jabber:client' to={quoteattr(self.room + '/' + self.nick)}>{inside}{nick}</presence>")

    # -- the conference

    async def join(self, room, nick, name=None, ask_focus=True, password=None, timeout=30):
        """Enters a room (a name, or a full address for the lobby or a breakout) and returns the own presence.
        ask_focus: True, by the conference IQ; 'http', by Jicofo's HTTP door; False, not at all. Refused with condition and text when that is not granted; a <destroy/> has the condition 'destroy'.
        Who is refused by the conference IQ already (self.told) tries the room all the same."""
        self.room, self.nick = self.address(room), nick
        self.told = None
        if ask_focus == "http":
            await self.ask_focus_by_http(self.room)
        elif ask_focus:
            try:
                await self.ask_focus(self.room)
            except Refused as refusal:  # Jitsi's clients stop here; but there are doors without this question, so on to the one that counts
                if refusal.stanza.find("error/reservation-error") is None:
                    raise
                self.told = refusal.text
        secret = f"<password>{escape(password)}</password>" if password else ""
        after = len(self.stanzas)
        self.presence(f"<x xmlns='{NS_MUC}'>{secret}</x>", name)
        reply = await self.wait_for(
            lambda s: s.name == "presence" and s.room == self.room and (
                s.type == "error" or "110" in s.codes or (s.type == "unavailable" and s.find("x/destroy") is not None)),
            timeout, after, "own presence")
        if reply.type == "error":
            raise Refused(*reply.error, reply)
        if reply.type == "unavailable":
            raise Refused("destroy", reply.text("x/destroy/reason") or "", reply)
        self.nick = reply.nick
        return reply

    async def leave(self, timeout=30):
        after = len(self.stanzas)
        self.send(f"<presence xmlns='jabber:client' type='unavailable' to={quoteattr(self.room + '/' + self.nick)}/>")
        return await self.wait_for(lambda s: s.name == "presence" and s.type == "unavailable" and s.room == self.room and s.nick == self.nick, timeout, after)

    def set_name(self, name):
        """A new display name, by presence, as the web client does."""
        self.presence("", name)

    def say(self, text):
        self.send(f"<message xmlns='jabber:client' type='groupchat' to={quoteattr(self.room)}><body>{escape(text)}</body></message>")

    def occupant_jid(self, nick):
        """The real full JID of somebody in the room, as the last presence showed it."""
        return self.occupants[self.room][nick].find("x/item").get("jid")

    async def grant(self, nick, affiliation="owner"):
        """Grant moderator, as the web client does it: affiliation by bare JID."""
        jid = self.occupant_jid(nick).partition("/")[0]
        return await self.iq(self.room, f"<query xmlns='{NS_ADMIN}'><item jid={quoteattr(jid)} affiliation='{affiliation}'/></query>")

    async def ban(self, jid):
        """By bare JID, whether anybody is there or not."""
        return await self.iq(self.room, f"<query xmlns='{NS_ADMIN}'><item jid={quoteattr(jid)} affiliation='outcast'/></query>")

    async def set_role(self, nick, role):
        """role='none' is the web client's kick."""
        return await self.iq(self.room, f"<query xmlns='{NS_ADMIN}'><item nick={quoteattr(nick)} role='{role}'/></query>")

    async def configure(self, **fields):
        """Submits the room's configuration: configure(membersonly='1') opens the lobby, roomsecret='x' sets a password."""
        rows = "".join(f"<field var='muc#roomconfig_{key}'><value>{escape(value)}</value></field>" for key, value in fields.items())
        form = f"<field var='FORM_TYPE'><value>{NS_MUC}#roomconfig</value></field>" + rows
        return await self.iq(self.room, f"<query xmlns='{NS_OWNER}'><x xmlns='jabber:x:data' type='submit'>{form}</x></query>")

    def admit(self, jid):
        """Lets somebody in who waits in the lobby: a mediated invitation to the full JID."""
        self.send(f"<message xmlns='jabber:client' to={quoteattr(self.room)}><x xmlns='{NS_USER}'><invite to={quoteattr(jid)}/></x></message>")

    def breakout(self, action, **attributes):
        """add(subject), rename(breakoutRoomJid, subject), remove(breakoutRoomJid), move-to-room(participantJid, roomJid)."""
        given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        self.send(f"<message xmlns='jabber:client' to='{self.env['BREAKOUT']}'><breakout_rooms type='features/breakout-rooms/{action}'{given}/></message>")

    def __str__(self):
        return f"{self.nick or self.jid or 'client'}"


class Client(Participant):
    """Over TCP, through slixmpp: the token as password of SASL PLAIN, or ANONYMOUS on the guest host. Where people have accounts, `login`
    is the whole name of one and the token its password."""

    def __init__(self, env, token=None, shard=1, stream_management=False, login=None):
        super().__init__(env, token, shard)
        self.login = login or f"token@{self.domain}"
        self.domain = self.login.partition("@")[2] if login else self.domain
        self.stream_management = stream_management
        self.xmpp = None

    async def connect(self, timeout=30):
        """Returns the full JID. AuthRefused, NotConnected."""
        self.xmpp = xmpp = ClientXMPP(self.login if self.token is not None else self.domain, self.token or "")
        if self.token is not None:
            xmpp["feature_mechanisms"].use_mech = "PLAIN"
            xmpp["feature_mechanisms"].unencrypted_plain = True
        if self.stream_management:
            xmpp.register_plugin("xep_0198")
        xmpp.register_plugin("xep_0199")  # answers pings
        xmpp.whitespace_keepalive = False
        begun = asyncio.get_running_loop().create_future()

        def fail(problem):
            if not begun.done():
                begun.set_exception(problem)

        xmpp.add_event_handler("session_start", lambda _: begun.done() or begun.set_result(xmpp.boundjid.full))
        xmpp.add_event_handler("failed_auth", lambda s: fail(AuthRefused(s["condition"])))
        xmpp.add_event_handler("no_auth", lambda _: fail(AuthRefused("no mechanism")))
        xmpp.add_event_handler("connection_failed", lambda reason: fail(NotConnected(str(reason))))
        xmpp.add_event_handler("disconnected", lambda _: (fail(NotConnected("disconnected")), self._lost()))
        xmpp.add_filter("in", self._see)
        xmpp.connect(("127.0.0.1", int(self.env["C2S_PORT" + self.suffix])), force_starttls=False, disable_starttls=True)
        try:
            self.jid = await asyncio.wait_for(begun, timeout)
        except BaseException:
            xmpp.cancel_connection_attempt()
            xmpp.abort()
            raise
        return self.jid

    def _see(self, stanza):
        if local(stanza.xml) in ("presence", "message", "iq"):
            self._received(ET.fromstring(ET.tostring(stanza.xml)))
        return stanza

    def send(self, xml):
        self.xmpp.send_raw(xml)

    async def close(self):
        """Ends the stream as a client that is shut down does. Harmless when it is over already."""
        if self.xmpp and not self.lost:
            await self.xmpp.disconnect(wait=1.0)

    def vanish(self):
        """Drops the socket without a word."""
        self.xmpp.abort()
