"""What befalls those who run a site at night: the daemon says what is wrong and what to do, loses nothing, and goes on by itself."""

import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from site_process import drop_rights  # noqa: E402


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

    async def test_disk__full__whoever_watches_is_told_and_it_goes_on_by_itself(self):
        booked = self.book()
        self.assertEqual(self.health()[1]["status"], "ok")
        before = len(self.site.log("jmbd"))
        self.bound_files(65536)
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


if __name__ == "__main__":
    unittest.main()
