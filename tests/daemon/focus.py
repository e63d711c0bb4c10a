#!/usr/bin/python3
"""Stand-in for Jicofo, for JMB's tests and demo only.

Answers the conference IQ (http://jitsi.org/protocol/focus) at focus.DOMAIN, and the same question by HTTP (POST /conference-request/v1),
which Prosody does not see. Before it answers it joins the room as nick `focus`, first, as its owner. Then it hands out ownership as
Jicofo does, one grant each and no retry:

    first   the first person in a room without an owner; when that person leaves, the next one
    token   everybody who came in by the main domain, so with a token
    none    nobody

It leaves a room where it is alone. SIGHUP makes it read the mode again. For tests it answers <settled xmlns='urn:jmb:test' room='...'/>
when it has seen all that Prosody had sent it by then, and has done what it does about it. Usage: focus.py SETTINGS.json
"""

import asyncio
import json
import logging
import re
import signal
import sys

from slixmpp import ClientXMPP, ComponentXMPP, ET
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath

NS_FOCUS = "http://jitsi.org/protocol/focus"
NS_MUC = "http://jabber.org/protocol/muc"
NS_USER = NS_MUC + "#user"
NS_ADMIN = NS_MUC + "#admin"
NS_TEST = "urn:jmb:test"
NICK = "focus"


def say(text):
    print(text, flush=True)


class Room:
    """A room where the focus is, or is about to be."""

    def __init__(self, address):
        self.address = address
        self.inside = asyncio.get_running_loop().create_future()
        self.people = {}  # nick -> (bare JID, is owner)
        self.granted = set()  # bare JIDs that have had their one grant
        self.owner = None  # mode 'first': the nick of the elected one
        self.busy = 0  # presences that are being seen to
        self.idle = asyncio.Event()
        self.idle.set()

    def __str__(self):
        return self.address


class Focus:
    def __init__(self, settings):
        self.settings = settings
        self.rooms = {}
        self.client = self.component = None
        self.mode = "none"

    def read_mode(self):
        with open(self.settings["mode_file"]) as file:
            self.mode = file.read().strip()
        say(f"mode {self.mode}")

    # -- connections

    async def serve(self):
        """Connects, and again whenever a connection is lost, for ever."""
        while True:
            lost = asyncio.Event()
            self.rooms = {}
            try:
                await self.connect(lost)
                say("ready")
                await lost.wait()
                say("connection lost")
            except (OSError, asyncio.TimeoutError) as problem:
                logging.info("no connection: %r", problem)
            for stream in (self.client, self.component):
                if stream:
                    stream.abort()
                    stream.cancel_connection_attempt()
            await asyncio.sleep(0.2)

    async def connect(self, lost):
        host, loop = self.settings["host"], asyncio.get_running_loop()
        for port in (self.settings["c2s_port"], self.settings["component_port"]):  # slixmpp would retry on its own, slowly
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
        self.client = ClientXMPP(self.settings["jid"] + "/focus", self.settings["password"])
        self.component = ComponentXMPP(self.settings["component"], self.settings["component_secret"], host, self.settings["component_port"])
        started = []
        for stream in (self.client, self.component):
            begun = loop.create_future()
            started.append(begun)
            stream.add_event_handler("session_start", lambda _, b=begun: b.done() or b.set_result(True))
            stream.add_event_handler("disconnected", lambda _: lost.set())
            stream.whitespace_keepalive = False
        self.client.register_handler(CoroutineCallback("rooms", MatchXPath("{jabber:client}presence"), self.on_presence))
        self.component.register_handler(CoroutineCallback(
            "conference", MatchXPath("{jabber:component:accept}iq/{%s}conference" % NS_FOCUS), self.on_conference))
        self.component.register_handler(CoroutineCallback(
            "settled", MatchXPath("{jabber:component:accept}iq/{%s}settled" % NS_TEST), self.on_settled))
        self.client.connect((host, self.settings["c2s_port"]), force_starttls=False, disable_starttls=True)
        self.component.connect()
        await asyncio.wait_for(asyncio.gather(*started), 10)

    # -- the conference IQ, and its sister over HTTP

    async def is_entered(self, address):
        try:
            await asyncio.wait_for(asyncio.shield(self.enter(address)), 10)
            return True
        except (asyncio.TimeoutError, ConnectionError) as problem:
            say(f"{address}: not entered: {problem!r}")
            return False

    @property
    def authentication(self):
        return "true" if self.mode == "token" else "false"

    async def on_conference(self, iq):
        wish = iq.xml.find("{%s}conference" % NS_FOCUS)
        address = (wish.get("room") or "").lower()
        reply = iq.reply()
        if not await self.is_entered(address):
            reply["error"]["condition"] = "service-unavailable"
        else:
            answer = ET.SubElement(reply.xml, "{%s}conference" % NS_FOCUS, {"room": address, "ready": "true", "focusjid": self.settings["jid"]})
            ET.SubElement(answer, "{%s}property" % NS_FOCUS, {"name": "authentication", "value": self.authentication})
        reply.send()

    async def on_http(self, reader, writer):
        """One POST of {"room": ...}, one answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(re.search(r"(?im)^content-length: *(\d+)", head).group(1))
        address = json.loads(await reader.readexactly(length))["room"].lower()
        if not head.startswith("POST /conference-request/v1 "):
            status, answer = "404 Not Found", {}
        elif not (self.client and await self.is_entered(address)):
            status, answer = "500 Internal Server Error", {}
        else:
            status = "200 OK"
            answer = {"room": address, "ready": True, "focusJid": self.settings["jid"], "properties": {"authentication": self.authentication}}
        body = json.dumps(answer)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async def on_settled(self, iq):
        room = self.rooms.get(iq.xml.find("{%s}settled" % NS_TEST).get("room"))
        if room is not None:
            ping = self.client.make_iq_get(ito=self.settings["jid"].partition("@")[2])
            ET.SubElement(ping.xml, "{urn:xmpp:ping}ping")
            await ping.send(timeout=10)  # what Prosody sent before has come
            await room.idle.wait()
        reply = iq.reply()
        ET.SubElement(reply.xml, "{%s}settled" % NS_TEST)
        reply.send()

    def enter(self, address):
        room = self.rooms.get(address)
        if room is None:
            room = self.rooms[address] = Room(address)
            join = self.client.make_presence(pto=f"{address}/{NICK}")
            ET.SubElement(join.xml, "{%s}x" % NS_MUC)
            join.send()
        return room.inside

    def leave(self, room):
        if self.rooms.get(room.address) is room:
            del self.rooms[room.address]
            self.client.send_presence(pto=f"{room}/{NICK}", ptype="unavailable")
            say(f"{room}: left, nobody is there")

    # -- the room

    async def on_presence(self, presence):
        room = self.rooms.get(presence["from"].bare)
        if room is None:
            return
        room.busy += 1
        room.idle.clear()
        try:
            await self.see(room, presence)
        finally:
            room.busy -= 1
            if not room.busy:
                room.idle.set()

    async def see(self, room, presence):
        nick, kind = presence["from"].resource, presence.xml.get("type")
        if nick == NICK:
            self.on_own_presence(room, presence, kind)
            return
        if kind == "unavailable":
            room.people.pop(nick, None)
            if room.owner == nick:
                room.owner = None
            if not room.people:
                self.leave(room)
                return
        elif kind is None:
            item = presence.xml.find("{%s}x/{%s}item" % (NS_USER, NS_USER))
            jid = item.get("jid", "").split("/")[0]
            room.people[nick] = (jid, item.get("affiliation") in ("owner", "admin"))
        if room.inside.done():
            await self.hand_out(room)

    def on_own_presence(self, room, presence, kind):
        if kind is None:
            if not room.inside.done():
                room.inside.set_result(True)
                say(f"{room}: entered")
            return
        if not room.inside.done() and kind == "unavailable" and presence.xml.find(".//{%s}destroy" % NS_USER) is None:
            return  # of the leave before: somebody came just when the room was left
        if not room.inside.done():
            room.inside.set_exception(ConnectionError(presence.xml.findtext(".//{*}text") or kind))
        if self.rooms.get(room.address) is room:
            del self.rooms[room.address]
        say(f"{room}: out ({kind})")

    async def hand_out(self, room):
        if self.mode == "token":
            for nick, (jid, is_owner) in list(room.people.items()):
                if jid.endswith("@" + self.settings["main_domain"]) and not is_owner:
                    await self.grant(room, nick, jid)
        elif self.mode == "first" and room.owner is None:
            for nick, (jid, is_owner) in room.people.items():
                if is_owner:
                    room.owner = nick
                    return
            nick, (jid, _) = next(iter(room.people.items()))
            room.owner = nick
            await self.grant(room, nick, jid)

    async def grant(self, room, nick, jid):
        if jid in room.granted:
            return
        room.granted.add(jid)
        iq = self.client.make_iq_set(ito=room.address)
        query = ET.SubElement(iq.xml, "{%s}query" % NS_ADMIN)
        ET.SubElement(query, "{%s}item" % NS_ADMIN, {"jid": jid, "affiliation": "owner"})
        try:
            await iq.send(timeout=10)
            say(f"{room}: {nick} ({jid}) is owner")
        except IqError as problem:
            say(f"{room}: {nick} ({jid}) was not made owner: {problem.condition}")
        except IqTimeout:
            say(f"{room}: {nick} ({jid}): no answer")


async def main():
    with open(sys.argv[1]) as file:
        focus = Focus(json.load(file))
    focus.read_mode()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, focus.read_mode)
    async with await asyncio.start_server(focus.on_http, focus.settings["host"], focus.settings["http_port"]):
        await focus.serve()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.add_signal_handler(signal.SIGTERM, lambda: sys.exit(0))
    loop.run_until_complete(main())
