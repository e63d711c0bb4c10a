"""Calendars as others' software reads them: python3-icalendar, ical.js (Thunderbird's), khal and vdirsyncer read the feed over
HTTP and the invitations in the mail, without complaint, and agree on every instant around both changes of the clocks in ten zones and more."""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import ws_client  # noqa: E402
from icalendar import Calendar  # noqa: E402
from jmbsite import Site  # noqa: E402
from people import UTC, Guest, Organiser, events_of, utc_now  # noqa: E402

ZONES = ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca",
         "Pacific/Auckland", "America/Sao_Paulo", "Asia/Tokyo", "Pacific/Chatham", "Europe/Dublin", "Atlantic/Reykjavik", "Asia/Gaza", "Antarctica/Troll", "Pacific/Apia")
# Years in which the clocks of a zone went as nobody would think: Ramadan, decrees of the week before, a day that was left out, summer that is standard time,
# two hours, half an hour, a quarter.
ODD_YEARS = (("Africa/Casablanca", 2012, 2030), ("Asia/Gaza", 2010, 2030), ("America/Sao_Paulo", 2014, 2020), ("Antarctica/Troll", 2014, 2028),
             ("Pacific/Apia", 2010, 2013), ("Europe/Dublin", 1971, 1980), ("Europe/Dublin", 2024, 2028), ("Australia/Lord_Howe", 2006, 2028),
             ("Asia/Pyongyang", 2014, 2019), ("America/Caracas", 2007, 2017), ("Africa/Cairo", 2010, 2026), ("Europe/Volgograd", 2010, 2021),
             ("Asia/Kathmandu", 1985, 1987), ("Africa/El_Aaiun", 2015, 2028), ("America/Godthab", 2020, 2026))
WRITER = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "tests/proto/test_calendar"
HOSTILE = "Café; a,b\\n \"q\" ^n^' <b>&amp; 🎓 مرحبا BEGIN:VEVENT é" + "ü€𝄞," * 30
SUBJECT = HOSTILE[:110].replace("\\", "")  # icalendar 4.0, and khal with it, take an escaped backslash before n for a new line
GUEST, ADDRESS = "gus@example.net", "answers@meet.jmb.test"
DAY = datetime.timedelta(days=1)
AHEAD = 380 * DAY  # from a Sunday in November to the one of next year it may be 371 days: both changes of a year lie within this, whenever it begins
COMPLAINTS = ("warn", "error", "critical", "invalid", "traceback", "skipp")


def changes_of(name, since, until):
    """The instants at which the zone's offset changes, to the minute."""
    zone, found = zoneinfo.ZoneInfo(name), []

    def offset(at):
        return at.astimezone(zone).utcoffset()

    at = since
    while at < until:
        if offset(at) != offset(at + DAY):
            low, high = at, at + DAY
            while high - low > datetime.timedelta(minutes=1):
                middle = (low + (high - low) / 2).replace(second=0, microsecond=0)
                if middle <= low:
                    break
                low, high = (low, middle) if offset(low) != offset(middle) else (middle, high)
            found.append(high)
        at += DAY
    return found


def starts_in(name):
    """Where the meetings of a zone begin: 90 minutes before each change of its clocks within the feed, so that they last over it, and a day behind
    it; without changes in winter and in summer."""
    since = (utc_now() + 3 * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    changes = changes_of(name, since, since + AHEAD)
    if not changes:
        return [since + 20 * DAY, since + 200 * DAY]
    return [at for change in changes for at in (change - datetime.timedelta(minutes=90), change + DAY)]


class Calendars(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        ws_client.install()
        folder = tempfile.TemporaryDirectory(prefix="jmb-calendars-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.folder = pathlib.Path(folder.name)
        cls.site = Site(str(cls.folder / "site"), focus="none", conf=[f"mail.reply_address={ADDRESS}", f"mail.reply_socket={cls.folder}/site/reply.sock",
                                                                            "meetings.ahead_most=400d", "calendar.feed_ahead=400d"])
        cls.site.up()
        cls.addClassCleanup(cls.site.down)
        cls.organiser = Organiser(cls.site, "ada@example.org")
        cls.organiser.sign_in()
        cls.guest = Guest(cls.site, GUEST)
        cls.booked, cls.invitations = {}, {}
        for zone in ZONES:
            for number, starts in enumerate(starts_in(zone)):
                subject = f"Café, {zone}; № {number}"
                cls.organiser.book(subject, guests=GUEST, minutes=180, starts=starts, tz=zone)
                cls.booked[subject] = (int(starts.timestamp()), int(starts.timestamp()) + 180 * 60)
        for subject in cls.booked:
            cls.invitations[subject] = cls.guest.invited(subject).letter
        cls.feed = cls.write("feed.ics", cls.organiser.get(cls.organiser.feed_link()).body)

    @classmethod
    def write(cls, name, body):
        path = cls.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        return path

    @classmethod
    def run_reader(cls, *words, data=False):
        """Its output; a complaint or a status that is not 0 fails. What is data may hold any word, as links are random letters: there, anything on stderr is a complaint."""
        home = cls.folder / "home"
        home.mkdir(exist_ok=True)
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1"}
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, env=env, cwd=home, check=False)
        said = done.stderr if data else done.stdout + done.stderr
        said = re.sub(r"\bitem \S+", "item", said)  # vdirsyncer says which, by random letters
        complaints, besides = [], []
        for line in said.splitlines():
            (complaints if data or any(word in line.lower() for word in COMPLAINTS) else besides).append(line)
        if done.returncode or complaints:
            raise AssertionError("\n".join([f"{words[0]} ends with {done.returncode} and complains:", *complaints, "and says besides:", "\n".join(besides)[-3000:]]))
        return done.stdout

    def ical_js(self, *paths):
        return json.loads(self.run_reader("node", HERE / "read_calendars.mjs", *paths, data=True))

    def khal(self, name, *words):
        """khal over the folder of that name, with a configuration and a cache of its own."""
        (self.folder / name).mkdir(exist_ok=True)
        conf = self.write(f"{name}.khal", f"""[calendars]
[[events]]
path = {self.folder / name}
[sqlite]
path = {self.folder / name}.db
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[default]
default_calendar = events
""")
        return self.run_reader("khal", "-c", conf, *words)

    def khal_list(self, name):
        since = datetime.datetime.now(UTC).strftime("%Y-%m-%d")
        lines = self.khal(name, "list", "--once", "--day-format", "", "--format", "{start-date-long} {start-time}|{end-date-long} {end-time}|{title}|{status}", since, "400d")
        found = {}
        for line in filter(None, lines.splitlines()):
            starts, ends, title, status = line.split("|")
            found[title] = (*(int(datetime.datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()) for at in (starts, ends)), status.strip())
        return found

    def instants(self, events):
        return {event["summary"]: (event["starts"], event["ends"]) for event in events}

    def by_icalendar(self, calendar):
        events = events_of(calendar)
        self.assertEqual([event.errors for event in events if event.errors], [])
        return {str(event["SUMMARY"]): (int(event["DTSTART"].dt.timestamp()), int(event["DTEND"].dt.timestamp())) for event in events}

    def test_calendars__feed__every_reader_agrees_on_every_instant(self):
        self.assertGreaterEqual(len(self.booked), 2 * len(ZONES))
        self.assertEqual(self.by_icalendar(Calendar.from_ical(self.feed.read_bytes())), self.booked)
        events, = self.ical_js(self.feed)
        self.assertEqual(self.instants(events), self.booked)
        for event in events:
            self.assertEqual(event["answers"], {"ada@example.org": "ACCEPTED", GUEST: "NEEDS-ACTION"})
            if event["zone"] != "UTC":  # as times are written that the wall shows twice
                self.assertIn(event["zone"], event["summary"])

    def test_calendars__feed_of_a_guest__has_the_same_instants_and_their_own_answer(self):
        guest = Organiser(self.site, GUEST)
        guest.sign_in()
        events, = self.ical_js(self.write("guest.ics", guest.get(guest.feed_link()).body))
        events = [event for event in events if event["summary"] in self.booked]  # others may invite them too
        self.assertEqual(self.instants(events), self.booked)
        for event in events:
            self.assertEqual(event["answers"][GUEST], "NEEDS-ACTION")
            self.assertLessEqual(set(event["answers"]), {GUEST, "ada@example.org"})

    def test_calendars__invitations__every_reader_agrees_on_every_instant(self):
        self.assertEqual({subject: self.by_icalendar(letter.calendar)[subject] for subject, letter in self.invitations.items()}, self.booked)
        paths = [self.write(f"letters/{number}.ics", letter.calendar_part().get_payload(decode=True))
                 for number, letter in enumerate(self.invitations.values())]
        read = self.ical_js(*paths)
        self.assertEqual(self.instants(event for events in read for event in events), self.booked)
        for (event,), letter in zip(read, self.invitations.values()):
            self.assertEqual((event["organizer"], event["url"], event["status"]), (ADDRESS, letter.join_link, "CONFIRMED"))
        self.khal("invited", "import", "--batch", "-a", "events", *paths)
        self.assertEqual({title: at[:2] for title, at in self.khal_list("invited").items()}, self.booked)

    def test_calendars__odd_years__every_reader_agrees_on_every_instant(self):
        for number, (zone, first, last) in enumerate(ODD_YEARS):
            since, until = (datetime.datetime(year, 1, 2, tzinfo=UTC) for year in (first, last))
            changes = changes_of(zone, since, until)
            self.assertTrue(changes, zone)
            starts = [int((at + shift).timestamp()) for at in changes for shift in (-DAY, -datetime.timedelta(minutes=90), datetime.timedelta(minutes=-1),
                                                                                   datetime.timedelta(), datetime.timedelta(minutes=59), DAY, 3 * DAY)]
            events = [{"uid": f"{at}@meet.example", "subject": f"{zone} {at}", "starts_at": at, "ends_at": at + 7200, "tz": zone, "organiser_mail": "a@example.org",
                       "join_address": "https://meet.example/j/x", "created_at": since.timestamp().__int__(), "updated_at": at, "stamp_at": at, "attendees": []}
                      for at in sorted(set(starts))]
            expected = {event["subject"]: (event["starts_at"], event["ends_at"]) for event in events}
            written = subprocess.run([WRITER, "write"], input=json.dumps({"method": 0, "name": zone, "events": events}).encode(), capture_output=True, check=True,
                                     timeout=60).stdout
            path = self.write(f"odd-{number}.ics", written)
            with self.subTest(zone=zone, reader="ical.js"):
                read, = self.ical_js(path)
                self.assertEqual(self.instants(read), expected)
            with self.subTest(zone=zone, reader="icalendar"):
                self.assertEqual(self.by_icalendar(Calendar.from_ical(written)), expected)

    def assert_lines(self, body):
        """Byte by byte what RFC 5545 3.1 asks for: CRLF, 75 bytes, whole characters, no control character; and names that there are."""
        self.assertTrue(body.endswith(b"\r\n"))
        for line in body.removesuffix(b"\r\n").split(b"\r\n"):
            self.assertTrue(0 < len(line) <= 75, line)
            line.decode()  # no character is cut in two
            self.assertFalse([byte for byte in line if byte < 0x20 and byte != 0x09 or byte == 0x7F], line)
        unfolded = body.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")
        known = {"BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "TZID", "DTSTART", "DTEND",
                 "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE", "RDATE", "UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "STATUS", "SUMMARY", "DESCRIPTION",
                 "LOCATION", "URL", "CONFERENCE", "X-GOOGLE-CONFERENCE", "ORGANIZER", "ATTENDEE", "ACTION", "TRIGGER", "TRANSP",
                 "X-MICROSOFT-CDO-BUSYSTATUS"}
        self.assertEqual({line.split(":")[0].split(";")[0] for line in unfolded} - known, set())
        for line in unfolded:
            if line.startswith(("SUMMARY", "DESCRIPTION", "LOCATION")):
                value = line.partition(":")[2]
                for at in re.finditer(r"\\\\|\\.|[;,]", value):  # 3.3.11: what is special is escaped, and nothing else
                    self.assertIn(at.group(), ("\\\\", "\\;", "\\,", "\\n"), line)

    def test_calendars__feed_with_everything__is_read_without_complaint(self):
        """Alarms, a cancelled one, a list that is shown, answers, zones with rules and without, and text that means harm."""
        organiser, names = Organiser(self.site, "mia@example.org"), {}
        organiser.sign_in()
        starts = (utc_now() + 12 * DAY).replace(minute=0, second=0, microsecond=0)
        for number, zone in enumerate(("Europe/Paris", "Africa/Casablanca", "America/Sao_Paulo", "Australia/Lord_Howe")):
            names[zone] = organiser.book(f"{SUBJECT} {number}", guests=f'"Ü; ""Q"" <x>, ^n" <{GUEST}>, other@example.net', minutes=60,
                                         starts=starts + number * DAY, tz=zone, description=HOSTILE + "\r\nSUMMARY:evil\r\n" + HOSTILE, show_guests="yes")
        names["America/Sao_Paulo"].cancel()
        body = organiser.get(organiser.feed_link()).body
        guest = Organiser(self.site, GUEST)
        guest.sign_in()
        theirs = guest.get(guest.feed_link()).body
        self.assert_lines(body)
        self.assert_lines(theirs)
        events, invited = self.ical_js(self.write("everything/all.ics", body), self.write("everything-guest.ics", theirs))
        expected = {f"{SUBJECT} {number}": int((starts + number * DAY).timestamp()) for number in range(4)}
        self.assertEqual({event["summary"]: event["starts"] for event in events}, expected)
        self.assertEqual({event["summary"]: event["starts"] for event in invited if event["summary"] in expected}, expected)
        for event in (*events, *(event for event in invited if event["summary"] in expected)):
            cancelled = event["summary"].endswith(" 2")
            self.assertEqual(event["status"], "CANCELLED" if cancelled else "CONFIRMED")
            self.assertEqual(event["alarms"], [] if cancelled else [-7 * 86400, -86400, -3600, -600])
            self.assertEqual(set(event["answers"]), {"mia@example.org", GUEST, "other@example.net"})
            self.assertIn(HOSTILE + "\nSUMMARY:evil\n" + HOSTILE, event["description"])
        calendar = Calendar.from_ical(body)
        self.assertEqual([component.errors for component in calendar.walk() if component.errors], [])
        self.assertEqual(len(calendar.walk("VALARM")), 12)
        self.khal("read", "import", "--batch", "-a", "events", self.folder / "everything/all.ics")
        self.assertEqual({title: (at[0], at[2]) for title, at in self.khal_list("read").items()},
                         {title: (at, "CANCELLED" if title.endswith(" 2") else "CONFIRMED") for title, at in expected.items()})

    def test_calendars__link_that_spells_a_complaint__is_none(self):
        spelt = re.sub(rb"(?<=/j/)\w{4}", b"wArN", self.feed.read_bytes())
        self.assertIn(b"/j/wArN", spelt)
        self.assertEqual(self.instants(*self.ical_js(self.write("spelt.ics", spelt))), self.booked)

    def test_calendars__hard_week__every_reader_agrees(self):
        """Eight hours over midnight and the change of the clocks, both ways, with fifty guests who see each other; one moves by a day, one is cancelled."""
        organiser = Organiser(self.site, "noa@example.org")
        organiser.sign_in()
        crowd = [f"guest-{number}@example.net" for number in range(49)]
        booked, expected = {}, {}
        for zone in ("Europe/Paris", "America/New_York"):
            since = utc_now() + 3 * DAY
            for number, change in enumerate(changes_of(zone, since.replace(hour=0, minute=0, second=0, microsecond=0), since + AHEAD)):
                eve = change.astimezone(zoneinfo.ZoneInfo(zone)).replace(hour=22, minute=30) - DAY  # on the wall
                starts = eve.astimezone(UTC)
                subject = f"Night {number}, {zone}"
                booked[subject] = organiser.book(subject, guests=", ".join([GUEST, *crowd]), minutes=480, starts=starts, tz=zone, show_guests="yes")
                expected[subject] = (int(starts.timestamp()), int(starts.timestamp()) + 480 * 60)
        moved, gone = "Night 0, Europe/Paris", "Night 1, America/New_York"
        for subject in (moved, gone):
            self.guest.invited(subject)
        day_later = datetime.datetime.fromtimestamp(expected[moved][0], zoneinfo.ZoneInfo("Europe/Paris")) + DAY
        form = booked[moved].page().click(href=r"/edit$").form("subject").fill(date=day_later.strftime("%Y-%m-%d"))
        self.assertEqual(form.submit().status, 303)
        expected[moved] = (int(day_later.timestamp()), int(day_later.timestamp()) + 480 * 60)
        booked[gone].cancel()
        guest = Organiser(self.site, GUEST)
        guest.sign_in()
        bodies = [organiser.get(organiser.feed_link()).body, guest.get(guest.feed_link()).body]
        letters = [self.guest.mail_to(GUEST, f"^{what}: {subject}") for what, subject in (("New time", moved), ("Cancelled", gone))]
        for body in bodies:
            self.assert_lines(body)
        own, theirs, request, cancel = self.ical_js(*(self.write(f"hard-{number}.ics", body) for number, body in enumerate(
            [*bodies, *(letter.calendar_part().get_payload(decode=True) for letter in letters)])))
        theirs = [event for event in theirs if event["summary"] in expected]
        for events in (own, theirs):
            self.assertEqual(self.instants(events), expected)
            self.assertEqual({event["summary"] for event in events if event["status"] == "CANCELLED"}, {gone})
            self.assertEqual({event["summary"]: event["sequence"] for event in events}, {subject: int(subject in (moved, gone)) for subject in expected})
            for event in events:
                self.assertEqual(set(event["answers"]), {"noa@example.org", GUEST, *crowd})
        self.assertEqual([(event["summary"], event["starts"], event["ends"], event["sequence"], event["status"], len(event["answers"])) for event in (*request, *cancel)],
                         [(moved, *expected[moved], 1, "CONFIRMED", 51), (gone, *expected[gone], 1, "CANCELLED", 2)])
        self.assertEqual({name: at for name, at in self.by_icalendar(Calendar.from_ical(bodies[0])).items()}, expected)
        self.khal("hard", "import", "--batch", "-a", "events", self.folder / "hard-0.ics")
        self.assertEqual({title: at[:2] for title, at in self.khal_list("hard").items()}, expected)

    def test_calendars__vdirsyncer__follows_the_feed_into_a_folder_that_khal_shows(self):
        organiser = Organiser(self.site, "eve@example.org")
        organiser.sign_in()
        starts = (utc_now() + 9 * DAY).replace(minute=0, second=0, microsecond=0)
        stays = organiser.book("Stays", guests=GUEST, minutes=60, starts=starts)
        goes = organiser.book("Goes", guests=GUEST, minutes=60, starts=starts + DAY)
        expected = {subject: (int(at.timestamp()), int(at.timestamp()) + 3600, "CONFIRMED") for subject, at in (("Stays", starts), ("Goes", starts + DAY))}
        synced, conf = self.folder / "synced", self.folder / "vdirsyncer"
        synced.mkdir()
        self.write("vdirsyncer", f"""[general]
status_path = "{self.folder}/status"
[pair feed]
a = "jmb"
b = "folder"
collections = null
partial_sync = "ignore"
[storage jmb]
type = "http"
url = "{organiser.feed_link()}"
[storage folder]
type = "filesystem"
path = "{synced}"
fileext = ".ics"
""")
        self.run_reader("vdirsyncer", "-c", conf, "discover")
        self.run_reader("vdirsyncer", "-c", conf, "sync")
        self.assertEqual(self.khal_list("synced"), expected)
        written = {path.name: path.stat().st_mtime_ns for path in synced.iterdir()}
        self.run_reader("vdirsyncer", "-c", conf, "sync")  # nothing changed: nothing is written
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in synced.iterdir()}, written)
        goes.cancel()
        self.run_reader("vdirsyncer", "-c", conf, "sync")
        self.assertEqual(self.khal_list("synced"), expected | {"Goes": (*expected["Goes"][:2], "CANCELLED")})
        self.assertIn("Stays", stays.page().heading)


if __name__ == "__main__":
    unittest.main()
