"""The groups of bench.py about mail: letters a second through one local relay, and what a long queue does to whoever joins.

Letters that no bench could book one by one are copies of those of one booking, made in the database while jmbd is away.
"""
import email
import email.policy
import http.client
import pathlib
import re
import statistics
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "daemon"))

from people import Organiser  # noqa: E402
from relay import Relay  # noqa: E402
from rooms import open_database, own_site, wait_for  # noqa: E402

LETTERS = 2000
QUEUED = 10000
JOINS = 1500
RUNS = 5


def multiply(site, count):
    """Makes `count` waiting invitations, to attendees of their own, of the one meeting there is."""
    site.stop_daemon()
    with open_database(site, write=True) as database:
        database.execute("BEGIN IMMEDIATE")
        first = database.execute("SELECT max(id) FROM attendee").fetchone()[0]
        database.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO attendee (meeting, ref, mail, role, link, starts_at, changed_at)"
            " SELECT m.id, 'bench' || (? + i), 'bench' || (? + i) || '@example.com', 'guest', randomblob(8), m.starts_at, m.updated_at"
            " FROM n, meeting m WHERE m.id = (SELECT max(id) FROM meeting)", (count, first, first))
        database.execute(
            "INSERT INTO letter (kind, recipient, meeting, attendee, message_id, due_at, created_at)"
            " SELECT 'invitation', mail, meeting, id, hex(randomblob(16)) || '@bench.example', 0, changed_at FROM attendee WHERE id > ?",
            (first,))
        database.execute("COMMIT")


def book(site):
    organiser = Organiser(site, "bench-mail@example.org")
    organiser.sign_in()
    return organiser.book("Réunion de mesure", moderators="moderator@example.com", minutes=60, description="Un ordre du jour.\n" * 20)


def bench_letters(say):
    """From the start of jmbd with LETTERS in the queue to the last one taken: rendering, the relay, the rows."""
    rates = []
    with Relay() as relay, own_site(conf=[*relay.conf, "mail.per_organiser_day=0"]) as site:
        book(site)
        wait_for("the first letters", lambda: len(relay.letters) >= 2)
        for _ in range(RUNS):
            multiply(site, LETTERS)
            there = len(relay.letters)
            site.start_daemon()
            wait_for("the letters", lambda: len(relay.letters) >= there + LETTERS)
            taken = [moment for _, _, moment in relay.letters[there:there + LETTERS]]
            rates.append((LETTERS - 1) / (taken[-1] - taken[0]))
    say("letters_per_s", statistics.median(rates), "1/s")


def join_times(url):
    """Seconds of each of JOINS requests, one after another on one connection."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    times = []
    for _ in range(JOINS):
        started = time.perf_counter()
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - started)
        if answer.status != 302:
            raise SystemExit(f"bench: the join link answers {answer.status}")
    connection.close()
    return times


def p99(times):
    return statistics.quantiles(times, n=100)[98]


def bench_join_queue(say):
    """The 99th percentile of a join while 10,000 letters leave, against the same with none in the queue."""
    ratios, idles, busies = [], [], []
    with Relay(delay=0.001) as relay, own_site(conf=[*relay.conf, "mail.per_organiser_day=0"]) as site:
        book(site)
        wait_for("the first letters", lambda: len(relay.letters) >= 2)
        letter = email.message_from_bytes(relay.messages["moderator@example.com"], policy=email.policy.default)
        url = re.search(r"\S+/j/\S+", letter.get_body(("plain",)).get_content()).group()
        for _ in range(3):
            idle = p99(join_times(url))
            multiply(site, QUEUED)
            there = len(relay.letters)
            site.start_daemon()
            wait_for("the queue to move", lambda: len(relay.letters) > there)
            busy = p99(join_times(url))
            if len(relay.letters) >= there + QUEUED:
                raise SystemExit("bench: the queue was empty before the joins were done")
            idles.append(idle), busies.append(busy), ratios.append(busy / idle)
            site.stop_daemon()
            with open_database(site, write=True) as database:
                database.execute("UPDATE letter SET state = 'dropped' WHERE state = 'waiting'")
            site.start_daemon()
    say("join_p99_idle", statistics.median(idles) * 1000, "ms")
    say("join_p99_queue", statistics.median(busies) * 1000, "ms")
    say("join_p99_ratio", statistics.median(ratios), "")
