"""What befalls those who run a site at night: the daemon says what is wrong and what to do, loses nothing, and goes on by itself."""

import json
import os
import pathlib
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import random_word  # noqa: E402
from site_process import drop_rights  # noqa: E402

BOUND = 65536


def setUpModule():
    stage.open_site(focus="none", prosody_lua=["jmb_heartbeat = 1\n"])


def tearDownModule():
    stage.close_site()


class Disk(stage.Case):
    """A disk that is full, as the kernel tells it: no file of jmbd's may grow. Its log stays below the bound."""

    def bound_files(self, size):
        pid = str(self.site.processes["jmbd"].pid)
        subprocess.run([*drop_rights(), "prlimit", "--pid", pid, f"--fsize={size}:"], check=True)

    def health(self):
        done = self.site.ctl("health", check=False)
        return done, json.loads(done.stdout)

    def is_at_the_end_of_a_long_log(self):
        """The write-ahead log is longer than the bound and not all carried into the database, so that the next write lengthens it (SQLite's
        wal-index: pages written, pages carried). Else it would begin at its front again, below the bound."""
        index = pathlib.Path(self.site.env["DB"] + "-shm").read_bytes()
        (written,), (carried,) = struct.unpack_from("=I", index, 16), struct.unpack_from("=I", index, 96)
        return written * 4096 > BOUND and carried < written

    async def test_disk__full__whoever_watches_is_told_and_it_goes_on_by_itself(self):
        booked = self.book()
        while not self.is_at_the_end_of_a_long_log():
            booked = self.book()
        self.assertEqual(self.health()[1]["status"], "ok")
        before = len(self.site.log("jmbd"))
        self.bound_files(BOUND)
        try:
            page = self.browser().get("sign-in").form().fill(mail="late@example.org").submit()
            self.assertEqual(page.status, 503)
            self.assertEqual(page.find("input", name="mail").get("value"), "late@example.org")  # what was typed is kept
            done, health = self.health()
            self.assertEqual(done.returncode, 1)
            self.assertEqual((health["status"], health["storing"]), ("not ok", False))
            for words in (health["error"], done.stderr, self.site.log("jmbd")[before:]):
                self.assertIn(f"{self.site.dir}/jmb.db", words)
                self.assertIn("disk", words)
            watched = self.browser().get("about/health")
            self.assertEqual((watched.status, watched.body.strip()), (503, b"not ok"))
            self.assertTrue(booked.guest.ticket())  # who only reads gets in
        finally:
            self.bound_files("unlimited")
        await stage.until("stored again", lambda: self.health()[1]["storing"])  # by the next sign of life of the module
        self.assertEqual(self.health()[0].returncode, 0)
        self.assertEqual(self.browser().get("about/health").status, 200)
        self.assertIn("storing works again", self.site.log("jmbd")[before:])
        self.organiser()


class Copies(stage.Case):
    """jmbctl backup and restore, as docs/admin.md has them: by root, who leaves nothing behind that jmbd cannot use."""

    def ctl(self, verb, copy, status=0):
        done = subprocess.run([self.site.dir / "bin/jmbctl", verb, "-d", self.site.env["DB"], copy], text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def tearDown(self):
        if not self.site.alive("jmbd"):
            self.site.start_daemon()

    def damage(self, table):
        database = sqlite3.connect(self.site.env["DB"])
        page, size = database.execute("SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?", (table,)).fetchone()
        database.close()
        with open(self.site.env["DB"], "r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"no page of any tree")

    def health_that_is_bad(self):
        done = self.site.ctl("health", check=False)
        health = json.loads(done.stdout) if done.stdout else {}
        return health if health.get("status") == "not ok" else None

    async def test_copy__made_while_it_runs__is_there_again_after_damage(self):
        booked, copy = self.book(), str(self.site.dir / f"{random_word()}.db")
        self.assertIn("is a copy of", self.ctl("backup", copy))
        self.assertEqual(os.stat(copy).st_mode & 0o007, 0)
        self.assertIn("is in use by another jmbd", self.ctl("restore", copy, status=1))
        self.site.stop_daemon(signal.SIGKILL)
        self.damage("meeting")
        self.site.start_daemon(wait=False)
        health = await stage.until("an answer about the damage", self.health_that_is_bad)
        self.assertIn("jmbctl restore", health["error"])
        self.assertIn("jmbctl restore", self.site.log("jmbd"))
        self.assertNotIn("does not say hello", self.site.log("jmbd"))
        self.site.stop_daemon()
        self.assertIn("jmb.db.replaced", self.ctl("restore", copy))
        for file in self.site.dir.glob("jmb.db*"):
            self.assertEqual(file.stat().st_uid, os.stat(self.site.dir).st_uid, file)
        self.site.start_daemon()
        self.assertTrue(booked.guest.ticket())
        self.assertEqual(json.loads(self.site.ctl("health").stdout)["status"], "ok")

    async def test_copy__while_people_book__is_whole(self):
        organiser, copy, stop = self.organiser(), str(self.site.dir / f"{random_word()}.db"), threading.Event()
        booked = []

        def book():
            while not stop.is_set():
                organiser.book(f"Number {len(booked)}", in_days=1 + len(booked) % 300)
                booked.append(organiser)
        booking = threading.Thread(target=book)
        booking.start()
        try:
            await stage.until("some are booked", lambda: len(booked) >= 3)
            before = len(booked)
            self.ctl("backup", copy)
            await stage.until("booking goes on", lambda: len(booked) >= before + 2)
        finally:
            stop.set()
            booking.join()
        database = sqlite3.connect(copy)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        self.assertGreaterEqual(database.execute("SELECT count(*) FROM meeting WHERE subject LIKE 'Number %'").fetchone()[0], before)
        database.close()


if __name__ == "__main__":
    unittest.main()
