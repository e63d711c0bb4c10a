"""Rights hang on who somebody is: not on the nick they wear, not on what they ask the room for, not on an address that stands for many."""

import asyncio
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemon")]

import test_mod_jmb as base  # noqa: E402
from scripted import local, policy  # noqa: E402
from test_mod_jmb import OPEN, setUpModule, tearDownModule  # noqa: E402,F401
from xmpp_client import NS_ADMIN, NS_OWNER, Refused  # noqa: E402


class Dialogue(base.Dialogue):
    async def meeting(self, moderation="strict", **attributes):
        """Two who are booked, one with a token who is not, one without."""
        await self.component.policies(OPEN + policy(self.room, "boss", "chief", moderation=moderation, **attributes))
        people = [await self.joined("boss", "boss"), await self.joined("chief", "chief"), await self.joined("bob", "bob"), await self.joined("eve")]
        for client in people:
            await client.wait_for_people("boss", "chief", "bob", "eve")
        return people

    async def settled(self, *clients):
        for client in clients:
            await client.focus_settled()

    def forget(self, *clients):
        """From here on only what comes now counts."""
        for client in clients:
            client.roles_seen.clear()

    async def renames(self, client, nick, name=None):
        """A change of nick; awaits that the client has it, or raises Refused."""
        before, after = client.nick, len(client.stanzas)
        client.nick = nick
        client.presence(name=name)
        reply = await client.wait_for(lambda s: s.name == "presence" and s.nick == nick and (s.type == "error" or "110" in s.codes), after=after,
                                      what="answer to the change of nick")
        if reply.type == "error":
            client.nick = before
            raise Refused(*reply.error, reply)


class Nicks(Dialogue):
    async def test_mod_jmb__nick__of_a_moderator_who_is_there_is_not_to_be_had(self):
        boss, chief, bob, eve = people = await self.meeting()
        for client in (bob, eve):
            with self.assertRaises(Refused) as caught:
                await self.renames(client, "boss")
            self.assertEqual(caught.exception.condition, "conflict")
        await self.settled(*people)
        for nick, role in (("boss", "moderator"), ("chief", "moderator"), ("bob", "participant"), ("eve", "participant")):
            await self.always(role, nick, *people)
        late = await self.client()
        with self.assertRaises(Refused) as caught:
            await late.join(self.node, "boss")
        self.assertEqual(caught.exception.condition, "conflict")

    async def takes_the_nick_of_who_left(self, mode):
        await asyncio.to_thread(self.site.focus_mode, mode)
        self.addAsyncCleanup(asyncio.to_thread, self.site.focus_mode, "first")
        boss, chief, bob, eve = await self.meeting()
        await boss.leave()
        await chief.leave()
        for client in (bob, eve):
            await client.wait_for_people("bob", "eve")
        self.forget(bob, eve)
        await self.renames(eve, "boss")
        await self.renames(bob, "chief")
        await self.settled(bob, eve)
        for nick in ("boss", "chief"):
            await self.always("participant", nick, bob, eve)
        joined, renamed = await self.component.event("joined", nick="eve"), await self.component.event("renamed", nick="eve", to="boss")
        self.assertEqual((joined.get("role"), joined.get("user"), joined.get("jid"), joined.get("instance")), ("participant", None, eve.jid, renamed.get("instance")))
        self.assertEqual([event for event in self.component.named("role") if event.get("nick") == "boss"], [])
        again = await self.joined("again", "boss")
        await self.settled(again, bob, eve)
        await self.always("moderator", "again", again, bob, eve)
        for nick in ("boss", "chief"):
            await self.always("participant", nick, again, bob, eve)
        self.assertEqual(again.people(), {"again", "boss", "chief"})

    async def test_mod_jmb__nick__of_moderators_who_left_brings_no_rights_when_focus_elects_the_first(self):
        await self.takes_the_nick_of_who_left("first")

    async def test_mod_jmb__nick__of_moderators_who_left_brings_no_rights_when_focus_elects_tokens(self):
        await self.takes_the_nick_of_who_left("token")

    async def test_mod_jmb__nick__of_moderators_who_left_brings_no_rights_when_focus_elects_nobody(self):
        await self.takes_the_nick_of_who_left("none")

    async def test_mod_jmb__nick__that_a_moderator_changes_from_brings_none_and_the_moderator_stays(self):
        boss, chief, bob, eve = people = await self.meeting()
        self.forget(*people)
        await self.renames(boss, "olivia")
        for client in people:
            await client.wait_for_people("olivia", "chief", "bob", "eve")
        self.forget(*people)
        await self.renames(eve, "boss")
        for client in people:
            await client.wait_for_people("olivia", "chief", "bob", "boss")
        await self.settled(*people)
        await self.always("participant", "boss", *people)
        await boss.set_role("bob", "none")  # what moderators do
        for client in (boss, chief, eve):
            await client.wait_for_people("olivia", "chief", "boss")
        joined, renamed = await self.component.event("joined", nick="boss"), await self.component.event("renamed", nick="boss", to="olivia")
        self.assertEqual((joined.get("user"), joined.get("role"), joined.get("instance")), ("boss", "moderator", renamed.get("instance")))
        self.assertEqual([event for event in self.component.named("role") if event.get("nick") == "olivia"], [])

    async def test_mod_jmb__nick__of_one_who_was_granted_brings_no_grant(self):
        boss, chief, bob, eve = people = await self.meeting("delegable")
        await boss.grant("bob")
        await bob.wait_for_role("bob", "moderator")
        await bob.leave()
        for client in (boss, chief, eve):
            await client.wait_for_people("boss", "chief", "eve")
        self.forget(*people)
        await self.renames(eve, "bob")
        await self.settled(boss, chief, eve)
        await self.always("participant", "bob", boss, chief, eve)
        again = await self.joined("again", "bob")
        await self.always("moderator", "again", again, boss, chief, eve)


class Renamed(Dialogue):
    """Who takes another nick goes on with the stay that they have, in the instance of the room that it is."""

    def told(self, room=None):
        """What was told of a room: name of the event, nick, the new one. Not what focus made of somebody."""
        return [(local(event), event.get("nick"), event.get("to")) for _, _, event in self.component.events
                if event.get("room") == (room or self.room) and local(event) != "role"]

    async def test_mod_jmb__renamed__alone_goes_on_in_the_same_room(self):
        ann = await self.joined("ann", name="Ann")
        await self.renames(ann, "anna", "Ann")
        await self.renames(ann, "hannah", "Hannah")
        await ann.leave()
        await self.component.event("closed", room=self.room)
        self.assertEqual(self.told(), [("opened", None, None), ("joined", "ann", None), ("renamed", "ann", "anna"), ("renamed", "anna", "hannah"),
                                       ("renamed", "hannah", None), ("left", "hannah", None), ("closed", None, None)])
        self.assertEqual([event.get("name") for event in self.component.named("renamed")], ["Ann", "Ann", "Hannah"])
        self.assertEqual(len({event.get("instance") for event in self.component.named("renamed") + self.component.named("opened")}), 1)

    async def test_mod_jmb__renamed__without_focus_the_room_stays_where_it_is(self):
        """Prosody destroys a room whose only occupant takes another nick, and lets that one sit in what nobody finds any more."""
        ann = await self.joined("ann", name="Ann", ask_focus=False)
        await self.renames(ann, "anna", "Ann")
        await self.renames(ann, "hannah", "Ann")
        bob = await self.joined("bob", ask_focus=False)
        await bob.wait_for_people("hannah", "bob")
        await ann.leave()
        await bob.leave()
        await self.component.event("closed", room=self.room)
        self.assertEqual(self.told(), [("opened", None, None), ("joined", "ann", None), ("renamed", "ann", "anna"), ("renamed", "anna", "hannah"),
                                       ("joined", "bob", None), ("left", "hannah", None), ("left", "bob", None), ("closed", None, None)])

    async def test_mod_jmb__renamed__alone_in_a_breakout_goes_on_there_and_in_the_main_room(self):
        self.component.only = ""  # a breakout room has another name
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss = await self.joined("boss", "boss")
        breakout = await base.Moderation.breakout_of(self, boss)
        await boss.leave()
        await boss.join(breakout, "boss", name="Boss")
        await self.renames(boss, "chief", "Boss")
        await boss.leave()
        await self.component.event("left", room=breakout)
        self.assertEqual(self.told(breakout)[:4], [("opened", None, None), ("joined", "boss", None), ("renamed", "boss", "chief"), ("left", "chief", None)])
        await boss.join(self.node, "back")
        await self.component.event("joined", room=self.room, nick="back")
        self.assertEqual([one[0] for one in self.told()], ["opened", "joined", "left", "joined"])

    async def test_mod_jmb__renamed__to_a_nick_of_one_who_left_and_back_is_told_in_that_order(self):
        ann, bob = await self.joined("ann", name="Ann"), await self.joined("bob", name="Bob")
        await bob.leave()
        await ann.wait_for_people("ann")
        await self.renames(ann, "bob", "Ann")
        late = await self.joined("ann", name="Late")  # the nick is free
        await self.renames(ann, "eve", "Ann")
        await self.renames(late, "bob", "Late")
        await late.leave()
        await ann.leave()
        await self.component.event("closed", room=self.room)
        self.assertEqual(self.told(), [("opened", None, None), ("joined", "ann", None), ("joined", "bob", None), ("left", "bob", None), ("renamed", "ann", "bob"),
                                       ("joined", "ann", None), ("renamed", "bob", "eve"), ("renamed", "ann", "bob"), ("left", "bob", None), ("left", "eve", None),
                                       ("closed", None, None)])

    async def test_mod_jmb__renamed__and_gone_at_once_has_left(self):
        ann = await self.joined("ann", name="Ann")
        to = f"<presence xmlns='jabber:client' to='{self.room}/%s'%s/>"
        ann.send(to % ("anna", "") + to % ("hannah", "") + to % ("hannah", " type='unavailable'"))
        await self.component.event("closed", room=self.room)
        self.assertEqual([one for one in self.told() if one[2] or one[0] != "renamed"],
                         [("opened", None, None), ("joined", "ann", None), ("renamed", "ann", "anna"), ("renamed", "anna", "hannah"), ("left", "hannah", None),
                          ("closed", None, None)])

    async def test_mod_jmb__renamed__is_there_under_the_new_nick_for_a_component_that_comes_back(self):
        ann = await self.joined("ann", name="Ann")
        joined = await self.component.event("joined", nick="ann")
        await self.renames(ann, "anna", "Ann")
        await self.component.event("renamed", to="anna")
        await self.component.close()
        await self.reconnect(resume=lambda hello: None)
        snapshots = self.component.snapshots
        await self.component.until(lambda: snapshots and snapshots[-1].get("done"), what="snapshot")
        occupant, = [occupant for snapshot in snapshots for room in snapshot if room.get("jid") == self.room for occupant in room]
        self.assertEqual((occupant.get("nick"), occupant.get("joined"), occupant.get("name")), ("anna", joined.get("t"), "Ann"))


class SignedIn(base.Dialogue):
    """Somebody signs in while in the room: the connection goes on under a token (Prosody 13 says so to Jitsi's mod_auth_token, which tells the others)."""

    def goes_on(self, client, user):
        self.site.shell(f">local s = prosody.full_sessions['{client.jid}']; s.auth_token, s.jitsi_meet_room = 'found.to.be.good', '*'; "
                        f"s.jitsi_meet_context_user = {{ id = '{user}', name = '{user.title()}' }}; "
                        "prosody.events.fire_event('c2s-session-updated', { session = s, from_session = s })")

    async def test_mod_jmb__signed_in__a_listed_one_is_moderator_from_then_on(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        olivia, eve = await self.joined("olivia", name="Olivia"), await self.joined("eve")
        await asyncio.to_thread(self.goes_on, olivia, "boss")
        await eve.wait_for_role("olivia", "moderator")
        await olivia.wait_for_role("olivia", "moderator")
        joined = await self.component.event("joined", nick="olivia", user="boss")
        self.assertEqual((joined.get("user-name"), joined.get("name")), ("Boss", "Olivia"))
        self.assertEqual([local(event) for _, _, event in self.component.events if event.get("nick") == "olivia"], ["joined", "left", "joined", "role"])
        await asyncio.to_thread(self.goes_on, olivia, "boss")  # nothing new
        await self.quiet(eve)
        self.assertEqual(len([event for event in self.component.named("joined") if event.get("nick") == "olivia"]), 2)
        self.never("moderator", "eve", olivia, eve)
        await olivia.leave()
        await self.component.until(lambda: len([event for event in self.component.named("left") if event.get("nick") == "olivia"]) == 2, what="end of the stay")

    async def test_mod_jmb__signed_in__anybody_else_stays_what_they_were(self):
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss, eve = await self.joined("boss", "boss"), await self.joined("eve")
        await asyncio.to_thread(self.goes_on, eve, "eve")
        await self.component.event("joined", nick="eve", user="eve")
        await self.quiet(boss)
        self.never("moderator", "eve", boss, eve)
        await self.always("moderator", "boss", boss, eve)


class Lists(Dialogue):
    """What muc#admin and muc#owner tell to whom, and that asking, or asking for much at once, changes nothing."""

    async def listed(self, client, **wanted):
        """The addresses that a list of the room has: by affiliation or by role."""
        (key, value), = wanted.items()
        reply = await client.iq(self.room, f"<query xmlns='{NS_ADMIN}'><item {key}='{value}'/></query>", "get")
        return {item.get("jid").partition("/")[0] for item in reply.findall("query/item")}

    async def unchanged(self, people):
        await self.settled(*people)
        for nick, role in (("boss", "moderator"), ("chief", "moderator"), ("bob", "participant"), ("eve", "participant")):
            await self.always(role, nick, *people)
        self.assertEqual([event for event in self.component.named("role")], [])

    @staticmethod
    def bare(*clients):
        return {client.jid.partition("/")[0] for client in clients}

    async def test_mod_jmb__list__is_no_guests_to_see(self):
        boss, chief, bob, eve = people = await self.meeting()
        for client in (bob, eve):
            for key, values in (("affiliation", ("owner", "admin", "member", "outcast", "none")), ("role", ("moderator", "participant", "visitor"))):
                for value in values:
                    with self.subTest(client=client.nick, **{key: value}), self.assertRaises(Refused) as caught:
                        await self.listed(client, **{key: value})
                    self.assertEqual((caught.exception.condition, str(caught.exception.stanza).count("@guest")), ("forbidden", 1 if client is eve else 0))
            with self.assertRaises(Refused) as caught:
                await client.iq(self.room, f"<query xmlns='{NS_OWNER}'/>", "get")
            self.assertEqual(caught.exception.condition, "forbidden")
        await self.unchanged(people)

    async def test_mod_jmb__list__shows_moderators_the_entitled_and_nobody_else(self):
        boss, chief, bob, eve = people = await self.meeting()
        for client in (boss, chief):
            self.assertEqual(await self.listed(client, affiliation="owner") - {"focus@" + self.site.env["AUTH_DOMAIN"]}, self.bare(boss, chief))
            for affiliation in ("admin", "member", "outcast"):
                self.assertEqual(await self.listed(client, affiliation=affiliation), set(), affiliation)
            self.assertEqual(await self.listed(client, role="moderator") - {"focus@" + self.site.env["AUTH_DOMAIN"]}, self.bare(boss, chief))
            self.assertEqual(await self.listed(client, role="participant"), self.bare(bob, eve))
        await self.unchanged(people)

    async def test_mod_jmb__list__of_a_room_with_a_lobby_has_no_more_owners(self):
        """There everybody inside is a member, so that the lobby lets them be."""
        boss, chief, bob, eve = people = await self.meeting()
        await self.component.policies(policy(self.room, "boss", "chief", lobby="true"), "update")
        self.assertEqual(await self.listed(boss, affiliation="owner") - {"focus@" + self.site.env["AUTH_DOMAIN"]}, self.bare(boss, chief))
        self.assertEqual(await self.listed(boss, affiliation="member"), self.bare(bob, eve))
        self.assertEqual(await self.listed(boss, affiliation="admin"), set())
        await self.unchanged(people)

    async def test_mod_jmb__list__sent_back_with_more_in_it_changes_nothing(self):
        """A set of several items, as clients that edit lists send it, those who may not be it before and behind."""
        boss, chief, bob, eve = people = await self.meeting()
        owners, others = sorted(self.bare(boss, chief)), sorted(self.bare(bob, eve))
        for doer in (boss, bob, eve):
            for addresses in (others + owners, owners + others):
                items = "".join(f"<item jid='{address}' affiliation='owner'/>" for address in addresses)
                try:
                    await doer.iq(self.room, f"<query xmlns='{NS_ADMIN}'>{items}</query>")
                    self.assertEqual((doer, addresses), (boss, owners + others))  # who is owner already may be said to be
                except Refused:
                    pass
            with self.assertRaises(Refused):
                await doer.iq(self.room, f"<query xmlns='{NS_ADMIN}'><item nick='bob' role='moderator'/><item nick='eve' role='moderator'/></query>")
        await self.unchanged(people)

    async def test_mod_jmb__list__of_whole_domains_and_of_people_who_are_not_there_takes_no_owner(self):
        env = self.site.env
        for moderation in ("strict", "delegable"):
            with self.subTest(moderation):
                self.node += "-" + moderation
                self.component.only = self.node
                self.component.events.clear()
                boss, chief, bob, eve = people = await self.meeting(moderation)
                for address in (env["GUEST_DOMAIN"], env["DOMAIN"], "somebody@" + env["GUEST_DOMAIN"], "later@elsewhere.example"):
                    for affiliation in ("owner", "admin"):
                        with self.subTest(address, affiliation=affiliation), self.assertRaises(Refused) as caught:
                            await boss.iq(self.room, f"<query xmlns='{NS_ADMIN}'><item jid='{address}' affiliation='{affiliation}'/></query>")
                        self.assertEqual(caught.exception.condition, "not-allowed")
                late = await self.joined("late")
                await late.focus_settled()
                self.never("moderator", "late", late, *people)
                await self.unchanged(people)


class Mutes(Dialogue):
    async def test_mod_jmb__mute__goes_to_focus_whoever_asks(self):
        """Whether somebody may mute is Jicofo's to say: the question reaches it (the stand-in has no answer to it), from everybody."""
        for moderation in ("strict", "delegable"):
            with self.subTest(moderation):
                self.node += "-" + moderation
                self.component.only = self.node
                boss, _, bob, eve = await self.meeting(moderation)
                for client in (boss, bob, eve):
                    with self.assertRaises(Refused) as caught:
                        await client.iq(self.room + "/focus", f"<mute xmlns='http://jitsi.org/jitmeet/audio' jid='{self.room}/chief'>true</mute>")
                    self.assertEqual((caught.exception.condition, caught.exception.stanza.sender), ("feature-not-implemented", self.room + "/focus"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
