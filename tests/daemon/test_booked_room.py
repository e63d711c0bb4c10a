"""What a booking makes of its room, from the page to the stanzas that people receive: grants, guests who wait, a lobby and a password
switched while it goes on, an end that is moved, rooms that nobody booked, tenants; and what attendance says of who waited, who went
into a breakout room, and who had two devices."""

import asyncio
import datetime
import pathlib
import signal
import sys
import time
import unittest
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import random_word, utc_now  # noqa: E402
from ws_client import WsClient, install  # noqa: E402
from xmpp_client import Client, Refused, make_token  # noqa: E402

CONF = ["moderation.mode=delegable", "meetings.length_least=1m", "meetings.length_step=1m", "meetings.grace=1s", "meetings.ahead_most=366d",
        "reminders.room=8s, 0s", "reminders.at_end=warn", "meetings.unbooked=open", "meetings.rejoin=60s"]


def setUpModule():
    install()
    stage.open_site(focus="first", conf=CONF)


def tearDownModule():
    stage.close_site()


class Case(stage.Case):
    async def edit(self, meeting, unchecked=None, **fields):
        """Changes the meeting on its page, as it stands there; unchecked: a box without its mark, beside which a hidden field says no."""
        def do():
            form = meeting.organiser.get(meeting.path + "/edit").form("length").fill(**fields)
            page = (form.force(**{unchecked: "no"}) if unchecked else form).submit(follow=True)
            self.assertEqual(page.status, 200, page.text[:500])
        await asyncio.to_thread(do)

    async def knock(self, room, nick, kind=Client, token=None):
        """Somebody who is told to wait, and waits in the lobby."""
        client = self.client(kind, token)
        await client.connect()
        await self.wait_in_lobby(client, room, nick)
        return client

    async def wait_in_lobby(self, client, room, nick):
        with self.assertRaises(Refused) as refusal:
            await client.join(room, nick, nick.title())
        self.assertEqual(refusal.exception.condition, "registration-required")
        await client.join(f"{room}@{self.site.env['LOBBY']}", nick, nick.title(), ask_focus=False)

    async def sent_on(self, client, room):
        """The lobby goes and names the room; clients go there."""
        gone = await client.wait_for(lambda s: s.find("x/destroy") is not None and s.room.endswith(self.site.env["LOBBY"]), what="the end of the lobby")
        self.assertEqual(gone.find("x/destroy").get("jid"), f"{room}@{self.site.env['MUC']}")
        await client.join(room, client.nick, client.nick.title())

    async def row(self, booked, name, happened=lambda row: True, timeout=30):
        def ask():
            return next((row for line, row in booked.meeting.visits().items() if name.lower() in line.lower() and happened(row)), None)
        return await stage.until(f"{name} on the attendance page", ask, timeout)


class Grants(Case):
    async def test_grant__of_the_organiser__holds_while_jmbd_dies_and_makes_no_granter(self):
        booked = self.book()
        stranger = await self.stranger(booked.room)
        organiser, guest = await self.enter(booked.organiser, "organiser"), await self.enter(booked.guest, "guest")
        for client in (stranger, organiser, guest):
            await client.wait_for_people("stranger", "organiser", "guest")
        await organiser.grant("guest")
        await guest.wait_for_role("guest", "moderator")
        with self.assertRaises(Refused):
            await guest.grant("stranger")
        await asyncio.to_thread(self.site.restart_daemon, signal.SIGKILL)
        await asyncio.to_thread(self.site.reload, "jmb")
        for client in (stranger, organiser, guest):
            await client.focus_settled()
            self.assertEqual((client.role("guest"), client.role("organiser")), ("moderator", "moderator"))
            self.assert_roles(client, stranger="participant")
        again = await self.enter(booked.guest, "again")  # another device of the one who was granted
        self.assertEqual(again.role(), "moderator")
        await organiser.grant("guest", "none")
        for client, nick in ((guest, "guest"), (again, "again")):
            await client.wait_for_role(nick, "participant")


class Waiting(Case):
    async def test_guests__wait__for_a_moderator_and_none_is_lost(self):
        booked = self.book(guests_wait="yes")
        room = booked.room
        early = [await self.knock(room, "ann"), await self.knock(room, "bob", WsClient), await self.knock(room, "guest", token=booked.guest.ticket().token)]
        await asyncio.to_thread(self.site.restart_daemon, signal.SIGKILL)  # which is no reason to let anybody in
        for client in early:
            self.assertEqual(client.people(f"{room}@{self.site.env['MUC']}"), set())
        began = utc_now()
        moderator = await self.enter(booked.moderator, "moderator")
        for client in early:
            await self.sent_on(client, room)
        late = await self.stranger(room, "late", WsClient)
        for client in (*early, moderator, late):
            await client.wait_for_people("ann", "bob", "guest", "moderator", "late")
            await client.focus_settled()
            self.assert_roles(client, ann="participant", bob="participant", guest="participant", late="participant", moderator="moderator")
        row = await self.row(booked, "Ann", lambda row: row.is_there)
        self.assertIn("waited", row.text)
        self.assertGreaterEqual(row.stays[0][0], began - datetime.timedelta(seconds=1))  # waiting is not being there

    async def test_guest__waits_in_vain__is_shown_as_one_who_did(self):
        booked = self.book(guests_wait="yes")
        guest = await self.knock(booked.room, "guest", token=booked.guest.ticket().token)
        await guest.leave()
        page = await stage.until("the page", lambda: (lambda page: page if "did not come in" in page.text else None)(booked.meeting.attendance()))
        self.assertIn(booked.guest.mail.partition("@")[0], page.text)
        self.assertEqual(booked.meeting.visits(), {})


class Edited(Case):
    """What is changed on the page is so in the room when the page says that it is saved."""

    async def test_password_and_lobby__set_while_it_goes_on(self):
        booked = self.book()
        room = booked.room
        inside = await self.stranger(room, "inside")
        organiser = await self.enter(booked.organiser, "organiser")
        await self.edit(booked.meeting, password="mauve")
        eve = self.client(Client)
        await eve.connect()
        with self.assertRaises(Refused) as refusal:
            await eve.join(room, "eve", "Eve", password="wrong")
        self.assertEqual(refusal.exception.condition, "not-authorized")
        moderator = await self.enter(booked.moderator, "moderator")  # needs none
        self.assertEqual(moderator.role(), "moderator")
        await eve.join(room, "eve", "Eve", password="mauve")
        await self.edit(booked.meeting, password="", lobby="yes")
        bob = await self.knock(room, "bob")
        organiser.admit(bob.jid)
        await bob.wait_for(lambda s: s.name == "message" and s.find("x/invite") is not None, what="the invitation")
        await bob.join(room, "bob", "Bob")
        carl = await self.knock(room, "carl")
        await self.edit(booked.meeting, unchecked="lobby")
        await self.sent_on(carl, room)
        for client in (inside, organiser, moderator, eve, bob, carl):
            await client.wait_for_people("inside", "organiser", "moderator", "eve", "bob", "carl")

    async def test_maximum__raised_while_it_goes_on(self):
        booked = self.book(maximum=2)
        room = booked.room
        for nick in ("one", "two"):
            await self.stranger(room, nick)
        three = self.client(Client)
        await three.connect()
        with self.assertRaises(Refused) as refusal:
            await three.join(room, "three", "Three")
        self.assertEqual(refusal.exception.condition, "destroy")
        await self.edit(booked.meeting, maximum=3)
        await three.join(room, "three", "Three")

    async def test_role__taken_while_they_are_in__and_given(self):
        booked = self.book()
        moderator, guest = await self.enter(booked.moderator, "moderator"), await self.enter(booked.guest, "guest")
        self.assertEqual((moderator.role(), guest.role()), ("moderator", "participant"))
        await self.edit(booked.meeting, moderators=booked.guest.mail, guests=booked.moderator.mail)
        await moderator.wait_for_role("moderator", "participant")
        await guest.wait_for_role("guest", "moderator")


class Ends(Case):
    async def test_end__moved_nearer__is_told_in_time_and_leaves_people_in(self):
        """at_end = warn: whoever is in stays, whoever comes is refused; the reminders are those of the new end."""
        ends = utc_now().replace(microsecond=0) + datetime.timedelta(seconds=95)
        booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), starts=ends - datetime.timedelta(minutes=2), minutes=2, seconds=True)
        room = booked.room
        guest = await self.enter(booked.guest, "guest")
        await self.edit(booked.meeting, length="1")  # over in 35 s
        new_end = ends - datetime.timedelta(minutes=1)
        warned = await guest.wait_for(lambda s: not s.nick and s.type == "groupchat" and "8 seconds" in (s.body or ""), 60, what="the reminder")
        left = (new_end - utc_now()).total_seconds() + (time.monotonic() - warned.t)
        self.assertAlmostEqual(left, 8, delta=2)
        await stage.until("the words at the end", lambda: len(stage.room_speaks(guest)) == 2)
        late = self.client(Client)
        await late.connect()

        def over():
            return utc_now() > new_end + datetime.timedelta(seconds=1.5)
        await stage.until("the grace is over", over)
        with self.assertRaises(Refused) as refusal:
            await late.join(room, "late", "Late")
        self.assertEqual(refusal.exception.condition, "destroy")
        await guest.focus_settled()
        self.assertEqual(guest.people(), {"guest"})  # warn ends nothing
        self.assertEqual(len(stage.room_speaks(guest)), 2, [stanza.body for stanza in stage.room_speaks(guest)])


    async def test_start__moved_while_people_are_in_early__the_reminders_are_of_the_new_end(self):
        starts = utc_now().replace(microsecond=0) + datetime.timedelta(minutes=4)
        booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), starts=starts, minutes=1, seconds=True)
        organiser = await self.enter(booked.organiser, "organiser")
        ends = utc_now().replace(microsecond=0) + datetime.timedelta(seconds=24)
        edited = await asyncio.to_thread(booked.meeting.organiser.get, booked.meeting.path + "/edit")
        zone = zoneinfo.ZoneInfo(edited.form("length")["tz"])
        moved = (ends - datetime.timedelta(minutes=1)).astimezone(zone)
        await self.edit(booked.meeting, date=moved.strftime("%Y-%m-%d"), time=moved.strftime("%H:%M:%S"))
        warned = await organiser.wait_for(lambda s: not s.nick and s.type == "groupchat" and "8 seconds" in (s.body or ""), 60, what="the reminder")
        left = (ends - utc_now()).total_seconds() + (time.monotonic() - warned.t)
        self.assertAlmostEqual(left, 8, delta=2)
        guest = await self.enter(booked.guest, "guest")  # whose time it is now
        await stage.until("the words at the end", lambda: len(stage.room_speaks(organiser)) == 2)
        self.assertEqual(guest.people(), {"organiser", "guest"})

    async def test_end__nothing_happens__is_nothing(self):
        """at_end = none: no word, nobody is sent out; whoever comes when the grace is over is refused all the same."""
        end = stage.ending_in(20)
        booked = self.book(at_end="none", **end)
        room = booked.room
        guest = await self.enter(booked.guest, "guest")
        over = end["starts"] + datetime.timedelta(minutes=1, seconds=2)
        await stage.until("the grace is over", lambda: utc_now() > over, 60)
        late = self.client(Client)
        await late.connect()
        with self.assertRaises(Refused) as refusal:
            await late.join(room, "late", "Late")
        self.assertEqual(refusal.exception.condition, "destroy")
        await asyncio.to_thread(self.site.ctl, "say", room, "Still here")
        await guest.wait_for(lambda s: s.body == "Still here")
        self.assertEqual([stanza.body for stanza in stage.room_speaks(guest)], ["Still here"])
        self.assertEqual(guest.people(), {"guest"})


class Tenants(Case):
    async def test_tenant__room_of_the_same_name__is_another_room(self):
        """[tenant]room: neither its people nor the meeting's have anything to do with each other."""
        booked = self.book()
        room = booked.room
        token = make_token(self.site.env, "*", id=booked.organiser.ticket().user_id, name="Olivia")
        other = self.client(Client, token)
        await other.connect()
        stranger = await self.stranger(f"[acme]{room}", "stranger")
        await stranger.wait_for_role("stranger", "moderator")  # nobody booked it: Jicofo chooses
        await other.join(f"[acme]{room}", "other", "Olivia")
        await other.focus_settled()
        self.assertEqual(other.role(), "participant")
        guest = await self.enter(booked.guest, "guest")
        await self.row(booked, booked.guest.mail.partition("@")[0], lambda row: row.is_there)
        self.assertEqual(len(booked.meeting.visits()), 1)
        self.assertEqual(guest.people(), {"guest"})

    async def test_name__in_any_case_and_encoded__is_the_room(self):
        booked = self.book()
        room = booked.room
        loud = self.client(Client)
        await loud.connect()
        loud.room, loud.nick = f"{room}@{self.site.env['MUC']}", "loud"
        await loud.ask_focus(f"{room.upper()}@{self.site.env['MUC']}")
        loud.send(f"<presence xmlns='jabber:client' to='{room.upper()}@{self.site.env['MUC']}/loud'><x xmlns='http://jabber.org/protocol/muc'/>"
                  "<nick xmlns='http://jabber.org/protocol/nick'>Loud</nick></presence>")
        organiser = await self.enter(booked.organiser, "organiser")
        await organiser.wait_for_people("organiser", "loud")
        self.assert_roles(organiser, loud="participant", organiser="moderator")
        await self.row(booked, "Loud", lambda row: row.is_there)


class Attendance(Case):
    async def test_breakout__trip__counts_and_is_shown(self):
        booked = self.book()
        organiser, guest = await self.enter(booked.organiser, "organiser"), await self.enter(booked.guest, "guest")
        await self.row(booked, booked.guest.mail.partition("@")[0], lambda row: row.is_there)
        organiser.breakout("add", subject="Group 1")
        told = await organiser.wait_for(lambda s: s.name == "message" and s.json and s.json.get("event") == "features/breakout-rooms/update"
                                        and any(not room.get("isMainRoom") for room in s.json["rooms"].values()))
        group = next(room for room in told.json["rooms"].values() if not room.get("isMainRoom"))
        await guest.leave()
        await guest.join(group["jid"], "guest-b", "Guest")
        row = await self.row(booked, booked.guest.mail.partition("@")[0], lambda row: "breakout" in row.text)
        self.assertEqual((len(row.stays), row.is_there), (2, True))  # the stay, and within it the breakout
        await guest.leave()
        await guest.join(booked.room, "guest", "Guest")
        await guest.leave()
        row = await self.row(booked, booked.guest.mail.partition("@")[0], lambda row: row.stays and all(stay[1] for stay in row.stays))
        (begun, ended, _), (out, back, _) = row.stays
        self.assertTrue(begun <= out <= back <= ended, row)

    async def test_devices__two_at_once_and_a_reconnection__are_one_person_and_one_stay(self):
        booked = self.book()
        name = booked.guest.mail.partition("@")[0]
        desk, phone = await self.enter(booked.guest, "desk"), await self.enter(booked.guest, "phone", WsClient)
        stranger = await self.stranger(booked.room)
        await stranger.wait_for_people("desk", "phone", "stranger")
        await desk.leave()
        await phone.leave()
        again = await self.enter(booked.guest, "again")  # with another address, well within 60 s
        await stranger.wait_for_people("again", "stranger")
        await again.leave()
        row = await self.row(booked, name, lambda row: not row.is_there)
        self.assertEqual(len(row.stays), 1)
        self.assertTrue(row.verified)
        rows = booked.meeting.visits()
        self.assertEqual(len(rows), 2, rows)
        self.assertFalse(rows["Stranger"].verified)


class Unbooked(Case):
    """meetings.unbooked: another word in jmb.conf, and another start of jmbd."""

    async def started_with(self, word):
        await asyncio.to_thread(self.site.stop_daemon)
        self.site.options["conf"] = [line for line in CONF if "unbooked" not in line] + [f"meetings.unbooked={word}"]
        self.site.write_conf()
        await asyncio.to_thread(self.site.start_daemon)

    async def asyncTearDown(self):
        await self.started_with("open")
        await super().asyncTearDown()

    async def refused(self, room, token=None, **options):
        client = self.client(Client, token)
        await client.connect()
        with self.assertRaises(Refused) as refusal:
            await client.join(room, "eve", "Eve", **options)
        self.assertEqual(refusal.exception.condition, "destroy")
        self.assertEqual(client.people(), set())
        return refusal.exception.text

    async def test_unbooked__signed_in__needs_a_token(self):
        await self.started_with("signed-in")
        room = "free-" + random_word()
        for door in (True, "http", False):
            self.assertIn("sign in", (await self.refused(room, ask_focus=door)).lower())
        bob = self.client(Client, make_token(self.site.env, "*", id="bob", name="Bob"))
        await bob.connect()
        await bob.join(room, "bob", "Bob")
        await self.refused(room)
        booked = self.book()  # whose guests need none
        await self.stranger(booked.room)

    async def test_unbooked__closed__is_for_nobody_but_what_is_booked(self):
        await self.started_with("closed")
        room = "free-" + random_word()
        self.assertIn("not booked", await self.refused(room))
        self.assertIn("not booked", await self.refused(room, make_token(self.site.env, "*", id="bob", name="Bob")))
        booked = self.book()
        guest = await self.enter(booked.guest, "guest")
        stranger = await self.stranger(booked.room)
        await stranger.wait_for_people("guest", "stranger")
        self.assertFalse(guest.lost)


if __name__ == "__main__":
    unittest.main()
