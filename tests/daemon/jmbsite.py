"""A private Jitsi-like site for demo, tests and bench: Prosody, a stand-in for Jicofo, and jmbd.

Everything listens on 127.0.0.1 only, at ports that were free, and lives in one directory. The system's Prosody is
neither installed nor touched: Debian's package is unpacked under build/prosody/ and run from a copy.

    with Site("/tmp/x", focus="token") as site:       # up() and down()
        site.env["HTTP_URL"]                          # all keys: Site.env, also written to DIR/env

Run as root, all that it starts runs as uid and gid 65534: jmbd and Prosody refuse root. A checkout may lie where that
user cannot read, so whatever the children read is copied into the directory first.
"""

import json
import os
import pathlib
import re
import secrets
import shlex
import shutil
import signal
import subprocess

from site_process import (DEADLINE, NOBODY, PortTaken, Process, SiteError, answers, drop_rights, free_ports, http_status, start_time, tail,
                          wait_until)
from site_prosody import DOMAIN, HOSTS, MOD_JMB_CONFIG, PROSODY_CONFIG, TOP, install_prosody, read_lua

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
# What sanitizers, and valgrind with --quiet (or its summary without), write into a log when they found something.
FAULT = re.compile(r"(?m)^.*(Sanitizer|runtime error:|==\d+== (ERROR SUMMARY: [1-9]|Invalid |Conditional |Use of uninitialised |Syscall param |"
                   r"Mismatched |Source and destination |Argument |Warning: invalid |Process terminating|[\d,]+ .*definitely lost in loss)).*$")


class Site:
    """A site in a directory.

    focus           'first', 'token' or 'none': whom the stand-in for Jicofo makes owner
    daemon          start jmbd too
    module          load mod_jmb (where prosody/mod_jmb/mod_jmb.lua is there); without it Prosody behaves as before JMB
    two             a second Prosody (a shard: same domains, other ports; keys with _2 in env)
    prosody_lua     Lua lines (or files) for the end of the configuration: they belong to the Component of jmbd unless
                    they open another section, e.g. 'VirtualHost "guest.meet.jmb.test"' (a MUC is reopened with its
                    type: 'Component "conference.meet.jmb.test" "muc"')
    prosody_global  Lua lines (or files) for the global section
    conf            'section.key=value' lines for jmb.conf, e.g. 'reminders.room=30s', 'prosody main.ping=5s'; an empty
                    value takes the key out
    log_level       of Prosody
    build           where jmbd and jmbctl are; otherwise $BUILD, otherwise build/
    wrapper         words before jmbd, e.g. ['valgrind', '--error-exitcode=9']; otherwise $JMBD_WRAPPER
    jmbd_args       further arguments of jmbd
    environment     further variables by process, e.g. {"prosody": {"LANG": "C"}}
    tied            all of it goes down when the calling process dies, however it dies (costs a small Python process)
    """

    defaults = {"focus": "first", "daemon": True, "module": True, "two": False, "prosody_lua": [], "prosody_global": [], "conf": [],
                "log_level": "info", "build": None, "wrapper": None, "jmbd_args": [], "environment": {}, "tied": True}

    def __init__(self, directory, **options):
        unknown = set(options) - set(self.defaults)
        if unknown:
            raise TypeError(f"Site has no option {', '.join(sorted(unknown))}")
        self.dir = pathlib.Path(directory).absolute()
        self.options = {**self.defaults, **options}
        self.processes = {}
        self.state = {}
        self.env = {}
        self.watcher = None

    @classmethod
    def open(cls, directory):
        """A site that somebody else brought up."""
        site = cls(directory)
        try:
            saved = json.loads((site.dir / "site.json").read_text())
        except FileNotFoundError:
            raise SiteError(f"{site.dir}: no site was brought up here") from None
        site.options.update(saved["options"])
        site.options["tied"] = False
        site.state = saved["state"]
        site.processes = {name: Process(*known) for name, known in saved["processes"].items()}
        site._make_env()
        return site

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    # -- up and down

    def up(self):
        """Starts everything and returns when it works; on failure nothing is left running. SiteError says why."""
        self.options["build"] = str(self._build())
        self._prepare_directory()
        try:
            for attempt in (1, 2, 3):
                try:
                    self._start_everything()
                    break
                except PortTaken:
                    self.down()
                    if attempt == 3:
                        raise
        except BaseException:
            self.down()
            raise
        return self

    def down(self):
        """Ends exactly what was started here, jmbd first. SiteError, when all is down, if jmbd went badly or had faults."""
        try:
            self.stop_daemon()
        finally:
            for name in ("focus", "focus_2", "prosody", "prosody_2"):
                self._stop(name)
            if self.watcher:
                self.watcher.stdin.close()
                self.watcher.wait()
                self.watcher = None
        found = FAULT.search(self.log("jmbd"))
        if found:
            raise SiteError(f"jmbd: {found.group()}\n{self.log('jmbd')[max(0, found.start() - 2000):][:12000]}")

    def _watch(self):
        """Starts what takes the site down when this process is gone, however it went: it sees its stdin end."""
        self.watcher = subprocess.Popen([PYTHON, HERE / "site", "watch", self.dir], stdin=subprocess.PIPE, start_new_session=True)

    def _start_everything(self):
        ports = free_ports(9)
        self.state["ports"] = {"": ports[0:3], "_2": ports[3:6], "http": ports[6], "focus": ports[7], "focus_2": ports[8]}
        self._write_configuration()
        if self.options["tied"]:
            self._watch()
        for shard in self._shards():
            self.start_prosody(shard, focus=False)
            self._start_focus(shard)
        if self.options["daemon"]:
            self.start_daemon()

    def _shards(self):
        return ("", "_2") if self.options["two"] else ("",)

    def _prepare_directory(self):
        if self.dir.exists() and any(self.dir.iterdir()):
            if not (self.dir / "site.json").exists():
                raise SiteError(f"{self.dir}: not empty, and not made by site")
            before = Site.open(self.dir)
            running = [name for name, process in before.processes.items() if process.alive()]
            if running:
                raise SiteError(f"{self.dir}: still up ({', '.join(running)}); `site down {self.dir}` first")
            shutil.rmtree(self.dir)
        self._check_reachable()
        self.dir.mkdir(parents=True, exist_ok=True)
        self.dir.chmod(0o755)
        self.state = {"app_secret": secrets.token_hex(24), "component_secret": secrets.token_hex(16),
                      "focus_secret": secrets.token_hex(16), "focus_password": secrets.token_hex(16)}
        for name in ("bin", "lib", "mail", "plugins"):
            (self.dir / name).mkdir()
        for file in sorted((HERE / "plugins").glob("*.lua")):
            shutil.copy(file, self.dir / "plugins")
        shutil.copy(HERE / "focus.py", self.dir / "lib")
        install_prosody(self.dir)
        self.install_module()
        if self.options["daemon"]:
            self.install_daemon()
        self._give_away()

    def _check_reachable(self):
        if os.geteuid() != 0:
            return
        for parent in self.dir.resolve().parents:
            if parent.exists() and not parent.stat().st_mode & 0o001:
                raise SiteError(f"{self.dir} cannot be reached by the unprivileged user (uid {NOBODY}) that Prosody and jmbd "
                                f"run as: {parent} is closed to others. Take a directory under /tmp or /var/tmp.")

    def _give_away(self):
        """Everything in the directory belongs to whom the children run as."""
        if os.geteuid() != 0:
            return
        os.chown(self.dir, NOBODY, NOBODY)
        for path, folders, files in os.walk(self.dir):
            for name in folders + files:
                os.chown(os.path.join(path, name), NOBODY, NOBODY, follow_symlinks=False)

    def _write(self, name, text, mode=0o600):
        path = self.dir / name
        path.unlink(missing_ok=True)
        path.touch(mode)
        path.write_text(text)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        return path

    def _build(self):
        build = pathlib.Path(self.options["build"] or os.environ.get("BUILD") or "build")
        return build if build.is_absolute() else TOP / build

    def install_module(self):
        """Copies prosody/mod_jmb/ as it is in the tree now; used before the first start and before a reload."""
        if (TOP / "prosody/mod_jmb").exists():
            shutil.copytree(TOP / "prosody/mod_jmb", self.dir / "plugins/mod_jmb", dirs_exist_ok=True)

    def has_module(self):
        return self.options["module"] and (self.dir / "plugins/mod_jmb/mod_jmb.lua").exists()

    def install_daemon(self):
        """Copies jmbd and jmbctl from the build directory, at the first start or when they were built anew."""
        for name in ("jmbd", "jmbctl"):
            source = self._build() / name
            if not source.exists():
                raise SiteError(f"{source} is not there: build it first (make), or bring the site up without it (--no-daemon)")
            target = self.dir / "bin" / name
            target.unlink(missing_ok=True)
            shutil.copy(source, target)

    # -- configuration

    def _write_configuration(self):
        for shard in self._shards():
            self._write_prosody(shard)
        self._write("focus.mode", self.options["focus"] + "\n")
        for name in ("app_secret", "component_secret"):
            self._write(name.replace("_", "."), self.state[name] + "\n")
        if not (self.dir / "link.key").exists():
            self._write("link.key", secrets.token_hex(32) + "\n")
        self.write_conf()
        self._save()

    def _write_prosody(self, shard):
        c2s, http, component = self.state["ports"][shard]
        data = self.dir / f"data{shard}"
        accounts = data / HOSTS["AUTH_DOMAIN"].replace(".", "%2e") / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        (accounts / "focus.dat").write_text('return { password = "%s" };\n' % self.state["focus_password"])
        if os.geteuid() == 0:
            for path in (data, accounts.parent, accounts, accounts / "focus.dat"):
                os.chown(path, NOBODY, NOBODY)
        values = {**HOSTS, **self.state, "app_id": "jmb", "data": data, "plugins": self.dir / "plugins",
                  "log": self.log_path("prosody" + shard), "log_level": self.options["log_level"],
                  "c2s": c2s, "http": http, "component": component,
                  "extra_global": "\n".join(read_lua(self.options["prosody_global"])),
                  "extra": "\n".join(read_lua(self.options["prosody_lua"])) + "\n"}
        values["jmb"] = MOD_JMB_CONFIG.format(**values) if self.has_module() else "    -- without mod_jmb\n"
        self._write(f"prosody{shard}.cfg.lua", PROSODY_CONFIG.format(**values))

    def write_conf(self):
        """Writes DIR/jmb.conf from the defaults of this set-up and the option conf."""
        ports = self.state["ports"]
        sections = {
            "site": {"name": "JMB demo", "url": f"http://127.0.0.1:{ports['http']}/", "tz": "Europe/Paris", "language": "en",
                     "database": self.dir / "jmb.db", "link_key_file": self.dir / "link.key"},
            "http": {"listen": f"127.0.0.1:{ports['http']}", "admin_socket": self.dir / "admin.sock"},
            "auth": {"mode": "local", "local_domains": "example.org", "moderators_sign_in": "none"},
            "meetings": {"moderators_most": 50, "guests_most": 500},
            "jitsi": {"url": f"https://{DOMAIN}/", "app_id": "jmb", "app_secret_file": self.dir / "app.secret", "audience": "jitsi"},
            "mail": {"transport": "folder", "folder": self.dir / "mail", "from": f"jmb@{DOMAIN}"},
        }
        for shard, name in zip(self._shards(), ("main", "second")):
            sections[f"prosody {name}"] = {"host": "127.0.0.1", "port": ports[shard][2], "component": HOSTS["COMPONENT"],
                                           "secret_file": self.dir / "component.secret", "muc": HOSTS["MUC"]}
        for line in self.options["conf"]:
            address, equals, value = line.partition("=")
            section, dot, key = address.strip().rpartition(".")
            if not equals or not dot:
                raise SiteError(f"'{line}' is not section.key=value")
            keys = sections.setdefault(section, {})
            if value.strip():
                keys[key] = value.strip()
            else:
                keys.pop(key, None)
        text = "; Made by tests/daemon/site.\n"
        for section, keys in sections.items():
            text += f"\n[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        self._write("jmb.conf", text)

    def _make_env(self):
        state, ports = self.state, self.state["ports"]
        env = {
            **HOSTS, "DIR": str(self.dir), "HTTP_URL": f"http://127.0.0.1:{ports['http']}/",
            "APP_ID": "jmb", "APP_SECRET": state["app_secret"], "AUDIENCE": "jitsi",
            "CONF": str(self.dir / "jmb.conf"), "DB": str(self.dir / "jmb.db"), "MAIL_DIR": str(self.dir / "mail"),
            "ADMIN_SOCKET": str(self.dir / "admin.sock"),
            "CTL": shlex.join([str(self.dir / "bin/jmbctl"), "-s", str(self.dir / "admin.sock")]),
        }
        for shard in self._shards():
            c2s, http, component = ports[shard]
            env.update({
                "C2S_PORT" + shard: str(c2s), "COMPONENT_PORT" + shard: str(component),
                "WS_URL" + shard: f"ws://127.0.0.1:{http}/xmpp-websocket",
                "BOSH_URL" + shard: f"http://127.0.0.1:{http}/http-bind",
                "COMPONENT_SECRET" + shard: state["component_secret"],
                "FOCUS_URL" + shard: f"http://127.0.0.1:{ports['focus' + shard]}/conference-request/v1",
            })
        for name, process in self.processes.items():
            env["PID_" + name.upper()] = str(process.pid)
        self.env = env

    def _save(self):
        """DIR/env for shells, DIR/site.json for the other verbs."""
        self._make_env()
        self._write("env", "".join(f"{key}={shlex.quote(value)}\n" for key, value in sorted(self.env.items())))
        self._write("site.json", json.dumps({
            "options": self.options, "state": self.state,
            "processes": {name: [process.pid, process.started] for name, process in self.processes.items()}}))

    # -- starting and stopping

    def log_path(self, name):
        return self.dir / (name + ".log")

    def log(self, name):
        """The whole log of 'jmbd', 'prosody', 'focus' (or with _2)."""
        path = self.log_path(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def alive(self, name):
        return name in self.processes and self.processes[name].alive()

    def _start(self, name, command):
        """Starts a child; its output goes to the end of DIR/NAME.log. Returns the length of the log before."""
        if self.alive(name):
            raise SiteError(f"{name} is running already")
        path = self.log_path(name)
        if not path.exists():
            self._write(path.name, "", 0o644)
        before = path.stat().st_size
        environment = {**os.environ, "HOME": str(self.dir), "PYTHONDONTWRITEBYTECODE": "1"}
        given = self.options["environment"].get(name)
        if given:  # after the rights are dropped, for what is preloaded
            command = ["env", *(f"{key}={value}" for key, value in given.items()), *command]
        with open(path, "ab") as log:
            child = subprocess.Popen(drop_rights() + [str(word) for word in command], cwd=self.dir, env=environment,
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.processes[name] = Process(child.pid, start_time(child.pid), child)
        self._save()
        return before

    def _stop(self, name, with_signal=signal.SIGTERM, patience=DEADLINE):
        """Returns the status of a child that this signal ended, 0 for any other; None when it had to be killed."""
        process = self.processes.pop(name, None)
        if process is None:
            return 0
        alive = process.alive()
        enough = process.end(with_signal, patience)
        self._save()
        if not enough:
            return None
        return process.child.returncode if alive and process.child else 0

    def _died(self, name):
        """For wait_until: why there is no point in waiting."""
        return lambda: None if self.alive(name) else f"{name} ended while it started"

    def _wait(self, name, what, happened):
        deadline = 6 * DEADLINE if name == "jmbd" and self._wrapper() else DEADLINE
        try:
            wait_until(what, happened, deadline, give_up=self._died(name))
        except SiteError as problem:
            raise SiteError(f"{problem}\n{tail(self.log_path(name))}") from None

    def _since(self, name, before):
        with open(self.log_path(name), "rb") as log:
            log.seek(before)
            return log.read().decode(errors="replace")

    def start_prosody(self, shard="", focus=True):
        """Starts Prosody and waits until its ports answer (and, with focus, until the focus is back)."""
        name = "prosody" + shard
        mark = self._focus_mark(shard)
        before = self._start(name, [self.dir / "prosody/prosody", "-F", "--config", self.dir / f"prosody{shard}.cfg.lua"])
        closed = list(self.state["ports"][shard])

        def listening():
            log = self._since(name, before)
            if "Failed to open server port" in log:
                raise PortTaken(f"{name}: somebody else took a port\n{tail(self.log_path(name))}")
            closed[:] = [port for port in closed if not answers(port)]
            return not closed

        self._wait(name, f"{name}: ports {closed}", listening)
        if focus and self.alive("focus" + shard):
            self._wait_for_focus(shard, mark)

    def stop_prosody(self, shard="", with_signal=signal.SIGTERM):
        """Asked to go, Prosody goes: SiteError otherwise, for it has kept nothing of what the module had to say."""
        if self._stop("prosody" + shard, with_signal) is None and with_signal == signal.SIGTERM:
            raise SiteError(f"prosody{shard} had to be killed after SIGTERM\n{tail(self.log_path('prosody' + shard), 60)}")

    def restart_prosody(self, shard="", with_signal=signal.SIGTERM):
        self.stop_prosody(shard, with_signal)
        self.start_prosody(shard)

    def _focus_mark(self, shard):
        path = self.log_path("focus" + shard)
        return path.stat().st_size if path.exists() else 0

    def _wait_for_focus(self, shard, before):
        name = "focus" + shard
        self._wait(name, f"{name}: ready", lambda: re.search(r"(?m)^ready$", self._since(name, before)))

    def _start_focus(self, shard):
        c2s, _, component = self.state["ports"][shard]
        settings = {"host": "127.0.0.1", "c2s_port": c2s, "component_port": component, "http_port": self.state["ports"]["focus" + shard], "mode_file": str(self.dir / "focus.mode"),
                    "jid": "focus@" + HOSTS["AUTH_DOMAIN"], "password": self.state["focus_password"],
                    "component": HOSTS["FOCUS_DOMAIN"], "component_secret": self.state["focus_secret"],
                    "main_domain": HOSTS["DOMAIN"]}
        file = self._write(f"focus{shard}.json", json.dumps(settings))
        before = self._start("focus" + shard, [PYTHON, self.dir / "lib/focus.py", file])
        self._wait_for_focus(shard, before)

    def focus_mode(self, mode):
        """Switches the focus while it runs; from its next decision on. Returns when it has taken note."""
        if mode not in ("first", "token", "none"):
            raise SiteError(f"no focus mode '{mode}'")
        self.options["focus"] = mode
        self._write("focus.mode", mode + "\n")
        for shard in self._shards():
            name = "focus" + shard
            before = self._focus_mark(shard)
            os.kill(self.processes[name].pid, signal.SIGHUP)
            self._wait(name, f"{name}: mode {mode}", lambda n=name, b=before: f"mode {mode}\n" in self._since(n, b))
        self._save()

    def _wrapper(self):
        wrapper = self.options["wrapper"]
        return shlex.split(os.environ.get("JMBD_WRAPPER", "")) if wrapper is None else wrapper

    def start_daemon(self, wait=True):
        """Starts jmbd; with wait until it has said 'ready' (components connected) and answers HTTP."""
        before = self._start("jmbd", [*self._wrapper(), self.dir / "bin/jmbd", "-c", self.dir / "jmb.conf", *self.options["jmbd_args"]])
        if not wait:
            return
        self._wait("jmbd", "jmbd: 'ready' in its log", lambda: re.search(r"(?m)\bready\.?$", self._since("jmbd", before)))
        if any(line.startswith("http.listen=unix:") for line in self.options["conf"]):
            return  # whoever has a web server in front asks through that
        wanted = 403 if "auth.mode=proxy" in self.options["conf"] else 200  # we are not the web server that it trusts
        self._wait("jmbd", "jmbd: an answer to GET /sign-in", lambda: http_status(self.env["HTTP_URL"] + "sign-in") == wanted)

    def stop_daemon(self, with_signal=signal.SIGTERM):
        """Asked to go, jmbd goes at once and with status 0 (a wrapper's is not 0 when it found something): SiteError otherwise."""
        status = self._stop("jmbd", with_signal, patience=60.0 if self._wrapper() else 5.0)
        if with_signal == signal.SIGTERM and status != 0:
            how = "had to be killed" if status is None else f"ended with status {status}"
            raise SiteError(f"jmbd {how} after SIGTERM\n{tail(self.log_path('jmbd'), 60)}")

    def restart_daemon(self, with_signal=signal.SIGTERM, wait=True):
        """with_signal=signal.SIGKILL for kill -9."""
        self.stop_daemon(with_signal)
        self.start_daemon(wait)

    def reload(self, module=None, host=None, shard=""):
        """Without a module: Prosody reads its configuration again (SIGHUP). With one: that module is reloaded from the
        tree as it is now, on that host (by default jmbd's)."""
        if module is None:
            name = "prosody" + shard
            before = self.log_path(name).stat().st_size
            self._write_prosody(shard)
            os.kill(self.processes[name].pid, signal.SIGHUP)
            self._wait(name, f"{name}: configuration reloaded", lambda: "SIGHUP" in self._since(name, before))
            return
        self.install_module()
        self.shell(f"module:reload('{module}', '{host or HOSTS['COMPONENT']}')", shard)

    def shell(self, line, shard=""):
        """One command of Prosody's own shell; returns what it printed."""
        command = [self.dir / "prosody/prosodyctl", "--config", self.dir / f"prosody{shard}.cfg.lua", "shell", line]
        done = subprocess.run(drop_rights() + [str(word) for word in command], cwd=self.dir, text=True, capture_output=True, timeout=DEADLINE,
                              env={**os.environ, "HOME": str(self.dir)})
        if done.returncode:
            raise SiteError(f"prosodyctl shell {line}: {done.stdout}{done.stderr}")
        return done.stdout

    def ctl(self, *words, check=True):
        """jmbctl against this site: subprocess.CompletedProcess with text."""
        return subprocess.run([*shlex.split(self.env["CTL"]), *words], text=True, capture_output=True, timeout=60, check=check)


def read_env(directory):
    """DIR/env as a dict."""
    env = {}
    for line in (pathlib.Path(directory) / "env").read_text().splitlines():
        key, _, value = line.partition("=")
        env[key] = (shlex.split(value) or [""])[0]
    return env
