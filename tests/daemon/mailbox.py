"""The mail folder of a site, read by Python's own email package.

    box = Mailbox(site.env["MAIL_DIR"])
    letter = box.wait_for("bob@example.org", subject="Invitation")     # the first one that this box has not given out
    letter.subject, letter.text, letter.html, letter.links(), letter.link("/j/"), letter.calendar
"""

import email
import email.policy
import functools
import html.parser
import os
import pathlib
import re
import time

from icalendar import Calendar


class NoLetter(AssertionError):
    """What was waited for did not come; says what did."""


class Hrefs(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "a" and dict(attributes).get("href"):
            self.found.append(dict(attributes)["href"])


class Letter:
    def __init__(self, raw, path=None):
        self.raw, self.path, self.written = raw, path, path.stat().st_mtime_ns if path else 0
        self.mail = email.message_from_bytes(self.raw, policy=email.policy.default)

    def __getitem__(self, header):
        return self.mail[header]

    @functools.cached_property
    def subject(self):
        return str(self.mail["Subject"])

    @functools.cached_property
    def to(self):
        """The addresses of To, in small letters."""
        return [address.addr_spec.lower() for address in self.mail["To"].addresses]

    def part(self, kind):
        """The first part of that type as text; None."""
        for part in self.mail.walk():
            if part.get_content_type() == kind:
                return part.get_content()
        return None

    @property
    def text(self):
        return self.part("text/plain")

    @property
    def html(self):
        return self.part("text/html")

    def calendar_part(self):
        return next((part for part in self.mail.walk() if part.get_content_type() == "text/calendar"), None)

    @property
    def calendar(self):
        """The calendar in it, by python3-icalendar; None."""
        part = self.calendar_part()
        return Calendar.from_ical(part.get_payload(decode=True)) if part is not None else None

    def links(self):
        """All addresses, those of the text part first."""
        found = re.findall(r"https?://[^\s<>\"]+", self.text or "") + (Hrefs(self.html).found if self.html else [])
        return list(dict.fromkeys(address.rstrip(".,;:)") for address in found))

    def link(self, part):
        for address in self.links():
            if part in address:
                return address
        raise KeyError(f"the letter '{self.subject}' has no link with {part}, but {self.links()}")

    @property
    def join_link(self):
        return self.link("/j/")

    @property
    def invitation_link(self):
        return self.link("/i/")

    @property
    def sign_in_link(self):
        return self.link("/sign-in/")

    def __repr__(self):
        return f"<{self.subject!r} to {', '.join(self.to)}>"


class Mailbox:
    """Each box gives each letter out once (wait_for); what was parsed is shared by all boxes of a folder."""

    parsed = {}  # folder -> {file name: Letter}

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.known = self.parsed.setdefault(self.folder, {})
        self.given = set()

    def letters(self, to=None, subject=None):
        """All that are there, oldest first; half written ones (NAME.tmp) are none yet."""
        for name in os.listdir(self.folder):
            if name.endswith(".eml") and name not in self.known:
                self.known[name] = Letter((self.folder / name).read_bytes(), self.folder / name)
        found = sorted(list(self.known.values()), key=lambda letter: letter.written)
        return [letter for letter in found if (to is None or to.lower() in letter.to) and (subject is None or re.search(subject, letter.subject))]

    def wait_for(self, to=None, subject=None, timeout=30, again=False):
        """The oldest such letter that was not given out before (again: given out or not); `subject` is a regular expression."""
        end = time.monotonic() + timeout
        while True:
            for letter in self.letters(to, subject):
                if again or letter.path.name not in self.given:
                    self.given.add(letter.path.name)
                    return letter
            if time.monotonic() > end:
                raise NoLetter(f"no letter to {to or 'anybody'}{f' about {subject}' if subject else ''} within {timeout} s; "
                               f"there are {self.letters(to)[-10:] or self.letters()[-10:] or 'none'}")
            time.sleep(0.02)
