"""The samples of docs/samples, run privately in front of a real jmbd: signing in through them, forged fields, masked logs.

nginx asks a stand-in for oauth2-proxy; Apache uses the LDAP sample with a password file instead of the directory.
"""

import base64
import http.server
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from jmbsite import Site  # noqa: E402
from site_process import answers, drop_rights, free_ports, tail, wait_until  # noqa: E402
from site_prosody import TOP  # noqa: E402
from web import Browser  # noqa: E402

SAMPLES = TOP / "docs/samples"
MODULES = pathlib.Path("/usr/lib/apache2/modules")
LOGOUT = "https://sso.example.org/logout"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2Vj"


class Oauth2(http.server.BaseHTTPRequestHandler):
    """What oauth2-proxy answers: 202 and who it is for whoever has its cookie, else 401."""

    def do_GET(self):
        user = re.search(r"_oauth2=(\w+)", self.headers.get("Cookie", ""))
        if self.path == "/oauth2/auth" and user:
            self.send_response(202)
            self.send_header("X-Auth-Request-User", user[1])
            self.send_header("X-Auth-Request-Email", f"{user[1]}@example.org")
            self.send_header("X-Auth-Request-Preferred-Username", "Ga%C3%ABlle Gu".replace(" ", "%20") + "%C3%A9rin")
        else:
            self.send_response(401 if self.path == "/oauth2/auth" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def replaced(text, **changes):
    """Each of them must be there."""
    for before, after in changes.items():
        if before not in text:
            raise AssertionError(f"{before!r} is not in the sample")
        text = text.replace(before, after)
    return text


class Behind:
    """A site with jmbd on a unix socket, and the class's web server in front of it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = stage.open_folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.port, cls.stub_port = free_ports(2)
        cls.dir = pathlib.Path(cls.folder.name)
        cls.socket = cls.dir / "site/http.sock"
        cls.site = Site(cls.dir / "site", focus="none", conf=[
            f"site.url=http://127.0.0.1:{cls.port}/booking", f"http.listen=unix:{cls.socket}", "http.client_address_header=X-Forwarded-For",
            "auth.mode=proxy", "auth.local_domains=", f"auth.logout_url={LOGOUT}"])
        cls.site.up()
        cls.addClassCleanup(cls.site.down)
        cls.web = cls.dir / "web"
        cls.web.mkdir()
        command = cls.configure()
        if os.geteuid() == 0:
            for path in (cls.web, *cls.web.rglob("*")):
                os.chown(path, 65534, 65534)
        with open(cls.web / "said", "ab") as said:
            cls.server = subprocess.Popen(drop_rights() + [str(word) for word in command], cwd=cls.web, stdin=subprocess.DEVNULL, stdout=said,
                                          stderr=said, start_new_session=True)
        cls.addClassCleanup(cls.end_server)
        wait_until("the web server", lambda: answers(cls.port),
                   give_up=lambda: tail(cls.web / "said") if cls.server.poll() is not None else None)

    @classmethod
    def end_server(cls):
        cls.server.terminate()
        cls.server.wait(timeout=20)

    def browser(self, user=None):
        """With the site's own sign-in done, for whom it is."""
        raise NotImplementedError

    def get(self, browser, address, **headers):
        return browser.get(address, **{**getattr(browser, "always", {}), **headers})

    def sign_in(self, user, **headers):
        browser = self.browser(user)
        page = self.get(browser, "sign-in?next=%2Fmeetings%2Fnew", **headers)
        self.assertEqual(page.status, 303, page.source)
        self.assertTrue(page.location.endswith("/booking/meetings/new"), page.location)
        return browser

    def log(self):
        """The access log, when it has what this request leaves."""
        mark = f"/booking/mark-{os.urandom(4).hex()}"
        Browser(self.base).get(mark)
        path = self.web / "access.log"
        wait_until("the access log", lambda: path.exists() and mark in path.read_text())
        return path.read_text()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}/booking/"

    def test_sign_in__through_the_web_server(self):
        browser = self.sign_in("gaelle")
        page = browser.get("")  # only the session's cookie now
        self.assertEqual(page.status, 200)
        self.assertIn("Gaëlle Guérin", page.source)
        self.assertEqual(browser.get("meetings/new").status, 200)
        page = page.form(action="/sign-out").submit()
        self.assertEqual((page.status, page.location), (303, LOGOUT))
        self.assertEqual(browser.get("").status, 303)

    def test_sign_in__nobody__gets_no_further_than_the_web_server(self):
        page = Browser(self.base).get("sign-in")
        self.assertIn(page.status, (401, 302))
        self.assertNotIn("Set-Cookie", page.headers)

    def test_guests__need_no_account(self):
        visitor = Browser(self.base)
        self.assertEqual(visitor.get("about/health").status, 200)
        for address in (f"j/{SECRET}", f"i/{SECRET}", f"ical/{SECRET}.ics"):
            self.assertEqual(visitor.get(address).status, 404, address)
        self.assertEqual(visitor.get("closed").status, 200)

    def test_forged__fields_of_clients_are_dropped(self):
        forged = {"X-JMB-Mail": "boss@example.org", "X-JMB-Uid": "boss", "X-JMB-Name": "Boss", "X-JMB-Groups": "staff"}
        variants = {**forged, "x-jmb-mail": "boss@example.org", "X_JMB_Mail": "boss@example.org"}
        browser = self.browser("martin")
        page = browser.request("GET", "sign-in", headers={**browser.always, **variants})
        self.assertEqual(page.status, 303, page.source)
        page = browser.get("settings")
        self.assertIn("martin@example.org", page.source)
        self.assertNotIn("boss@", page.source)
        stranger = Browser(self.base)
        self.assertEqual(stranger.request("GET", "", headers=forged).status, 303)
        self.assertIn(stranger.request("GET", "sign-in", headers=forged).status, (401, 302))

    def test_forged__twice_over_the_socket__is_refused_and_logged(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.socket))
        connection.sendall(b"GET /booking/sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-JMB-Mail: a@example.org\r\nX-JMB-Mail: b@example.org\r\n\r\n")
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        connection.close()
        self.assertTrue(answer.startswith(b"HTTP/1.1 403 "), answer[:200])
        self.assertNotIn(b"Set-Cookie", answer)
        self.assertIn("X-JMB-Mail came twice", self.site.log("jmbd"))

    def test_log__has_no_links(self):
        visitor = Browser(self.base)
        for address in (f"j/{SECRET}", f"i/{SECRET}", f"s/{SECRET}/code.svg", f"u/{SECRET}", f"ical/{SECRET}.ics", f"sign-in/{SECRET}",
                        f"token?room=x&jwt={SECRET}", f"sign-in?next=%2Fj%2F{SECRET}"):
            visitor.get(address, Referer=f"{self.base}j/{SECRET}")
        log = self.log()
        self.assertNotIn(SECRET, log)
        for masked in ("/booking/j/***", "/booking/i/***", "/booking/s/***/code.svg", "/booking/ical/***", "/booking/sign-in/***", "/booking/token"):
            self.assertIn(masked, log)


@unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
class Nginx(Behind, unittest.TestCase):
    @classmethod
    def configure(cls):
        cls.stub = http.server.ThreadingHTTPServer(("127.0.0.1", cls.stub_port), Oauth2)
        threading.Thread(target=cls.stub.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.stub.server_close)
        cls.addClassCleanup(cls.stub.shutdown)
        sample = (SAMPLES / "nginx.conf").read_text()
        sample = re.sub(r"(?m)^ *ssl_.*\n", "", sample)
        sample = replaced(sample, **{"unix:/run/jmb/http.sock": f"unix:{cls.socket}", "listen 443 ssl;": f"listen 127.0.0.1:{cls.port};",
                                     "/var/log/nginx/jmb.log": f"{cls.web}/access.log", "/var/log/nginx/jmb-error.log": f"{cls.web}/error.log",
                                     "127.0.0.1:4180": f"127.0.0.1:{cls.stub_port}"})
        places = "".join(f"    {name}_temp_path {cls.web}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (cls.web / "nginx.conf").write_text(f"daemon off;\nworker_processes 1;\npid {cls.web}/pid;\nerror_log {cls.web}/main.log;\n"
                                            f"events {{}}\nhttp {{\n{places}{sample}}}\n")
        return ["nginx", "-e", cls.web / "main.log", "-p", cls.web, "-c", cls.web / "nginx.conf"]

    def browser(self, user=None):
        browser = Browser(self.base)
        browser.always = {}
        browser.cookies["_oauth2"] = user
        return browser


@unittest.skipUnless(shutil.which("apache2") and MODULES.exists(), "apache2 is not installed")
class Apache(Behind, unittest.TestCase):
    modules = ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "proxy", "proxy_http", "headers", "setenvif")

    @classmethod
    def load(cls, *names):
        return "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in names)

    @classmethod
    def configure(cls):
        sample = (SAMPLES / "apache.conf").read_text()
        sample = re.sub(r"(?m)^ *SSL.*\n", "", sample)
        sample = replaced(sample, **{"unix:/run/jmb/http.sock": f"unix:{cls.socket}", "<VirtualHost *:443>": f"<VirtualHost 127.0.0.1:{cls.port}>",
                                     "/var/log/apache2/jmb.log": f"{cls.web}/access.log", "/var/log/apache2/jmb-error.log": f"{cls.web}/error.log",
                                     "/etc/apache2/jmb-sign-in.conf": f"{cls.web}/sign-in.conf"})
        start = f"ServerRoot {cls.web}\nServerName meet.example\nPidFile {cls.web}/pid\nListen 127.0.0.1:{cls.port}\nErrorLog {cls.web}/main.log\n" \
                f"DefaultRuntimeDir {cls.web}\n"
        (cls.web / "apache.conf").write_text(start + cls.load(*cls.modules) + sample)
        ldap = (SAMPLES / "apache-ldap.conf").read_text()
        (cls.web / "ldap.secret").write_text("secret")
        (cls.web / "ldap.conf").write_text(start + cls.load(*cls.modules, "ldap", "authnz_ldap") + sample.replace("/sign-in.conf", "/ldap-sign-in.conf"))
        (cls.web / "ldap-sign-in.conf").write_text(replaced(ldap, **{"/etc/apache2/jmb-ldap.secret": f"{cls.web}/ldap.secret"}))
        file = re.sub(r"(?m)^ *AuthLDAP.*\n", "", ldap)
        file = replaced(file, **{"AuthBasicProvider ldap": f"AuthBasicProvider file\n    AuthUserFile {cls.web}/users",
                                 "%{reqenv:AUTHENTICATE_MAIL}": "%{REMOTE_USER}@example.org",
                                 "%{reqenv:AUTHENTICATE_DISPLAYNAME}": "Gaëlle Guérin"})
        (cls.web / "sign-in.conf").write_text(file)
        sha = "{SHA}" + "nU4eI71bcnBGqeO0t9tXvY1u5oQ="  # of "pass"
        (cls.web / "users").write_text("".join(f"{user}:{sha}\n" for user in ("gaelle", "martin")))
        return ["apache2", "-D", "FOREGROUND", "-f", cls.web / "apache.conf"]

    def browser(self, user=None):
        browser = Browser(self.base)
        browser.always = {"Authorization": "Basic " + base64.b64encode(f"{user}:pass".encode()).decode()}
        return browser

    def test_ldap_sample__is_understood_by_apache(self):
        done = subprocess.run(["apache2", "-t", "-f", str(self.web / "ldap.conf")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_sign_in__wrong_password(self):
        browser = Browser(self.base)
        page = browser.get("sign-in", Authorization="Basic " + base64.b64encode(b"gaelle:wrong").decode())
        self.assertEqual(page.status, 401)


if __name__ == "__main__":
    unittest.main()
