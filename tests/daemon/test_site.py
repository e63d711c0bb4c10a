"""The private site itself: what it starts and ends, whom its stand-ins let in, what its focus hands out without mod_jmb."""

import asyncio
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from jmbsite import Site, SiteError, http_status, read_env, start_time  # noqa: E402
from ws_client import WsClient, install  # noqa: E402
from xmpp_client import AuthRefused, Client, Refused, make_token  # noqa: E402

site = None
folder = None


def setUpModule():
    global site, folder
    install()
    folder = tempfile.TemporaryDirectory(prefix="jmb-site-")
    os.chmod(folder.name, 0o755)
    site = Site(folder.name + "/site", daemon=False, module=False)
    site.up()


def tearDownModule():
    site.down()
    folder.cleanup()


def processes_of(directory):
    """Command lines of living processes that mention this directory."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and start_time(entry.name):
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if directory + "/" in words and int(entry.name) != os.getpid():
                found.append(words)
    return found


class Tool(unittest.TestCase):
    def run_site(self, *words, status=0):
        done = subprocess.run([HERE / "site", *words], text=True, capture_output=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_site__up_and_down__leaves_no_process(self):
        directory = folder.name + "/by-hand"
        try:
            self.run_site("up", directory, "--no-daemon", "--no-module", "--focus", "none")
            env = read_env(directory)
            self.assertEqual(len(processes_of(directory)), 2)
            if os.geteuid() == 0:
                for name in ("PID_PROSODY", "PID_FOCUS"):
                    self.assertEqual(os.stat(f"/proc/{env[name]}").st_uid, 65534)
            self.assertIn("still up", self.run_site("up", directory, "--no-daemon", status=1))
        finally:
            self.run_site("down", directory)
        self.assertEqual(processes_of(directory), [])
        self.run_site("down", directory)  # again is harmless

    def test_site__up__listens_on_loopback_only(self):
        prosody = site.processes["prosody"].pid
        sockets = set()
        for link in pathlib.Path(f"/proc/{prosody}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # a connection that just ended
                sockets.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
        listening = []
        for table in ("tcp", "tcp6"):
            if not os.path.exists(f"/proc/net/{table}"):
                continue
            for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in sockets:
                    listening.append(fields[1].split(":")[0])
        self.assertEqual(listening, ["0100007F"] * 3)

    def test_site__down__spares_a_stranger_with_the_same_pid(self):
        stranger = subprocess.Popen(["sleep", "60"])
        try:
            other = Site(folder.name + "/other", daemon=False)
            other.state, other.env = site.state, {}
            other.processes = {"jmbd": type(site.processes["prosody"])(stranger.pid, start_time(stranger.pid) - 1)}
            other._save = lambda: None
            other.down()
            self.assertIsNone(stranger.poll())
        finally:
            stranger.kill()
            stranger.wait()

    def test_site__down__kills_what_does_not_end(self):
        stuck = subprocess.Popen([sys.executable, "-c",
                                  "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"],
                                 stdout=subprocess.PIPE)
        stuck.stdout.readline()
        process = type(site.processes["prosody"])(stuck.pid, start_time(stuck.pid), stuck)
        self.assertFalse(process.end(patience=0.2))
        self.assertEqual(stuck.returncode, -signal.SIGKILL)
        stuck.stdout.close()

    def test_site__up__refuses_a_foreign_directory(self):
        with tempfile.TemporaryDirectory() as foreign:
            pathlib.Path(foreign, "precious").write_text("x")
            self.assertIn("not made by site", self.run_site("up", foreign, "--no-daemon", status=1))
            self.assertTrue(pathlib.Path(foreign, "precious").exists())

    @unittest.skipUnless(os.geteuid() == 0, "only root drops to another user")
    def test_site__up__names_the_closed_parent(self):
        with tempfile.TemporaryDirectory() as closed:
            self.assertIn(f"{closed} is closed to others", self.run_site("up", closed + "/site", "--no-daemon", status=1))

    def test_site__up__says_what_is_wrong_in_the_configuration(self):
        with self.assertRaisesRegex(SiteError, "prosody ended while it started(.|\n)*syntax error|prosody ended(.|\n)*expected"):
            Site(folder.name + "/broken", daemon=False, prosody_lua=["this is not Lua"]).up()
        self.assertEqual(processes_of(folder.name + "/broken"), [])

    def test_site__up__starts_two_prosodys(self):
        with Site(folder.name + "/two", daemon=False, module=False, two=True) as two:
            self.assertTrue(two.alive("prosody_2") and two.alive("focus_2"))
            self.assertNotEqual(two.env["C2S_PORT"], two.env["C2S_PORT_2"])
            asyncio.run(self.join_both(two.env))
        self.assertEqual(processes_of(folder.name + "/two"), [])

    async def join_both(self, env):
        for shard in (1, 2):
            client = Client(env, make_token(env, "standup"), shard)
            await client.connect()
            await client.join("standup", "alice")
            self.assertEqual(client.people(), {"alice"})
            await client.close()

    def test_site__die__takes_its_children_along(self):
        directory = folder.name + "/tied"
        program = f"import sys; sys.path.insert(0, {str(HERE)!r}); from jmbsite import Site\n" \
                  f"Site({directory!r}, daemon=False, module=False).up(); print('up', flush=True); sys.stdin.read()"
        parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(parent.stdout.readline(), b"up\n")
        parent.kill()
        parent.communicate()
        end = time.monotonic() + 30
        while processes_of(directory) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(processes_of(directory), [])

    def test_need__ask__is_quick_and_knows_its_groups(self):
        begun = time.monotonic()
        done = subprocess.run([HERE / "need", "-n", "build", "run"], capture_output=True, text=True)
        self.assertLess(time.monotonic() - begun, 1)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertEqual(subprocess.run([HERE / "need", "nothing"], capture_output=True).returncode, 2)


class Daemon(unittest.TestCase):
    """How the site treats jmbd, shown with a program that behaves like one as far as the site can see."""

    program = """#!/usr/bin/python3
import configparser, http.server, signal, sys
conf = configparser.ConfigParser()
conf.read(sys.argv[sys.argv.index("-c") + 1])
if conf["site"]["name"] == "broken":
    sys.exit("jmb.conf:3: name: not that")
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/sign-in" else 404)
        self.end_headers()
    def log_message(self, *_): pass
address, port = conf["http"]["listen"].split(":")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(99 if conf["site"]["name"] == "leaks" else 0))
if conf["site"]["name"] == "errs":
    print("==7== Invalid read of size 8", file=sys.stderr, flush=True)
server = http.server.HTTPServer((address, int(port)), Page)
print("<6>ready", file=sys.stderr, flush=True)
server.serve_forever()
"""

    def setUp(self):
        build = tempfile.TemporaryDirectory()
        self.addCleanup(build.cleanup)
        for name in ("jmbd", "jmbctl"):
            file = pathlib.Path(build.name, name)
            file.write_text(self.program if name == "jmbd" else "#!/bin/sh\necho $0 \"$@\"\n")
            file.chmod(0o755)
        self.directory = folder.name + "/daemon"
        self.options = {"module": False, "build": build.name}

    def test_site__start_daemon__waits_until_it_answers(self):
        with Site(self.directory, conf=["reminders.room=30s,0s", "prosody main.ping=5s", "auth.local_domains="], **self.options) as ours:
            conf = pathlib.Path(ours.env["CONF"]).read_text()
            self.assertIn("[reminders]\nroom = 30s,0s\n", conf)
            self.assertIn("ping = 5s\n", conf)
            self.assertNotIn("local_domains", conf)
            first = ours.processes["jmbd"].pid
            if os.geteuid() == 0:
                self.assertEqual(os.stat(f"/proc/{first}").st_uid, 65534)
            ours.restart_daemon(signal.SIGKILL)
            self.assertNotEqual(ours.processes["jmbd"].pid, first)
            self.assertEqual(str(ours.processes["jmbd"].pid), read_env(self.directory)["PID_JMBD"])
            self.assertEqual(http_status(ours.env["HTTP_URL"] + "sign-in"), 200)
            self.assertIn(f"-s {ours.env['ADMIN_SOCKET']} sign-in a@example.org", ours.ctl("sign-in", "a@example.org").stdout)
            ours.stop_daemon()
            self.assertEqual(http_status(ours.env["HTTP_URL"] + "sign-in"), 0)
            self.assertNotIn("PID_JMBD", read_env(self.directory))
        self.assertEqual(processes_of(self.directory), [])

    def test_site__start_daemon__shows_why_it_ended(self):
        with self.assertRaisesRegex(SiteError, r"jmbd ended while it started(.|\n)*jmb.conf:3: name: not that"):
            Site(self.directory, conf=["site.name=broken"], **self.options).up()
        self.assertEqual(processes_of(self.directory), [])

    def test_site__stop_daemon__looks_at_how_it_went(self):
        with self.assertRaisesRegex(SiteError, "jmbd ended with status 99 after SIGTERM"), \
                Site(self.directory, conf=["site.name=leaks"], **self.options):
            pass
        self.assertEqual(processes_of(self.directory), [])
        with self.assertRaisesRegex(SiteError, "Invalid read of size 8"), Site(self.directory, conf=["site.name=errs"], **self.options) as ours:
            ours.restart_daemon(signal.SIGKILL)
        self.assertEqual(processes_of(self.directory), [])

    def test_site__up__asks_for_a_build(self):
        with self.assertRaisesRegex(SiteError, "jmbd is not there: build it first"):
            Site(self.directory, build=self.directory + "-nowhere").up()


class Meeting(unittest.IsolatedAsyncioTestCase):
    """People who are gone when the test is over."""

    def client(self, kind, token=None, **options):
        client = kind(site.env, token, **options)
        self.addAsyncCleanup(self.close, client)
        return client

    async def close(self, client):
        if client.jid:
            await client.close()

    async def entered(self, kind, token=None, room="standup", nick="alice", name=None):
        client = self.client(kind, token)
        await client.connect()
        await client.join(room, nick, name)
        return client


class Doors(Meeting):
    """Who gets in, over TCP, websocket and BOSH."""

    async def test_token__join__over_tcp(self):
        alice = await self.entered(Client, make_token(site.env, "standup", id="u1", name="Alice"))
        self.assertTrue(alice.jid.partition("@")[2].startswith(site.env["DOMAIN"] + "/"))
        self.assertNotIn("token@", alice.jid)
        self.assertEqual(alice.people(), {"alice"})

    async def test_token__join__over_websocket(self):
        alice = await self.entered(WsClient, make_token(site.env, "standup", id="u1", name="Alice"), nick="alice-ws")
        self.assertTrue(alice.jid.partition("@")[2].startswith(site.env["DOMAIN"] + "/"))
        self.assertEqual(alice.people(), {"alice-ws"})

    async def test_token__join__any_room_in_any_case(self):
        for room in ("*", "StandUp"):
            alice = await self.entered(Client, make_token(site.env, room))
            await alice.leave()

    async def test_guest__join__over_tcp_and_websocket(self):
        bob = await self.entered(Client, room="guests", nick="bob")
        carol = await self.entered(WsClient, room="guests", nick="carol", name="Carol <3")
        for client in (bob, carol):
            self.assertIn("@" + site.env["GUEST_DOMAIN"], client.jid)
            await client.wait_for_people("bob", "carol")
        seen = await bob.wait_for(lambda s: s.nick == "carol")
        self.assertEqual(seen.text("nick"), "Carol <3")

    async def test_token__join__wrong_room_is_refused(self):
        for kind in (Client, WsClient):
            alice = self.client(kind, make_token(site.env, "standup"))
            await alice.connect()
            with self.assertRaises(Refused) as refusal:
                await alice.join("board", "alice")
            self.assertEqual(refusal.exception.condition, "not-allowed")
            self.assertEqual(alice.roles_seen, {})

    async def test_token__connect__bad_ones_are_refused(self):
        now = int(time.time())
        good = make_token(site.env, "standup")
        bad = {
            "another secret": make_token(site.env, "standup", secret="x" * 32),
            "changed": good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
            "no algorithm": make_token(site.env, "standup", header={"alg": "none"}).rpartition(".")[0] + ".",
            "another algorithm": make_token(site.env, "standup", header={"alg": "HS512"}),
            "not a token": "nonsense",
            "another issuer": make_token(site.env, "standup", iss="somebody"),
            "no audience": make_token(site.env, "standup", aud=None),
            "another audience": make_token(site.env, "standup", aud="else"),
            "expired": make_token(site.env, "standup", exp=now - 1),
            "no expiry": make_token(site.env, "standup", exp=None),
            "not yet": make_token(site.env, "standup", nbf=now + 30),
            "no room": make_token(site.env, None),
            "a null in user": make_token(site.env, "standup", context={"user": {"id": "1", "name": None}}),
        }
        for what, token in bad.items():
            with self.subTest(what), self.assertRaises(AuthRefused):
                await self.client(Client, token).connect()

    async def test_token__connect__bad_ones_are_refused_over_websocket(self):
        for what, token in {"expired": make_token(site.env, "standup", exp=int(time.time()) - 1), "none": ""}.items():
            with self.subTest(what), self.assertRaises(AuthRefused):
                await self.client(WsClient, token).connect()

    def bosh(self, query, body):
        request = urllib.request.Request(site.env["BOSH_URL"] + query, body.encode(), {"Content-Type": "text/xml"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as reply:
            return ET.fromstring(reply.read())

    def test_token__authenticate__over_bosh(self):
        now = int(time.time())
        for token, outcome in ((make_token(site.env, "standup"), "success"), (make_token(site.env, "standup", exp=now), "failure"), (None, "failure")):
            query = "?" + urllib.parse.urlencode({"room": "standup", **({"token": token} if token else {})})
            begun = self.bosh(query, f"<body rid='1' to='{site.env['DOMAIN']}' hold='1' wait='5' ver='1.6' xmpp:version='1.0' "
                                     "xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh'/>")
            self.assertEqual([m.text for m in begun.iter() if m.tag.endswith("}mechanism")], ["ANONYMOUS"])
            answer = self.bosh(query, f"<body rid='2' sid='{begun.get('sid')}' xmlns='http://jabber.org/protocol/httpbind'>"
                                      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/></body>")
            self.assertEqual(answer[0].tag, "{urn:ietf:params:xml:ns:xmpp-sasl}" + outcome)

    async def test_client__vanish__is_seen_by_the_others(self):
        for number, kind in enumerate((Client, WsClient)):
            room = f"vanishing-{number}"
            alice = await self.entered(Client, room=room)
            bob = await self.entered(kind, room=room, nick="bob")
            await alice.wait_for_people("alice", "bob")
            bob.vanish()
            await alice.wait_for_people("alice")
            await bob.wait_until_lost()

    async def test_client__set_name__reaches_everybody(self):
        alice = await self.entered(Client, room="names", name="Alice")
        bob = await self.entered(WsClient, room="names", nick="bob", name="Bob")
        bob.set_name("Robert")
        await alice.wait_for(lambda s: s.nick == "bob" and s.text("nick") == "Robert")
        alice.set_name("Alicia")
        await bob.wait_for(lambda s: s.nick == "alice" and s.text("nick") == "Alicia")

    async def test_client__say__is_recorded_with_its_time(self):
        alice = await self.entered(WsClient, room="chat")
        bob = await self.entered(Client, room="chat", nick="bob")
        before = time.monotonic()
        alice.say("a < b & c > \u00e9\u202f!")
        heard = await bob.wait_for(lambda s: s.body == "a < b & c > \u00e9\u202f!")
        self.assertTrue(before <= heard.t <= time.monotonic())
        self.assertEqual(heard.nick, "alice")


class Powers(Meeting):
    """Stock behaviour, before mod_jmb has a say."""

    async def test_focus__first__makes_the_first_person_owner(self):
        site.focus_mode("first")
        bob = await self.entered(Client, room="first", nick="bob")
        await bob.wait_for_role("bob", "moderator")
        alice = await self.entered(Client, make_token(site.env, "first"), room="first", nick="alice")
        self.assertEqual(alice.roles_seen["alice"], [("participant", "none")])
        await bob.leave()
        await alice.wait_for_role("alice", "moderator")

    async def test_focus__token__makes_token_holders_owners(self):
        site.focus_mode("token")
        bob = await self.entered(WsClient, room="tokens", nick="bob")
        alice = await self.entered(WsClient, make_token(site.env, "tokens"), room="tokens", nick="alice")
        carol = await self.entered(Client, make_token(site.env, "tokens"), room="tokens", nick="carol")
        for client in (alice, bob, carol):
            await client.wait_for_role("alice", "moderator")
            await client.wait_for_role("carol", "moderator")
            self.assertEqual({role for role, _ in client.roles_seen["bob"]}, {"participant"})

    async def test_focus__none__makes_nobody_owner(self):
        site.focus_mode("none")
        alice = await self.entered(Client, make_token(site.env, "nobody"), room="nobody", nick="alice")
        bob = await self.entered(Client, room="nobody", nick="bob")
        await alice.wait_for_people("alice", "bob")
        await asyncio.gather(alice.ask_focus(alice.room), bob.ask_focus(bob.room))  # the focus has seen both by now
        for client in (alice, bob):
            self.assertEqual({role for nick, seen in client.roles_seen.items() if nick != "focus" for role, _ in seen}, {"participant"})
        self.assertEqual(alice.roles_seen["focus"][-1], ("moderator", "owner"))

    async def test_focus__leave__ends_an_empty_room(self):
        site.focus_mode("first")
        alice = await self.entered(Client, room="empty")
        alice.say("only in the first instance")
        await alice.wait_for(lambda s: s.body)
        before = site.log_path("focus").stat().st_size
        await alice.leave()
        await asyncio.to_thread(site._wait, "focus", "the focus leaves", lambda: "left, nobody" in site._since("focus", before))
        mark = len(alice.stanzas)
        await alice.join("empty", "alice")
        self.assertFalse([s for s in alice.stanzas[mark:] if s.body])

    async def test_client__grant__by_affiliation_and_by_role(self):
        site.focus_mode("first")
        alice = await self.entered(WsClient, room="grants", nick="alice")
        await alice.wait_for_role("alice", "moderator")
        bob = await self.entered(Client, room="grants", nick="bob")
        await alice.wait_for_people("alice", "bob")
        await alice.grant("bob")
        await bob.wait_for_role("bob", "moderator")
        await bob.set_role("alice", "none")
        kicked = await alice.wait_for(lambda s: s.nick == "alice" and s.type == "unavailable")
        self.assertIn("307", kicked.codes)
        await bob.wait_for_people("bob")

    async def test_lobby__knock__is_let_in_by_a_moderator(self):
        site.focus_mode("first")
        alice = await self.entered(Client, room="lobbied", nick="alice", name="Alice")
        await alice.wait_for_role("alice", "moderator")
        await alice.configure(membersonly="1")
        bob = self.client(Client)
        await bob.connect()
        with self.assertRaises(Refused) as refusal:
            await bob.join("lobbied", "bob", "Bob")
        self.assertEqual(refusal.exception.condition, "registration-required")
        lobby = refusal.exception.stanza.text("error/lobbyroom")
        self.assertEqual(lobby, "lobbied@" + site.env["LOBBY"])
        await bob.join(lobby, "bob", "Bob", ask_focus=False)
        alice.admit(bob.jid)
        await bob.wait_for(lambda s: s.find("x/invite") is not None)
        await bob.join("lobbied", "bob", "Bob")
        await alice.wait_for_people("alice", "bob")

    async def test_breakout__add__is_entered_from_the_main_room(self):
        site.focus_mode("first")
        alice = await self.entered(Client, room="groups", nick="alice")
        await alice.wait_for_role("alice", "moderator")
        alice.breakout("add", subject="Group 1")
        told = await alice.wait_for(lambda s: s.json and s.json["event"] == "features/breakout-rooms/update")
        group = next(room for room in told.json["rooms"].values() if not room.get("isMainRoom"))
        self.assertEqual(group["name"], "Group 1")
        bob = self.client(WsClient)
        await bob.connect()
        await bob.join(group["jid"], "bob")
        self.assertEqual(bob.people(), {"bob"})
        with self.assertRaises(Refused):
            await bob.join("invented@" + site.env["BREAKOUT"], "bob", ask_focus=False)

    async def test_prosody__restart__is_survived_by_the_focus(self):
        alice = await self.entered(Client, room="restart", nick="alice")
        await asyncio.to_thread(site.restart_prosody)
        await alice.wait_until_lost()
        again = await self.entered(WsClient, room="restart", nick="alice")
        self.assertEqual(again.people(), {"alice"})

    async def test_site__reload__a_module_and_the_configuration(self):
        await asyncio.to_thread(site.reload, "jmb_breakout", site.env["DOMAIN"])
        await asyncio.to_thread(site.reload)
        await self.entered(Client, make_token(site.env, "reloaded"), room="reloaded")


if __name__ == "__main__":
    unittest.main()
