"""WsClient: a Participant (xmpp_client.py) whose stream is Jitsi's own library, strophe.js, over websocket.

As the Jitsi web client does: the token in the URL of the websocket, SASL ANONYMOUS on the main domain; a guest without a
token on the guest domain. ws_client.mjs is the other end of a pipe. Needs node and `npm ci` in tests/daemon (install()).
"""

import asyncio
import fcntl
import json
import pathlib
import shutil
import subprocess
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

from xmpp_client import AuthRefused, NotConnected, Participant

HERE = pathlib.Path(__file__).resolve().parent


def install():
    """npm ci, when it was not done for this lock file yet."""
    wanted, done = HERE / "package-lock.json", HERE / "node_modules/.package-lock.json"
    with open(wanted) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test programs run side by side
        if done.exists() and done.stat().st_mtime >= wanted.stat().st_mtime:
            return
        if not shutil.which("npm"):
            raise RuntimeError("npm is not there: tests/daemon/need check")
        npm = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True)
        if npm.returncode:
            raise RuntimeError("npm ci in tests/daemon: " + npm.stderr)


class WsClient(Participant):
    def __init__(self, env, token=None, shard=1, url_room=None):
        """url_room: the room= of the URL, as the web client gives it."""
        super().__init__(env, token, shard)
        self.url_room = url_room
        self.child = self.reader = None
        self.begun = None

    async def connect(self, timeout=30):
        """Returns the full JID. AuthRefused, NotConnected."""
        query = {}
        if self.url_room:
            query["room"] = self.url_room
        if self.token is not None:
            query["token"] = self.token
        url = self.env["WS_URL" + self.suffix] + ("?" + urlencode(query) if query else "")
        self.begun = asyncio.get_running_loop().create_future()
        self.child = await asyncio.create_subprocess_exec(
            "node", str(HERE / "ws_client.mjs"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=2**24)
        self.reader = asyncio.create_task(self._read())
        self._tell(do="connect", url=url, domain=self.domain)
        try:
            self.jid = await asyncio.wait_for(self.begun, timeout)
        except BaseException:
            await self._end()
            raise
        return self.jid

    async def _read(self):
        while line := await self.child.stdout.readline():
            event = json.loads(line)
            if event["is"] == "stanza":
                self._received(ET.fromstring(event["xml"]))
            elif event["is"] == "connected" and not self.begun.done():
                self.begun.set_result(event["jid"])
            elif event["is"] in ("authfail", "failed", "disconnected"):
                self._fail(AuthRefused(event["why"]) if event["is"] == "authfail" else NotConnected(event["why"]))
        self._fail(NotConnected("the websocket client ended"))

    def _fail(self, problem):
        if not self.begun.done():
            self.begun.set_exception(problem)
        self._lost()

    def _tell(self, **command):
        self.child.stdin.write(json.dumps(command).encode() + b"\n")

    def send(self, xml):
        self._tell(do="send", xml=xml)

    async def close(self):
        """Ends the stream as a closed browser tab that had the time to say so."""
        if self.child and self.child.returncode is None and not self.lost:
            self._tell(do="close")
            await self._end(20)
        elif self.child:
            await self._end()

    def vanish(self):
        """Drops the socket without a word."""
        self.lost = True
        if self.child.returncode is None:
            self.child.kill()

    async def _end(self, patience=0):
        if patience:
            try:
                await asyncio.wait_for(self.child.wait(), patience)
            except asyncio.TimeoutError:
                pass
        if self.child.returncode is None:
            self.child.kill()
        await self.child.wait()
        await self.reader
