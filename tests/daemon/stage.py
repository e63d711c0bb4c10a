"""What the dialogue tests share: a site for a module, people who are cleaned up after each test, and logs beside a failure.

    def setUpModule(): stage.open_site(focus="none", conf=["reminders.room=3s, 0s"])
    def tearDownModule(): stage.close_site()

    class Rooms(stage.Case):
        async def test_token__join__is_verified_by_prosody(self): ...
"""

import asyncio
import contextlib
import datetime
import os
import sqlite3
import subprocess
import tempfile
import time
import unittest

from jmbsite import Site
from mailbox import Mailbox
from people import Guest, Organiser, random_word, utc_now
from site_process import drop_rights, tail
from web import Browser
from xmpp_client import Client

# Meetings may be a minute long, and begin a moment ago; a short grace so that the end is seen.
SHORT = ["meetings.length_least=1m", "meetings.length_step=1m", "meetings.grace=1s", "reminders.at_end=close", "reminders.room=4s, 0s"]

site = None
folder = None


def open_folder():
    """A directory that the unprivileged user can reach."""
    made = tempfile.TemporaryDirectory(prefix="jmb-test-")
    os.chmod(made.name, 0o755)
    return made


def open_site(**options):
    """Brings up the module's site, stage.site."""
    global site, folder
    folder = open_folder()
    site = Site(folder.name + "/site", **options)
    try:
        site.up()
    except BaseException:
        folder.cleanup()
        raise


def close_site():
    """Takes it down, and fails when jmbd had died by itself, ended badly, or a sanitizer or valgrind spoke in its log."""
    alive = site.alive("jmbd") or not site.options["daemon"]
    log = ""
    try:
        site.down()
    finally:
        log = site.log("jmbd")
        folder.cleanup()
    if not alive:
        raise AssertionError(f"jmbd was gone before the end of the tests\n{log[-4000:]}")


def run_jmbd(*arguments, conf=None, timeout=60, as_root=False, on=None):
    """Runs jmbd to its end, as the unprivileged user: CompletedProcess, stderr and stdout together."""
    on = on or site
    command = ([] if as_root else drop_rights()) + [str(on.dir / "bin/jmbd"), "-c", str(conf or on.dir / "jmb.conf"), *arguments]
    return subprocess.run(command, cwd=on.dir, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=timeout, errors="replace")


def other_conf(name, change, on=None):
    """A copy of the site's jmb.conf with changes: a function from text to text."""
    on = on or site
    return on._write(name, change((on.dir / "jmb.conf").read_text()))


async def until(what, happened, timeout=30):
    """Awaits that happened() is true (or a value); polls, for what no event tells: pages and logs."""
    end = time.monotonic() + timeout
    while True:
        value = await asyncio.to_thread(happened)
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout} s")
        await asyncio.sleep(0.02)


@contextlib.contextmanager
def database_held():
    """Another program, this one, holds the database: jmbd can read it, but write nothing."""
    database = sqlite3.connect(site.env["DB"], isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.close()


class Case(unittest.IsolatedAsyncioTestCase):
    """One test on the module's site. Names are random words, so that tests do not meet."""

    maxDiff = None

    @property
    def site(self):
        return site

    def run(self, result=None):
        count = lambda: len(result.failures) + len(result.errors)  # noqa: E731
        before = count() if result is not None else 0
        super().run(result)
        if result is not None and count() > before and site is not None:
            self.show_logs()

    def show_logs(self):
        for name in ("jmbd", "prosody"):
            for line in tail(site.log_path(name), 15).splitlines():
                print("# " + line)

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it complains of what a slow machine is

    # -- people

    def organiser(self, word=None):
        """Somebody who is signed in."""
        organiser = Organiser(site, f"{word or 'o-' + random_word()}@example.org")
        organiser.sign_in()
        return organiser

    def guest(self, word=None):
        return Guest(site, f"{word or 'g-' + random_word()}@example.com")

    def browser(self):
        return Browser(site.env["HTTP_URL"])

    @property
    def box(self):
        return Mailbox(site.env["MAIL_DIR"])

    def book(self, **fields):
        """A meeting that runs now, with an organiser, a moderator and a guest, who have their letters: .organiser .moderator .guest"""
        return book_meeting(self.organiser(), self.guest("m-" + random_word()), self.guest(), **fields)

    # -- clients

    def client(self, kind=Client, token=None, **options):
        """Not connected yet; gone when the test is over."""
        client = kind(site.env, token, **options)
        self.addAsyncCleanup(self.close, client)
        return client

    async def close(self, client):
        if client.jid:
            await client.close()

    async def enter(self, person, nick, kind=Client, ticket=None):
        """The client of somebody who came in by the own join link (or with a ticket that it gave before)."""
        client = await person.enter(nick, kind, ticket)
        self.addAsyncCleanup(self.close, client)
        return client

    async def stranger(self, room, nick="stranger", kind=Client):
        client = self.client(kind)
        await client.connect()
        await client.join(room, nick, nick.title())
        return client

    def assert_roles(self, client, **wanted):
        """Every presence that this client ever got of these nicks had this role."""
        for nick, role in wanted.items():
            seen = [one for one, _ in client.roles_seen.get(nick, []) if one != "none"]
            self.assertTrue(seen, f"{client} never saw {nick}")
            self.assertEqual(set(seen), {role}, f"{client} saw {nick} as {seen}")


class Booked:
    """A meeting and its people."""

    def __init__(self, meeting, organiser, moderator, guest):
        self.meeting, self.organiser, self.moderator, self.guest = meeting, organiser, moderator, guest
        self.ends = None

    @property
    def room(self):
        return self.organiser.ticket().room

    def attendance(self):
        return self.meeting.attendance().table()


def book_meeting(organiser, moderator, guest, subject=None, **fields):
    subject = subject or f"Meeting {random_word()}"
    fields = {"minutes": 60, **fields}
    meeting = organiser.book(subject, moderators=moderator.mail, guests=guest.mail, **fields)
    booked = Booked(meeting, organiser, moderator, guest)
    booked.subject = subject
    for person in (organiser, moderator, guest):
        person.invited(subject)
    return booked


def ending_in(seconds):
    """Fields for a meeting of one minute that ends in so many seconds (from a full second on)."""
    ends = utc_now().replace(microsecond=0) + datetime.timedelta(seconds=seconds + 1)
    return {"starts": ends - datetime.timedelta(minutes=1), "minutes": 1, "seconds": True}


def room_speaks(client):
    """What the room itself said to this client, in order."""
    return [stanza for stanza in client.messages() if not stanza.nick and stanza.type == "groupchat"]
