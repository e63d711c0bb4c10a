#!/usr/bin/python3
"""Reads letters back as others' software does: Python's email (policy.default) and python3-icalendar. The folder
holds NAME.eml and NAME.json, what test_letters.c expects of it. Prints what is wrong; status 1 when anything is."""
import email
import email.policy
import json
import pathlib
import re
import sys
from datetime import datetime, timezone

import icalendar

wrong = []
name = ""


def check(truth, *words):
    if not truth:
        wrong.append(" ".join([name + ":", *map(str, words)]))


def same(what, got, expected):
    check(got == expected, what, "is", repr(got), "and not", repr(expected))


def read_headers(message, expected):
    same("Subject", message["Subject"], expected["subject"])
    same("From's name", message["From"].addresses[0].display_name, expected["from_name"])
    same("From", message["From"].addresses[0].addr_spec, expected.get("from", "jmb@meet.example"))
    same("To", message["To"].addresses[0].addr_spec, expected["to"])
    same("Reply-To", message["Reply-To"] and message["Reply-To"].addresses[0].addr_spec, expected.get("reply_to"))
    same("Auto-Submitted", message["Auto-Submitted"], "auto-generated")
    same("Content-Language", message["Content-Language"], expected["language"])
    same("Date", message["Date"].datetime.timestamp(), expected["date"])
    check(re.fullmatch(r"<[^<>\s]+@[^<>\s]+>", message["Message-ID"]), "Message-ID", message["Message-ID"])
    stop = expected.get("stop")
    same("List-Unsubscribe", message["List-Unsubscribe"] and message["List-Unsubscribe"].strip(), f"<{stop}>" if stop else None)
    same("List-Unsubscribe-Post", message["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click" if stop else None)
    if "in_reply_to" in expected:
        same("In-Reply-To", message["In-Reply-To"], f"<{expected['in_reply_to']}>")
        same("References", message["References"], f"<{expected['in_reply_to']}>")


def read_plain(text, expected):
    position = -1
    for words in expected["in_order"]:
        at = text.find(words, position + 1)
        check(at > position, "the plain text has no", repr(words), "where it should:\n" + text)
        position = at
    for words in expected.get("never", []):
        check(words not in text, "the plain text has", repr(words))
    check("{" not in text, "the plain text has a place that was not filled:\n" + text)
    check("\n\n\n" not in text.replace("\r", ""), "the plain text has holes:\n" + text)


def read_html(text, expected):
    check(len(text.encode()) < 30 * 1024, "HTML of", len(text.encode()), "bytes")
    check(not re.search(r"<(img|script|link|iframe)|url\(|src=", text), "HTML loads something")
    check("{{" not in text and "{by}" not in text, "HTML has a place that was not filled")
    same("HTML's lang", re.search(r'<html lang="(\w+)"', text).group(1), expected["language"])
    links = re.findall(r'href="([^"]*)"', text)
    for link in expected["links"]:
        check(any(there == link or there.startswith(link + "?answer=") for there in links), "HTML has no link to", link, links)
    buttons = re.findall(r"<td bgcolor[^>]*><a ", text)
    same("the number of buttons", len(buttons), expected["buttons"])
    for words in expected.get("never", []):
        check(words not in text, "HTML has", repr(words))


def read_calendar(text, expected):
    calendar = icalendar.Calendar.from_ical(text)
    same("METHOD", calendar["METHOD"], expected["method"])
    (event,) = calendar.walk("VEVENT")
    same("SUMMARY", str(event["SUMMARY"]), expected["summary"])
    same("DTSTART", event["DTSTART"].dt.timestamp(), expected["starts"])
    same("DTEND", event["DTEND"].dt.timestamp(), expected["ends"])
    same("SEQUENCE", event["SEQUENCE"], expected["sequence"])
    # where answers go; without a reply address nobody's calendar is told that it belongs to the event's own organiser
    organizer = expected.get("organizer", "jmb@meet.example" if expected["to"] == "ada@example.org" else "ada@example.org")
    same("ORGANIZER", str(event["ORGANIZER"]).lower(), "mailto:" + organizer)
    check(organizer != expected["to"], "ORGANIZER is the reader: Outlook finds no such meeting, Domino drops the letter")
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    seen = {"ada@example.org", expected["to"]}  # the organiser sees everybody, the others nobody else
    if expected["to"] == "ada@example.org" and expected["method"] == "REQUEST":
        seen |= {"bob@example.org", "chloe@example.net"}
    seen = set(expected.get("seen", seen))
    same("ATTENDEEs", sorted(str(a).lower() for a in attendees), sorted("mailto:" + mail for mail in seen))
    for attendee in attendees:
        asked = expected.get("rsvp") and str(attendee).lower() == "mailto:" + expected.get("asked", expected["to"])
        check(attendee.params.get("RSVP", "FALSE") == ("TRUE" if asked else "FALSE"), "RSVP of", attendee)
    if expected["method"] == "REQUEST":
        same("URL", event["URL"], expected["join"])
        for link in expected["links"]:
            check(link in str(event["DESCRIPTION"]), "DESCRIPTION lacks", link)
    else:
        same("STATUS", event.get("STATUS"), None if expected.get("removed") else "CANCELLED")
        check(("DESCRIPTION" in event) != bool(expected.get("removed")), "DESCRIPTION of what is over")
    for words in expected.get("never", []):
        check(words not in str(event.get("DESCRIPTION", "")), "DESCRIPTION has", repr(words))
    check(not event.walk("VALARM"), "VALARM in an invitation")
    check(event["DTSTAMP"].dt <= datetime.now(timezone.utc).replace(year=2040), "DTSTAMP")


def read(path):
    global name
    name = path.stem
    expected = json.loads(path.with_suffix(".json").read_text())
    raw = path.read_bytes()
    check(b"\n" not in raw.replace(b"\r\n", b""), "a bare LF")
    check(all(len(line) <= 998 for line in raw.split(b"\r\n")), "a line beyond 998 bytes")
    check(all(len(line) <= 78 for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n") if b" " in line.strip()),
          "a header line beyond 78 bytes that could be folded")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        check(not part.defects, part.get_content_type(), part.defects)
    read_headers(message, expected)
    read_plain(message.get_body(("plain",)).get_content(), expected)
    read_html(message.get_body(("html",)).get_content(), expected)
    calendars = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    if "method" not in expected:
        same("calendar parts", len(calendars), 0)
        return
    check(calendars, "no calendar part")
    for part in calendars[:1]:
        same("method of the part", part["Content-Type"].params["method"], expected["method"])
        read_calendar(part.get_content(), expected)
    same("attachments", [a.get_filename() for a in message.iter_attachments()], ["invite.ics"])


letters = sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))
for letter in letters:
    read(letter)
if not letters:
    wrong.append("no letters in " + sys.argv[1])
print("\n".join(wrong) if wrong else f"{len(letters)} letters read")
sys.exit(1 if wrong else 0)
