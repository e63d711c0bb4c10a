"""The group of bench.py about calendars that people subscribe to: what an event of a whole feed costs, and a request that is told that nothing changed."""
import http.client
import re
import statistics
import subprocess
import urllib.parse

import rooms
from people import Organiser

RUNS = 5
SECONDS = 2
SIZES = (20, 200, 2000)  # events


def ask(url, **headers):
    """Status and fields of the answer to a GET."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request("GET", parts.path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers


def cpu_of_request(site, url, *fields, connections=2):
    """One run of wrk: the daemon's CPU seconds for one request."""
    pid = site.processes["jmbd"].pid
    before = rooms.cpu_seconds(pid)
    output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", *(word for field in fields for word in ("-H", field)), url], capture_output=True, text=True, check=True).stdout
    used = rooms.cpu_seconds(pid) - before
    if "Non-2xx" in output and not fields:
        raise SystemExit(f"bench: {url} does not answer well:\n{output}")
    return used / int(re.search(r"(\d+) requests in", output).group(1))


def book_meetings(site, count):
    """An organiser with so many meetings, each with one guest, over the next 300 days; the feed's address."""
    organiser = Organiser(site, f"bench-feed-{count}@example.org")
    organiser.sign_in()
    for number in range(count):
        organiser.book(f"Meeting {number}", guests="guest@example.com", minutes=60, in_days=1 + number % 300)
    return organiser.feed_link()


def bench_feed(site, say):
    """Feeds of 20, 200 and 2000 meetings, all of it, no 304; then the 304 of the middle one."""
    for count in SIZES:
        url = book_meetings(site, count)
        status, _ = ask(url)
        if status != 200:
            raise SystemExit(f"bench: the feed answers {status}")
        connections = 8 if count < 200 else 2  # large ones fill what lies between
        say(f"feed_{count}_cpu", statistics.median(cpu_of_request(site, url, connections=connections) for _ in range(RUNS)) * 1e6 / count, "us")
        if count == 200:
            rooms.wait_for("a feed that has a tag", lambda: "ETag" in ask(url)[1])  # not in the second of its newest change
            tag = ask(url)[1]["ETag"]
            if ask(url, **{"If-None-Match": tag})[0] != 304:
                raise SystemExit("bench: the feed does not answer 304")
            known = f"If-None-Match: {tag}"
            say("feed_304_cpu", statistics.median(cpu_of_request(site, url, known, connections=8) for _ in range(RUNS)) * 1e6, "us")
