"""Who comes in is decided at the door of the room, whichever way led there: TCP, websocket, BOSH, the guests' host, and Jicofo's HTTP
conference-request, of which Prosody sees nothing but the join that follows: a join without the conference IQ."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemon")]

import test_mod_jmb as base  # noqa: E402
import ws_client  # noqa: E402
from bosh_client import BoshClient  # noqa: E402
from scripted import policy  # noqa: E402
from test_mod_jmb import OPEN, setUpModule, tearDownModule  # noqa: E402,F401
from ws_client import WsClient  # noqa: E402
from xmpp_client import Client, Refused, make_token  # noqa: E402


class Doors(base.Dialogue):
    async def through(self, kind, user=None):
        """Tries a closed room without a word to focus, then, when it is open, comes in. Returns who came in."""
        texts = [("closed", "en", "Closed today."), ("closed", "fr", "Fermé.")]
        await self.component.policies(OPEN + policy(self.room, "boss", admission="closed", refusals=texts))
        client = kind(self.site.env, make_token(self.site.env, self.node, user, "Name") if user else None)
        await client.connect()
        self.clients.append(client)
        with self.assertRaises(Refused) as caught:
            await client.join(self.node, "nick", name="Name", ask_focus=False)
        self.assertEqual((caught.exception.condition, caught.exception.text), ("destroy", "Closed today."))
        refused = await self.component.event("refused", room=self.room, jid=client.jid)
        self.assertEqual((refused.get("reason"), refused.get("user")), ("closed", user))
        self.assertFalse(self.component.named("joined"))
        await self.component.policies(policy(self.room, "boss", admission="open"), "update")
        await client.join(self.node, "nick", name="Name", ask_focus=False)
        joined = await self.component.event("joined", room=self.room, nick="nick")
        self.assertEqual((joined.get("jid"), joined.get("user"), joined.get("role")), (client.jid, user, "moderator" if user == "boss" else "participant"))
        self.assertEqual(client.role(), joined.get("role"))
        return client

    async def test_mod_jmb__door__tcp_of_a_guest(self):
        client = await self.through(Client)
        self.assertIn("@" + self.site.env["GUEST_DOMAIN"], client.jid)

    async def test_mod_jmb__door__tcp_of_a_token(self):
        await self.through(Client, "boss")

    async def test_mod_jmb__door__bosh_of_a_guest(self):
        await self.through(BoshClient)

    async def test_mod_jmb__door__websocket_of_a_guest(self):
        ws_client.install()
        await self.through(WsClient)

    async def test_mod_jmb__door__websocket_of_a_token(self):
        ws_client.install()
        await self.through(WsClient, "boss")


if __name__ == "__main__":
    unittest.main()
