"""What a policy does to its room: lobby, waiting guests, password, subject, personal rooms, tenants, grants; next to neighbours
that want something else. Every client's raw presences are looked at."""

import asyncio
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemon")]

import test_mod_jmb as base  # noqa: E402
from scripted import NS, local, policy  # noqa: E402
from test_mod_jmb import OPEN, setUpModule, tearDownModule  # noqa: E402,F401
from xmpp_client import NS_FOCUS, Refused  # noqa: E402


class Dialogue(base.Dialogue):
    @property
    def lobby(self):
        return self.node + "@" + self.site.env["LOBBY"]

    async def told_to_wait(self, nick, user=None, name=None, **options):
        """Somebody who is sent to the lobby, and is in it now."""
        client = await self.client(user, name)
        with self.assertRaises(Refused) as caught:
            await client.join(self.node, nick, name=name, **options)
        self.assertEqual(caught.exception.condition, "registration-required")
        self.assertIsNone(client.told)
        client.refusal = caught.exception.stanza
        await client.join(self.lobby, nick, name=name, ask_focus=False)
        return client

    async def sent_on(self, client):
        """The lobby goes and names the room: what Jitsi's clients take for 'come in'."""
        gone = await client.wait_for(lambda s: s.find("x/destroy") is not None and s.room == self.lobby, what="end of the lobby")
        self.assertEqual(gone.find("x/destroy").get("jid"), self.room)
        await client.join(self.node, client.nick)

    async def subject(self, client, text):
        await client.wait_for(lambda s: s.name == "message" and s.text("subject") == text, what=f"subject {text}")


class Settings(Dialogue):
    async def test_mod_jmb__lobby__of_a_policy_is_there_for_the_first_guest_and_not_for_moderators(self):
        await self.component.policies(OPEN + policy(self.room, "boss", lobby="true"))
        guest = await self.told_to_wait("eve", name="Eve")
        boss = await self.joined("boss", "boss", name="Boss")
        await self.always("moderator", "boss", boss)
        boss.admit(guest.jid)
        await guest.wait_for(lambda s: s.name == "message" and s.find("x/invite") is not None, what="invitation")
        await guest.join(self.node, "eve", name="Eve")
        await self.always("participant", "eve", boss)
        await self.component.event("knock", nick="eve", main=self.room)

    async def test_mod_jmb__lobby__switched_on_in_a_room_that_is_going_on_puts_nobody_out(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss, bob, eve = await self.joined("boss", "boss", name="Boss"), await self.joined("bob", "bob"), await self.joined("eve")
        await self.component.policies(policy(self.room, "boss", lobby="true"), "update")
        for client in (boss, bob, eve):
            await self.quiet(client)
            self.assertEqual(client.people(), {"boss", "bob", "eve"})
        guest = await self.told_to_wait("gus", name="Gus")
        await self.component.policies(policy(self.room, "bob", lobby="true"), "update")  # a demotion puts nobody out either
        await bob.wait_for_role("bob", "moderator")
        await boss.wait_for_role("boss", "participant")
        await self.component.policies(policy(self.room, "bob"), "update")
        await self.sent_on(guest)
        self.assertEqual(guest.people(), {"boss", "bob", "eve", "gus"})

    async def test_mod_jmb__lobby__that_a_moderator_closed_stays_closed_until_the_policy_changes(self):
        await self.component.policies(OPEN + policy(self.room, "boss", lobby="true"))
        boss = await self.joined("boss", "boss", name="Boss")
        await boss.configure(membersonly="0")
        await self.joined("eve")
        await self.component.policies(policy(self.room, "boss", lobby="true", subject="New"), "update")
        await self.joined("bob")

    async def test_mod_jmb__password__keeps_guests_out_and_lets_focus_moderators_and_who_knows_it_in(self):
        await self.component.policies(OPEN + policy(self.room, "boss", password="s<c&ret'".replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")))
        eve = await self.client()
        for password in (None, "wrong"):
            with self.assertRaises(Refused) as caught:
                await eve.join(self.node, "eve", password=password)
            self.assertEqual(caught.exception.condition, "not-authorized")
        await eve.join(self.node, "eve", password="s<c&ret'")
        boss = await self.joined("boss", "boss")
        await self.always("moderator", "boss", boss, eve)
        self.assertIn("focus", boss.occupants[self.room])
        self.assertNotIn("s<c", " ".join(str(s) for s in boss.stanzas))

    async def test_mod_jmb__password__of_who_creates_the_room_does_not_count(self):
        await self.component.policies(OPEN + policy(self.room, "boss", password="right"))
        eve = await self.client()
        with self.assertRaises(Refused) as caught:
            await eve.join(self.node, "eve", password="own", ask_focus=False)
        self.assertEqual(caught.exception.condition, "not-authorized")

    async def test_mod_jmb__password__changes_live_and_a_moderators_own_stays(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss, eve = await self.joined("boss", "boss"), await self.client()
        await self.component.policies(policy(self.room, "boss", password="one"), "update")
        await boss.wait_for(lambda s: "104" in s.codes, what="changed configuration")
        with self.assertRaises(Refused):
            await eve.join(self.node, "eve")
        await boss.configure(roomsecret="by hand")
        await self.component.policies(policy(self.room, "boss", password="one", maximum="9"), "update")
        with self.assertRaises(Refused):
            await eve.join(self.node, "eve", password="one")
        await self.component.policies(policy(self.room, "boss", password="two"), "update")
        await eve.join(self.node, "eve", password="two")
        await self.component.policies(policy(self.room, "boss"), "update")
        await self.joined("gus")

    async def test_mod_jmb__subject__is_there_for_everybody_and_changes_live(self):
        await self.component.policies(OPEN + policy(self.room, "boss", subject="Stand-up"))
        boss = await self.joined("boss", "boss")
        await self.subject(boss, "Stand-up")
        await self.component.policies(policy(self.room, "boss", subject="Sit-down"), "update")
        await self.subject(boss, "Sit-down")
        eve = await self.joined("eve")
        await self.subject(eve, "Sit-down")

    async def test_mod_jmb__maximum__changes_live(self):
        await self.component.policies(OPEN + policy(self.room, "boss", maximum="1"))
        await self.joined("ann")
        await self.refused("This room is full.", "eve")
        await self.component.policies(policy(self.room, "boss", maximum="2"), "update")
        await self.joined("eve")

    async def test_mod_jmb__settings__survive_a_reload_of_the_module(self):
        await self.component.policies(OPEN + policy(self.room, "boss", subject="Stand-up", password="one", wait="true"))
        guest = await self.told_to_wait("eve")
        await asyncio.to_thread(self.site.reload, "jmb")
        boss = await self.joined("boss", "boss")
        await self.subject(boss, "Stand-up")
        gone = await guest.wait_for(lambda s: s.find("x/destroy") is not None)
        self.assertEqual(gone.find("x/destroy").get("jid"), self.room)


class Waiting(Dialogue):
    def booked(self, **more):
        now = int(time.time())
        return policy(self.room, "boss", admission="booked", opens=now - 60, guests=now + 900, closes=now + 3600,
                      refusals=[("early-guest", "en", "Guests later.")], **more)

    async def test_mod_jmb__wait__guests_wait_for_a_moderator_and_none_is_lost(self):
        await self.component.policies(OPEN + self.booked(wait="true"))
        guests = [await self.told_to_wait(f"guest{n}", "bob" if n == 1 else None) for n in range(4)]
        self.assertIsNotNone(guests[0].refusal.find("error/waiting-for-host"))
        self.assertEqual([e for e in self.component.named("refused") if e.get("room") == self.room], [])
        await self.component.event("knock", nick="guest3", main=self.room)
        boss = await self.joined("boss", "boss")
        for guest in guests:
            await self.sent_on(guest)
        await boss.wait_for_people("boss", "guest0", "guest1", "guest2", "guest3")
        late = await self.joined("late")
        for client in (boss, late, *guests):
            await self.quiet(client)
            for nick in ("guest0", "guest1", "guest2", "guest3", "late"):
                self.never("moderator", nick, client)
            await self.always("moderator", "boss", client)
        await boss.leave()
        await self.joined("later")  # the room stays open

    async def test_mod_jmb__wait__one_on_the_way_to_a_lobby_that_has_gone_is_sent_on(self):
        await self.component.policies(OPEN + self.booked(wait="true"))
        eve = await self.client()
        with self.assertRaises(Refused):
            await eve.join(self.node, "eve")
        await self.joined("boss", "boss")
        with self.assertRaises(Refused) as caught:
            await eve.join(self.lobby, "eve", ask_focus=False)
        self.assertEqual(caught.exception.condition, "destroy")
        self.assertEqual(caught.exception.stanza.find("x/destroy").get("jid"), self.room)
        await eve.join(self.node, "eve")

    async def test_mod_jmb__wait__a_moderator_who_comes_first_makes_no_lobby(self):
        await self.component.policies(OPEN + self.booked(wait="true"))
        await self.joined("boss", "boss")
        await self.joined("eve")

    async def test_mod_jmb__wait__taken_back_lets_everybody_in(self):
        await self.component.policies(OPEN + self.booked(wait="true"))
        eve = await self.told_to_wait("eve")
        await self.component.policies(policy(self.room, "boss"), "update")
        await self.sent_on(eve)

    async def test_mod_jmb__wait__with_a_booked_lobby_the_moderator_admits(self):
        await self.component.policies(OPEN + self.booked(wait="true", lobby="true"))
        eve = await self.told_to_wait("eve", name="Eve")
        boss = await self.joined("boss", "boss", name="Boss")
        await self.quiet(eve)
        self.assertFalse([s for s in eve.stanzas if s.find("x/destroy") is not None])
        boss.admit(eve.jid)
        await eve.wait_for(lambda s: s.name == "message" and s.find("x/invite") is not None, what="invitation")
        await eve.join(self.node, "eve", name="Eve")

    async def test_mod_jmb__wait__is_over_with_the_meeting(self):
        await self.component.policies(OPEN + self.booked(wait="true"))
        eve = await self.told_to_wait("eve")
        await self.component.end(self.room, "e1", "Cancelled, sorry.")
        gone = await eve.wait_for(lambda s: s.find("x/destroy") is not None and s.room == self.lobby)
        self.assertEqual((gone.text("x/destroy/reason"), gone.find("x/destroy").get("jid")), ("Cancelled, sorry.", None))
        await self.refused("This meeting is over.", "eve")

    async def test_mod_jmb__wait__without_a_lobby_is_a_refusal(self):
        await asyncio.to_thread(self.site.shell, f"module:unload('jmb_lobby', '{self.site.env['DOMAIN']}')")
        try:
            await self.component.policies(OPEN + self.booked(wait="true"))
            await self.refused("Guests later.", "eve")
            hellos = len(self.component.hellos)
            hello = await self.component.hello(hellos + 1)
            self.assertEqual([w.get("code") for w in hello if local(w) == "warning"], ["lobby"])
            await self.joined("boss", "boss")
            await self.joined("eve")
        finally:
            await asyncio.to_thread(self.site.shell, f"module:load('jmb_lobby', '{self.site.env['DOMAIN']}')")

    async def test_mod_jmb__owner__a_personal_room_opens_for_its_owner(self):
        texts = [("owner-away", "en", "Alice is not here yet.")]
        await self.component.policies(OPEN + policy(self.room, "alice", admission="owner", refusals=texts))
        await self.refused("Alice is not here yet.", "eve")
        await self.refused("Alice is not here yet.", "bob", "bob")
        refused = await self.component.event("refused", room=self.room, user="bob")
        self.assertEqual(refused.get("reason"), "owner-away")
        alice = await self.joined("alice", "alice")
        eve = await self.joined("eve")
        await self.always("moderator", "alice", alice, eve)
        self.never("moderator", "eve", alice, eve)
        await self.component.policies(policy("more-" + self.room, "alice", admission="owner", wait="true"), "update")
        self.node = "more-" + self.node
        gus = await self.told_to_wait("gus")
        await self.joined("alice", "alice")
        await self.sent_on(gus)


class Doors(Dialogue):
    async def ask(self, client, room):
        return await client.iq(self.site.env["FOCUS_DOMAIN"], f"<conference xmlns='{NS_FOCUS}' room='{room}' machine-uid='x'/>")

    async def test_mod_jmb__conference__says_the_text_in_the_form_that_clients_show(self):
        await self.component.policies(OPEN + policy(self.room, "boss", admission="closed", refusals=[("closed", "en", "Sorry.")]))
        for user in (None, "bob"):
            client = await self.client(user)
            with self.assertRaises(Refused) as caught:
                await self.ask(client, self.room)
            self.assertEqual((caught.exception.condition, caught.exception.text), ("service-unavailable", "Sorry."))
            error = caught.exception.stanza.find("error/reservation-error")
            self.assertEqual((error.tag, error.get("error-code")), (f"{{{NS_FOCUS}}}reservation-error", "403"))
            await self.component.event("refused", jid=client.jid, reason="closed")
        await self.ask(client, "other-" + self.room)

    async def test_mod_jmb__conference__of_a_tenant_is_asked_for_its_own_room(self):
        env = self.site.env
        await self.component.policies(OPEN + policy(f"[t1]{self.room}", admission="closed"))
        client = await self.client()
        with self.assertRaises(Refused):
            await self.ask(client, f"{self.node}@conference.t1.{env['DOMAIN']}")
        with self.assertRaises(Refused):
            await self.ask(client, f"[t1]{self.room}")
        await self.ask(client, self.room)

    async def test_mod_jmb__conference__nonsense_goes_on_to_focus_and_breaks_nothing(self):
        client = await self.client()
        for room in ("", "@", "no room", "x@elsewhere.example", self.site.env["MUC"], "%00@" + self.site.env["MUC"]):
            try:
                await client.iq(self.site.env["FOCUS_DOMAIN"], f"<conference xmlns='{NS_FOCUS}' room='{room}'/>", timeout=1)
            except (Refused, asyncio.TimeoutError):
                pass
        await self.joined("ann")
        self.assertNotIn("Error in conference", self.site.log("prosody"))

    async def test_mod_jmb__names__encoded_upper_case_and_plain_are_one_room(self):
        env = self.site.env
        await self.component.policies(OPEN + policy(f"réunion {self.node}@{env['MUC']}", admission="closed"))
        for node in (f"r%c3%a9union%20{self.node}", f"réunion%20{self.node}"):
            eve = await self.client()
            with self.assertRaises(Refused) as caught:
                await eve.join(f"{node}@{env['MUC']}", "eve")
            self.assertEqual(caught.exception.text, "This room is closed.")
        await self.component.policies(policy(f"réunion {self.node}@{env['MUC']}", "boss"), "update")
        boss = await self.client("boss", room="*")
        await boss.join(f"r%c3%a9union%20{self.node}@{env['MUC']}", "boss")
        await self.always("moderator", "boss", boss)
        said = await self.component.say(f"réunion {self.node}@{env['MUC']}", "k", "Bonjour")
        self.assertEqual(said.get("said"), "1")
        ended = await self.component.end(f"réunion {self.node}@{env['MUC']}", "e")
        self.assertEqual(ended.get("ended"), "1")

    async def test_mod_jmb__replace__with_more_to_come_leaves_no_gap(self):
        await self.component.policies(OPEN + policy(self.room, "boss", admission="closed") + policy("gone-" + self.room, admission="closed"))
        revision = self.component.revision + 10
        await self.component.command(f"<policies xmlns='{NS}' action='replace' revision='{revision}' more='true'>{OPEN}</policies>")
        await self.refused("This room is closed.", "eve")
        await self.component.command(f"<policies xmlns='{NS}' action='update' revision='{revision + 1}'>"
                                     + policy(self.room, admission="closed", reason="cancelled") + "</policies>")
        await self.refused("This meeting was cancelled.", "bob", "bob")
        self.node = "gone-" + self.node
        await self.joined("eve")
        self.component.revision = revision + 1

    async def test_mod_jmb__replace__that_stops_half_way_leaves_none_after_a_restart_either(self):
        await self.component.policies(OPEN + policy(self.room, "boss", admission="closed") + policy("gone-" + self.room, admission="closed"))
        revision = self.component.revision + 10
        await self.component.command(f"<policies xmlns='{NS}' action='replace' revision='{revision}' more='true'>{OPEN}"
                                     + policy("other-" + self.room, admission="closed") + "</policies>")
        await self.component.close()
        for again in (lambda: self.site.restart_prosody(), lambda: self.site.restart_prosody(), lambda: self.site.reload("jmb")):
            await asyncio.to_thread(again)
            await self.refused("This room is closed.", "eve")
        await self.reconnect(revision=revision)
        self.assertEqual(self.component.hellos[0].get("policies"), str(revision))
        await self.component.command(f"<policies xmlns='{NS}' action='update' revision='{revision + 1}'>" + policy(self.room, admission="closed") + "</policies>")
        self.component.revision = revision + 1
        await asyncio.to_thread(self.site.restart_prosody)  # it is complete: what it did not name is no more
        await self.refused("This room is closed.", "eve")
        node = self.node
        self.node = "other-" + node
        await self.refused("This room is closed.", "eve")
        self.node = "gone-" + node
        await self.joined("eve")


class Grants(Dialogue):
    async def delegable(self, *people):
        await self.component.policies(OPEN + policy(self.room, "boss", "chief", moderation="delegable"))
        return [await self.joined(*([p, p] if p in ("boss", "bob", "chief") else [p])) for p in people]

    async def granted(self, granter, nick, client):
        await granter.wait_for(lambda s: nick in granter.people() or s.nick == nick)
        await granter.grant(nick)
        await client.wait_for_role(nick, "moderator")

    async def test_mod_jmb__delegable__who_was_granted_grants_nobody(self):
        boss, bob, eve, gus = await self.delegable("boss", "bob", "eve", "gus")
        await self.granted(boss, "bob", bob)
        await bob.wait_for_people("boss", "bob", "eve", "gus")
        for doing in (bob.grant("eve"), bob.grant("eve", "admin"), bob.set_role("eve", "moderator")):
            with self.assertRaises(Refused) as caught:
                await doing
            self.assertEqual(caught.exception.condition, "not-allowed")
        for doing in (boss.grant("eve", "admin"), boss.set_role("eve", "moderator")):
            with self.assertRaises(Refused):  # the web client's grant is owner, nothing else is one
                await doing
        for client in (boss, bob, eve, gus):
            await self.quiet(client)
            self.never("moderator", "eve", client)
            self.never("moderator", "gus", client)

    async def test_mod_jmb__delegable__of_a_guest_stands_for_that_session_only(self):
        boss, eve = await self.delegable("boss", "eve")
        await self.granted(boss, "eve", eve)
        await eve.leave()
        eve.roles_seen.clear()
        await eve.join(self.node, "eve")  # the same session
        await self.always("moderator", "eve", eve)
        other = await self.joined("eve2")
        await self.quiet(other)
        self.never("moderator", "eve2", other, boss)

    async def test_mod_jmb__delegable__of_an_identity_holds_on_every_device(self):
        boss, bob = await self.delegable("boss", "bob")
        tablet = await self.joined("tablet", "bob")
        await self.granted(boss, "bob", bob)
        await tablet.wait_for_role("tablet", "moderator")
        phone = await self.joined("phone", "bob")
        await self.always("moderator", "phone", phone, boss)
        copied = await self.joined("copied")  # the same page without the token
        await self.quiet(copied)
        self.never("moderator", "copied", copied, boss, bob)
        await boss.grant("bob", "none")
        for client, nick in ((bob, "bob"), (tablet, "tablet"), (phone, "phone")):
            await client.wait_for_role(nick, "participant")

    async def test_mod_jmb__delegable__ends_with_the_instance_of_the_room(self):
        boss, bob = await self.delegable("boss", "bob")
        await self.granted(boss, "bob", bob)
        await bob.leave()
        await boss.leave()
        await self.component.event("closed", room=self.room)
        await bob.join(self.node, "bob")
        await self.quiet(bob)
        self.assertEqual(bob.roles_seen["bob"][-1][0], "participant")

    async def test_mod_jmb__delegable__a_listed_one_who_left_lets_grants_stand(self):
        boss, bob, eve = await self.delegable("boss", "bob", "eve")
        await self.granted(boss, "bob", bob)
        await boss.leave()
        await bob.leave()
        again = await self.joined("bob2", "bob")
        await self.always("moderator", "bob2", again, eve)
        with self.assertRaises(Refused):
            await again.grant("eve")

    async def test_mod_jmb__delegable__a_kick_by_a_listed_one_takes_the_grant(self):
        boss, bob = await self.delegable("boss", "bob")
        await self.granted(boss, "bob", bob)
        await boss.set_role("bob", "none")
        await self.component.event("left", nick="bob")
        again = await self.joined("bob2", "bob")
        await self.quiet(again)
        self.never("moderator", "bob2", again, boss)

    async def test_mod_jmb__delegable__who_was_granted_cannot_take_from_the_listed(self):
        boss, bob, chief = await self.delegable("boss", "bob", "chief")
        await self.granted(boss, "bob", bob)
        await bob.wait_for_people("boss", "bob", "chief")
        for doing in (bob.grant("chief", "none"), bob.grant("chief", "member"), bob.set_role("chief", "participant")):
            with self.assertRaises(Refused):
                await doing
        await self.always("moderator", "chief", boss, bob, chief)
        await bob.grant("bob", "none")  # their own they may give back
        await bob.wait_for_role("bob", "participant")

    async def test_mod_jmb__delegable__holds_in_breakout_rooms_both_ways(self):
        boss, bob, eve = await self.delegable("boss", "bob", "eve")
        await self.granted(boss, "bob", bob)
        breakout = await base.Moderation.breakout_of(self, boss)
        for client in (eve, bob, boss):
            await client.leave()
            client.roles_seen.clear()
            client.stanzas.clear()
            await client.join(breakout, client.nick)
        await self.always("moderator", "bob", bob, boss, eve)
        self.never("moderator", "eve", boss, bob, eve)
        await boss.wait_for_people("boss", "bob", "eve")
        with self.assertRaises(Refused):
            await bob.grant("eve")
        self.never("moderator", "eve", boss, bob, eve)

    async def test_mod_jmb__delegable__without_a_listed_one_nobody_moderates(self):
        for mode in ("first", "token", "none"):
            with self.subTest(mode):
                await asyncio.to_thread(self.site.focus_mode, mode)
                self.node += "-" + mode
                bob, eve = await self.delegable("bob", "eve")
                for client in (bob, eve):
                    await client.focus_settled()
                    self.never("moderator", "bob", client)
                    self.never("moderator", "eve", client)
        await asyncio.to_thread(self.site.focus_mode, "first")


class Crowd(Dialogue):
    async def test_mod_jmb__snapshot__of_a_crowd_goes_over_several_stanzas(self):
        await self.joined("ann")
        await self.component.event("joined", nick="ann")
        crowd = ("for n = 1, 1500 do saved.rooms['%s'].people['crowd' .. n] = { jid = 'crowd' .. n .. '@guest.meet.jmb.test/res', kind = 'participant', "
                 "name = ('x'):rep(50), role = 'participant', joined = '1795406391000' } end" % self.room)
        find = f"local saved = prosody.hosts['{self.site.env['COMPONENT']}'].modules.jmb.module.save(); "
        await asyncio.to_thread(self.site.shell, "> " + find + crowd)
        await self.component.close()
        await self.reconnect(resume=lambda hello: None)
        snapshots = self.component.snapshots
        await self.component.until(lambda: snapshots and snapshots[-1].get("done"), 20, "snapshot")
        self.component.resume = lambda hello: self.component.stored[hello.get("boot")]
        parts = [room for snapshot in snapshots for room in snapshot if room.get("jid") == self.room]
        self.assertGreater(len(parts), 2)
        self.assertEqual(len({part.get("instance") for part in parts}), 1)
        nicks = [person.get("nick") for part in parts for person in part]
        self.assertEqual((len(nicks), len(set(nicks))), (1501, 1501))
        rooms = {room.get("jid") for snapshot in snapshots for room in snapshot}
        self.assertEqual(snapshots[-1].get("count"), str(len(rooms)))


class Robust(Dialogue):
    async def test_mod_jmb__stanzas__of_any_kind_leave_the_stream_up(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        muc, xmpp = self.site.env["MUC"], self.component.xmpp
        deep = "<a>" * 200 + "</a>" * 200
        boot = self.component.hellos[0].get("boot")
        for payload in ("", "<say/>", "<say xmlns='urn:jmb:rooms:0'/>", "<say xmlns='urn:jmb:rooms:2' key='k'/>", f"<hello xmlns='{NS}' boot='{boot}'/>",
                        f"<events xmlns='{NS}' boot='{boot}' last='999999999999'/>", f"<policies xmlns='{NS}'>{deep}</policies>",
                        f"<policies xmlns='{NS}' action='replace' revision='999999999999999999999'/>", f"<say xmlns='{NS}' key='{'k' * 5000}'/>",
                        f"<end xmlns='{NS}' key='e' room='{'x' * 3000}@{muc}'/>", f"<policies xmlns='{NS}' action='update' revision='1'><policy/></policies>",
                        f"<say xmlns='{NS}' key='k' room='{self.room}'><body>{'x' * 100000}</body></say>", f"<snapshot xmlns='{NS}'/>"):
            for to in (muc, self.room, self.room + "/nick", self.site.env["COMPONENT"]):
                for type in ("set", "get", "result", "error"):
                    xmpp.send_raw(f"<iq type='{type}' id='n{next(self.component._ids)}' from='{self.site.env['COMPONENT']}' to='{to}'>{payload}</iq>")
            xmpp.send_raw(f"<message from='{self.site.env['COMPONENT']}' to='{muc}'>{payload}</message>")
            xmpp.send_raw(f"<presence from='x@{self.site.env['COMPONENT']}/y' to='{self.room}/z'>{payload}</presence>")
        boss = await self.joined("boss", "boss")
        await self.always("moderator", "boss", boss)
        await self.component.event("joined", nick="boss")
        self.assertEqual(len(self.component.hellos) and self.component.hellos[-1].get("boot"), boot)

    async def test_mod_jmb__hello__of_another_version_is_not_understood_and_logged_once(self):
        await self.component.close()
        spoken = ["2", "0", "x", None]

        def _hello(payload):
            number = spoken.pop(0) if spoken else "1"
            version = f"version='{number}'" if number else ""
            return f"<hello xmlns='{NS}' {version} resume='{int(payload.get('last')) - int(payload.get('held'))}' now='1'/>"
        before = self.site.log("prosody").count("of the protocol, mod_jmb 1 to 1")
        await self.reconnect(_hello=_hello)
        ann = await self.joined("ann")
        await self.component.event("joined", nick="ann", timeout=60)
        self.assertGreaterEqual(len(self.component.hellos), 5)
        self.assertLessEqual(self.site.log("prosody").count("of the protocol, mod_jmb 1 to 1") - before, 1)
        self.assertIsNotNone(ann.jid)

    async def test_mod_jmb__component__that_is_refused_takes_nothing_from_the_one_that_is_there(self):
        await asyncio.to_thread(self.site.reload, "jmb")  # from here on the module has not seen the other one connect
        hellos = len(self.component.hellos)
        await self.component.hello(hellos + 1)
        lines = self.site.log("prosody").count("went away")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.site.env["COMPONENT_PORT"]))
        writer.write((f"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{self.site.env['COMPONENT']}'>"
                      "<handshake>wrong</handshake>").encode())
        self.assertIn(b"not-authorized", await reader.read())
        writer.close()
        await self.joined("ann")
        await self.component.event("joined", nick="ann")
        self.assertEqual(self.site.log("prosody").count("went away"), lines)

    async def test_mod_jmb__refusals_of_commands__are_logged_at_most_once_a_minute(self):
        for _ in range(20):
            await self.denied("bad-request", "key", self.component.say(self.room, "", "x"))
        self.assertLessEqual(self.site.log("prosody").count("say is refused: say: key is missing"), 1)

    async def test_mod_jmb__accounts__are_identities_where_the_administrator_says_so(self):
        env = self.site.env
        await self.configured(f'jmb_account_domains = {{ "{env["DOMAIN"]}" }}')
        try:
            bob = await self.client("bob")
            account = bob.jid.partition("@")[0]
            await self.component.policies(OPEN + f"<policy room='{self.room}' admission='open' moderation='strict'><moderator account='{account}'/></policy>")
            await bob.join(self.node, "bob")
            await self.always("moderator", "bob", bob)
            event = await self.component.event("joined", nick="bob")
            self.assertEqual((event.get("account"), event.get("user")), (account, "bob"))
            eve = await self.joined("eve")
            await self.quiet(eve)
            self.never("moderator", "eve", eve)
        finally:
            await self.configured()


if __name__ == "__main__":
    unittest.main(verbosity=1)
