"""A component in place of jmbd whose every answer the test decides: the other end of docs/protocol.md."""

import asyncio
import itertools
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from slixmpp import ComponentXMPP

NS = "urn:jmb:rooms:1"


def local(element):
    return element.tag.rpartition("}")[2]


class Refused(Exception):
    """The module answered with an error: condition, type, text."""

    def __init__(self, condition, type, text):
        super().__init__(f"{condition} ({type}): {text}")
        self.condition, self.type, self.text = condition, type, text


class Component:
    """Answers hello, snapshot and events, and keeps what they brought:

        hellos, snapshots   the elements, in order
        events              [(boot, n, element)] of every batch that came, again or not
        batches             the events elements
        stored              the last number by boot: what a real store would have

    resume(hello) decides the answer to a hello: a number, or None for 'send a snapshot'. The usual one resumes from
    what is stored, for an unknown boot from where the module's queue begins. answer(verb, iq) may return an error as (type, condition), 'silence', or None to go on as usual.
    """

    def __init__(self, env, suffix=""):
        self.env, self.suffix = env, suffix
        self.hellos, self.snapshots, self.events, self.batches = [], [], [], []
        self.stored, self.others = {}, []
        self.ahead = 0  # seconds that its clock is ahead of ours
        self.only = ""  # what the room of an event must contain to be kept: other tests' clients may still be leaving
        self.resume = lambda hello: self.stored.get(hello.get("boot"), int(hello.get("last")) - int(hello.get("held")))
        self.answer = lambda verb, iq: None
        self.xmpp = None
        self._ids = itertools.count(1)
        self._changed = asyncio.Event()

    async def connect(self, timeout=30):
        self.xmpp = xmpp = ComponentXMPP(self.env["COMPONENT"], self.env["COMPONENT_SECRET"], "127.0.0.1",
                                         int(self.env["COMPONENT_PORT" + self.suffix]))
        xmpp.whitespace_keepalive = False
        begun = asyncio.get_running_loop().create_future()
        xmpp.add_event_handler("session_start", lambda _: begun.done() or begun.set_result(True))
        xmpp.add_filter("in", self._see)
        xmpp.connect()
        await asyncio.wait_for(begun, timeout)
        return self

    async def close(self):
        if self.xmpp:
            await self.xmpp.disconnect(wait=1.0)
            self._forget()

    def vanish(self):
        """Drops the socket without a word."""
        self.xmpp.abort()
        self.xmpp.cancel_connection_attempt()
        self._forget()

    def _forget(self):
        sender = getattr(self.xmpp, "_run_out_filters", None)
        if sender:
            sender.cancel()  # slixmpp leaves this task behind
        self.xmpp = None

    # -- what the module sends

    def _see(self, stanza):
        xml = ET.fromstring(ET.tostring(stanza.xml))
        if local(xml) == "iq" and xml.get("type") == "set" and xml.get("from") == self.env["MUC"] and len(xml) and xml[0].tag.startswith("{" + NS + "}"):
            stanza = None  # slixmpp knows none of our verbs and would answer that; silence is none either
            self._verb(xml, xml[0])
        else:
            self.others.append(xml)
        self._changed.set()
        return stanza

    def _verb(self, iq, payload):
        verb = local(payload)
        if verb == "hello":
            self.hellos.append(payload)
        elif verb == "snapshot":
            self.snapshots.append(payload)
        elif verb == "events":
            if self.is_mine(payload):
                self.batches.append(payload)
            self.events += [(payload.get("boot"), int(event.get("n")), event) for event in payload if self.only in event.get("room", self.only)]
        decided = self.answer(verb, payload)
        if decided == "silence":
            return
        if decided:
            kind, condition = decided
            self._reply(iq, "error", f"<error type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>")
            return
        self._reply(iq, "result", getattr(self, "_" + verb)(payload))

    def is_mine(self, batch):
        return any(self.only in event.get("room", self.only) for event in batch)

    def _hello(self, payload):
        number = self.resume(payload)
        what = "snapshot='true'" if number is None else f"resume='{number}'"
        return f"<hello xmlns='{NS}' version='1' {what} now='{int((time.time() + self.ahead) * 1000)}'/>"

    def _snapshot(self, payload):
        if payload.get("done") == "true":
            self.stored[payload.get("boot")] = int(payload.get("last"))
        return f"<snapshot xmlns='{NS}' boot='{payload.get('boot')}'/>"

    def _events(self, payload):
        boot = payload.get("boot")
        self.stored[boot] = max(self.stored.get(boot, 0), max(int(event.get("n")) for event in payload))
        return f"<events xmlns='{NS}' boot='{boot}' last='{self.stored[boot]}'/>"

    def _reply(self, iq, type, inside):
        self.xmpp.send_raw(f"<iq type='{type}' id={quoteattr(iq.get('id'))} from={quoteattr(iq.get('to'))} "
                           f"to={quoteattr(iq.get('from'))}>{inside}</iq>")

    # -- what the test awaits

    async def until(self, happened, timeout=30, what="that"):
        """Awaits that happened() is true after something came in, and returns what it returned."""
        end = time.monotonic() + timeout
        while True:
            found = happened()
            if isinstance(found, ET.Element) or found:  # an element without children is false
                return found
            self._changed.clear()
            left = end - time.monotonic()
            if left <= 0:
                raise asyncio.TimeoutError(f"no {what} within {timeout} s; events: {[self.line(e) for _, _, e in self.events]}")
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except asyncio.TimeoutError:
                pass

    @staticmethod
    def line(event):
        return f"{event.get('n')} {local(event)} " + " ".join(f"{k}={v}" for k, v in event.items() if k in ("room", "nick", "name", "role", "reason"))

    async def event(self, event_name, /, timeout=30, **attributes):
        """The first event of that name with these attributes (user_name for user-name)."""
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}

        def there():
            for _, _, event in self.events:
                if local(event) == event_name and all(event.get(key) == value for key, value in wanted.items()):
                    return event
            return None
        return await self.until(there, timeout, f"{event_name} with {wanted}")

    def named(self, name):
        return [event for _, _, event in self.events if local(event) == name]

    async def hello(self, number=1, timeout=30):
        await self.until(lambda: len(self.hellos) >= number, timeout, f"hello number {number}")
        return self.hellos[number - 1]

    # -- what the component commands

    async def command(self, payload, to=None, timeout=30):
        """Sends an iq set with that payload, returns the payload of the result. Refused when it is an error."""
        number = f"t{next(self._ids)}"
        after = len(self.others)
        self.xmpp.send_raw(f"<iq type='set' id='{number}' from='{self.env['COMPONENT']}' to='{to or self.env['MUC']}'>{payload}</iq>")

        def answered():
            return next((x for x in self.others[after:] if local(x) == "iq" and x.get("id") == number), None)
        reply = await self.until(answered, timeout, "answer to " + payload[:200])
        if reply.get("type") == "error":
            error = reply.find("{*}error")
            raise Refused(next(local(c) for c in error if local(c) != "text"), error.get("type"), error.findtext("{*}text") or "")
        return reply[0]

    async def policies(self, inside, action="replace", revision=None):
        if revision is None:
            revision = self.revision = getattr(self, "revision", 0) + 1
        self.revision = revision
        return await self.command(f"<policies xmlns='{NS}' action='{action}' revision='{revision}'>{inside}</policies>")

    async def say(self, room, key, body, **attributes):
        given = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items())
        return await self.command(f"<say xmlns='{NS}' key='{key}' room={quoteattr(room)}{given}><body>{escape(body)}</body></say>")

    async def say_in(self, places, body):
        """The same words in several rooms: (key, room) of each."""
        places = "".join(f"<in key={quoteattr(key)} room={quoteattr(room)}/>" for key, room in places)
        return await self.command(f"<say xmlns='{NS}' name='JMB'><body>{escape(body)}</body>{places}</say>")

    async def end(self, room, key, reason="Over.", **attributes):
        given = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items())
        return await self.command(f"<end xmlns='{NS}' key='{key}' room={quoteattr(room)}{given}><reason>{escape(reason)}</reason></end>")


def policy(room, *moderators, admission="open", moderation="strict", refusals=(), **attributes):
    """A <policy/>: moderators are identities, refusals (reason, lang, text)."""
    given = "".join(f" {k}='{v}'" for k, v in attributes.items())
    inside = "".join(f"<moderator user={quoteattr(user)}/>" for user in moderators)
    inside += "".join(f"<refusal reason='{r}' lang='{lang}'>{escape(text)}</refusal>" for r, lang, text in refusals)
    return f"<policy room={quoteattr(room)} admission='{admission}' moderation='{moderation}'{given}>{inside}</policy>"
