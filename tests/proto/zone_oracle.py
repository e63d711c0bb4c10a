#!/usr/bin/python3
"""Python's zoneinfo and icalendar as judges of proto/zone.c; test_zone.c runs it.

table FOLDER prints what every zone of that folder is to give:
                I ZONE INSTANT OFFSET ABBREVIATION
                W ZONE YEAR MONTH DAY HOUR MINUTE SECOND INSTANT
                N ZONE INSTANT NEXT           the next change of offset after INSTANT
vtimezones  reads lines `ZONE FROM TO` (instants), each with its VTIMEZONE behind it, and holds their offsets against
            zoneinfo; says what is wrong on stderr and ends with 1.
"""
import datetime
import hashlib
import os
import random
import sys
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
PATH = "/usr/share/zoneinfo"
DAY = 86400
SPANS = ((1970, 1972), (2006, 2008), (2023, 2039), (2086, 2089), (2099, 2101))
# The probes of pytz end with its 32 bit years.
PYTZ_END = 2145916800


def at_year(year):
    return (datetime.datetime(year, 1, 1) - EPOCH) // datetime.timedelta(seconds=1)


def offset(zone, at):
    local = datetime.datetime.fromtimestamp(at, UTC).astimezone(zone)
    return int(local.utcoffset().total_seconds())


def name_at(zone, at):
    return datetime.datetime.fromtimestamp(at, UTC).astimezone(zone).tzname()


def changes(zone, first, last):
    """Instants in first..last where the offset changes; stretches of less than five days are not looked for."""
    found = []
    for low in range(first, last, 5 * DAY):
        high = low + 5 * DAY
        before = offset(zone, low)
        if offset(zone, high) == before:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if offset(zone, middle) == before:
                low = middle
            else:
                high = middle
        found.append(high)
    return found


def names():
    """One name for each content, as links are the same bytes."""
    seen = {}
    for name in sorted(zoneinfo.available_timezones()):
        try:
            with open(os.path.join(zoneinfo.TZPATH[0], name), "rb") as file:
                seen.setdefault(hashlib.sha256(file.read()).digest(), name)
        except OSError:
            pass
    return sorted(seen.values())


def wall(zone, seconds):
    """fold=0: in a gap the offset before it goes on, in an overlap the first occurrence."""
    local = EPOCH + datetime.timedelta(seconds=seconds)
    at = int((local - local.replace(tzinfo=zone).utcoffset() - EPOCH).total_seconds())
    return f"{local.year} {local.month} {local.day} {local.hour} {local.minute} {local.second} {at}"


def table():
    for name in names():
        zone = zoneinfo.ZoneInfo(name)
        chance = random.Random(name)
        found = [(at, first) for first, last in SPANS for at in changes(zone, at_year(first), at_year(last))]
        probes = [chance.randrange(0, at_year(2120)) for _ in range(20)]
        for at, _ in found:
            probes += [at - 1, at, at + 1]
            before, after = offset(zone, at - 1), offset(zone, at)
            low, high = at + min(before, after), at + max(before, after)
            for seconds in (low - 1, low, (low + high) // 2, high - 1, high):
                print("W", name, wall(zone, seconds))
        for at in probes:
            print("I", name, at, offset(zone, at), name_at(zone, at))
            print("W", name, wall(zone, at))
        for (at, span), (following, same) in zip(found, found[1:]):
            if span == same:
                print("N", name, at, following)
                print("N", name, following - 1, following)


def check_vtimezone(name, first, last, text):
    import icalendar
    zone = zoneinfo.ZoneInfo(name)
    calendar = icalendar.Calendar.from_ical("BEGIN:VCALENDAR\r\n" + text + "END:VCALENDAR\r\n")
    part = calendar.walk("VTIMEZONE")[0]
    wrong = []
    if str(part["TZID"]) != name:
        wrong.append(f"TZID {part['TZID']}")
    for component in part.subcomponents:
        onset = component.decoded("DTSTART") - EPOCH - component.decoded("TZOFFSETFROM")
        at = int(onset.total_seconds())
        moved = component.decoded("TZOFFSETFROM") != component.decoded("TZOFFSETTO")
        if "RRULE" in component and at > first:
            wrong.append(f"a rule that starts at {at}")
        if moved and (offset(zone, at), offset(zone, at - 1)) != tuple(
                int(component.decoded(key).total_seconds()) for key in ("TZOFFSETTO", "TZOFFSETFROM")):
            wrong.append(f"no onset at {at}")
    read = part.to_tz()
    last = min(last, PYTZ_END)
    probes = [first, last] + [random.Random(name).randint(first, last) for _ in range(20)]
    for at in changes(zone, first, last):
        probes += [at - 1, at, at + 1]
    for at in probes:
        if not first <= at <= last:
            continue
        got = read.fromutc(EPOCH + datetime.timedelta(seconds=at)).utcoffset().total_seconds()
        if got != offset(zone, at):
            wrong.append(f"offset {got} for {offset(zone, at)} at {at}")
    return wrong


def vtimezones():
    failed = count = 0
    header, lines = None, []
    for line in sys.stdin:
        if not header:
            header, lines = line.split(), []
            continue
        lines.append(line.rstrip("\r\n") + "\r\n")
        if not line.endswith("\r\n") and not line.startswith("END:VTIMEZONE"):
            print(header[0], "a line without CRLF", file=sys.stderr)
            failed += 1
        if line.startswith("END:VTIMEZONE"):
            name, first, last = header[0], int(header[1]), int(header[2])
            wrong = check_vtimezone(name, first, last, "".join(lines))
            count += 1
            if wrong:
                failed += 1
                print(name, first, last, *wrong[:5], sep="; ", file=sys.stderr)
            header = None
    if failed or not count:
        print(f"{failed} of {count} VTIMEZONEs are wrong", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    zoneinfo.reset_tzpath([sys.argv[2] if len(sys.argv) > 2 else PATH])
    # Universal line ends would hide a missing CR.
    sys.stdin = open(sys.stdin.fileno(), newline="\n")
    {"table": table, "vtimezones": vtimezones}[sys.argv[1]]()
