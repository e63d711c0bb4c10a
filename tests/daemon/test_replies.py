"""Answers by mail, piped through `jmbctl reply` as the mail server's user: calendars' answers on the roster, bounces, a human's words, and jmbd away."""

import datetime
import email.policy
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from email.message import EmailMessage

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from jmbsite import Site  # noqa: E402
from people import Organiser, events_of, utc_now  # noqa: E402

CORPUS = HERE.parent / "fuzz/corpus/mail"
OTHER = 65533  # neither root nor the user of jmbd


class Replies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="jmb-replies-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        where = os.path.join(folder.name, "site")
        cls.site = Site(where, focus="none", conf=["mail.reply_address=answers@meet.jmb.test", f"mail.reply_socket={where}/reply.sock"])
        cls.site.up()
        cls.addClassCleanup(cls.site.down)
        cls.organiser = Organiser(cls.site, "ada@example.org")
        cls.organiser.sign_in()

    def book(self, subject):
        booked = self.organiser.book(subject, guests="bob@example.org, chloe@example.net", minutes=60, in_days=2)
        return booked, {mail: self.organiser.mail_to(mail, subject) for mail in ("bob@example.org", "chloe@example.net")}

    def pipe(self, message):
        """Runs jmbctl as another user, as mail servers do; its status."""
        words = [self.site.dir / "bin/jmbctl", "-s", self.site.dir / "reply.sock", "reply"]
        if os.geteuid() == 0:
            words = ["setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups", *words]
        return subprocess.run([str(word) for word in words], input=message, timeout=60, check=False).returncode

    def sample(self, name, letter):
        """A message of the corpus as the answer to a letter of ours."""
        event, = events_of(letter.calendar)
        message = (CORPUS / name).read_bytes()
        message = message.replace(b"0123456789abcdef@meet.example", letter["Message-ID"].strip("<> ").encode())
        return message.replace(b"k7w2mqp4xr@meet.example", str(event["UID"]).encode()).replace(b"SEQUENCE:2", b"SEQUENCE:0")

    def test_replies__invitation__asks_calendars_to_answer_to_us(self):
        _, letters = self.book("Asked")
        event, = events_of(letters["bob@example.org"].calendar)
        self.assertEqual(str(event["ORGANIZER"]).lower(), "mailto:answers@meet.jmb.test")
        asked = {str(one).lower(): one.params["RSVP"] for one in event["ATTENDEE"]}
        self.assertEqual(asked, {"mailto:bob@example.org": "TRUE", "mailto:ada@example.org": "FALSE"})

    def test_replies__answers__stand_on_the_roster(self):
        booked, letters = self.book("Answered")
        self.assertEqual(self.pipe(self.sample("apple-accepted", letters["bob@example.org"])), 0)
        self.assertEqual(self.pipe(self.sample("thunderbird-declined", letters["chloe@example.net"])), 0)
        roster = {mail: " ".join(cell for cell in row) for mail, row in booked.roster().items()}
        self.assertIn("Accepted", roster["bob@example.org"])
        self.assertIn("Declined", roster["chloe@example.net"])

    def test_replies__somebody_else__answers_for_nobody(self):
        booked, letters = self.book("Forged")
        message = self.sample("apple-accepted", letters["bob@example.org"]).replace(b"From: bob@example.org", b"From: mallory@example.org")
        self.assertEqual(self.pipe(message), 0)
        self.assertIn("No answer yet", " ".join(booked.roster()["bob@example.org"]))
        letter = self.organiser.mail_to("ada@example.org", "^Answer: Forged")  # who decides what to make of it
        self.assertIn("The message says that bob@example.org will come.", letter.text)
        self.assertIn("mallory@example.org", letter["Reply-To"])

    def test_replies__words__go_to_the_organiser(self):
        _, letters = self.book("Words")
        self.assertEqual(self.pipe(self.sample("human", letters["chloe@example.net"])), 0)
        letter = self.organiser.mail_to("ada@example.org", "^Answer: Words")
        self.assertIn("Is there a room at the university, too?", letter.text)
        self.assertIn("chloe@example.net", letter["Reply-To"])

    def test_replies__another_time_and_another_person__go_to_the_organiser(self):
        booked, letters = self.book("Moved?")
        self.assertEqual(self.pipe(self.sample("exchange-other-time", letters["bob@example.org"])), 0)
        letter = self.organiser.mail_to("ada@example.org", r"^Answer: Moved\?")
        self.assertIn("Could we meet an hour later?", letter.text)
        self.assertIn("They propose another time: Thursday 3 December 2026, 15:00 (Romance Standard Time)", letter.text)
        self.assertEqual(self.pipe(self.sample("delegated", letters["bob@example.org"])), 0)
        letter = self.organiser.mail_to("ada@example.org", r"^Answer: Moved\?")
        self.assertIn("They want somebody else to come in their place: dana@example.org", letter.text)
        self.assertIn("No answer yet", " ".join(booked.roster()["bob@example.org"]))

    def test_replies__old_answer__after_the_meeting_moved__changes_nothing(self):
        booked, letters = self.book("Old")
        self.assertEqual(self.pipe(self.sample("apple-accepted", letters["bob@example.org"])), 0)
        form = booked.page().click(href=r"/edit$").form("subject")
        form.fill(date=str(datetime.date.fromisoformat(form["date"]) + datetime.timedelta(days=1)))  # by the wall of the meeting, whose day may be another than UTC's
        self.assertEqual(form.submit().status, 303)
        moved = self.organiser.mail_to("bob@example.org", "^New time: Old")
        self.assertIn("No answer yet", " ".join(booked.roster()["bob@example.org"]))
        self.assertEqual(self.pipe(self.sample("apple-accepted", letters["bob@example.org"])), 0)
        self.assertIn("No answer yet", " ".join(booked.roster()["bob@example.org"]))
        again = self.sample("apple-accepted", moved).replace(b"SEQUENCE:0", b"SEQUENCE:1")
        again = re.sub(rb"DTSTAMP:\S+", utc_now().strftime("DTSTAMP:%Y%m%dT%H%M%SZ").encode(), again)
        self.assertEqual(self.pipe(again), 0)
        self.assertIn("Accepted", " ".join(booked.roster()["bob@example.org"]))

    def test_replies__answer_before_a_large_attachment__counts(self):
        booked, letters = self.book("Large")
        event, = events_of(letters["bob@example.org"].calendar)
        message = EmailMessage(email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = "Bob <BOB@example.org>", "answers@meet.jmb.test", "Accepted"
        message.set_content("With the slides")
        calendar = f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{event['UID']}\r\nATTENDEE;PARTSTAT=TENTATIVE:mailto:bob@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        message.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})  # without ORGANIZER, as Exchange has it
        message.add_attachment(os.urandom(6 << 20), maintype="application", subtype="pdf", filename="slides.pdf")
        self.assertEqual(self.pipe(message.as_bytes()), 0)
        self.assertIn("Maybe", " ".join(booked.roster()["bob@example.org"]))

    def openssl(self, inside, *words):
        """S/MIME of a part, by OpenSSL, with a certificate of its own for Bob."""
        with tempfile.TemporaryDirectory() as folder:
            bob = [os.path.join(folder, name) for name in ("bob.pem", "bob.key")]
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=Bob",
                            "-out", bob[0], "-keyout", bob[1]], check=True, stderr=subprocess.DEVNULL)
            words = [word.format(*bob) for word in words]
            return subprocess.run(["openssl", "cms", *words], input=inside, check=True, stdout=subprocess.PIPE).stdout

    def from_bob(self, letter, subject, part):
        head = f"From: Bob <bob@example.org>\r\nTo: answers@meet.jmb.test\r\nSubject: {subject}\r\nIn-Reply-To: {letter['Message-ID']}\r\n"
        return head.encode() + part

    def accepted(self, letter, attachment=b""):
        event, = events_of(letter.calendar)
        calendar = (f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{event['UID']}\r\n"
                    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
        part = EmailMessage(email.policy.SMTP)
        part.set_content("I come")
        part.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
        if attachment:
            part.add_attachment(attachment, maintype="application", subtype="pdf", filename="slides.pdf")
        return part.as_bytes()

    def test_replies__signed_as_a_whole__counts(self):
        for subject, attachment in (("Signed", b""), ("Signed, large", os.urandom(3 << 20))):
            booked, letters = self.book(subject)
            letter = letters["bob@example.org"]
            part = self.openssl(self.accepted(letter, attachment), "-sign", "-nodetach", "-signer", "{0}", "-inkey", "{1}")
            self.assertIn(b"smime-type=signed-data", part)
            self.assertEqual(self.pipe(self.from_bob(letter, "Accepted", part)), 0)
            self.assertIn("Accepted", " ".join(booked.roster()["bob@example.org"]))

    def test_replies__encrypted__is_handed_on_and_explained(self):
        booked, letters = self.book("Locked")
        letter = letters["bob@example.org"]
        part = self.openssl(self.accepted(letter), "-encrypt", "-aes256", "{0}")
        self.assertIn(b"smime-type=enveloped-data", part)
        self.assertEqual(self.pipe(self.from_bob(letter, "Accepted: Locked", part)), 0)
        self.assertIn("No answer yet", " ".join(booked.roster()["bob@example.org"]))
        told = self.organiser.mail_to("ada@example.org", "^Answer: Locked")
        self.assertIn("> Accepted: Locked", told.text)
        self.assertIn("The message is encrypted and could not be read here.", told.text)
        self.assertIn("bob@example.org", told["Reply-To"])

    def test_replies__outlooks_own_form__is_handed_on_and_explained(self):
        self.book("Weekly winmail")
        message = re.sub(rb"(?m)^In-Reply-To: .*\n", b"", (CORPUS / "exchange-tnef").read_bytes()).replace(b"_Weekly", b"_Weekly_winmail")
        self.assertEqual(self.pipe(message), 0)  # about which meeting, only its subject says
        told = self.organiser.mail_to("ada@example.org", "^Answer: Weekly winmail")
        self.assertIn("> Accepté: Weekly winmail", told.text)
        self.assertIn("Part of the message is in a form that only Outlook reads (winmail.dat).", told.text)

    def test_replies__out_of_office__reaches_nobody(self):
        _, letters = self.book("Quiet")
        self.assertEqual(self.pipe(self.sample("out-of-office", letters["bob@example.org"])), 0)
        self.assertEqual(self.pipe(self.sample("human", letters["chloe@example.net"])), 0)
        self.organiser.mail_to("ada@example.org", "^Answer: Quiet")  # the one after it is there
        self.assertEqual(len([one for one in self.organiser.box.letters("ada@example.org", "^Answer: Quiet")]), 1)

    def test_replies__bounce__is_shown_with_the_servers_words(self):
        booked, letters = self.book("Bounced")
        self.assertEqual(self.pipe(self.sample("bounce-postfix", letters["bob@example.org"])), 0)
        self.assertIn("User unknown", booked.page().text)

    def test_replies__bounces_without_rfc_3464__are_shown_too(self):
        booked, letters = self.book("Returned")
        self.assertEqual(self.pipe(self.sample("bounce-exim-old", letters["bob@example.org"])), 0)
        self.assertEqual(self.pipe(self.sample("bounce-qmail", letters["chloe@example.net"])), 0)
        self.assertIn("550 5.1.1 no such user here", " ".join(booked.roster()["bob@example.org"]))
        self.assertIn("no such mailbox (#5.1.1)", " ".join(booked.roster()["chloe@example.net"]))

    def test_replies__jmbd_away__the_mail_server_keeps_it(self):
        booked, letters = self.book("Away")
        message = self.sample("apple-accepted", letters["bob@example.org"])
        self.site.stop_daemon()
        self.assertEqual(self.pipe(message), 75)
        self.site.start_daemon()
        self.assertEqual(self.pipe(message), 0)
        self.assertIn("Accepted", " ".join(booked.roster()["bob@example.org"]))


if __name__ == "__main__":
    unittest.main()
