"""A relay that does not prove who it is: the letters stay, the log and the health page say what is wrong with its certificate and since
when, and all leaves once that is mended."""

import datetime
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from cryptography import x509  # noqa: E402

import stage  # noqa: E402
from certificates import Authority  # noqa: E402
from people import random_word  # noqa: E402
from relay import Relay  # noqa: E402


def setUpModule():
    global relay, authority, folder
    folder = stage.open_folder()
    authority = Authority(folder.name)
    relay = Relay()
    relay.__enter__()
    relay.show(authority.issue("IP:127.0.0.1"))
    stage.open_site(focus="none", conf=[*relay.conf, "mail.starttls=required", f"mail.ca_file={authority.pem}"])


def tearDownModule():
    stage.close_site()
    relay.__exit__()
    folder.cleanup()


def day(name, path):
    """That of not_valid_before or not_valid_after."""
    return getattr(x509.load_pem_x509_certificate(pathlib.Path(path).read_bytes()), name).strftime("%Y-%m-%dT")


class Certificate(stage.Case):
    def mail(self):
        return json.loads(self.site.ctl("health").stdout)

    async def health_when(self, relay_is):
        def page():
            found = self.mail()
            return found if found["mail"]["relay"] == relay_is else None
        return await stage.until(f"the relay is {relay_is}", page, timeout=120)

    def log_from(self, size):
        return self.site.log("jmbd")[size:]

    async def is_refused_and_mended(self, certificate, *words):
        organiser, guest = self.organiser(), f"{random_word()}@example.com"
        await self.health_when("there")
        self.addCleanup(lambda: relay.show(authority.issue("IP:127.0.0.1")))
        path = certificate()
        relay.show(path)
        words = [word if isinstance(word, str) else word(path) for word in words]
        log, before = len(self.site.log("jmbd")), datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        organiser.book("Behind a certificate", guests=guest, in_days=2)
        page = await self.health_when("away")
        self.assertGreaterEqual(datetime.datetime.fromisoformat(page["mail"]["away_since"].replace("Z", "+00:00")), before)
        self.assertEqual(page["letters_waiting"], 2)
        for word in words:
            self.assertIn(word, page["mail"]["away_because"])
            self.assertIn(word, self.log_from(log))
        self.assertIn("mail: letters wait", self.log_from(log))
        self.assertNotIn(guest, relay.messages)
        relay.show(authority.issue("IP:127.0.0.1"))
        relay.wait_for(guest, "Behind a certificate", timeout=120)
        await stage.until("all have left", lambda: self.mail()["letters_waiting"] == 0)
        page = await self.health_when("there")
        self.assertEqual((page["mail"]["away_because"], page["letters_waiting"]), ("", 0))
        self.assertIn("the relay takes letters again", self.log_from(log))

    async def test_certificate__expired__keeps_the_letters_and_says_since_when(self):
        await self.is_refused_and_mended(lambda: authority.issue("IP:127.0.0.1", begins=-9, ends=-2),
                                         "certificate has expired", lambda path: f"it expired on {day('not_valid_after', path)}", "renew it on the relay")

    async def test_certificate__not_yet_valid__keeps_the_letters_and_says_from_when(self):
        await self.is_refused_and_mended(lambda: authority.issue("IP:127.0.0.1", begins=2, ends=9),
                                         "not yet valid", lambda path: f"it is good from {day('not_valid_before', path)}", "clocks of both machines")

    async def test_certificate__of_another_name__keeps_the_letters_and_says_whose_it_is(self):
        await self.is_refused_and_mended(lambda: authority.issue("DNS:other.example"), "it is for other.example", "[mail] host")

    async def test_certificate__by_another_authority__keeps_the_letters_until_ca_file_names_it(self):
        good = authority.pem.read_bytes()
        log, guest, organiser = len(self.site.log("jmbd")), f"{random_word()}@example.com", self.organiser()
        await self.health_when("there")
        self.addCleanup(lambda: relay.show(authority.issue("IP:127.0.0.1")))
        with stage.open_folder() as other:
            stranger = Authority(other, "Somebody else")
            relay.show(stranger.issue("IP:127.0.0.1"))
            organiser.book("By another", guests=guest, in_days=2)
            page = await self.health_when("away")
            for word in ("it is signed by Somebody else", "[mail] ca_file"):
                self.assertIn(word, page["mail"]["away_because"])
                self.assertIn(word, self.log_from(log))
            authority.pem.write_bytes(good + stranger.pem.read_bytes())  # no restart
            relay.wait_for(guest, "By another", timeout=120)
        await self.health_when("there")


if __name__ == "__main__":
    unittest.main()
