"""What the tests of docs/samples share: a site whose jmbd listens on a unix socket, a web server of the sample in front of it, and what must hold
behind each of them (signing in, guests, forged fields, the log).

    class Nginx(behind.Behind, unittest.TestCase): ...       # configure() writes the configuration, browser() has the site's own sign-in done
    class Cas(behind.Apache, unittest.TestCase): ...
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import unittest
from urllib.parse import urlsplit

import stage
from jmbsite import Site
from site_process import answers, drop_rights, free_ports, tail, wait_until
from site_prosody import TOP
from web import Browser

SAMPLES = TOP / "docs/samples"
MODULES = pathlib.Path("/usr/lib/apache2/modules")
LOGOUT = "https://sso.example.org/logout"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2Vj"


def replaced(text, **changes):
    """Each of them must be there."""
    for before, after in changes.items():
        if before not in text:
            raise AssertionError(f"{before!r} is not in the sample")
        text = text.replace(before, after)
    return text


class Behind:
    """A site with jmbd on a unix socket, and the class's web server in front of it.

    A class gives configure(), which writes into cls.web and returns the server's command; sample_conf(), what its sample
    wants in jmb.conf; and browser(user), with the site's own sign-in done.
    """

    @classmethod
    def configure(cls):
        raise NotImplementedError

    @classmethod
    def sample_conf(cls):
        return [f"auth.logout_url={LOGOUT}"]

    @classmethod
    def setUpClass(cls):
        cls.folder = stage.open_folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.port, cls.stub_port = free_ports(2)
        cls.dir = pathlib.Path(cls.folder.name)
        cls.socket = cls.dir / "site/http.sock"
        cls.site = Site(cls.dir / "site", focus="none", conf=[
            f"site.url=http://127.0.0.1:{cls.port}/booking", f"http.listen=unix:{cls.socket}", "http.client_address_header=X-Forwarded-For",
            "auth.mode=proxy", "auth.local_domains=", *cls.sample_conf()])
        cls.site.up()
        cls.addClassCleanup(cls.site.down)
        cls.web = cls.dir / "web"
        cls.web.mkdir()
        command = cls.configure()
        if os.geteuid() == 0:
            for path in (cls.web, *cls.web.rglob("*")):
                os.chown(path, 65534, 65534)
        cls.start_beside()
        cls.start("the web server", command, lambda: answers(cls.port))

    @classmethod
    def start_beside(cls):
        """What has to run before the web server, by start()."""

    @classmethod
    def start(cls, what, command, works):
        """Runs it as nobody until the class is done; returns when works()."""
        said_path = cls.web / f"said-{pathlib.Path(command[0]).name}"
        with open(said_path, "ab") as said:
            child = subprocess.Popen(drop_rights() + [str(word) for word in command], cwd=cls.web, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                     start_new_session=True)
        cls.addClassCleanup(cls.end, child)
        wait_until(what, works, give_up=lambda: tail(said_path) if child.poll() is not None else None)

    @staticmethod
    def end(child):
        child.terminate()
        child.wait(timeout=60)

    def browser(self, user=None):
        raise NotImplementedError

    def walk(self, browser, address="sign-in", headers=()):
        """The answer to it, behind the redirects (302) of the web server and the site's sign-in; those of jmbd are 303."""
        page = browser.request("GET", address, headers=dict(headers))
        for _ in range(8):
            if page.status != 302:
                break
            page = browser.request("GET", page.location, headers=dict(headers))
        return page

    def sign_in(self, user):
        browser = self.browser(user)
        page = self.walk(browser, "sign-in?next=%2Fmeetings%2Fnew", browser.always)
        self.assertEqual(page.status, 303, page.source)
        self.assertTrue(page.location.endswith("/booking/meetings/new"), page.location)
        return browser

    def log_with(self, *wanted):
        """The access log, when it has all that and what this request leaves: each worker writes its lines when it has answered."""
        mark = f"/booking/mark-{os.urandom(4).hex()}"
        Browser(self.base).get(mark)
        path = self.web / "access.log"
        wait_until(f"the access log, with {wanted}", lambda: path.exists() and all(word in path.read_text() for word in (mark, *wanted)))
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
        self.assertEqual(page.status, 303)
        self.assertEqual(browser.get(page.location).headers["Refresh"], f"0; url={LOGOUT}")
        self.assertEqual(browser.get("").status, 303)

    def test_sign_in__wherever_somebody_wanted_to_go__leads_back_there(self):
        browser = self.browser("gaelle")
        page = browser.get("meetings/new?subject=R%C3%A9union%20d%27%C3%A9quipe%20%26%20co&minutes=30")
        self.assertEqual(page.status, 303)
        page = self.walk(browser, page.location, browser.always)
        self.assertEqual(page.status, 303, page.source)
        self.assertEqual(urlsplit(page.location).query, "subject=R%C3%A9union%20d%27%C3%A9quipe%20%26%20co&minutes=30")

    def test_sign_in__nobody__gets_no_further_than_the_web_server(self):
        browser = Browser(self.base)
        self.assertIn(browser.get("sign-in").status, (401, 302))
        self.assertNotIn("jmb_session", browser.cookies)

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
        page = self.walk(browser, headers={**browser.always, **variants})
        self.assertEqual(page.status, 303, page.source)
        page = browser.get("settings")
        self.assertIn("martin@example.org", page.source)
        self.assertNotIn("boss@", page.source)
        stranger = Browser(self.base)
        self.assertEqual(stranger.request("GET", "", headers=variants).status, 303)
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
        for address in (f"j/{SECRET}", f"i/{SECRET}", f"s/{SECRET}/code.svg", f"x/{SECRET}", f"u/{SECRET}", f"ical/{SECRET}.ics", f"sign-in/{SECRET}",
                        f"token?room=x&jwt={SECRET}", f"sign-in?next=%2Fj%2F{SECRET}"):
            visitor.get(address, Referer=f"{self.base}j/{SECRET}")
        log = self.log_with("/booking/j/***", "/booking/i/***", "/booking/s/***/code.svg", "/booking/x/***", "/booking/u/***", "/booking/ical/***", "/booking/sign-in/***", "/booking/token")
        self.assertNotIn(SECRET, log)


class Apache(Behind):
    """Apache by apache.conf and the file beside it that SAMPLE names."""

    SAMPLE = None
    modules = ("mpm_event", "authn_core", "authz_core", "authz_user", "proxy", "proxy_http", "headers", "setenvif")

    @classmethod
    def setUpClass(cls):
        missing = [name for name in cls.modules if not (MODULES / f"mod_{name}.so").exists()]
        if not shutil.which("apache2") or missing:
            raise unittest.SkipTest(f"Apache is not installed, or not with {missing}")
        super().setUpClass()

    @classmethod
    def write(cls, name, sign_in, modules=()):
        """Configuration NAME.conf of the samples, with this text for the sign-in; its path. modules are loaded too."""
        sample = (SAMPLES / "apache.conf").read_text()
        sample = re.sub(r"(?m)^ *SSL.*\n", "", sample)
        sample = replaced(sample, **{"unix:/run/jmb/http.sock": f"unix:{cls.socket}", "<VirtualHost *:443>": f"<VirtualHost 127.0.0.1:{cls.port}>",
                                     "ServerName meet.example": "ServerName 127.0.0.1",
                                     "/var/log/apache2/jmb.log": f"{cls.web}/access.log", "/var/log/apache2/jmb-error.log": f"{cls.web}/error.log",
                                     "/etc/apache2/jmb-sign-in.conf": f"{cls.web}/{name}-sign-in.conf"})
        start = f"ServerRoot {cls.web}\nServerName localhost\nPidFile {cls.web}/pid\nListen 127.0.0.1:{cls.port}\nErrorLog {cls.web}/main.log\n" \
                f"DefaultRuntimeDir {cls.web}\n"
        name_of = lambda module: "mod_shib" if module == "shib" else module + "_module"  # noqa: E731
        loads = "".join(f"LoadModule {name_of(module)} {MODULES}/mod_{module}.so\n" for module in (*cls.modules, *modules))
        (cls.web / f"{name}-sign-in.conf").write_text(sign_in)
        path = cls.web / f"{name}.conf"
        path.write_text(start + loads + sample)
        return path

    @classmethod
    def sample(cls):
        return (SAMPLES / cls.SAMPLE).read_text()

    @staticmethod
    def command(conf):
        return ["apache2", "-D", "FOREGROUND", "-f", conf]
