"""One meeting through every room of the house, each step judged by what a client, a mail or a calendar reader saw."""

import asyncio
import datetime
import email.utils
import pathlib
import re
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import events_of, random_word, sign_in_link, utc_now, zone_that_shows_now_once  # noqa: E402
from web import Browser  # noqa: E402
from ws_client import WsClient, install  # noqa: E402
from xmpp_client import AuthRefused, Client, Refused  # noqa: E402


def setUpModule():
    install()
    stage.open_site(focus="none", conf=stage.SHORT)


def tearDownModule():
    stage.close_site()


class SignIn(stage.Case):
    def test_sign_in__ask__the_letter_lets_in(self):
        visitor = stage.Organiser(self.site, f"{random_word()}.martin@example.org")
        letter = visitor.sign_in_by_mail()
        self.assertEqual(letter.to, [visitor.mail])
        self.assertIn("Martin", visitor.get("").find("form", class_="who").text)
        self.assertEqual(visitor.browser.get(letter.sign_in_link).status, 410)  # once

    def test_sign_in__look__uses_nothing_up(self):
        link = sign_in_link(self.site, "looked@example.org")
        for method in ("HEAD", "GET", "GET"):
            self.assertEqual(Browser(self.site.env["HTTP_URL"]).request(method, link).status, 200)
        stage.Organiser(self.site, "looked@example.org").use_sign_in_link(link)

    def test_sign_in__cookies__are_out_of_scripts_reach(self):
        visitor = self.organiser()
        self.assertTrue(visitor.browser.cookie_lines)
        for line in visitor.browser.cookie_lines:
            self.assertRegex(line, r"(?i); *httponly")
            self.assertRegex(line, r"(?i); *samesite=lax")

    def test_sign_in__another_browser__gets_a_code_for_the_one_that_asked(self):
        visitor = stage.Organiser(self.site, f"{random_word()}@example.org")
        asked = visitor.get("sign-in").form("mail").fill(mail=visitor.mail).submit()
        link = visitor.mail_to(visitor.mail).sign_in_link
        phone = self.browser()
        code = phone.get(link).find("output").text
        self.assertEqual(phone.get("").status, 303)
        self.assertEqual(asked.form("code").fill(code=code).submit().status, 303)
        self.assertEqual(visitor.browser.get("").status, 200)
        self.assertEqual(phone.get(link).status, 410)

    def test_sign_in__go_on__to_where_one_wanted(self):
        visitor = stage.Organiser(self.site, f"{random_word()}@example.org")
        page = visitor.browser.get("meetings/new")
        self.assertEqual(page.status, 303)
        page.follow().form("mail").fill(mail=visitor.mail).submit()
        page = visitor.use_sign_in_link(visitor.mail_to(visitor.mail).sign_in_link)
        self.assertTrue(page.url.endswith("/meetings/new"), page.url)

    def test_sign_in__stranger__gets_the_same_page_and_no_letter(self):
        page = self.browser().get("sign-in").form("mail").fill(mail="x@elsewhere.example").submit()
        self.assertEqual(page.status, 200)
        known = self.organiser()
        Browser(self.site.env["HTTP_URL"]).get("sign-in").form("mail").fill(mail=known.mail).submit()
        known.mail_to(known.mail)  # asked for later, and there
        self.assertEqual(self.box.letters("x@elsewhere.example"), [])

    def test_sign_out__post__ends_the_session(self):
        visitor = self.organiser()
        cookies = dict(visitor.browser.cookies)
        page = visitor.get("").forms()[0].submit("Sign out")
        self.assertEqual(page.status, 303)
        visitor.browser.cookies = cookies  # a thief's copy
        self.assertEqual(visitor.browser.get("").status, 303)


class Booking(stage.Case):
    def test_booking__submit__shows_in_list_and_roster(self):
        meeting = self.book(subject="R&D <review> “one” é").meeting
        page = meeting.page()
        self.assertEqual(page.heading, "R&D <review> “one” é")
        self.assertEqual({row[1] for row in meeting.roster().values()} - {"Organiser"}, {"Moderator", "Guest"})
        self.assertIn("R&D <review> “one” é", meeting.organiser.get("").find("section").text)

    def test_booking__submit_twice__is_one_meeting(self):
        organiser = self.organiser()
        form = organiser.fill("Double click", guests="d@example.com")
        first, second = form.submit(), form.submit()
        self.assertEqual(first.location, second.location)
        self.assertEqual(len([link for link in organiser.get("").links() if link[0] == "Double click" and "/meetings/" in link[1]]), 1)
        organiser.mail_to("d@example.com", "Double click")
        self.assertEqual(len(self.box.letters("d@example.com", "Double click")), 1)

    def test_booking__lists__are_of_who_signed_in(self):
        booked = self.book()
        other = self.organiser()
        self.assertNotIn(booked.subject, other.get("").text)
        self.assertEqual(other.browser.get(booked.meeting.address).status, 404)
        self.assertEqual(other.browser.get(booked.meeting.path + "/attendance").status, 404)

    def test_booking__cancel__tells_everybody_once(self):
        booked = self.book(in_days=1)
        page = booked.meeting.cancel("The room is flooded")
        self.assertIn("cancelled", page.text.lower())
        for person in (booked.moderator, booked.guest):
            letter = person.mail_to(person.mail, re.escape(booked.subject))
            event = events_of(letter.calendar)[0]
            invited = events_of(person.letter.calendar)[0]
            self.assertEqual(str(letter.calendar["METHOD"]), "CANCEL")
            self.assertEqual(str(event["STATUS"]), "CANCELLED")
            self.assertEqual(event["UID"], invited["UID"])
            self.assertGreater(event["SEQUENCE"], invited["SEQUENCE"])
            self.assertIn("The room is flooded", letter.text)
            page = person.open_join_link()
            self.assertEqual(page.status, 410)
            self.assertIn("cancelled", page.heading)
        self.assertEqual(booked.meeting.organiser.browser.get(booked.meeting.path + "/cancel").status, 409)


class Letters(stage.Case):
    """The invitation, read by Python's email and python3-icalendar."""

    def test_invitation__read__as_mail(self):
        booked = self.book(subject="Réunion d’équipe " + "très " * 20 + "longue", description="Line one\n.\nFrom here\nlast")
        letter = booked.guest.letter
        self.assertEqual([defect for part in letter.mail.walk() for defect in part.defects], [])
        self.assertEqual(letter.raw.replace(b"\r\n", b"").count(b"\n"), 0)
        self.assertLessEqual(max(map(len, letter.raw.split(b"\r\n"))), 998)
        letter.raw.split(b"\r\n\r\n")[0].decode("ascii")
        self.assertEqual(letter.to, [booked.guest.mail])
        self.assertIn(booked.subject, " ".join(letter.subject.split()))
        self.assertEqual(letter["From"].addresses[0].addr_spec, "jmb@" + self.site.env["DOMAIN"])
        self.assertLess(abs(email.utils.parsedate_to_datetime(str(letter["Date"])) - utc_now()), datetime.timedelta(seconds=30))
        self.assertRegex(letter["Message-ID"], r"^<[^<>@\s]+@[^<>@\s]+>$")
        for text in (letter.text, letter.html):
            self.assertIn("Réunion d’équipe", text)
            self.assertIn(letter.join_link, text)
            self.assertIn(letter.invitation_link, text)
        self.assertIn("\n.\n", letter.text.replace("\r\n", "\n"))

    def test_invitation__read__as_calendar(self):
        name = zone_that_shows_now_once("America/New_York", "America/Chicago")
        booked = self.book(subject="Planning, part 1; \\ and <more>", tz=name, minutes=45)
        letter = booked.guest.letter
        part = letter.calendar_part()
        self.assertEqual(part.get_param("method"), "REQUEST")
        self.assertEqual(part.get_content_charset(), "utf-8")
        calendar, raw = letter.calendar, part.get_payload(decode=True)
        self.assertEqual(str(calendar["METHOD"]), "REQUEST")
        self.assertLessEqual(max(map(len, raw.split(b"\r\n"))), 75)
        event, = events_of(calendar)
        self.assertEqual(str(event["SUMMARY"]), booked.subject)
        self.assertEqual(event["DTSTART"].params["TZID"], name)
        self.assertEqual(event.decoded("DTEND") - event.decoded("DTSTART"), datetime.timedelta(minutes=45))
        self.assertLess(abs(event.decoded("DTSTART") - utc_now()), datetime.timedelta(seconds=90))
        self.assertEqual(str(event["ORGANIZER"]).lower(), "mailto:" + booked.organiser.mail)
        attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
        mine, = [one for one in attendees if str(one).lower() == "mailto:" + booked.guest.mail]
        self.assertEqual(mine.params["PARTSTAT"], "NEEDS-ACTION")
        self.assertEqual(event["SEQUENCE"], 0)
        self.assertIn(letter.join_link, raw.replace(b"\r\n ", b"").decode())
        zone, = calendar.walk("VTIMEZONE")
        self.assertEqual(str(zone["TZID"]), name)

    def test_invitation__language__is_the_meetings(self):
        booked = self.book(language="fr", in_days=2)
        self.assertIn("Invitation\u202f:", booked.guest.letter.subject)
        self.assertIn("Accepter", booked.guest.get(booked.guest.letter.invitation_link, Accept_Language="fr").text)

    def test_invitation__link__is_each_ones_own(self):
        booked = self.book()
        links = {person.letter.join_link for person in (booked.organiser, booked.moderator, booked.guest)}
        self.assertEqual(len(links), 3)


class Answers(stage.Case):
    def test_answer__look__changes_nothing(self):
        booked = self.book(in_days=1)
        for _ in range(3):
            booked.guest.open_invitation()
        self.assertNotIn("Accepted", booked.meeting.roster()[booked.guest.mail][2])

    def test_answer__each__shows_in_roster_and_feed(self):
        booked = self.book(in_days=1)
        for button, shown, partstat in (("accepted", "Accepted", "ACCEPTED"), ("tentative", "Maybe", "TENTATIVE"), ("declined", "Declined", "DECLINED")):
            page = booked.guest.answer(button, comment=f"I say {button}")
            self.assertIn(shown, page.text)
            self.assertIn(shown, booked.meeting.roster()[booked.guest.mail][2])
            self.assertIn(f"I say {button}", booked.meeting.page().text)
            event, = [event for event in events_of(booked.organiser.feed()) if str(event["SUMMARY"]) == booked.subject]
            answers = {str(one).lower(): one.params["PARTSTAT"] for one in event["ATTENDEE"]}
            self.assertEqual(answers["mailto:" + booked.guest.mail], partstat)

    def test_answer__nothing_chosen__is_asked_again(self):
        booked = self.book(in_days=1)
        form = booked.guest.open_invitation().form(action="/i/").fill(comment="Kept <words>")
        page = booked.guest.browser.post(form.action, [*map(tuple, form.values), ("answer", "perhaps")])
        self.assertEqual(page.status, 422)
        self.assertEqual(page.form(action="/i/")["comment"], "Kept <words>")

    def test_answer__cancelled__is_too_late(self):
        booked = self.book(in_days=1)
        form = booked.guest.open_invitation().form(action="/i/")
        booked.meeting.cancel()
        self.assertEqual(form.submit("accepted").status, 409)
        self.assertIn("cancelled", booked.guest.browser.get(booked.guest.letter.invitation_link).text.lower())


class Feed(stage.Case):
    def test_feed__read__own_and_invited(self):
        mona = self.organiser()
        mine = mona.book("Mine", in_days=1)
        booked = stage.book_meeting(self.organiser(), stage.Organiser(self.site, mona.mail), self.guest(), subject="Hers", in_days=2)
        events = {str(event["SUMMARY"]): event for event in events_of(mona.feed())}
        self.assertEqual(set(events), {"Mine", "Hers"})
        self.assertEqual(str(events["Hers"]["UID"]), str(events_of(booked.moderator.letter.calendar)[0]["UID"]))
        attendees = events["Hers"].get("ATTENDEE", [])
        seen = {str(one).lower() for one in (attendees if isinstance(attendees, list) else [attendees])}
        self.assertNotIn("mailto:" + booked.guest.mail, seen)  # others are not hers to see
        self.assertIsNotNone(mine)

    async def test_feed__again__costs_nothing_until_it_changes(self):
        booked = self.book(in_days=1)
        link = booked.organiser.feed_link()
        first = await stage.until("a tag (not in the second of a change)", lambda: (lambda page: "ETag" in page.headers and page)(booked.organiser.get(link)))
        tag = first.headers["ETag"]
        self.assertEqual(first.type, "text/calendar")
        again = booked.organiser.browser.get(link, If_None_Match=tag)
        self.assertEqual((again.status, again.body), (304, b""))
        booked.guest.answer("accepted")  # within the same second, most often
        changed = booked.organiser.browser.get(link, If_None_Match=tag)
        self.assertEqual(changed.status, 200)
        self.assertIn(b"PARTSTAT=ACCEPTED", changed.body.replace(b"\r\n ", b""))

    def test_feed__cancelled__is_told_as_cancelled(self):
        booked = self.book(in_days=1)
        booked.meeting.cancel()
        events = [event for event in events_of(booked.organiser.feed()) if str(event["SUMMARY"]) == booked.subject]
        self.assertTrue(all(str(event.get("STATUS")) == "CANCELLED" for event in events), events)


class Join(stage.Case):
    async def test_token__join__is_verified_by_prosody(self):
        booked = self.book()
        ticket = booked.guest.ticket()
        self.assertEqual(ticket.base, f"https://{self.site.env['DOMAIN']}/")
        claims = ticket.claims
        self.assertEqual((claims["iss"], claims["aud"], claims["room"]), ("jmb", "jitsi", ticket.room))
        self.assertLessEqual(claims["nbf"], time.time() - 30)
        self.assertLess(time.time(), claims["exp"])
        self.assertNotIn("@", ticket.user_id)
        self.assertNotIn(booked.guest.mail.partition("@")[0], ticket.user_id)
        for kind in (Client, WsClient):
            client = await self.enter(booked.guest, "gus", kind)
            self.assertEqual(client.role(), "participant")
            await client.close()

    async def test_token__cut__is_refused_by_prosody(self):
        token = self.book().guest.ticket().token
        head, body, signature = token.split(".")
        for bad in (token[:-1], f"{head}.{body}.", f"{head}.{body[:-1]}.{signature}", signature):
            for kind in (Client, WsClient):
                with self.subTest(bad[-10:], kind=kind.__name__), self.assertRaises(AuthRefused):
                    await self.client(kind, bad).connect()

    async def test_token__another_room__is_refused_by_prosody(self):
        one, other = self.book(), self.book()
        client = self.client(Client, one.guest.ticket().token)
        await client.connect()
        with self.assertRaises(Refused):
            await client.join(other.room, "gus")

    async def test_token__life__ends_with_the_meeting(self):
        booked = self.book(minutes=90)
        grace = 1
        for person in (booked.organiser, booked.guest):
            self.assertLess(abs(person.ticket().claims["exp"] - (time.time() + 90 * 60 + grace)), 61 + 60)

    def test_join_link__early__waits(self):
        booked = self.book(in_days=1)
        page = booked.guest.open_join_link()
        self.assertEqual(page.status, 200)
        self.assertIn(booked.subject, page.text)
        self.assertTrue(1 <= int(page.find("meta", http_equiv="refresh").get("content")) <= 300)
        self.assertIsNotNone(page.find("time"))

    def test_join_link__answer__gives_no_referrer_and_is_not_kept(self):
        page = self.book().guest.open_join_link()
        self.assertEqual((page.status, page.headers["Referrer-Policy"], page.headers["Cache-Control"]), (302, "no-referrer", "no-store"))

    async def test_roster__join_and_leave__is_seen_by_the_organiser(self):
        booked = self.book()
        gus = await self.enter(booked.guest, "gus")
        await stage.until("connected", lambda: "Connected" in booked.meeting.roster()[booked.guest.mail][4])
        self.assertIn("1 person connected", booked.organiser.get("").text)
        await gus.leave()
        def has_left():
            cell = booked.meeting.roster()[booked.guest.mail][4]
            return "Connected" not in cell and "once" in cell and "first at" in cell
        await stage.until("left", has_left)


class Ending(stage.Case):
    """A meeting of a few seconds, with the reminders and the end that everybody must see. Played once, looked at by each test."""

    @classmethod
    def setUpClass(cls):
        cls.clients, cls.stays, cls.strangers = {}, {}, []
        asyncio.run(cls.play(cls()))

    async def play(self):
        cls = type(self)
        cls.subject = f"Short {random_word()}"
        booked = cls.booked = stage.book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), cls.subject, **stage.ending_in(24))
        cls.ends = events_of(booked.guest.letter.calendar)[0].decoded("DTEND")
        cls.room = booked.guest.ticket().room
        for nick, person, kind in (("stranger", None, WsClient), ("guest", booked.guest, Client), ("moderator", booked.moderator, WsClient),
                                   ("organiser", booked.organiser, Client)):
            await self.come(nick, person, kind)
        cls.late_token = booked.guest.ticket()
        await self.go("guest")
        await self.come("guest", booked.guest, Client)
        cls.first = await cls.clients["organiser"].wait_for(lambda s: s in stage.room_speaks(cls.clients["organiser"]), 60, what="first reminder")
        await self.come("late", None, Client)
        for nick, client in cls.clients.items():
            await client.wait_for(lambda s, c=client: s.name == "presence" and s.nick == c.nick and s.type == "unavailable", 60, what="the end")
            cls.stays[nick][-1].append(utc_now())
        for client in list(cls.clients.values()):
            await client.close()
        await stage.until("the grace is over", lambda: utc_now() > cls.ends + datetime.timedelta(seconds=1.5))
        await stage.until("everybody's end on the page", lambda: len(booked.meeting.visits()) == 5 and not any(row.is_there for row in booked.meeting.visits().values()))

    async def come(self, nick, person, kind):
        cls, before = type(self), utc_now()
        if person:
            client = await person.enter(nick, kind)
        else:
            client = kind(self.site.env)
            await client.connect()
            await client.join(cls.room, nick, nick.title())
        cls.clients[nick] = client
        cls.stays.setdefault(nick, []).append([before, utc_now()])

    async def go(self, nick):
        cls = type(self)
        await cls.clients[nick].leave()
        await cls.clients[nick].close()
        cls.stays[nick][-1].append(utc_now())

    def test_reminders__everybody__hears_each_once(self):
        first = "room reminder 4 s before the end"
        for nick in ("stranger", "guest", "moderator", "organiser"):
            bodies = [stanza.body for stanza in stage.room_speaks(self.clients[nick])]
            self.assertEqual(len(bodies), 2, f"{nick} heard {bodies}")
            self.assertIn("4", bodies[0], first)
        self.assertEqual(len(stage.room_speaks(self.clients["late"])), 1)

    def test_reminders__form__is_what_web_clients_show(self):
        for stanza in stage.room_speaks(self.clients["moderator"]):
            self.assertEqual((stanza.type, stanza.nick), ("groupchat", ""))
            self.assertTrue(stanza.text("display-name"))
            self.assertIsNone(stanza.find("delay"))

    def test_reminders__time__is_the_planned_one(self):
        speaks = stage.room_speaks(self.clients["organiser"])
        monotonic, now = time.monotonic(), utc_now()
        for stanza, before in zip(speaks, (4, 0)):
            at = now - datetime.timedelta(seconds=monotonic - stanza.t)
            self.assertLess(abs((at - self.ends).total_seconds() + before), 1.5, stanza)

    def test_end__everybody__sees_the_reason(self):
        reasons = set()
        for nick, client in self.clients.items():
            gone = next(s for s in client.stanzas if s.name == "presence" and s.type == "unavailable" and s.nick == client.nick)
            reasons.add(gone.text("x/destroy/reason"))
            self.assertFalse([s for s in client.stanzas if s.t > gone.t and s.name == "message"], nick)
        self.assertEqual(len(reasons), 1)
        self.assertTrue(reasons.pop())

    def test_roles__whole_meeting__never_the_wrong_one(self):
        for client in self.clients.values():
            for nick in ("stranger", "guest", "moderator", "organiser", "late"):
                if nick in client.roles_seen:
                    self.assert_roles(client, **{nick: "moderator" if nick in ("moderator", "organiser") else "participant"})

    def test_attendance__page__equals_what_happened(self):
        visits = self.booked.meeting.visits()
        names = {"organiser": self.booked.organiser.mail, "moderator": self.booked.moderator.mail, "guest": self.booked.guest.mail,
                 "stranger": "Stranger", "late": "Late"}
        slack = datetime.timedelta(seconds=1)
        found = {}
        for nick, name in names.items():
            row = next((row for row in visits.values() if name in row.name or row.name.lower().replace(" ", "-") in name), None)
            self.assertIsNotNone(row, f"{nick} is not in {list(visits)}")
            found[nick] = row
            self.assertEqual(row.verified, nick not in ("stranger", "late"))
            self.assertEqual(len(row.stays), len(self.merged(self.stays[nick])), row)
            for (begun, ended, about), (before, after, gone) in zip(row.stays, self.merged(self.stays[nick])):
                self.assertFalse(about)
                self.assertTrue(before - slack <= begun <= after, f"{nick}: {begun} is not in {before}..{after}")
                self.assertTrue(after - slack <= ended <= gone, f"{nick}: {ended} is not before {gone}")
        self.assertEqual(len(visits), len(found))
        self.assertEqual(found["stranger"].role, "Not invited")

    @staticmethod
    def merged(stays):
        """Stays with breaks under 5 s shown as one, as the page does it."""
        merged = []
        for before, after, gone in stays:
            if merged and before - merged[-1][2] < datetime.timedelta(seconds=4):
                merged[-1][2] = gone
            else:
                merged.append([before, after, gone])
        return merged

    def test_join_link__over__says_so(self):
        for person in (self.booked.organiser, self.booked.guest):
            page = person.open_join_link()
            self.assertEqual((page.status, page.heading), (410, "This meeting is over"))
        self.assertIn("over", self.booked.guest.open_invitation().text)

    async def test_room__over__is_closed_to_everybody(self):
        guest = self.client(Client, self.late_token.token) if self.late_token.claims["exp"] > time.time() + 20 else self.client(Client)
        await guest.connect()
        with self.assertRaises(Refused) as refusal:
            await guest.join(self.room, "back", "Back")
        self.assertEqual(refusal.exception.condition, "destroy")
        self.assertTrue(refusal.exception.text)

    def test_list__over__is_past(self):
        page = self.booked.organiser.get("")
        self.assertIn(self.subject, page.find("section", aria_labelledby="past").text)
        self.assertEqual(page.root.find("section", aria_labelledby="live"), None)


if __name__ == "__main__":
    unittest.main()
