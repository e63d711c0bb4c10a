"""make demo: that it ends as it says, and leaves nothing behind. What it shows, test_meeting.py tests."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from demo import WANTED  # noqa: E402
from test_site import processes_of  # noqa: E402


class Demo(unittest.TestCase):
    def start(self, seconds=None):
        environment = {key: value for key, value in os.environ.items() if key != "DEMO_SECONDS"}
        if seconds:
            environment["DEMO_SECONDS"] = str(seconds)
        demo = subprocess.Popen(["/usr/bin/python3", HERE / "demo.py"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        return demo

    def read_until(self, demo, text):
        """What it printed so far, up to the line with this text."""
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if text in line:
                return "".join(lines)
        self.fail("the demo ended:\n" + "".join(lines))

    def test_demo__time_over__lists_what_was_not_seen(self):
        demo = self.start(seconds=24)
        text = demo.communicate(timeout=180)[0]
        self.assertEqual(demo.returncode, 1, text)
        self.assertIn("24 seconds are over", text)
        missing = text.partition("Not seen:")[2]
        self.assertIn(WANTED["attendance"], missing)
        self.assertNotIn(WANTED["booked"], missing)
        self.assertIn("jmbd.log", missing)
        folder = re.search(r"kept in (\S+)", text).group(1)
        self.assertTrue((pathlib.Path(folder) / "site/jmbd.log").exists())
        self.assertEqual(processes_of(folder), [])
        shutil.rmtree(folder)

    def test_demo__interrupt__takes_everything_down(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            demo = self.start()
            text = self.read_until(demo, "now everybody talks")
            folder = re.search(r"(/\S+/jmb-demo-\w+)/site", text).group(1)
            self.assertTrue(processes_of(folder))
            self.assertRegex(text, r"signs in by: +http://127\.0\.0\.1:\d+/sign-in/\S+")
            began = time.monotonic()
            demo.send_signal(number)
            demo.communicate(timeout=60)
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(processes_of(folder), [])
            self.assertFalse(os.path.exists(folder))

    def test_demo__seconds__must_be_a_number(self):
        demo = self.start(seconds="soon")
        self.assertIn("soon is not a number", demo.communicate(timeout=60)[0])
        self.assertEqual(demo.returncode, 1)


if __name__ == "__main__":
    unittest.main()
