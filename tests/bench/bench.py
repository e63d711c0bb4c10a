#!/usr/bin/python3
"""make bench: prints 'name value unit' lines, one a figure, each the median of at least RUNS runs on a private site (tests/daemon/site).

bench.py [NAME...] measures only the groups named. Figures keep their names for ever, so that they can be compared over the years; later ones are added.
CPU is the daemon's own (all its threads, from the kernel's scheduler), so that the load generator and Prosody on the same machine do not count.

Machines whose caches and memory are shared with others' work are fast and slow in turn, by a factor of two within seconds: machine_memory, printed
before each group and after the last, says which it was. Compare figures of runs in which it is alike.
"""
import http.client
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "daemon"))

from jmbsite import Site  # noqa: E402
import feeds  # noqa: E402
import mail  # noqa: E402
import pages  # noqa: E402
import rooms  # noqa: E402

RUNS = 5


def say(name, value, unit):
    print(f"{name} {value:.4g} {unit}", flush=True)


def say_machine():
    """A fixed piece of work that lives on memory: less is better. Work that stays within a core takes the same time always."""
    keys, times = [number * 0.7071 for number in range(150000)], []
    for _ in range(15):
        before = time.thread_time()
        dict.fromkeys(keys)
        times.append((time.thread_time() - before) * 1000)
    say("machine_memory", statistics.median(times), "ms")


def bench_start(site):
    """From the start of the process to its first answer; then its memory at rest, and the size of the program, stripped."""
    times = []
    parts = urllib.parse.urlsplit(site.env["HTTP_URL"])
    memory = []
    for _ in range(RUNS):
        site.stop_daemon()
        started = time.monotonic()
        site.start_daemon(wait=False)
        while True:
            try:
                connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
                connection.request("GET", "/sign-in")
                connection.getresponse().read()
                times.append((time.monotonic() - started) * 1000)
                connection.close()
                break
            except OSError:
                if time.monotonic() - started > 10:
                    raise SystemExit("bench: jmbd does not answer\n" + site.log("jmbd")) from None
                time.sleep(0.0005)
        with open(f"/proc/{site.processes['jmbd'].pid}/status") as file:
            memory.append(int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024)
    say("idle_rss", statistics.median(memory), "MiB")
    say("start", statistics.median(times), "ms")
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, site.dir / "bin/jmbd"], check=True)
        say("binary", os.path.getsize(stripped.name) / 1024, "KiB")


GROUPS = {"start": bench_start, "feed": lambda site: feeds.bench_feed(site, say), "room": lambda site: rooms.bench_room(site, say)}
# Each with a site of its own.
APART = {"rate": rooms.bench_rate, "reminders": rooms.bench_reminders, "live": rooms.bench_live,
         "pages": pages.bench_pages, "people": pages.bench_people, "letters": mail.bench_letters, "queue": mail.bench_join_queue}


def main():
    known = [*GROUPS, *APART]
    wanted = sys.argv[1:] or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"bench: no group {', '.join(unknown)}; there are {', '.join(known)}")
    together = [name for name in wanted if name in GROUPS]
    if together:
        run_together(together)
    for name in wanted:
        if name in APART:
            say_machine()
            APART[name](say)
    say_machine()


def run_together(names):
    with tempfile.TemporaryDirectory(prefix="jmb-bench-") as folder:
        os.chmod(folder, 0o755)
        with Site(os.path.join(folder, "site"), focus="none") as site:
            for name in names:
                say_machine()
                GROUPS[name](site)


if __name__ == "__main__":
    main()
