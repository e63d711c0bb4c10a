"""What calendars are written, read by Python's icalendar: it must agree on every instant, in zones and times that are not simple."""
import datetime
import json
import os
import subprocess
import unittest
import zoneinfo

import icalendar

BUILD = os.environ.get("BUILD", "build")
WRITER = os.path.join(BUILD, "tests/proto/test_calendar")
PUBLISH, REQUEST, CANCEL = range(3)
GUEST, MODERATOR, ORGANISER = range(3)
UTC = datetime.timezone.utc

ZONES = ["Europe/Paris", "Europe/London", "Europe/Dublin", "America/New_York", "America/Santiago", "Africa/Casablanca", "Asia/Kolkata", "Asia/Tokyo",
         "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "UTC"]


def event(**fields):
    return {"uid": "a4Fh@meet.example", "subject": "Weekly", "description": "The usual", "starts_at": 1796302800, "ends_at": 1796306400, "tz": "Europe/Paris",
            "sequence": 0, "created_at": 1795420800, "updated_at": 1795420860, "stamp_at": 1795420870, "organiser_mail": "alice@univ.example",
            "organiser_name": "Alice Martin", "attendees": [], "join_address": "https://meet.example/booking/j/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH", **fields}


def write(*events, method=PUBLISH, name=None):
    calendar = {"method": method, "name": name, "events": list(events)}
    return subprocess.run([WRITER, "write"], input=json.dumps(calendar).encode(), capture_output=True, check=True, timeout=60).stdout


def read(data):
    calendar = icalendar.Calendar.from_ical(data)
    for component in calendar.walk():
        assert not component.errors, component.errors
    return calendar


def zone_of(calendar, name):
    """The zone as the VTIMEZONE alone tells it, which is what a reader without that zone has."""
    for component in calendar.walk("VTIMEZONE"):
        if component["TZID"] == name:
            return component.to_tz()
    raise AssertionError(f"no VTIMEZONE for {name}")


def instant(calendar, event_component, name):
    """The instant of a DTSTART or DTEND by the VTIMEZONE of the calendar."""
    value = event_component[name]
    tzid = value.params.get("TZID")
    if tzid is None:
        return value.dt.astimezone(UTC)
    wall = value.dt.replace(tzinfo=None)
    return zone_of(calendar, tzid).localize(wall, is_dst=True).astimezone(UTC)


class CalendarReaders(unittest.TestCase):
    maxDiff = None

    def test_calendar__write__instants_across_changes_of_many_zones(self):
        for name in ZONES:
            zone = zoneinfo.ZoneInfo(name)
            starts = []
            day = datetime.datetime(2026, 1, 5, 9, tzinfo=UTC)
            while day.year < 2028:  # each week, and each hour around a change of offset
                starts.append(int(day.timestamp()))
                after = day + datetime.timedelta(days=7)
                if day.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                    low, high = int(day.timestamp()), int(after.timestamp())
                    before = day.astimezone(zone).utcoffset()
                    while high - low > 1:
                        middle = (low + high) // 2
                        if datetime.datetime.fromtimestamp(middle, zone).utcoffset() == before:
                            low = middle
                        else:
                            high = middle
                    starts += [high + offset for offset in (-7200, -3600, -1800, -60, 0, 60, 1800, 3600, 7200)]
                day = after
            with self.subTest(zone=name):
                calendar = read(write(*(event(uid=f"{i}@x", starts_at=at, ends_at=at + 3600, tz=name) for i, at in enumerate(starts))))
                events = calendar.walk("VEVENT")
                self.assertEqual(len(events), len(starts))
                self.assertEqual([z["TZID"] for z in calendar.walk("VTIMEZONE")], [] if name == "UTC" else [name])
                for component, at in zip(events, starts):
                    self.assertEqual(instant(calendar, component, "DTSTART").timestamp(), at, component["DTSTART"].to_ical())
                    self.assertEqual(instant(calendar, component, "DTEND").timestamp(), at + 3600, component["DTEND"].to_ical())
                    if "TZID" in component["DTSTART"].params:  # and by the reader's own knowledge of the zone
                        wall = component["DTSTART"].dt.replace(tzinfo=zone, fold=0)
                        self.assertEqual(int(wall.timestamp()), at)

    def test_calendar__write__an_invitation(self):
        people = [{"mail": "alice@univ.example", "name": "Alice Martin", "role": ORGANISER, "partstat": 1},
                  {"mail": "mo@x.org", "name": "Müller, \"Mo\"; Dr.", "role": MODERATOR, "partstat": 2},
                  {"mail": "bob@x.org", "name": None, "role": GUEST, "partstat": 0}, {"mail": "no@x.org", "name": "No", "role": GUEST, "partstat": 3}]
        calendar = read(write(event(attendees=people, sequence=3, alarms=[900]), method=REQUEST))
        self.assertEqual(calendar["METHOD"], "REQUEST")
        self.assertEqual((calendar["VERSION"], calendar["CALSCALE"]), ("2.0", "GREGORIAN"))
        (meeting,) = calendar.walk("VEVENT")
        self.assertEqual(meeting["UID"], "a4Fh@meet.example")
        self.assertEqual(meeting["SEQUENCE"], 3)
        self.assertEqual(meeting["STATUS"], "CONFIRMED")
        self.assertEqual(meeting["SUMMARY"], "Weekly")
        self.assertEqual(meeting["DTSTAMP"].dt.timestamp(), 1795420870)
        self.assertEqual(meeting["CREATED"].dt.timestamp(), 1795420800)
        self.assertEqual(meeting["LAST-MODIFIED"].dt.timestamp(), 1795420860)
        for name in ("LOCATION", "URL", "CONFERENCE", "X-GOOGLE-CONFERENCE"):
            self.assertEqual(str(meeting[name]), event()["join_address"])
        self.assertEqual(meeting["CONFERENCE"].params["VALUE"], "URI")
        self.assertEqual(meeting["CONFERENCE"].params["FEATURE"], ["AUDIO", "VIDEO"])
        self.assertEqual(str(meeting["ORGANIZER"]), "mailto:alice@univ.example")
        self.assertEqual(meeting["ORGANIZER"].params["CN"], "Alice Martin")
        seen = [(str(a), a.params.get("CN"), a.params["ROLE"], a.params["PARTSTAT"], a.params["CUTYPE"]) for a in meeting["ATTENDEE"]]
        self.assertEqual(seen, [("mailto:alice@univ.example", "Alice Martin", "CHAIR", "ACCEPTED", "INDIVIDUAL"),
                                ("mailto:mo@x.org", "Müller, 'Mo'; Dr.", "REQ-PARTICIPANT", "TENTATIVE", "INDIVIDUAL"),
                                ("mailto:bob@x.org", None, "REQ-PARTICIPANT", "NEEDS-ACTION", "INDIVIDUAL"),
                                ("mailto:no@x.org", "No", "REQ-PARTICIPANT", "DECLINED", "INDIVIDUAL")])
        self.assertEqual(calendar.walk("VALARM"), [])

    def test_calendar__write__a_feed(self):
        calendar = read(write(event(alarms=[900, 60]), event(uid="b@x", alarms=[]), name="Réunions, d’Alice"))
        self.assertNotIn("METHOD", calendar)
        self.assertEqual((calendar["NAME"], calendar["X-WR-CALNAME"]), ("Réunions, d’Alice",) * 2)
        self.assertEqual(calendar["REFRESH-INTERVAL"].dt if hasattr(calendar["REFRESH-INTERVAL"], "dt") else str(calendar["REFRESH-INTERVAL"]), "PT1H")
        alarms = calendar.walk("VALARM")
        self.assertEqual([alarm["TRIGGER"].dt for alarm in alarms], [datetime.timedelta(minutes=-15), datetime.timedelta(minutes=-1)])
        self.assertEqual([alarm["ACTION"] for alarm in alarms], ["DISPLAY", "DISPLAY"])

    def test_calendar__write__texts_come_out_as_they_went_in(self):
        # Python's icalendar 4.0 reads backslashes wrongly: test_calendar.c asks libical about backslashes.
        texts = ["Réunion d’équipe, jeudi; salle 12", "会議" * 60, "🎉" * 80, "שלום", "a:b\"c'", "BEGIN:VEVENT", "line one\nline two\n\n  three", "x" * 300, ",;,;", "tab\there",
                 "^n^^^'"]
        for text in texts:
            with self.subTest(text=text[:20]):
                calendar = read(write(event(subject=text.replace("\n", " "), description=text)))
                (meeting,) = calendar.walk("VEVENT")
                self.assertEqual(str(meeting["SUMMARY"]), text.replace("\n", " "))
                self.assertEqual(str(meeting["DESCRIPTION"]), text)

    def test_calendar__write__hostile_text_adds_no_property(self):
        hostile = "x\r\nATTENDEE:mailto:evil@x\nEND:VEVENT\r\rBEGIN:VALARM\x0b\x0c\x1c\x85\u2028ACTION:AUDIO\x00"
        hostile = hostile.replace("\x00", "")
        person = {"mail": "a@x\r\nSUMMARY:evil", "name": hostile, "role": GUEST, "partstat": 0}
        data = write(event(uid=hostile, subject=hostile, description=hostile, organiser_name=hostile, organiser_mail=hostile, join_address=hostile,
                           attendees=[person]), name=hostile)
        calendar = read(data)
        self.assertEqual([component.name for component in calendar.walk() if component.name not in ("STANDARD", "DAYLIGHT")],
                         ["VCALENDAR", "VTIMEZONE", "VEVENT"])
        (meeting,) = calendar.walk("VEVENT")
        self.assertEqual(sorted(meeting), sorted(["UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "STATUS", "SUMMARY", "DESCRIPTION",
                                                  "LOCATION", "URL", "CONFERENCE", "X-GOOGLE-CONFERENCE", "ORGANIZER", "ATTENDEE"]))
        self.assertNotIsInstance(meeting["ATTENDEE"], list)
        for line in data.split(b"\r\n"):
            self.assertLessEqual(len(line), 75)
            self.assertEqual(len(line.decode().splitlines()), 1 if line else 0)


if __name__ == "__main__":
    unittest.main()
