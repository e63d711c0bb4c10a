"""Identity providers for tests: a CAS server and an OpenID Connect provider, on loopback, for the real modules of web servers.

    cas = Cas()                 # cas.url, cas.close(); Oidc() alike
    browser.cookies["sso"] = "gaelle"     # signed in there; without it their page asks who it is

They hold what the protocols demand of the site: a ticket or code is good once, and only for the service that it was made for.
"""

import base64
import http.server
import json
import secrets
import threading
import time
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit
from xml.sax.saxutils import escape

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from site_process import free_ports

PEOPLE = {
    "gaelle": {"mail": "gaelle@example.org", "given": "Gaëlle", "surname": "Guérin", "groups": ["personnel", "équipe-visio"]},
    "martin": {"mail": "martin@example.org", "given": "Martin", "surname": "O'Neill & <Søn>", "groups": ["personnel"]},
    "nomail": {"mail": None, "given": "No", "surname": "Mail", "groups": []},
}


def full_name(person):
    return f"{person['given']} {person['surname']}"


class Provider:
    """An HTTP server with one function a path: self.paths["/login"](request) answers."""

    host = "127.0.0.1"  # as browsers know it; "localhost" is another site to them than 127.0.0.1

    def __init__(self):
        provider = self
        self.kept = {}  # ticket or code -> what it was made for
        self.asked = []  # paths, in order

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.answer(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", free_ports(1)[0]), Handler)
        self.url = f"http://{self.host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        parts = urlsplit(request.path)
        request.given = dict(parse_qsl(parts.query))
        length = int(request.headers.get("Content-Length") or 0)
        if length:
            request.given.update(parse_qsl(request.rfile.read(length).decode()))
        cookies = dict(pair.partition("=")[::2] for pair in request.headers.get("Cookie", "").split("; ") if pair)
        request.user = cookies.get("sso")
        self.asked.append(parts.path)
        page = self.paths.get(parts.path)
        if parts.path == "/enter":  # ?user=NAME: as if that one had typed the password
            self.say(request, f"<!doctype html><title>Welcome</title><h1>Welcome, {request.given['user']}</h1>",
                     Set_Cookie=f"sso={request.given['user']}; Path=/; HttpOnly; SameSite=Lax")
        elif page:
            page(request)
        else:
            self.say(request, "nothing here", status=404)

    @staticmethod
    def say(request, text, status=200, kind="text/html; charset=utf-8", **headers):
        body = text.encode()
        request.send_response(status)
        request.send_header("Content-Type", kind)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def redirect(self, request, address, **given):
        address += ("&" if "?" in address else "?") + urlencode(given) if given else ""
        self.say(request, "", 302, Location=address)

    def ask_who(self, request):
        self.say(request, "<!doctype html><title>Sign in</title><h1>Who are you?</h1>")

    def keep(self, **what):
        word = secrets.token_hex(16)
        self.kept[word] = what
        return word

    def sign_out(self, request, back=None):
        headers = {"Set_Cookie": "sso=; Path=/; Max-Age=0"}
        if back:
            self.say(request, "", 302, Location=back, **headers)
        else:
            self.say(request, "<!doctype html><title>Signed out</title><h1>Signed out everywhere</h1>", **headers)


class Cas(Provider):
    """CAS protocol 3: /cas/login, /cas/p3/serviceValidate, /cas/logout."""

    def __init__(self):
        super().__init__()
        self.paths = {"/cas/login": self.login, "/cas/p3/serviceValidate": self.validate, "/cas/logout": self.sign_out}

    def login(self, request):
        if request.user not in PEOPLE:
            self.ask_who(request)
            return
        self.redirect(request, request.given["service"], ticket="ST-" + self.keep(user=request.user, service=request.given["service"]))

    def validate(self, request):
        known = self.kept.pop(request.given.get("ticket", "").removeprefix("ST-"), None)
        if not known or known["service"] != request.given.get("service"):
            said = f"<cas:authenticationFailure code=\"INVALID_TICKET\">{escape(str(request.given))}</cas:authenticationFailure>"
        else:
            person = PEOPLE[known["user"]]
            values = [("displayName", full_name(person))] + [("memberOf", group) for group in person["groups"]]
            if person["mail"]:
                values.insert(0, ("mail", person["mail"]))
            attributes = "".join(f"<cas:{name}>{escape(value)}</cas:{name}>" for name, value in values)
            said = f"<cas:authenticationSuccess><cas:user>{known['user']}</cas:user><cas:attributes>{attributes}</cas:attributes></cas:authenticationSuccess>"
        self.say(request, f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{said}</cas:serviceResponse>', kind="application/xml; charset=utf-8")


class Oidc(Provider):
    """OpenID Connect with the authorization code flow; id tokens signed with RS256."""

    client, secret = "jmb", "a secret: of the client's"

    def __init__(self):
        super().__init__()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.paths = {"/.well-known/openid-configuration": self.configuration, "/authorize": self.authorize, "/token": self.token,
                      "/jwks": self.jwks, "/userinfo": self.userinfo, "/logout": self.logout}

    def json(self, request, value, status=200):
        self.say(request, json.dumps(value), status, "application/json")

    def configuration(self, request):
        self.json(request, {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo", "end_session_endpoint": f"{self.url}/logout", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"], "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"]})

    def authorize(self, request):
        given = request.given
        if given.get("client_id") != self.client or given.get("response_type") != "code" or "openid" not in given.get("scope", "").split():
            self.say(request, f"no: {given}", 400)
        elif request.user not in PEOPLE:
            self.ask_who(request)
        else:
            code = self.keep(user=request.user, redirect_uri=given["redirect_uri"], nonce=given.get("nonce"))
            self.redirect(request, given["redirect_uri"], code=code, state=given["state"])

    def token(self, request):
        asker = unquote_plus(base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode())
        known = self.kept.pop(request.given.get("code"), None)
        if asker != f"{self.client}:{self.secret}" or not known or known["redirect_uri"] != request.given.get("redirect_uri"):
            self.json(request, {"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self.url, "sub": known["user"], "aud": self.client, "iat": now, "exp": now + 300}
        if known["nonce"]:
            claims["nonce"] = known["nonce"]
        self.json(request, {"access_token": self.keep(user=known["user"]), "token_type": "Bearer", "expires_in": 300,
                            "id_token": jwt.encode(claims, self.key, "RS256", headers={"kid": "one"})})

    def jwks(self, request):
        numbers = self.key.public_key().public_numbers()
        in_base64 = lambda number: base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")  # noqa: E731
        self.json(request, {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": in_base64(numbers.n), "e": in_base64(numbers.e)}]})

    def userinfo(self, request):
        known = self.kept.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if not known:
            self.json(request, {"error": "invalid_token"}, 401)
            return
        person = PEOPLE[known["user"]]
        claims = {"sub": known["user"], "given_name": person["given"], "family_name": person["surname"], "groups": person["groups"]}
        if person["mail"]:
            claims["email"] = person["mail"]
        self.json(request, claims)

    def logout(self, request):
        self.sign_out(request, request.given.get("post_logout_redirect_uri"))
