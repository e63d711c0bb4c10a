"""Processes, ports and waiting, for jmbsite.py."""

import contextlib
import os
import pathlib
import random
import select
import signal
import socket
import time
import urllib.error
import urllib.request

NOBODY = 65534
DEADLINE = 60.0  # seconds for anything to come up, on a machine that is slow and busy


class SiteError(Exception):
    """Something did not start, with the end of the log that explains it."""


class PortTaken(SiteError):
    """Somebody took a port between the choice and the start."""


def start_time(pid):
    """When this process started, in clock ticks since boot; None when there is no such process (or only its zombie)."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


class Process:
    """A process by pid and start time, so that another one that got the same pid is never taken for it."""

    def __init__(self, pid, started, child=None):
        self.pid, self.started, self.child = pid, started, child

    def alive(self):
        if self.child is not None and self.child.poll() is not None:
            return False
        return self.started is not None and start_time(self.pid) == self.started

    def end(self, with_signal=signal.SIGTERM, patience=5.0):
        """Signals, awaits the end, and after `patience` seconds kills. True when the first signal was enough."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return True
        try:
            if not self.alive():
                return True
            for number in (with_signal, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, number)
                if select.select([handle], [], [], patience if number == with_signal else DEADLINE)[0]:
                    return number == with_signal
            raise SiteError(f"process {self.pid} does not end")
        finally:
            os.close(handle)
            if self.child is not None:
                self.child.wait()


def wait_until(what, happened, deadline=DEADLINE, give_up=lambda: None):
    """Polls until happened() is true. give_up() may name a reason to stop at once. SiteError after the deadline."""
    end = time.monotonic() + deadline
    while True:
        if happened():
            return
        reason = give_up()
        if reason:
            raise SiteError(reason)
        if time.monotonic() > end:
            raise SiteError(f"{what}: not within {deadline:g} s")
        time.sleep(0.02)


def tail(path, lines=25):
    try:
        text = pathlib.Path(path).read_text(errors="replace").splitlines()
    except OSError:
        return f"({path}: nothing)"
    return "\n".join(["--- end of " + str(path)] + text[-lines:])


claims = []  # held until this process ends


def claim(port):
    """Whether this port is ours from now on, among the test programs that run side by side: of an abstract socket there is one, and it goes with its process."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0jmb-tests-port-{port}")
    except OSError:
        mark.close()
        return False
    claims.append(mark)
    return True


def free_ports(count):
    """Ports of 127.0.0.1 that nobody listens on, and that no other test program is given. From below the range that the kernel gives to outgoing
    connections: a part of the site that is restarted must find its port again."""
    held, ports = [], []
    for port in random.sample(range(20000, 32000), 2000):
        probe = socket.socket()
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.close()
            continue
        held.append(probe)
        if claim(port):
            ports.append(port)
        if len(ports) == count:
            break
    for probe in held:
        probe.close()
    if len(ports) < count:
        raise SiteError("no free ports on 127.0.0.1")
    return ports


def drop_rights():
    """Words before a command: root's children run as nobody."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers_at(path):
    """The same of a unix socket, which is there a moment before anybody listens at it."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def http_status(url):
    """The status of a GET, redirects not followed; 0 when nobody answers."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    try:
        with opener.open(url, timeout=5) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
