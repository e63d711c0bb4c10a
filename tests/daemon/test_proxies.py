"""The samples of docs/samples, run privately in front of a real jmbd: signing in through them, forged fields, masked logs.

nginx asks a stand-in for oauth2-proxy; Apache uses the LDAP sample with a password file instead of the directory.
"""

import base64
import http.server
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import unittest
from urllib.parse import unquote

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import behind  # noqa: E402
from behind import SAMPLES, replaced  # noqa: E402
from web import Browser  # noqa: E402


class Oauth2(http.server.BaseHTTPRequestHandler):
    """What oauth2-proxy answers: 202 and who it is for whoever has its cookie, else 401."""

    def do_GET(self):
        user = re.search(r"_oauth2=(\w+)", self.headers.get("Cookie", ""))
        if self.path == "/oauth2/start":  # as if the provider had been asked and had known the browser
            self.send_response(302)
            self.send_header("Set-Cookie", "_oauth2=gaelle")
            self.send_header("Location", self.headers["X-Auth-Request-Redirect"])
        elif self.path.startswith("/oauth2/sign_out?rd="):
            self.send_response(302)
            self.send_header("Set-Cookie", "_oauth2=; Max-Age=0")
            self.send_header("Location", unquote(self.path.partition("rd=")[2]))
        elif self.path == "/oauth2/auth" and user:
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


@unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
class Nginx(behind.Behind, unittest.TestCase):
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

    def test_sign_in__without_the_cookie__comes_back_to_the_whole_address(self):
        browser = Browser(self.base)
        page = self.walk(browser, "sign-in?next=%2Fmeetings%2Fnew%3Fsubject%3Da%2526b%26minutes%3D30")
        self.assertEqual((page.status, page.location), (303, self.base + "meetings/new?subject=a%26b&minutes=30"))

    def test_sign_out__by_the_sample_s_address__forgets_the_cookie(self):
        address = re.search(r"(?m)^# \[auth\] logout_url = https://meet.example/(\S+)$", (SAMPLES / "nginx.conf").read_text())[1]
        browser = self.sign_in("gaelle")
        page = self.walk(browser, f"http://127.0.0.1:{self.port}/{address}")
        self.assertEqual((page.status, page.url), (200, self.base + "signed-out"))
        self.assertNotIn("_oauth2", browser.cookies)


class ApacheLdap(behind.Apache, unittest.TestCase):
    SAMPLE = "apache-ldap.conf"
    modules = (*behind.Apache.modules, "authn_file", "auth_basic")

    @classmethod
    def configure(cls):
        (cls.web / "ldap.secret").write_text("secret")
        cls.ldap_conf = cls.write("ldap", replaced(cls.sample(), **{"/etc/apache2/jmb-ldap.secret": f"{cls.web}/ldap.secret"}), ("ldap", "authnz_ldap"))
        file = re.sub(r"(?m)^ *AuthLDAP.*\n", "", cls.sample())
        file = replaced(file, **{"AuthBasicProvider ldap": f"AuthBasicProvider file\n    AuthUserFile {cls.web}/users",
                                 "%{reqenv:AUTHENTICATE_MAIL}": "%{REMOTE_USER}@example.org",
                                 "%{reqenv:AUTHENTICATE_DISPLAYNAME}": "Gaëlle Guérin"})
        sha = "{SHA}" + "nU4eI71bcnBGqeO0t9tXvY1u5oQ="  # of "pass"
        (cls.web / "users").write_text("".join(f"{user}:{sha}\n" for user in ("gaelle", "martin")))
        return cls.command(cls.write("apache", file))

    def browser(self, user=None):
        browser = Browser(self.base)
        browser.always = {"Authorization": "Basic " + base64.b64encode(f"{user}:pass".encode()).decode()}
        return browser

    def test_ldap_sample__is_understood_by_apache(self):
        done = subprocess.run(["apache2", "-t", "-f", str(self.ldap_conf)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_sign_in__wrong_password(self):
        browser = Browser(self.base)
        page = browser.get("sign-in", Authorization="Basic " + base64.b64encode(b"gaelle:wrong").decode())
        self.assertEqual(page.status, 401)


if __name__ == "__main__":
    unittest.main()
