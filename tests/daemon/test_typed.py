"""What people type comes back as they typed it, everywhere: page, form, list, letter, calendar, feed; and nothing of it becomes markup, a header or a line."""

import datetime
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import events_of, random_word, utc_now  # noqa: E402

TEXTS = {
    "apostrophe": "Réunion d'équipe, l’été",
    "markup": "<b>gras</b> & <script>alert(1)</script> &amp; <!-- x -->",
    "template": "{{subject}} {{{x}}} {{>head.html}} {name} {0} %s %n %d ${HOME} `id`",
    "marks": "| * _ ~ # C++ C# a;b,c:d \\n \\, \\\\ / ? ! @ = + - ( ) [ ] ^ $",
    "quotes": "\"double\" 'single' «\u202fguillemets\u202f» “curly” `back`",
    "nickname": "Marie “Nan” « d’Arc » Dupont",
    "persian": "علی\u200cرضا محمدی",
    "emoji": "🎓 👩🏽‍🔬 🏳️‍🌈 é e\u0301",
    "right_to_left": "اجتماع الفريق שלום \u2067abc\u2069",
    "chinese": "汉语课 𠜎𠜱𠝹 日本語 ไทย हिन्दी",
    "spaces": "a\u00a0b\u2003c\u200dd",
    "formula": "=HYPERLINK(\"http://evil.example\",\"x\")",
    "formula_at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "percent": "100%25 %00 %0d%0aBcc: x@evil.example +a+b",
    "header": "Bcc: x@evil.example =?utf-8?q?x?= <y@evil.example>",
    "calendar": "BEGIN:VALARM;X=1:END:VEVENT, \"CN=x\":mailto:y@evil.example",
    "longest": "é🎓" * 100,
    "one_long_word": "Donaudampfschifffahrts" * 9,
}
# Longer than names are; what invisible marks and encoded words stand for is read on purpose; and what the readers of this test (email.headerregistry: encoded words of
# one word, icalendar: a backslash before a comma) do not read as RFC 2047 and RFC 5545 have it.
NO_NAMES = {"longest", "one_long_word", "header", "spaces", "quotes", "marks"}
LINES = "First line\nSecond, with; marks: \\n and \"quotes\"\n\n.\n=2+3\nFrom here on\nBEGIN:VEVENT\n<i>last</i> 🎓"


def setUpModule():
    stage.open_site(focus="none", conf=stage.SHORT)


def tearDownModule():
    stage.close_site()


def squeeze(text):
    """Blanks do not count, nor do the controls that turn the direction of what stands around them: they are left out on purpose."""
    return re.sub(r"\s+", " ", re.sub("[\u202a-\u202e\u2066-\u2069]", "", text)).strip()


def unescape(letter, name):
    """The value of a property of the calendar part, by RFC 5545 3.1 and 3.3.11 (python3-icalendar takes an escaped backslash before an n for a line end)."""
    lines = letter.calendar_part().get_payload(decode=True).decode().replace("\r\n ", "").split("\r\n")
    value = next(line.partition(":")[2] for line in lines if line.partition(":")[0].partition(";")[0] == name)
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)


class Typed(stage.Case):
    @classmethod
    def setUpClass(cls):
        cls.olga = stage.Organiser(stage.site, f"{random_word()}@example.org")
        cls.olga.sign_in()

    def test_subject__any_text__comes_back_everywhere(self):
        for name, text in TEXTS.items():
            with self.subTest(name):
                guest = self.guest()
                meeting = self.olga.book(text, guests=guest.mail, in_days=1)
                for page in (meeting.page(), self.olga.get(meeting.path + "/cancel"), self.olga.get("")):
                    self.assertIn(squeeze(text), squeeze(page.text), page.url)
                    self.assert_plain(page)
                letter = guest.mail_to(guest.mail)
                self.assert_letter(letter, text)
                self.assertEqual(squeeze(unescape(letter, "SUMMARY")), squeeze(text))
                page = guest.get(letter.invitation_link)
                self.assertEqual(squeeze(page.heading), squeeze(text))
                self.assert_plain(page)
                self.assertIn(events_of(letter.calendar)[0]["SUMMARY"], [event["SUMMARY"] for event in events_of(self.olga.feed())])
                page = self.olga.get(meeting.path + "/edit")
                self.assertEqual(squeeze(page.form("subject")["subject"]), squeeze(text))

    def test_description__any_text__comes_back_everywhere(self):
        for name, text in {**TEXTS, "lines": LINES}.items():
            with self.subTest(name):
                guest, word = self.guest(), random_word()
                meeting = self.olga.book(f"Text {word}", guests=guest.mail, in_days=1, description=text)
                self.assertIn(squeeze(text), squeeze(meeting.page().text))
                letter = guest.mail_to(guest.mail)
                self.assertIn(squeeze(text), squeeze(letter.text))
                self.assertIn(squeeze(text), squeeze(unescape(letter, "DESCRIPTION")))
                self.assertEqual(len(events_of(letter.calendar)), 1)
                self.assertEqual(squeeze(self.olga.get(meeting.path + "/edit").form("description")["description"]), squeeze(text))

    def test_names__any_text__comes_back_everywhere(self):
        for name, text in TEXTS.items():
            if name in NO_NAMES:
                continue
            with self.subTest(name):
                guest = self.guest()
                quoted = text.replace("\\", "\\\\").replace('"', '\\"')
                meeting = self.olga.book(f"Names {random_word()}", guests=f'"{quoted}" <{guest.mail}>', in_days=1)
                self.assertIn(squeeze(text), squeeze(meeting.page().text))
                letter = guest.mail_to(guest.mail)
                self.assertEqual(letter.to, [guest.mail])
                self.assertEqual(len(letter["To"].addresses), 1)
                self.assertEqual(squeeze(letter["To"].addresses[0].display_name), squeeze(text))
                self.assertIn(squeeze(text), squeeze(guest.get(letter.invitation_link).text))
                attendee = next(one for one in self.attendees(letter) if guest.mail in str(one).lower())
                # RFC 5545 has no word for a quote within a parameter, and few programs know that of RFC 6868.
                self.assertEqual(squeeze(attendee.params["CN"]), squeeze(text).replace('"', "'"))

    def test_comment__any_text__comes_back_to_the_organiser(self):
        guest = self.guest()
        meeting = self.olga.book(f"Comments {random_word()}", guests=guest.mail, in_days=1)
        guest.invited()
        for name, text in {**TEXTS, "lines": LINES}.items():
            with self.subTest(name):
                page = guest.answer("accepted", text)
                self.assertEqual(squeeze(page.form("comment")["comment"]), squeeze(text))
                page = meeting.page()
                self.assertIn(squeeze(text), squeeze(page.text))
                self.assert_plain(page)

    def test_reason__any_text__is_in_the_letter(self):
        for name, text in {**TEXTS, "lines": LINES}.items():
            with self.subTest(name):
                guest, word = self.guest(), random_word()
                meeting = self.olga.book(f"Reasons {word}", guests=guest.mail, in_days=1)
                guest.invited()
                meeting.cancel(text)
                letter = guest.mail_to(guest.mail)
                quoted = [line.removeprefix(">") for line in letter.text.splitlines() if line.startswith(">")]  # as somebody's words
                self.assertEqual(squeeze("\n".join(quoted)), squeeze(text))
                self.assertEqual(len(events_of(letter.calendar)), 1)

    def test_form__refused__keeps_every_field_as_it_was_typed(self):
        for name, text in TEXTS.items():
            with self.subTest(name):
                form = self.olga.new_form()
                form.force(subject=text, date=text, time=text, length=text, guests=text, moderators=text, description=LINES, password=text[:30], maximum=text)
                page = form.submit()
                self.assertEqual(page.status, 422)
                self.assert_plain(page)
                form = page.form("subject")
                for field, value in (("subject", text), ("date", text), ("time", text), ("guests", text), ("moderators", text), ("description", LINES),
                                     ("password", text[:30]), ("maximum", text)):
                    self.assertEqual(form[field].replace("\r\n", "\n").lstrip("\n"), value, field)

    def test_zones__those_people_live_in_are_offered_and_every_name_is_taken(self):
        page = self.olga.get("meetings/new")
        offered = [option.text for option in page.find("select", id="tz").all("option")]
        for name in ("Europe/Paris", "Europe/Luxembourg", "Indian/Reunion", "America/New_York", "UTC"):
            self.assertIn(name, offered)
        for name in ("Europe/Kiev", "US/Eastern", "Etc/GMT+3", "America/Buenos_Aires"):
            self.assertNotIn(name, offered)
        self.assertLess(len(page.body), 24 * 1024)
        for days, name in enumerate(("Europe/Kiev", "US/Eastern", "UTC"), 20):  # on days without another meeting, of which the form would warn
            with self.subTest(name):
                noon = (utc_now() + datetime.timedelta(days=days)).replace(hour=11)  # an hour that each of these zones has once a day
                form = self.olga.fill("Zones", "", "gus@example.com", 60, starts=noon)
                form.force(tz=name)
                page = form.submit()
                self.assertEqual(page.status, 303)
                self.assertEqual(self.olga.get(page.location.partition("?")[0] + "/edit").form("subject")["tz"], name)

    def test_controls__typed_or_smuggled__never_reach_a_header_or_a_line(self):
        guest = self.guest()
        page = self.olga.fill("x", guests=guest.mail, in_days=1).force(subject="a\r\nBcc: x@evil.example\r\n\r\nbody\x0b\x07\x1b[31m").submit()
        self.assertIn(page.status, (303, 422))
        if page.status == 303:
            letter = guest.mail_to(guest.mail)
            self.assertIsNone(letter["Bcc"])
            self.assertNotRegex(letter.text + letter.subject, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
        page = self.olga.fill("x", in_days=1).force(guests='"a\r\nBcc: x@evil.example" <b@example.com>').submit()
        if page.status == 303:
            self.assertIsNone(self.olga.mail_to("b@example.com")["Bcc"])

    def test_zero_bytes__in_any_field__are_refused_and_nothing_is_stored(self):
        count = len(events_of(self.olga.feed()))
        for field in ("subject", "guests", "description", "tz", "csrf"):
            with self.subTest(field):
                form = self.olga.fill("Zero", in_days=1)
                form.force(**{field: form[field] + "a\0b"})
                self.assertIn(form.submit().status, (400, 403, 422))
        self.assertEqual(len(events_of(self.olga.feed())), count)

    def test_subject__too_long__is_said_and_kept(self):
        text = "x" * 20000
        page = self.olga.fill("x", in_days=1).force(subject=text).submit()
        self.assertEqual(page.status, 422)
        self.assertEqual(page.form("subject")["subject"], text)
        self.assertTrue(page.error_of("subject"))

    # -- judges

    def assert_plain(self, page):
        """No text became an element."""
        self.assertEqual([element for element in page.all("b") + page.all("i")], [])
        self.assertNotIn("alert(1)", " ".join(script.text for script in page.all("script")))

    def assert_letter(self, letter, text):
        self.assertIn(squeeze(text), squeeze(letter.subject))
        self.assertIn(squeeze(text), squeeze(letter.text))
        self.assertEqual([name for name in letter.mail.keys() if name.lower() in ("bcc", "cc")], [])
        self.assertEqual(len(letter["To"].addresses), 1)
        self.assertTrue(all(len(line) <= 998 for line in letter.raw.split(b"\r\n")))

    def attendees(self, letter):
        found = events_of(letter.calendar)[0]["ATTENDEE"]
        return found if isinstance(found, list) else [found]


if __name__ == "__main__":
    unittest.main()
