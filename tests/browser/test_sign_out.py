"""Signing out leads on to the site's own sign-out, through as many other hosts as that takes: what a real browser makes of it."""

import http.server
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402

HEADING = "Signed out everywhere"


class Provider(http.server.BaseHTTPRequestHandler):
    """/logout of one host redirects to /bye of another (to Chromium 127.0.0.1 and localhost are two), as the sign-out of a web server's module does."""

    def do_GET(self):
        host, _, port = self.headers["Host"].partition(":")
        if self.path.startswith("/logout"):
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{port}/bye")
            body = b""
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            body = f"<!doctype html><html lang=en><title>Bye</title><h1>{HEADING}</h1><p>{host}</p>".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def setUpModule():
    global provider, port
    provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    port = provider.server_address[1]
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    house.open_house(conf=[f"auth.logout_url=http://127.0.0.1:{port}/logout?service=jmb"])


def tearDownModule():
    house.close_house()
    provider.shutdown()
    provider.server_close()


class SignOut(house.Case):
    def tab(self, **options):
        """One that may go to the provider too."""
        address = self.site.env["HTTP_URL"]
        tab = house.chromium.open(address, "en", others=[f"http://127.0.0.1:{port}/", f"http://localhost:{port}/"], **options)
        self.addCleanup(self.close_tab, tab)
        return tab

    def sign_out(self, **options):
        tab = self.person(**options)
        tab.goto("")
        tab.locator("form.who button").click()
        tab.until(f"document.querySelector('h1')?.innerText === '{HEADING}'")
        self.assertEqual(tab.address(), f"http://localhost:{port}/bye")
        tab.goto("")
        self.assertIn("/sign-in", tab.address())

    def test_sign_out__through_other_hosts__arrives(self):
        self.sign_out()

    def test_sign_out__without_scripts__arrives_too(self):
        self.sign_out(scripts=False)


if __name__ == "__main__":
    unittest.main()
