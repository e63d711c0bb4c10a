"""What people see when it is not their fault: a web server that is set up wrongly (auth = proxy), a database that takes nothing in."""

import http.client
import http.server
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
import stage  # noqa: E402
from people import random_word  # noqa: E402
from site_process import free_ports  # noqa: E402

WEB_SERVER = "127.0.0.2"  # the address that jmbd believes
TEXT = "First \"line\" &amp; <i>\n\n  Second, d’équipe 🎓"
front = None


class Front:
    """The site's web server, as far as jmbd knows: hands everything on, with the lines about who it is that a test wants."""

    def __init__(self, jmbd):
        host = jmbd.removeprefix("http://").rstrip("/")

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                there = http.client.HTTPConnection(host, source_address=(WEB_SERVER, 0))
                there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in [*self.headers.items(), *self.server.lines]:
                    there.putheader(*(("Host", host) if name == "Host" else ("Origin", f"http://{host}") if name == "Origin" else (name, value)))
                there.endheaders(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                answer = there.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name not in ("Transfer-Encoding", "Connection", "Date"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                there.close()

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", free_ports(1)[0]), Handler)
        self.server.lines = []
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, *lines):
        self.server.lines = lines

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def setUpModule():
    global front
    house.open_house(conf=["auth.mode=proxy", f"auth.trusted={WEB_SERVER}"])
    front = Front(house.stage.site.env["HTTP_URL"])


def tearDownModule():
    front.close()
    house.close_house()


class Refusals(house.Case):
    def directly(self, language, headers=None):
        """From an address that is not the web server's."""
        return self.tab(language, headers=headers)

    def through(self, language, *lines, **options):
        front.says(*lines)
        tab = house.chromium.open(front.url, language, **options)
        tab.language, tab.word = language, house.words_of(language)
        self.addCleanup(self.close_tab, tab)
        return tab

    def see(self, tab, heading, action=None):
        """The page has its looks, says whom to write to, and has this as the one thing to do."""
        self.assertEqual(tab.heading(), tab.word(heading))
        self.assertEqual(tab.look("[...document.querySelectorAll('main a.button')].map((one) => one.getAttribute('href'))"), [*([action] if action else []), "mailto:help@example.org"])
        english = tab.language == "en"  # the same colours as in the other, the widths differ
        self.assert_good(tab, light=english, dark=english)

    def test_proxy__what_is_not_certain__is_refused_and_says_whom_to_tell(self):
        jmbd, boss = self.site.env["HTTP_URL"], ("X-JMB-Mail", "boss@example.org")
        for language in ("en", "fr"):
            with self.subTest(language):
                front.says()
                self.see(self.directly(language, dict([boss])).goto("meetings/new", wanted=403), "Your identity could not be checked")
                self.see(self.directly(language).goto("sign-in", wanted=403), "Please use the site’s own address", jmbd.rstrip("/"))
                self.see(self.through(language, ("X-JMB-Mail", "eve@example.org"), boss).goto("sign-in", wanted=403), "Your identity could not be checked")
                self.see(self.through(language).goto("sign-in", wanted=403), "Nobody knows who you are")
                self.see(self.through(language, ("X-JMB-Uid", "eve")).goto("sign-in", wanted=403), "Your account has no mail address")

    def test_database__held_by_another__says_so_and_loses_nothing(self):
        for language in ("en", "fr"):
            with self.subTest(language):
                tab = self.through(language, ("X-JMB-Mail", f"olivia.{random_word()}@example.org"), ("X-JMB-Name", "Olivia"), unavailable=True)
                with stage.database_held():
                    tab.goto("sign-in?next=%2Fmeetings%2Fnew", wanted=503)
                self.see(tab, "This page cannot be shown now", "/sign-in?next=%2Fmeetings%2Fnew")
                tab.locator("main .button").first().follow()
                tab.locator("#subject").fill("d’équipe <b>")
                tab.locator("#description").fill(TEXT)
                with stage.database_held():
                    tab.locator("form:has(#subject) button.button").first().follow()
                    tab.locator("main button").follow()  # still
                self.see(tab, "Nothing was stored")
                tab.locator("main button").follow()
                self.assertEqual(tab.heading(), "d’équipe <b>")
                self.assertEqual(tab.look("document.querySelector('main .description').textContent"), TEXT)


if __name__ == "__main__":
    unittest.main()
