"""Who comes in is decided at the door of the room, whichever way led there: TCP, websocket, BOSH, the guests' host, and Jicofo's HTTP
conference-request, of which Prosody sees nothing but the joins that follow: that of focus, then one without a conference IQ."""

import asyncio
import pathlib
import sys
import time
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

    async def test_mod_jmb__door__bosh_of_a_token(self):
        await self.through(BoshClient, "boss")

    async def test_mod_jmb__door__websocket_of_a_guest(self):
        ws_client.install()
        await self.through(WsClient)

    async def test_mod_jmb__door__websocket_of_a_token(self):
        ws_client.install()
        await self.through(WsClient, "boss")

    async def test_mod_jmb__door__a_token_that_nobody_checked_opens_none(self):
        """On the guests' host nobody looks at a token, and yet Jitsi notes what the address of the websocket says is one."""
        ws_client.install()
        await self.component.policies(OPEN + policy(self.room, "boss", admission="signed-in", refusals=[("sign-in", "en", "Please sign in.")]))
        await self.joined("boss", "boss")
        for kind in (WsClient, BoshClient):
            for token in ("never.signed.it", make_token(self.site.env, self.node, "boss", "Boss")):
                with self.subTest(kind=kind.__name__, token=token[:5]):
                    client = kind(self.site.env, token)
                    client.domain = self.site.env["GUEST_DOMAIN"]
                    await client.connect()
                    self.clients.append(client)
                    with self.assertRaises(Refused) as caught:
                        await client.join(self.node, "eve", name="Eve")
                    self.assertEqual((caught.exception.condition, caught.exception.text), ("destroy", "Please sign in."))
                    refused = await self.component.event("refused", room=self.room, jid=client.jid)
                    self.assertEqual((refused.get("reason"), refused.get("user")), ("sign-in", None))


class SelfMade(base.Dialogue):
    """Who comes by Matrix (auth_hybrid_matrix_token, auth_matrix_user_verification) has signed the token themselves, with a word that
    everybody knows: Prosody asks Matrix who they are, but the id and the name in the token are what they wrote there."""

    async def with_fields(self, fields):
        client = await self.client()
        await asyncio.to_thread(self.site.shell, f"> local s = prosody.full_sessions['{client.jid}']; {fields}")
        return client

    MATRIX = ("s.auth_token, s.jitsi_meet_room, s.jitsi_meet_domain, s.public_key = 'a.b.c', '*', 'meet.example', 'notused'; "
              "s.jitsi_meet_context_user = { id = 'boss', name = 'Mallory' }; ")

    async def is_nobody(self, fields, signed_in):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss = await self.joined("boss", "boss")
        mallory = await self.with_fields(fields)
        await mallory.join(self.node, "mallory", name="Boss")
        joined = await self.component.event("joined", nick="mallory")
        self.assertEqual((joined.get("user"), joined.get("user-name"), joined.get("name"), joined.get("role")), (None, None, "Boss", "participant"))
        await mallory.focus_settled()
        self.never("moderator", "mallory", mallory, boss)
        await mallory.leave()
        await self.component.policies(OPEN + policy(self.room, "boss", admission="signed-in", refusals=[("sign-in", "en", "Sign in.")]))
        if signed_in:
            await mallory.join(self.node, "mallory", ask_focus=False)
        else:
            with self.assertRaises(Refused) as caught:
                await mallory.join(self.node, "mallory", ask_focus=False)
            self.assertEqual(caught.exception.text, "Sign in.")

    async def test_mod_jmb__matrix__is_signed_in_and_nobody_in_particular(self):
        await self.is_nobody(self.MATRIX + "s.jitsi_meet_context_matrix = { room_id = '!abc:matrix.example' }", True)

    async def test_mod_jmb__matrix__of_the_older_module_is_nobody_in_particular_either(self):
        await self.is_nobody(self.MATRIX + "s.auth_matrix_user_verification_is_owner = true", True)

    async def test_mod_jmb__matrix__that_failed_and_a_second_try_without_a_token_leave_no_identity(self):
        """The token module has noted by then who the token says that it is, and takes only the token back."""
        await self.is_nobody(self.MATRIX + "s.auth_token = nil", False)

    async def test_mod_jmb__token__that_was_taken_back_leaves_no_identity(self):
        await self.is_nobody(self.MATRIX + "s.auth_token, s.public_key = nil, nil", False)


class Breakouts(base.Dialogue):
    """A breakout room is no way around what the main room asks."""

    async def test_mod_jmb__breakout__entered_directly_is_judged_as_the_main_room(self):
        texts = {reason: f"{reason}!" for reason in ("closed", "over", "early", "early-guest", "full", "sign-in", "owner-away")}

        def rule(**attributes):
            return policy(self.room, "boss", refusals=[(reason, "en", text) for reason, text in texts.items()], **attributes)
        await self.component.policies(OPEN + rule())
        self.component.only = ""  # a breakout room has another name
        boss = await self.joined("boss", "boss")
        breakout = await base.Moderation.breakout_of(self, boss)
        soon, past = str(int(time.time()) + 3600), str(int(time.time()) - 3600)
        eve = await self.client()
        for reason, attributes in (("closed", {"admission": "closed"}), ("over", {"admission": "booked", "closes": past}),
                                   ("early", {"admission": "booked", "opens": soon}), ("early-guest", {"admission": "booked", "guests": soon}),
                                   ("full", {"maximum": "1"}), ("sign-in", {"admission": "signed-in"})):
            with self.subTest(reason):
                await self.component.policies(rule(**attributes), "update")
                with self.assertRaises(Refused) as caught:
                    await eve.ask_focus(breakout)
                self.assertEqual(caught.exception.text, texts[reason])
                with self.assertRaises(Refused) as caught:
                    await eve.join(breakout, "eve", ask_focus="http")
                self.assertEqual((caught.exception.condition, caught.exception.text), ("destroy", texts[reason]))
                refused = await self.component.event("refused", room=breakout, reason=reason)
                self.assertEqual((refused.get("main"), refused.get("jid")), (self.room, eve.jid))
        self.assertFalse([event for event in self.component.named("opened") if event.get("kind") == "breakout"])

    async def test_mod_jmb__breakout__goes_past_no_lobby(self):
        await self.component.policies(OPEN + policy(self.room, "boss", lobby="true"))
        boss, _ = await self.joined("boss", "boss", name="Boss"), await self.joined("tablet", "boss", name="Boss")
        breakout = await base.Moderation.breakout_of(self, boss)
        eve = await self.client()
        for ask in (True, "http"):
            with self.assertRaises(Refused) as caught:
                await eve.join(breakout, "eve", name="Eve", ask_focus=ask)
            self.assertEqual(caught.exception.condition, "registration-required")
        await boss.leave()
        await boss.join(breakout, "boss")
        self.assertEqual((boss.people(), boss.role()), ({"boss"}, "moderator"))


class Places(base.Dialogue):
    """The maximum of a room: who changes over to a breakout room and back, or comes back after their connection died, has a place."""

    async def full(self, client, nick, **options):
        with self.assertRaises(Refused) as caught:
            await client.join(self.node, nick, **options)
        self.assertEqual((caught.exception.condition, caught.exception.text), ("destroy", "This room is full."))

    async def test_mod_jmb__full__who_changes_over_to_a_breakout_and_back_keeps_the_place(self):
        self.component.only = ""  # a breakout room has another name
        await self.component.policies(OPEN + policy(self.room, "boss", maximum=3))
        boss, ann, bob, eve = await self.joined("boss", "boss"), await self.joined("ann"), await self.joined("bob"), await self.client()
        breakout = await base.Moderation.breakout_of(self, boss)
        for away, back in ((self.room, breakout), (breakout, self.room)) * 2:
            for client in (ann, bob):
                self.assertEqual(client.room, away)
                await client.leave()
            await self.full(eve, "eve")  # both are under way
            await ann.join(back, "ann")
            await self.full(eve, "eve")
            await bob.join(back, "bob")
            await self.full(eve, "eve")

    async def test_mod_jmb__full__who_left_without_a_breakout_to_go_to_gives_up_the_place(self):
        await self.component.policies(OPEN + policy(self.room, "boss", maximum=2))
        await self.joined("ann")
        bob, eve = await self.joined("bob"), await self.client()
        await self.full(eve, "eve")
        await bob.leave()
        await eve.join(self.node, "eve")
        await self.full(bob, "bob")

    async def test_mod_jmb__full__who_comes_back_before_the_dead_connection_is_gone_has_a_place(self):
        """Prosody believes for a minute that who vanished is still there."""
        await self.component.policies(OPEN + policy(self.room, "boss", maximum=3))
        ghost, bob, eve = await self.joined("ghost", "carol"), await self.joined("bob", "bob"), await self.joined("eve")
        await self.full(await self.client("dan"), "dan")
        again = await self.joined("again", "carol")
        await again.wait_for_people("ghost", "bob", "eve", "again")
        await self.full(await self.client("carol"), "third")  # one more than the room holds, and no more
        await self.full(await self.client("bob"), "second")
        await bob.leave()
        await ghost.leave()
        await eve.wait_for_people("eve", "again")
        await self.joined("dan", "dan")


class ByHttp(base.Dialogue):
    """Jicofo is asked past Prosody: it makes the room and sits in it alone until somebody comes."""

    async def in_mode(self, mode):
        await asyncio.to_thread(self.site.focus_mode, mode)
        self.addAsyncCleanup(asyncio.to_thread, self.site.focus_mode, "first")
        await self.component.policies(OPEN + policy(self.room, "boss", "chief", admission="closed", refusals=[("closed", "en", "Closed today.")]))
        eve = await self.client()
        with self.assertRaises(Refused) as caught:
            await eve.join(self.node, "eve", ask_focus="http")
        self.assertEqual((caught.exception.condition, caught.exception.text, eve.told), ("destroy", "Closed today.", None))
        refused = await self.component.event("refused", room=self.room, jid=eve.jid)
        self.assertEqual(refused.get("reason"), "closed")
        self.assertFalse(self.component.named("opened"))  # a room of focus alone is none
        await self.component.policies(policy(self.room, "boss", "chief"), "update")
        await eve.join(self.node, "eve", ask_focus="http")
        self.assertIn("focus", eve.occupants[self.room])
        bob, boss, chief = [await self.joined(nick, nick, ask_focus="http") for nick in ("bob", "boss", "chief")]
        tablet = await self.joined("tablet", "boss", ask_focus="http")
        everybody = [eve, bob, boss, chief, tablet]
        for client in everybody:
            await client.wait_for_people("eve", "bob", "boss", "chief", "tablet")
            await client.focus_settled()
        for client in (boss, tablet, chief):
            await client.leave()
            await eve.focus_settled()
        await bob.focus_settled()
        for nick in ("eve", "bob"):
            self.never("moderator", nick, *everybody)
        for nick, seen_by in (("boss", everybody), ("chief", everybody), ("tablet", everybody)):
            await self.always("moderator", nick, *seen_by)
        again = await self.joined("again", "boss", ask_focus="http")
        await self.always("moderator", "again", again, eve, bob)
        self.assertEqual(len(self.component.named("opened")), 1)
        self.assertEqual([event.get("nick") for event in self.component.named("joined")], ["eve", "bob", "boss", "chief", "tablet", "again"])

    async def test_mod_jmb__http_request__focus_elects_the_first(self):
        await self.in_mode("first")

    async def test_mod_jmb__http_request__focus_elects_tokens(self):
        await self.in_mode("token")

    async def test_mod_jmb__http_request__focus_elects_nobody(self):
        await self.in_mode("none")

    async def test_mod_jmb__http_request__makes_a_room_that_needs_no_question_to_prosody(self):
        """Without any policy, too, and not a stanza of a client but its joins."""
        eve = await self.client()
        connected = len(eve.stanzas)
        answer = await eve.ask_focus_by_http(self.room)
        self.assertEqual((answer["ready"], answer["room"]), (True, self.room))
        await eve.join(self.node, "eve", ask_focus=False)
        await eve.wait_for_role("eve", "moderator")  # as without JMB
        await self.component.event("joined", room=self.room, nick="eve")
        self.assertFalse([s for s in eve.stanzas[connected:] if s.name == "iq"])


if __name__ == "__main__":
    unittest.main()
