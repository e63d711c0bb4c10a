"""What message_write() writes, read by Python's email package: what goes in comes out."""
import datetime
import email
import email.header
import email.policy
import email.utils
import json
import os
import random
import subprocess
import unittest

BUILD = os.environ.get("BUILD", "build")
WRITER = os.path.join(BUILD, "tests/proto/test_message")

USUAL = {
    "from_name": "Alice Martin", "from": "jmb@meet.example", "to_name": "Bob", "to": "bob@x.org", "reply_to": "alice@univ.example",
    "subject": "Invitation: Weekly", "message_id": "m1.a4Fh@meet.example", "in_reply_to": "m0.a4Fh@meet.example", "language": "fr",
    "date_at": 1796302800, "plain": "Hello Bob,\n\nsee you.\n", "html": "<p>Hello</p>\n",
    "list_unsubscribe": "https://meet.example/booking/u/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH",
}
CALENDAR = {"calendar": "BEGIN:VCALENDAR\r\nSUMMARY:Réunion\r\nEND:VCALENDAR\r\n", "calendar_method": "REQUEST"}

HOSTILE = [
    "Réunion d’équipe", "Martin, Alice", 'Ali "the" \\ Martin', "会議" * 40, "🎉" * 60, "é" * 199, "x" * 200, "a b " * 50 + "c",
    "=?utf-8?q?not_a_word?=", "שלום עולם", "a  b", "(comment) <a@b>; group: x;", "it's @home", "Zoë=20", "_under_score_", "e\u0301" * 80,
    "Dr. K. Müller (Institut für Prüfung & Verfahren, Abteilung für sehr lange Namen, die nicht aufhören)",
]


def write(**fields):
    message = {**USUAL, **fields}
    done = subprocess.run([WRITER, "write"], input=json.dumps(message).encode(), capture_output=True, check=True, timeout=60)
    return done.stdout


def read(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        assert not part.defects, part.defects
        for name, value in part.items():
            assert not value.defects, (name, value, value.defects)
    return message


def name_of(data, header):
    """The display name by RFC 2047 6.2: email.policy.default of Python 3.11 keeps the white space between encoded words of a name, so ask the older reader."""
    raw = email.message_from_bytes(data)[header]
    name, address = email.utils.parseaddr(raw)
    return str(email.header.make_header(email.header.decode_header(name))), address


def content(part):
    return part.get_content().replace("\r\n", "\n")


class MessageReaders(unittest.TestCase):
    maxDiff = None

    def test_message__write__headers(self):
        message = read(write())
        self.assertEqual(message["From"].addresses[0].display_name, "Alice Martin")
        self.assertEqual(message["From"].addresses[0].addr_spec, "jmb@meet.example")
        self.assertEqual(message["To"].addresses[0].addr_spec, "bob@x.org")
        self.assertEqual(message["Reply-To"].addresses[0].addr_spec, "alice@univ.example")
        self.assertEqual(message["Subject"], "Invitation: Weekly")
        self.assertEqual(message["Message-ID"], "<m1.a4Fh@meet.example>")
        self.assertEqual(message["In-Reply-To"], "<m0.a4Fh@meet.example>")
        self.assertEqual(message["References"], "<m0.a4Fh@meet.example>")
        self.assertEqual(message["Date"].datetime, datetime.datetime(2026, 12, 3, 13, tzinfo=datetime.timezone.utc))
        self.assertEqual(message["Content-Language"], "fr")
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["List-Unsubscribe"].strip(), f"<{USUAL['list_unsubscribe']}>")  # folded behind the colon
        self.assertEqual(message["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertEqual(len(message.keys()), len(set(message.keys())))

    def test_message__write__structure_without_a_calendar(self):
        message = read(write())
        self.assertEqual([part.get_content_type() for part in message.walk()], ["multipart/alternative", "text/plain", "text/html"])
        self.assertEqual(content(message.get_body(("plain",))), USUAL["plain"])
        self.assertEqual(content(message.get_body(("html",))), USUAL["html"])

    def test_message__write__structure_with_a_calendar(self):
        message = read(write(**CALENDAR))
        parts = list(message.walk())
        self.assertEqual([part.get_content_type() for part in parts],
                         ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"])
        calendar, file = parts[4], parts[5]
        self.assertEqual(calendar.get_param("method"), "REQUEST")
        self.assertEqual(calendar.get_content_charset(), "utf-8")
        self.assertEqual(content(calendar), CALENDAR["calendar"].replace("\r\n", "\n"))
        self.assertEqual(file.get_filename(), "invite.ics")
        self.assertTrue(file.is_attachment())
        self.assertEqual(file.get_content().decode(), CALENDAR["calendar"])

    def test_message__write__names_and_subjects_come_out_as_they_went_in(self):
        for text in HOSTILE:
            with self.subTest(text=text[:30]):
                data = write(subject=text, from_name=text, to_name=text)
                message = read(data)
                self.assertEqual(message["Subject"], text)
                self.assertEqual(name_of(data, "From"), (text, "jmb@meet.example"))
                self.assertEqual(name_of(data, "To"), (text, "bob@x.org"))
                self.assertEqual(len(message["To"].addresses), 1)
                self.assertEqual(message["To"].addresses[0].addr_spec, "bob@x.org")

    def test_message__write__encoded_words_are_within_limits_and_whole(self):
        for text in HOSTILE:
            head = write(subject=text, to_name=text).split(b"\r\n\r\n")[0].decode("ascii")
            for line in head.split("\r\n"):
                self.assertLessEqual(len(line), 998 if line.startswith("List-Unsubscribe") else 76, line)
                for word in line.split():
                    if word.startswith("=?"):
                        self.assertLessEqual(len(word), 75)
                        email.header.make_header(email.header.decode_header(word)).__str__()  # whole characters: decodes by itself

    def test_message__write__control_characters_become_spaces(self):
        message = read(write(subject="a\r\nBcc: x@y\x07\u2028z", to_name="B\tob\r\n\r\n<html>"))
        self.assertEqual(message["Subject"].split(), ["a", "Bcc:", "x@y", "z"])
        self.assertNotIn("Bcc", message)
        self.assertEqual(message["To"].addresses[0].display_name.split(), ["B", "ob", "<html>"])
        self.assertEqual(len(message["To"].addresses), 1)

    def test_message__write__bodies_come_out_as_they_went_in(self):
        bodies = HOSTILE + ["", "\n", "From me\nFrom you\n.\n..\n", "x " * 2000, "é " * 2000, "tab\t\n space \n", "--=_1_x\n--=_1_x--\n", "=\n==\n=3D\n",
                            "one\rtwo\r\nthree\nfour", "x" * 75 + "é" + "x" * 75]
        for text in bodies:
            with self.subTest(text=text[:30]):
                data = write(plain=text, html=text, calendar=text, calendar_method="CANCEL")
                parts = list(read(data).walk())
                want = text.replace("\r\n", "\n").replace("\r", "\n")
                want += "" if not want or want.endswith("\n") else "\n"
                for part in parts[2:5]:
                    self.assertEqual(content(part), want)
                self.assertEqual(parts[5].get_content().decode().replace("\r\n", "\n"), want)

    def test_message__write__anything_at_random(self):
        chance = random.Random(20261203)
        alphabet = ["a", "Z", " ", "  ", "\n", "\r\n", "=", "?", "_", "é", "会", "🎉", "\"", "\\", "<", ">", "@", ",", ".", "--", "=?", "?=", "From ", "\t"]
        for _ in range(60):
            text = "".join(chance.choice(alphabet) for _ in range(chance.randrange(1, 300)))
            line = " ".join(text.split()).strip()
            data = write(plain=text, subject=line, to_name=line)
            message = read(data)
            self.assertEqual(message["Subject"], line)
            self.assertEqual(name_of(data, "To"), (line, "bob@x.org"))
            want = text.replace("\r\n", "\n").replace("\r", "\n")
            self.assertEqual(content(message.get_body(("plain",))), want if want.endswith("\n") else want + "\n")


if __name__ == "__main__":
    unittest.main()
