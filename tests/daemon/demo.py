#!/usr/bin/python3
"""make demo: one meeting from the booking to the attendance page, on a private site, through public doors only.

Brings up a Prosody laid out like Jitsi's, a stand-in for Jicofo and jmbd (tests/daemon/site), all on 127.0.0.1 and in a
folder of its own, plays the meeting with real XMPP clients, prints what they see, and stays up until Ctrl-C.
DEMO_SECONDS=N: ends by itself, with status 0 as soon as everything was seen, with 1 and the list of what was not when N
seconds are over.
"""

import asyncio
import datetime
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import textwrap
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.stdout.reconfigure(line_buffering=True, errors="replace")

try:
    from jmbsite import Site
    from people import Guest, Organiser, events_of, sign_in_link
    from site_process import tail
    from xmpp_client import Client
except ImportError as missing:
    sys.exit(f"demo: {missing}. `tests/daemon/need build run` installs what it takes; run it by /usr/bin/python3.")

ORGANISER, MODERATOR = "olivia.martin@example.org", "mona.keller@example.org"
GUEST, ABSENT = "gus.petit@example.com", "hana.sato@example.net"
NAMES = {ORGANISER: "Olivia Martin", MODERATOR: "Mona Keller", GUEST: "Gus Petit", ABSENT: "Hana Sato"}
STRANGER = "Somebody"
SUBJECT = "Opening of the JMB demo"

# What the play must show, in its order.
WANTED = {
    "up": "the private site is up",
    "sign-in": "the organiser signs in by the link in the mail",
    "booked": "a meeting is booked over HTTP, starting now",
    "letters": "the invitations land in the mail folder",
    "calendar": "the invitation's calendar part is read",
    "answer": "a guest accepts, another declines, on the invitation page",
    "roster": "the organiser's page shows the answers",
    "feed": "the organiser's calendar feed is read",
    "stranger": "a stranger without a token joins first",
    "guest": "the guest joins by the own link",
    "moderator": "the moderator joins by the own link, moderator from the first presence on",
    "organiser": "the organiser joins by the own link, moderator from the first presence on",
    "refused": "the stranger and the guest never are moderator, in anybody's client, though the focus tried",
    "live": "the organiser's list shows the meeting as live",
    "warned": "the reminder 30 s before the end, once in each client",
    "told": "the reminder at the end, once in each client",
    "ended": "the meeting ends for everybody, with the reason",
    "attendance": "the attendance page tells who was there from when to when",
    "over": "the join link says that the meeting is over",
}

LATER = [  # further meetings, so that the pages are worth looking at: subject, minutes, days ahead, moderators, guests
    ("Weekly stand-up", 15, 1, MODERATOR, GUEST),
    ("Conseil d’école", 90, 3, f"Jeanne Dupré <jeanne.dupre@example.org>, {MODERATOR}", f"{GUEST}, {ABSENT}, Émile Roy <emile.roy@example.com>"),
    ("Thesis committee of Hana Sato", 60, 8, "", f"{ABSENT}, {GUEST}"),
]


class NotSeen(Exception):
    """Something went otherwise than it should."""


class Demo:
    def __init__(self, limit):
        self.began, self.limit = time.monotonic(), limit
        self.missing = dict(WANTED)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jmb-demo-"))
        self.folder.chmod(0o755)
        self.site = Site(self.folder / "site", focus="first", conf=[
            "site.name=JMB demo", "meetings.length_least=2m", "meetings.length_step=1m", "meetings.grace=4s", "reminders.at_end=close",
            "reminders.room=30s, 0s", "auth.sign_in_age=1d"])
        self.clients = {}  # nick -> Client
        self.tick = "\u2713" if (sys.stdout.encoding or "").lower().startswith("utf") else "ok"

    # -- telling

    def say(self, text="", mark=" "):
        width = max(60, shutil.get_terminal_size((130, 24)).columns)
        head = f"{time.monotonic() - self.began:6.1f} s  {mark:2} "
        print(textwrap.fill(head + text, width, subsequent_indent=" " * len(head), break_long_words=False, break_on_hyphens=False))

    def seen(self, what, text):
        self.say(text, self.tick)
        del self.missing[what]

    def show_addresses(self):
        print()
        for name, value in (("The pages", self.site.env["HTTP_URL"]),
                            (f"{NAMES[ORGANISER]} signs in by", sign_in_link(self.site, ORGANISER)),
                            ("Mail, a file each", self.site.env["MAIL_DIR"]),
                            ("Logs and all else", str(self.site.dir))):
            print(f"            {name + ':':32} {value}")
        print()

    # -- before the meeting

    def up(self):
        self.say(f"bringing up Prosody, a focus and jmbd in {self.site.dir}, on 127.0.0.1 only")
        self.site.up()
        env = self.site.env
        self.seen("up", f"Prosody takes clients at {env['C2S_PORT']} and {env['WS_URL']}; jmbd is its component {env['COMPONENT']}")
        self.show_addresses()

    def book(self):
        self.olivia = Organiser(self.site, ORGANISER)
        letter = self.olivia.sign_in_by_mail()
        self.seen("sign-in", f"{NAMES[ORGANISER]} asked for a link, got the letter '{letter.subject}', and is signed in")
        self.meeting = self.olivia.book(SUBJECT, moderators=f"{NAMES[MODERATOR]} <{MODERATOR}>",
                                        guests=f"{NAMES[GUEST]} <{GUEST}>\n{NAMES[ABSENT]} <{ABSENT}>", minutes=2, seconds=True, tz="Europe/Paris")
        self.ends = self._end_of_meeting()
        self.seen("booked", f"'{SUBJECT}' is booked until {self.ends:%H:%M:%S} UTC: {self.olivia.browser.get(self.meeting.address).url}")

    def _end_of_meeting(self):
        event = next(event for event in events_of(self.olivia.feed()) if str(event["SUMMARY"]) == SUBJECT)
        self.event = event
        return event.decoded("DTEND").astimezone(datetime.timezone.utc)

    def read_letters(self):
        self.people = {mail: Guest(self.site, mail).invited(SUBJECT) for mail in (MODERATOR, GUEST, ABSENT)}
        self.olivia.invited(SUBJECT)
        self.people[ORGANISER] = self.olivia
        for mail in (MODERATOR, GUEST, ABSENT):
            self.say(f"letter to {mail}: {self.people[mail].letter.subject}")
        self.seen("letters", f"each with a join link of its own, such as {self.people[GUEST].letter.join_link}")
        letter = self.people[GUEST].letter
        event = events_of(letter.calendar)[0]
        if str(letter.calendar["METHOD"]) != "REQUEST" or event.decoded("DTEND") != self.ends:
            raise NotSeen(f"the invitation's calendar part is not that of the meeting: {event}")
        self.seen("calendar", f"python3-icalendar reads: {letter.calendar['METHOD']} {event['SUMMARY']}, "
                              f"{event.decoded('DTSTART'):%H:%M}–{event.decoded('DTEND'):%H:%M %Z}, from {event['ORGANIZER']}")

    def answer(self):
        self.people[GUEST].answer("accepted")
        self.people[ABSENT].answer("declined")
        self.seen("answer", f"{NAMES[GUEST]} accepts, {NAMES[ABSENT]} declines")
        roster = self.meeting.page().text.lower()
        for word in ("accepted", "declined"):
            if word not in roster:
                raise NotSeen(f"the organiser's page does not say '{word}': {roster}")
        self.seen("roster", "the meeting's page shows both answers")
        event = next(event for event in events_of(self.olivia.feed()) if str(event["SUMMARY"]) == SUBJECT)
        answers = {str(one).lower().removeprefix("mailto:"): one.params["PARTSTAT"] for one in event["ATTENDEE"]}
        if answers.get(GUEST) != "ACCEPTED" or answers.get(ABSENT) != "DECLINED":
            raise NotSeen(f"the feed has other answers: {answers}")
        self.seen("feed", f"so does the feed: {', '.join(f'{mail} {answer}' for mail, answer in sorted(answers.items()))}")

    # -- the meeting

    async def join(self):
        room = self.people[GUEST].ticket().room
        stranger = self.clients["stranger"] = Client(self.site.env)
        await stranger.connect()
        await stranger.join(room, "stranger", STRANGER)
        self.seen("stranger", f"{STRANGER} is in {stranger.room} as {stranger.role()}, and the focus wants to make the first one owner")
        for key, mail in (("guest", GUEST), ("moderator", MODERATOR), ("organiser", ORGANISER)):
            client = self.clients[key] = await self.people[mail].enter(key)
            wanted = "participant" if key == "guest" else "moderator"
            roles = [role for role, _ in client.roles_seen[key]]
            if set(roles) != {wanted}:
                raise NotSeen(f"{NAMES[mail]} should be {wanted}, and saw the own presence as {roles}")
            self.seen(key, f"{NAMES[mail]} is in, {wanted} from the first presence on")
        await asyncio.gather(*(client.wait_for_people(*self.clients) for client in self.clients.values()))
        self.focus_said = next((line for line in self.site.log("focus").splitlines() if f"{room}@" in line and "stranger (" in line), "")
        if "live" not in self.olivia.get("").text.lower():
            raise NotSeen("the organiser's list does not show the meeting as live")
        self.seen("live", "the organiser's list shows the meeting as live")

    def check_roles(self):
        for nick, client in self.clients.items():
            for person in self.clients:
                wrong = "participant" if person in ("moderator", "organiser") else "moderator"
                roles = [role for role, _ in client.roles_seen.get(person, [])]
                if wrong in roles or not roles:
                    raise NotSeen(f"the client of {nick} saw {person} as {roles}")
        if not self.focus_said:
            raise NotSeen("the focus did not try to make the stranger owner")
        count = sum(len(seen) for client in self.clients.values() for seen in client.roles_seen.values())
        self.seen("refused", f"nobody else was moderator in any of {count} presences; the focus said: {self.focus_said.partition(': ')[2]}")

    @staticmethod
    def reminders(client):
        """What the room itself said to this client."""
        return [stanza for stanza in client.messages() if not stanza.nick and stanza.type == "groupchat"]

    async def hear(self, what, number):
        """Waits until everybody has heard the room speak that often."""
        left = (self.ends - datetime.datetime.now(datetime.timezone.utc)).total_seconds() + 15
        for client in self.clients.values():
            await client.wait_for(lambda _, c=client: len(self.reminders(c)) >= number, max(left, 1), what=what)
        bodies = {self.reminders(client)[number - 1].body for client in self.clients.values()}
        if len(bodies) != 1:
            raise NotSeen(f"the reminders differ: {bodies}")
        self.seen(what, f"all {len(self.clients)} clients hear: '{bodies.pop()}'")

    async def end(self):
        reasons = set()
        for client in self.clients.values():
            gone = await client.wait_for(lambda s, c=client: s.name == "presence" and s.nick == c.nick and s.type == "unavailable", 30, what="the end")
            reasons.add(gone.text("x/destroy/reason"))
        for nick, client in self.clients.items():
            if len(self.reminders(client)) != 2:
                raise NotSeen(f"{nick} heard {[stanza.body for stanza in self.reminders(client)]}, not each of two reminders once")
        if len(reasons) != 1 or not all(reasons):
            raise NotSeen(f"the reasons of the end: {reasons}")
        self.seen("ended", f"the room is gone, and every client has the reason: '{reasons.pop()}'")

    async def attendance(self):
        """Reads the page until everybody has left in it (the last events may be under way)."""
        for _ in range(600):
            visits = self.meeting.visits()
            rows = [visits.get(name) for name in (NAMES[ORGANISER], NAMES[MODERATOR], NAMES[GUEST], STRANGER)]
            if all(row and row.stays and not row.is_there for row in rows):
                break
            await asyncio.sleep(0.05)
        else:
            raise NotSeen(f"the attendance page has {list(visits.values())}")
        for row in rows:
            stays = ", ".join(f"{begun:%H:%M:%S}–{ended:%H:%M:%S} UTC" for begun, ended, _ in row.stays)
            self.say(f"{row.name} ({row.role}, {'verified' if row.verified else 'not verified'}): {stays}")
        self.seen("attendance", f"as {self.olivia.browser.base.rstrip('/')}{self.meeting.path}/attendance says")
        page = self.people[GUEST].open_join_link()
        if page.status == 302 or not page.heading:
            raise NotSeen(f"the join link after the end answers {page.status}")
        self.seen("over", f"the join link now says '{page.heading}'")

    def decorate(self):
        """Further meetings of several people, by the same doors."""
        for subject, minutes, days, moderators, guests in LATER:
            self.olivia.book(subject, moderators, guests, minutes, days, language="fr" if "’" in subject else "en")
        mona = Organiser(self.site, MODERATOR)
        mona.sign_in()
        mona.book("Review of the exam calendar", ORGANISER, GUEST, 45, 2)
        for mail in (GUEST, ABSENT):
            Guest(self.site, mail).invited(LATER[2][0]).answer("accepted" if mail == GUEST else "tentative")

    async def play(self):
        self.up()
        self.book()
        self.read_letters()
        self.answer()
        await self.join()
        self.check_roles()
        await asyncio.to_thread(self.decorate)
        self.say(f"now everybody talks until {self.ends:%H:%M:%S} UTC")
        await self.hear("warned", 1)
        await self.hear("told", 2)
        await self.end()
        await self.attendance()

    # -- the end

    async def run(self):
        """The status to end with."""
        try:
            await asyncio.wait_for(self.play(), self.limit)
            for client in self.clients.values():
                await client.close()
        except Exception as problem:  # whatever it is: told with the logs beside it
            return self.report(problem)
        if self.limit:
            self.say(f"all {len(WANTED)} steps were seen", self.tick)
            return 0
        self.say("all of the meeting was seen; the site stays up until Ctrl-C")
        self.show_addresses()
        await asyncio.Event().wait()

    def report(self, problem):
        timed_out = isinstance(problem, asyncio.TimeoutError) and self.limit and time.monotonic() - self.began >= self.limit
        self.say(f"{self.limit:g} seconds are over" if timed_out else f"{type(problem).__name__}: {problem}", "!!")
        print("\nNot seen:")
        for text in self.missing.values():
            print(f"  - {text}")
        for name in ("jmbd", "prosody"):
            print("\n" + tail(self.site.log_path(name), 20))
        print(f"\nEverything of this run is kept in {self.folder}")
        self.folder = None
        return 1

    def down(self):
        self.site.down()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def main():
    given = os.environ.get("DEMO_SECONDS")
    try:
        limit = float(given) if given else None
    except ValueError:
        sys.exit(f"demo: DEMO_SECONDS={given} is not a number of seconds")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts it in the background has it ignored
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    demo = Demo(limit)
    status = 1
    try:
        status = asyncio.run(demo.run())
    except KeyboardInterrupt:
        print()
        demo.say("ended by hand")
        status = 0 if not demo.missing else 1 if limit else 130
    finally:
        demo.down()
    return status


if __name__ == "__main__":
    sys.exit(main())
