"""A walk past every page of a site in every state that people can bring it to, for the judges of pages and for the pictures of the manual.

    tour = Tour(site, house.open_tab, language="en")
    tour.prepare()                                   # people, meetings, answers, visits: over HTTP and XMPP; the past by SQL while jmbd is down
    for name, tab in tour.stops(): ...               # the tab shows the page now
    tour.close()
"""

import asyncio
import datetime
import functools
import pathlib
import sqlite3
import threading
import time
import uuid
import zoneinfo

from links import link_of_attendee, link_of_meeting, ref_of_attendee
from mailbox import Mailbox
from people import Guest, Organiser, sign_in_link, utc_now

DAY = 86400
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
NAMES = {"olivia.martin@example.org": "Olivia Martin", "mona.keller@example.org": "Mona Keller", "gus.petit@example.com": "Gus Petit",
         "hana.sato@example.net": "Hana Sato", "jeanne.dupre@example.org": "Jeanne Dupré", "emile.roy@example.com": "Émile Roy"}
OLIVIA, MONA, GUS, HANA, JEANNE, EMILE = NAMES


def mails(*people):
    return "\n".join(f"{NAMES[mail]} <{mail}>" for mail in people)


def at(days, hour):
    """That hour in so many days, of the site's zone."""
    return (datetime.datetime.now(PARIS) + datetime.timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


class Background:
    """An asyncio loop of its own, for the clients that sit in a room while pages are looked at."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def do(self, coroutine, timeout=120):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    def close(self):
        async def end():
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
        self.do(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


class Tour:
    def __init__(self, site, open_tab, language="en", **options):
        self.site, self.language = site, language
        self.open_tab = lambda: open_tab(language=language, **options)
        self.background = Background()
        self.clients, self.tabs, self.booked = [], [], {}

    # -- what there is to see

    def prepare(self):
        for letter in pathlib.Path(self.site.env["MAIL_DIR"]).glob("*.eml"):  # of a walk before this one
            letter.unlink()
        Mailbox.parsed.clear()
        self.olivia = Organiser(self.site, OLIVIA, self.language)
        self.olivia.sign_in()
        self.book("past", "Budget 2027", MONA, [GUS, HANA, EMILE], starts=at(4, 10))
        self.book("nobody", "Relecture du rapport", "", [HANA], starts=at(5, 16))
        self.book("cancelled", "Atelier d’écriture", "", [GUS, EMILE], starts=at(2, 9))
        self.book("thesis", "Thesis committee of Hana Sato", JEANNE, [HANA, GUS], starts=at(8, 14), description="Report, then questions.\nRoom B 12 for those on site.")
        self.book("soon", "Weekly stand-up", MONA, [GUS, EMILE], starts=utc_now() + datetime.timedelta(minutes=40), minutes=30)
        self.book("live", "Réunion d’équipe", MONA, [GUS, HANA, EMILE], minutes=90, starts=utc_now() - datetime.timedelta(minutes=25))
        self.answers()
        self.site.stop_daemon()
        self.make_past()
        self.site.start_daemon()
        self.enter("live", GUS, MONA, OLIVIA)

    def book(self, key, subject, moderator, guests, **fields):
        meeting = self.olivia.book(subject, moderators=moderator and mails(moderator), guests=mails(*guests), tz="Europe/Paris",
                                   **{"minutes": 60, **fields})
        self.booked[key] = meeting
        meeting.people = {mail: Guest(self.site, mail, self.language).invited(subject) for mail in [*guests, *([moderator] if moderator else []), OLIVIA]}
        meeting.subject = subject

    def answers(self):
        live, soon, past = self.booked["live"], self.booked["soon"], self.booked["past"]
        for meeting in (live, soon, past):
            meeting.people[MONA].answer("accepted")
        live.people[GUS].answer("accepted", "J’arrive à 10 h 15, pardon !")
        live.people[HANA].answer("declined", "Another meeting, sorry.")
        past.people[GUS].answer("tentative")
        self.booked["thesis"].people[HANA].answer("accepted")
        self.booked["cancelled"].people[EMILE].answer("accepted")
        self.booked["cancelled"].cancel("Salle inondée")

    def make_past(self):
        """Moves two meetings to yesterday, and gives one of them its visits."""
        database = sqlite3.connect(self.site.env["DB"])
        database.execute("PRAGMA foreign_keys=on")
        for key in ("past", "nobody"):
            days = 5 if key == "past" else 7
            database.execute("UPDATE meeting SET starts_at=starts_at-?, ends_at=ends_at-?, created_at=created_at-? WHERE ref=?",
                             (days * DAY, days * DAY, days * DAY, self.booked[key].ref))
        meeting, node, starts = database.execute("SELECT id, room, starts_at FROM meeting WHERE ref=?", (self.booked["past"].ref,)).fetchone()
        stream = database.execute("INSERT INTO stream (prosody, boot, heartbeat_ms) VALUES ('main', ?, ?)", (str(uuid.uuid4()), starts * 1000)).lastrowid
        room = database.execute("INSERT INTO room (stream, instance, address, kind, node, meeting, opened_ms, closed_ms) VALUES (?,?,?,'main',?,?,?,?)",
                                (stream, str(uuid.uuid4()), f"{node}@conference.meet.jmb.test", node, meeting, (starts - 300) * 1000, (starts + 3700) * 1000)).lastrowid
        for mail, name, stays, moderator in ((OLIVIA, None, [(-4, 61)], 1), (MONA, None, [(0, 22), (25, 61)], 1), (GUS, None, [(6, 58)], 0),
                                             (None, "Salle B 12", [(-1, 60)], 0)):
            attendee = database.execute("SELECT id, ref, name FROM attendee WHERE meeting=? AND mail=?", (meeting, mail)).fetchone() or (None, None, None)
            for begin, end in stays:
                database.execute("INSERT INTO visit (room, meeting, attendee, nick, token_user, token_name, name, room_kind, kind, prosody_ms, joined_ms, left_ms, "
                                 "moderator) VALUES (?,?,?,?,?,?,?,'main','participant',?,?,?,?)",
                                 (room, meeting, attendee[0], uuid.uuid4().hex[:8], attendee[1], attendee[2] or NAMES.get(mail), name or NAMES[mail],
                                  (starts + begin * 60) * 1000, (starts + begin * 60) * 1000, (starts + end * 60) * 1000, moderator))
        database.commit()
        database.close()

    def enter(self, key, *people):
        for mail in people:
            person = self.booked[key].people[mail]
            self.clients.append(self.background.do(person.enter(mail.partition(".")[0])))
        end = time.monotonic() + 60
        page = self.booked[key].page
        while page().text.lower().count(self.word("Connected").lower()) < len(people):
            if time.monotonic() > end:
                raise AssertionError("the meeting's page does not show who is connected")
            time.sleep(0.05)

    def word(self, text):
        return self.visitor.word(text)

    # -- walking: somebody who is signed in all the time, and somebody whom the site does not know

    @functools.cached_property
    def organiser(self):
        return self.signed_in(OLIVIA)

    @functools.cached_property
    def visitor(self):
        return self.tab()

    def tab(self):
        tab = self.open_tab()
        self.tabs.append(tab)
        return tab

    def signed_in(self, mail):
        tab = self.tab()
        tab.goto(sign_in_link(self.site, mail))
        tab.locator("main button").follow()
        return tab

    def stops(self):
        for part in (self.at_the_door, self.lists, self.form, self.meeting, self.invitations, self.joins, self.others):
            yield from part()

    def at_the_door(self):
        tab = self.visitor
        yield "sign-in", tab.goto("sign-in")
        tab.locator("#mail").fill("olivia.martin")
        yield "sign-in-error", tab.locator("main button").follow()
        tab.locator("#mail").fill(OLIVIA)
        yield "sign-in-sent", tab.locator("main button").follow()
        yield "sign-in-link", tab.goto(sign_in_link(self.site, "nina.new@example.org"))
        link = tab.address()
        tab.locator("main button").follow()
        yield "list-empty", tab
        yield "signed-out", tab.locator("form.who button").follow()
        yield "sign-in-link-used", tab.goto(link, wanted=410)
        yield "not-found", tab.goto("nowhere", wanted=404)
        yield "link-not-valid", tab.goto("j/" + "A" * 32, wanted=404)

    def lists(self):
        tab = self.organiser
        yield "list", tab.goto("")
        yield "list-past", tab.goto("?view=past")
        guest = self.signed_in(MONA)
        yield "list-moderator", guest.goto("")

    def form(self):
        tab = self.organiser
        yield "form", tab.goto("meetings/new")
        yield "form-options", self.open_details(tab)
        self.fill(tab, subject="", guests="gus.petit@example.com, hana.sato@, Émile", date="2020-01-01")
        yield "form-errors", tab.locator("form:has(#subject) button.button").first().follow()
        tab.goto("meetings/new")
        self.fill(tab, subject="Point hebdomadaire", guests=mails(GUS, EMILE), date=at(6, 11).strftime("%Y-%m-%d"), time="11:00")
        yield "booked", tab.locator("form:has(#subject) button.button").first().follow()

    def fill(self, tab, **fields):
        for name, value in fields.items():
            tab.locator("#" + name).fill(value)

    def open_details(self, tab):
        tab.look("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        return tab

    def meeting(self):
        tab = self.organiser
        for key in ("live", "soon", "thesis", "past", "cancelled"):
            yield "meeting-" + key, tab.goto(self.booked[key].path)
        yield "cancel", tab.goto(self.booked["soon"].path + "/cancel")
        yield "edit", tab.goto(self.booked["thesis"].path + "/edit")
        yield "edit-live", tab.goto(self.booked["live"].path + "/edit")
        yield from self.edits()
        yield "end", tab.goto(self.booked["live"].path + "/end")
        yield "add-person", tab.goto(self.booked["thesis"].path + "/attendees")
        yield "hand-over", tab.goto(self.booked["thesis"].path + "/hand-over")
        person = "/attendees/" + ref_of_attendee(self.site, self.booked["thesis"].ref, GUS)
        yield "remove-person", tab.goto(self.booked["thesis"].path + person + "/remove")
        yield "renew-link", tab.goto(self.booked["thesis"].path + person + "/renew")
        yield "attendance", tab.goto(self.booked["past"].path + "/attendance")
        yield "attendance-live", tab.goto(self.booked["live"].path + "/attendance")
        yield "attendance-nobody", tab.goto(self.booked["nobody"].path + "/attendance")
        tab = self.signed_in(JEANNE)
        yield "meeting-as-moderator", tab.goto(self.booked["thesis"].address)
        yield "meeting-of-others", tab.goto(self.booked["live"].address, wanted=404)

    def edits(self):
        """Forms that come back with a question: at the time of another meeting, and after somebody else was quicker."""
        tab = self.organiser
        save = tab.locator("form:has(#subject) button.button:not([name])").first()
        tab.goto("meetings/new")
        self.fill(tab, subject="Point budget", date=at(8, 14).strftime("%Y-%m-%d"), time="14:30", guests=mails(EMILE))
        yield "form-overlap", save.follow()
        path = self.booked["thesis"].path
        tab.goto(path + "/edit")
        self.fill(tab, subject="Thesis committee of Hana Sato (moved to B 14)")
        other = self.signed_in(OLIVIA)
        other.goto(path + "/attendees")
        other.locator("#invite").fill(mails(EMILE))
        other.locator("main form button.button").first().follow()
        other.goto(path + "/attendees/" + ref_of_attendee(self.site, self.booked["thesis"].ref, GUS) + "/remove")
        other.locator("main form button.button").first().follow()
        yield "edit-stale", save.follow()
        # as it was, for the stops to come
        other.goto(path + "/attendees")
        other.locator("#invite").fill(mails(GUS))
        other.locator("main form button.button").first().follow()

    def invitations(self):
        tab = self.visitor
        link = lambda key, mail: self.booked[key].people[mail].letter.invitation_link  # noqa: E731
        yield "invitation", tab.goto(link("thesis", GUS))
        tab.locator("#comment").fill("Avec plaisir.")
        yield "invitation-answered", tab.locator("button[name=answer][value=accepted]").follow()
        yield "invitation-live", tab.goto(link("live", EMILE))
        yield "invitation-over", tab.goto(link("past", GUS))
        yield "invitation-cancelled", tab.goto(link("cancelled", GUS))

    def joins(self):
        tab = self.visitor
        link = lambda key, mail: self.booked[key].people[mail].letter.join_link  # noqa: E731
        yield "waiting", tab.goto(link("soon", GUS))
        yield "waiting-stopped", tab.goto(link("soon", GUS) + "?stay=1")
        yield "join-over", tab.goto(link("past", GUS), wanted=410)
        yield "join-cancelled", tab.goto(link("cancelled", EMILE), wanted=410)

    def others(self):
        tab = self.organiser
        yield "my-room", tab.goto("my-room")
        if tab.look("!!document.querySelector('main form[method=post]')"):
            yield "my-room-mine", tab.locator("main form[method=post] button").first().follow()
        yield "settings", tab.goto("settings")
        yield "closed", self.visitor.goto("closed")
        yield "signed-out-page", self.visitor.goto("signed-out")
        yield "shared", self.visitor.goto("s/" + link_of_meeting(self.site, self.booked["live"].ref, "shared"))
        yield "shared-error", self.visitor.locator("main form button").first().follow()
        live = self.booked["live"].ref
        yield "extend", self.visitor.goto("x/" + link_of_attendee(self.site, live, MONA, "extend"))
        yield "reminders-off", self.visitor.goto("u/" + link_of_attendee(self.site, live, GUS, "stop"))
        yield "sign-in-code", self.visitor.goto("sign-in/code")

    def close(self):
        for client in self.clients:
            self.background.do(client.close())
        self.background.close()
