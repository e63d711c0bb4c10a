"""Who is moderator and who gets in, judged by every presence that every client received."""

import asyncio
import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import random_word, utc_now  # noqa: E402
from ws_client import WsClient, install  # noqa: E402
from xmpp_client import Client, Refused, make_token  # noqa: E402


def setUpModule():
    install()
    stage.open_site(focus="first", conf=["moderation.mode=strict", "meetings.opens_before=15m", "meetings.guests_before=5m"])


def tearDownModule():
    stage.close_site()


class Focus(stage.Case):
    """The three ways in which Jicofo hands out ownership. The stranger comes first, when the focus would choose them."""

    async def meet(self, mode):
        await asyncio.to_thread(self.site.focus_mode, mode)
        booked = self.book()
        room = booked.room
        clients = [await self.stranger(room, "stranger", WsClient),
                   await self.enter(booked.guest, "guest", Client),
                   await self.enter(booked.moderator, "moderator", WsClient),
                   await self.enter(booked.organiser, "organiser", Client),
                   await self.enter(booked.guest, "guest-again", WsClient)]
        for client in clients:
            await client.wait_for_people("stranger", "guest", "moderator", "organiser", "guest-again")
        await self.settle(clients)
        return clients

    async def settle(self, clients):
        for client in clients:
            await client.focus_settled()

    def check(self, clients):
        for client in clients:
            self.assert_roles(client, organiser="moderator", moderator="moderator")
            for nick in ("stranger", "guest", "guest-again"):
                self.assert_roles(client, **{nick: "participant"})

    async def test_focus__first__never_the_wrong_one(self):
        clients = await self.meet("first")
        self.check(clients)
        for client in clients[2:4]:  # nobody inherits either
            await client.leave()
        await clients[0].wait_for_people("stranger", "guest", "guest-again")
        await self.settle((clients[0], clients[1], clients[4]))
        for client in (clients[0], clients[1], clients[4]):
            for nick in ("stranger", "guest", "guest-again"):
                self.assertNotIn("moderator", [role for role, _ in client.roles_seen[nick]])

    async def test_focus__token__never_the_wrong_one(self):
        self.check(await self.meet("token"))

    async def test_focus__none__never_the_wrong_one(self):
        self.check(await self.meet("none"))

    async def one_of_two_leaves(self, mode):
        """The other stays moderator and nobody else becomes one, whichever of them it is; whoever comes back is one again."""
        stranger, _, moderator, organiser, _ = clients = await self.meet(mode)
        for who, (gone, other) in enumerate(((organiser, moderator), (moderator, organiser))):
            await gone.leave()
            there = [client for client in clients if client is not gone]
            for client in there:
                await client.wait_for_people(*(one.nick for one in there))
            await self.settle(there)
            self.check(there)
            await other.configure(roomname=f"Room {who}")  # what a moderator may do
            with self.assertRaises(Refused):
                await stranger.configure(roomname="Mine")
            await gone.join(gone.room, gone.nick)
            for client in clients:
                await client.wait_for_people(*(one.nick for one in clients))
            await self.settle(clients)
            self.check(clients)

    async def test_focus__first__one_of_two_moderators_leaves(self):
        await self.one_of_two_leaves("first")

    async def test_focus__token__one_of_two_moderators_leaves(self):
        await self.one_of_two_leaves("token")

    async def test_focus__none__one_of_two_moderators_leaves(self):
        await self.one_of_two_leaves("none")

    async def test_focus__restart__never_the_wrong_one(self):
        """The focus comes back into a room that runs."""
        clients = await self.meet("first")
        self.check(clients)
        again = await self.stranger(clients[0].room.partition("@")[0], "another")
        await again.focus_settled()
        self.assert_roles(again, another="participant", organiser="moderator", moderator="moderator")


class Rights(stage.Case):
    async def test_moderator__come_back__is_moderator_again(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        for number in range(3):
            organiser = await self.enter(booked.organiser, f"o{number}", (Client, WsClient)[number % 2])
            await guest.wait_for_people("guest", f"o{number}")
            for client in (guest, organiser):
                self.assert_roles(client, **{f"o{number}": "moderator"})
            await organiser.close()
            await guest.wait_for_people("guest")

    async def test_moderator__grant__is_refused_in_strict_mode(self):
        booked = self.book()
        organiser = await self.enter(booked.organiser, "organiser")
        guest = await self.enter(booked.guest, "guest")
        await organiser.wait_for_people("organiser", "guest")
        for attempt in (organiser.grant("guest"), organiser.set_role("guest", "moderator")):
            try:
                await attempt
            except Refused:
                pass
        await guest.focus_settled()
        for client in (organiser, guest):
            self.assert_roles(client, guest="participant", organiser="moderator")

    async def test_moderator__demote__is_refused_by_anybody(self):
        booked = self.book()
        organiser = await self.enter(booked.organiser, "organiser")
        moderator = await self.enter(booked.moderator, "moderator")
        await organiser.wait_for_people("organiser", "moderator")
        for attempt in (moderator.grant("organiser", "none"), moderator.set_role("organiser", "participant")):
            try:
                await attempt
            except Refused:
                pass
        await moderator.focus_settled()
        for client in (organiser, moderator):
            self.assert_roles(client, organiser="moderator", moderator="moderator")

    async def test_guest__take__is_refused(self):
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        for attempt in (guest.grant("guest"), guest.set_role("guest", "moderator")):
            with self.assertRaises(Refused):
                await attempt
        self.assert_roles(guest, guest="participant")

    async def test_token__of_another_meeting__gives_nothing(self):
        """The organiser of one meeting comes into another one's room, with a token for any room and the same identity."""
        one, other = self.book(), self.book()
        token = make_token(self.site.env, "*", id=one.organiser.ticket().user_id, name="Olivia")
        client = self.client(Client, token)
        await client.connect()
        await client.join(other.room, "olivia", "Olivia")
        await client.focus_settled()
        self.assert_roles(client, olivia="participant")

    async def test_breakout__guest__is_not_moderator_there(self):
        await asyncio.to_thread(self.site.focus_mode, "first")
        booked = self.book()
        organiser = await self.enter(booked.organiser, "organiser")
        guest = await self.enter(booked.guest, "guest")
        organiser.breakout("add", subject="Group 1")
        told = await organiser.wait_for(lambda s: s.name == "message" and s.json and s.json.get("event") == "features/breakout-rooms/update"
                                        and any(not room.get("isMainRoom") for room in s.json["rooms"].values()))
        group = next(room for room in told.json["rooms"].values() if not room.get("isMainRoom"))
        await guest.leave()
        await guest.join(group["jid"], "guest-b")
        await guest.focus_settled()
        self.assert_roles(guest, **{"guest-b": "participant"})
        await organiser.leave()
        await organiser.join(group["jid"], "organiser-b")
        for client in (guest, organiser):
            await client.wait_for_people("guest-b", "organiser-b")
            self.assert_roles(client, **{"organiser-b": "moderator", "guest-b": "participant"})


    async def test_moderator__second_device__is_moderator_on_both_and_on_the_one_that_is_left(self):
        booked = self.book()
        stranger = await self.stranger(booked.room)  # whom the focus would choose
        desk, phone = await self.enter(booked.organiser, "desk"), await self.enter(booked.organiser, "phone", WsClient)
        self.assertNotEqual(desk.jid, phone.jid)
        for client in (stranger, desk, phone):
            await client.wait_for_people("stranger", "desk", "phone")
        await desk.leave()
        await stranger.wait_for_people("stranger", "phone")
        for client in (stranger, phone):
            await client.focus_settled()
            self.assert_roles(client, stranger="participant", desk="moderator", phone="moderator")

    async def test_page__copied__opens_without_rights(self):
        """The organiser copies the address of the page, as it is when the token has gone from it, and somebody opens it."""
        booked = self.book()
        organiser = await self.enter(booked.organiser, "organiser")
        copied = booked.organiser.ticket().room
        other = await self.stranger(copied, "other", WsClient)
        for client in (organiser, other):
            await client.wait_for_people("organiser", "other")
        await organiser.leave()  # nobody is there whom the focus would rather have
        await other.wait_for_people("other")
        await other.focus_settled()
        self.assert_roles(other, organiser="moderator", other="participant")
        self.assert_roles(organiser, other="participant")


class Admission(stage.Case):
    async def refused(self, client, room, nick="early"):
        await client.connect()
        with self.assertRaises(Refused) as refusal:
            await client.join(room, nick, nick.title())
        self.assertEqual(refusal.exception.condition, "destroy")
        self.assertEqual(client.people(), set())
        return refusal.exception.text

    def later(self, minutes, **fields):
        """A meeting that starts in so many minutes."""
        return self.book(starts=utc_now() + datetime.timedelta(minutes=minutes), **fields)

    async def test_early__guest__is_told_when(self):
        booked = self.later(12)
        self.assertEqual(booked.guest.open_join_link().heading, "You are early")
        room = booked.room  # the organiser may enter already
        for kind in (Client, WsClient):
            text = await self.refused(self.client(kind), room)
            self.assertRegex(text, r"\d\d:\d\d")
        organiser = await self.enter(booked.organiser, "organiser")
        self.assert_roles(organiser, organiser="moderator")
        token = make_token(self.site.env, room, id="somebody-else", name="Eve")
        self.assertTrue(await self.refused(self.client(Client, token), room))
        self.assertEqual(organiser.people(), {"organiser"})

    async def test_early__jicofo_asked_by_http__is_told_all_the_same(self):
        """The focus makes the room and waits in it; whom the policy lets in comes in, and nobody else."""
        await asyncio.to_thread(self.site.focus_mode, "token")
        booked = self.later(12)
        room, ticket = booked.room, booked.organiser.ticket()
        for token in (None, make_token(self.site.env, room, id="somebody-else", name="Eve")):
            eve = self.client(Client, token)
            await eve.connect()
            with self.assertRaises(Refused) as refusal:
                await eve.join(room, "eve", "Eve", ask_focus="http")
            self.assertRegex(refusal.exception.text, r"\d\d:\d\d")
            self.assertIsNone(eve.told)
        organiser = self.client(Client, ticket.token)
        await organiser.connect()
        await organiser.join(room, "organiser", ticket.name, ask_focus="http")
        await organiser.focus_settled()
        self.assert_roles(organiser, organiser="moderator")
        self.assertEqual(organiser.people(), {"organiser"})

    async def test_early__french_meeting__is_told_in_french(self):
        booked = self.later(12, language="fr")
        self.assertIn("réunion", (await self.refused(self.client(Client), booked.room)).lower())

    async def test_cancelled__room__is_closed_at_once(self):
        booked = self.book()
        room = booked.room
        await self.stranger(room, "before")
        booked.meeting.cancel("Not today")
        text = await self.refused(self.client(Client), room, "after")
        self.assertIn("cancelled", text)

    async def test_booked__reply__the_policy_is_in_force(self):
        """The moment the page says that it is booked, the room keeps strangers out."""
        for _ in range(5):
            booked = self.later(12)
            self.assertTrue(await self.refused(self.client(Client), booked.room))

    async def test_unbooked__room__is_left_alone(self):
        await asyncio.to_thread(self.site.focus_mode, "first")
        bob = await self.stranger("nobody-booked-" + random_word(), "bob")
        await bob.wait_for_role("bob", "moderator")

    async def test_maximum__full__is_told(self):
        booked = self.book(maximum=2)
        room = booked.room
        await self.stranger(room, "one")
        await self.stranger(room, "two")
        self.assertTrue(await self.refused(self.client(Client), room, "three"))
        organiser = await self.enter(booked.organiser, "organiser")  # whom it is all about
        self.assertEqual(organiser.role(), "moderator")


class Protocol(stage.Case):
    """Clients that try to be the module, or the component."""

    async def test_forged__events__are_refused_and_the_stream_stays(self):
        booked = self.book()
        eve = await self.stranger(booked.room, "eve")
        forged = "<events xmlns='urn:jmb:rooms:1' boot='5f2c7f1e9d0a4b7c' now='1795406400300'><closed n='1' t='1795406400210' room='x' instance='y'/></events>"
        with self.assertRaises(Refused) as refusal:
            await eve.iq(self.site.env["COMPONENT"], forged)
        self.assertIn(refusal.exception.condition, ("forbidden", "not-allowed", "service-unavailable", "not-authorized"))
        gus = await self.enter(booked.guest, "gus")
        await stage.until("the visit", lambda: any(booked.guest.mail in name for name in booked.meeting.visits()))
        await gus.close()

    async def test_forged__policies_and_end__are_refused(self):
        booked = self.book()
        eve = await self.stranger(booked.room, "eve")
        for payload in (f"<end xmlns='urn:jmb:rooms:1' key='e1' room='{eve.room}'><reason>Out!</reason></end>",
                        f"<say xmlns='urn:jmb:rooms:1' key='s1' room='{eve.room}' name='JMB'><body>Pay here</body></say>",
                        "<policies xmlns='urn:jmb:rooms:1' action='replace' revision='99'><default admission='closed' moderation='none'/></policies>"):
            for to in (self.site.env["MUC"], self.site.env["COMPONENT"]):
                with self.subTest(payload[:9], to=to), self.assertRaises(Refused):
                    await eve.iq(to, payload)
        self.assertEqual(stage.room_speaks(eve), [])
        other = await self.stranger(booked.room, "other")
        await other.wait_for_people("eve", "other")

    async def test_component__ask__answers_as_a_good_citizen(self):
        client = self.client(Client)
        await client.connect()
        about = await client.iq(self.site.env["COMPONENT"], "<query xmlns='http://jabber.org/protocol/disco#info'/>", type="get")
        self.assertIsNotNone(about.find("query/identity"))
        await client.iq(self.site.env["COMPONENT"], "<ping xmlns='urn:xmpp:ping'/>", type="get")
        version = await client.iq(self.site.env["COMPONENT"], "<query xmlns='jabber:iq:version'/>", type="get")
        self.assertTrue(version.text("query/version"))
        with self.assertRaises(Refused) as refusal:
            await client.iq(self.site.env["COMPONENT"], "<query xmlns='urn:example:nothing'/>", type="get")
        self.assertEqual(refusal.exception.condition, "service-unavailable")


if __name__ == "__main__":
    unittest.main()
