"""BoshClient: a Participant (xmpp_client.py) over BOSH (XEP-0124, XEP-0206), as old browsers and some proxies need it.

One request at a time waits for what comes; what is sent goes in a second one, which is all that XEP-0124 asks for.
"""

import asyncio
import http.client
import itertools
import random
import urllib.parse
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

from xmpp_client import AuthRefused, NotConnected, Participant, local

NS_BOSH = "http://jabber.org/protocol/httpbind"
WAIT = 2  # seconds that Prosody may hold a request


class BoshClient(Participant):
    """A guest, or with a token in the address, as Jitsi's clients give it."""

    def __init__(self, env, token=None, shard=1):
        super().__init__(env, token, shard)
        self.url = urllib.parse.urlsplit(env["WS_URL" + self.suffix].replace("ws://", "http://"))
        self.rid = itertools.count(random.randrange(10 ** 6, 10 ** 9))
        self.sid = self.polling = None
        self.queue = asyncio.Queue()

    async def post(self, attributes="", inside=""):
        """One request; its stanzas are taken. Returns the <body/>."""
        sid = f" sid={quoteattr(self.sid)}" if self.sid else ""
        body = f"<body xmlns='{NS_BOSH}' rid='{next(self.rid)}'{sid} {attributes}>{inside}</body>"

        query = "?" + urllib.parse.urlencode({"token": self.token}) if self.token is not None else ""

        def ask():
            connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=30)
            try:
                connection.request("POST", "/http-bind" + query, body.encode(), {"Content-Type": "text/xml; charset=utf-8"})
                reply = connection.getresponse()
                return reply.status, reply.read()
            finally:
                connection.close()
        status, text = await asyncio.to_thread(ask)
        if status != 200:
            raise NotConnected(f"HTTP {status}")
        reply = ET.fromstring(text)
        if reply.get("type") == "terminate":
            self._lost()
        return reply

    async def step(self, wanted, attributes="", inside=""):
        """Before there are stanzas: asks until an element of that name comes."""
        reply = await self.post(attributes, inside)
        for _ in range(5):
            found = next((child for child in reply if local(child) in (wanted, "failure")), None)
            if found is not None:
                break
            reply = await self.post()
        if found is None or local(found) == "failure":
            raise AuthRefused(f"no {wanted}")
        return found

    async def connect(self, timeout=10):
        """Returns the full JID. AuthRefused, NotConnected."""
        xmpp = "xmlns:xmpp='urn:xmpp:xbosh'"
        reply = await self.post(f"to='{self.domain}' wait='{WAIT}' hold='1' ver='1.6' xml:lang='en' xmpp:version='1.0' {xmpp}")
        self.sid = reply.get("sid")
        await self.step("success", "", "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>")
        await self.step("features", f"xmpp:restart='true' to='{self.domain}' {xmpp}")
        bound = await self.step("iq", "", "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        self.jid = bound.findtext("{*}bind/{*}jid")
        self.polling = asyncio.create_task(self._poll())
        return self.jid

    async def _poll(self):
        while not self.lost:
            inside = []
            while not self.queue.empty():
                inside.append(self.queue.get_nowait())
            reply = await self.post("", "".join(inside))
            for child in reply:
                self._received(child)
            if not inside and not len(reply) and self.queue.empty():
                await asyncio.sleep(0)

    def send(self, xml):
        self.queue.put_nowait(xml)

    async def close(self):
        if not self.lost and self.polling:
            self.lost = True
            await self.polling
            await self.post("type='terminate'")
