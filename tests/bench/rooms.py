"""The groups of bench.py about rooms: latency of an event, rate with and without JMB, reminders of many rooms at once, a big site.

People are the light clients of tests/daemon/load.py; one of them may sit in many rooms. Rows that no bench could book one by one are
copies of a booked one, made in the database while jmbd is away.
"""
import asyncio
import contextlib
import multiprocessing
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "daemon"))

from jmbsite import Site  # noqa: E402
from load import attribute, connected  # noqa: E402
from people import Organiser  # noqa: E402

RUNS = 5


@contextlib.contextmanager
def own_site(**options):
    """A site for one group."""
    with tempfile.TemporaryDirectory(prefix="jmb-bench-") as folder:
        os.chmod(folder, 0o755)
        with Site(os.path.join(folder, "site"), focus="none", **options) as site:
            yield site


def open_database(site, write=False):
    return sqlite3.connect(f"file:{site.env['DB']}?mode={'rw' if write else 'ro'}", uri=True, isolation_level=None, check_same_thread=False)


def wait_for(what, happened, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what}: not within {seconds} s")
        time.sleep(0.01)


def cpu_seconds(pid):
    """What all threads of a process have used, to the nanosecond (proc(5), schedstat)."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def rss(pid):
    """MiB."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


# -- from the client's presence to the committed row

class Watcher:
    """Notes when another process's commit shows a visit begun or ended: seen['joined' or 'left', nick], monotonic seconds. A process of
    its own: a thread would take turns with the clients, whose times are measured too."""

    def __init__(self, site, events):
        """events: so many it waits for, a minute long."""
        self.ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self.run, args=(site, events, theirs), daemon=True)
        self.process.start()
        self.ours.recv()  # it looks

    @staticmethod
    def run(site, events, ours):
        database, seen, open_visits, version = open_database(site), {}, {}, None
        last = database.execute("SELECT coalesce(max(id), 0) FROM visit").fetchone()[0]
        end = time.monotonic() + 60
        ours.send(True)
        while len(seen) < events and time.monotonic() < end:
            newest, now = database.execute("PRAGMA data_version").fetchone()[0], time.monotonic()
            if newest == version:
                time.sleep(0.0002)
                continue
            version = newest
            for number, nick, left in database.execute("SELECT id, nick, left_ms FROM visit WHERE id > ?", (last,)).fetchall():
                last = number
                seen["joined", nick] = now
                open_visits[number] = nick
            for number, nick in list(open_visits.items()):
                if database.execute("SELECT left_ms FROM visit WHERE id = ?", (number,)).fetchone()[0] is not None:
                    seen["left", nick] = now
                    del open_visits[number]
        ours.send(seen)

    def seen(self):
        seen = self.ours.recv()
        self.process.join()
        return seen


async def event_times(site, run, clients, rate=50, seconds=6):
    """Of each event, at so many a second: milliseconds until it is stored, and until the person's own client hears of it, which is
    Prosody's part. Joins and leaves in turn, of ten people in five rooms."""
    watcher = Watcher(site, rate * seconds)
    sent, heard, tasks, begun = {}, {}, [], time.monotonic()
    free = [asyncio.Lock() for _ in clients]  # each does one thing at a time, also where the machine is too slow for the rate

    async def event(number, nick, room, leaving):
        client = clients[number]
        async with free[number]:
            this = "left" if leaving else "joined", nick
            sent[this] = time.monotonic()
            await (client.leave(room, nick) if leaving else client.join(room, nick, nick))
            heard[this] = time.monotonic()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0, begun + number / rate - time.monotonic()))
        turn, leaving = divmod(number // 10, 2)
        tasks.append(asyncio.ensure_future(event(number % 10, f"b{run}-{turn}-{number % 10}", f"bench{number % 5}", leaving == 1)))
    await asyncio.gather(*tasks)
    seen = await asyncio.to_thread(watcher.seen)
    if sent.keys() - seen.keys():
        raise SystemExit(f"bench: {len(sent.keys() - seen.keys())} of {len(sent)} events were not stored within a minute")
    return [((seen[event] - sent[event]) * 1000, (heard[event] - sent[event]) * 1000) for event in sent]


async def event_runs(site):
    clients = await connected(site.env, 10)
    await event_times(site, "warm", clients, seconds=2)
    return [await event_times(site, run, clients) for run in range(RUNS)]


def bench_room(site, say):
    """At 50 events a second, Prosody with its default settings."""
    stored, heard = zip(*(zip(*run) for run in asyncio.run(event_runs(site))))
    for name, runs in (("event", stored), ("heard", heard)):
        say(f"room_{name}_p50", statistics.median(statistics.median(run) for run in runs), "ms")
        say(f"room_{name}_p99", statistics.median(statistics.quantiles(run, n=100)[98] for run in runs), "ms")


# -- joins and leaves a second, with and without

PEOPLE, ROOMS, TURNS = 100, 20, 6
PAIRS = 22


async def come_and_go(clients):
    """Everybody joins and leaves TURNS times, as fast as it goes."""
    async def person(number, client):
        for turn in range(TURNS):
            room = f"rate{(number + turn) % ROOMS}"
            await client.join(room, f"r{number}", f"Person {number}")
            await client.leave(room, f"r{number}")
    await asyncio.gather(*(person(number, client) for number, client in enumerate(clients)))


class Server:
    """A site whose Prosody runs with or without the module."""

    def __init__(self, site):
        self.site, self.database, self.with_module = site, open_database(site), True
        self.people = []

    async def change(self, with_module):
        self.with_module = with_module
        await asyncio.to_thread(self.site.shell, f"module:{'load' if with_module else 'unload'}('jmb', '{self.site.env['COMPONENT']}')")
        # the snapshot at loading has eased Prosody's collector until a second after: both are measured with the server's own setting
        await asyncio.sleep(2)
        await asyncio.to_thread(self.site.shell, "> collectgarbage()")
        await come_and_go(self.people)  # warm

    def over(self):
        return self.database.execute("SELECT count(*) FROM visit WHERE left_ms IS NOT NULL").fetchone()[0]

    async def measure(self):
        """(seconds, Prosody's CPU us) an event, and its MiB. With the module it is over when the last event is stored."""
        prosody, wanted, events = self.site.processes["prosody"].pid, self.over() + PEOPLE * TURNS, PEOPLE * TURNS * 2
        before, began = cpu_seconds(prosody), time.monotonic()
        await come_and_go(self.people)
        if self.with_module:
            await asyncio.to_thread(wait_for, "the last visit", lambda: self.over() >= wanted)
        return (time.monotonic() - began) / events, (cpu_seconds(prosody) - before) * 1e6 / events, rss(prosody)


async def rate_pairs(sites, pairs):
    """[(figures without, with), ...] for each half. A machine whose speed drifts within seconds wants both close together: two servers take
    turns of two seconds. Two servers differ by more than what is measured: they change their parts half-way."""
    servers, halves = [Server(site) for site in sites], []
    for server in servers:
        server.people = await connected(server.site.env, PEOPLE)
    for half in range(2):
        bare, full = servers if half == 0 else reversed(servers)
        await bare.change(False)
        await full.change(True)
        halves.append([])
        for number in range(pairs):
            order = (bare, full) if number % 2 else (full, bare)
            figures = {server: await server.measure() for server in order}
            halves[-1].append((figures[bare], figures[full]))
    return halves


def rate_of(say, ending, **options):
    """ending: of the figures' names. options: of both sites."""
    with own_site(**options) as one, own_site(**options) as other:
        halves = asyncio.run(rate_pairs((one, other), PAIRS))
    pairs = [pair for half in halves for pair in half]

    def ratio(which):
        """Without against with: what is gained in one half by the better server is lost in the other."""
        return statistics.geometric_mean(statistics.median(bare[which] / full[which] for bare, full in half) for half in halves)
    for name, which in (("bare", 0), ("with", 1)):
        say(f"rooms_rate_{name}{ending}", statistics.median(1 / pair[which][0] for pair in pairs), "1/s")
        say(f"rooms_cpu_{name}{ending}", statistics.median(pair[which][1] for pair in pairs), "us")
        say(f"rooms_rss_{name}{ending}", statistics.median(pair[which][2] for pair in pairs), "MiB")
    say(f"rooms_rate_ratio{ending}", ratio(0), "ratio")
    say(f"rooms_cpu_ratio{ending}", ratio(1), "ratio")


def bench_rate(say):
    """As a site has it; then with Prosody's own setting of the collector also while many come and go, which shows what the module itself costs."""
    rate_of(say, "")
    rate_of(say, "_uneased", prosody_lua=["jmb_ease_collector = false\n"])


# -- many copies of one row

def columns(database, table):
    """Those that are stored, but for the key."""
    return [row[1] for row in database.execute(f"PRAGMA table_xinfo({table})") if row[6] == 0 and row[1] != "id"]


def copy_rows(database, table, where, values):
    """For each n of 0..count-1 a copy of the rows where; values: column -> SQL with :n, or a constant. Uses the series of numbers in temp.n."""
    names = columns(database, table)
    chosen = ", ".join(values.get(name, f"t.{name}") for name in names)
    database.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM temp.n CROSS JOIN {table} t WHERE {where}")


def count_to(database, count):
    database.execute("CREATE TEMP TABLE IF NOT EXISTS n (n INTEGER PRIMARY KEY)")
    database.execute("DELETE FROM temp.n")
    database.execute("WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < ?) INSERT INTO temp.n SELECT n FROM s", (count,))


def copy_meetings(database, meeting, count, prefix):
    """So many meetings like that one, each in a room prefixN."""
    count_to(database, count)
    copy_rows(database, "meeting", f"t.id = {meeting}", {
        "ref": "lower(hex(randomblob(8)))", "uid": "lower(hex(randomblob(8))) || '@bench'", "room": f"'{prefix}' || n", "form": "NULL", "shared_link": "randomblob(8)"})
    first = database.execute("SELECT min(id) FROM meeting WHERE room = ?", (prefix + "0",)).fetchone()[0]
    copy_rows(database, "attendee", f"t.meeting = {meeting}", {
        "meeting": f"{first} + n", "ref": "lower(hex(randomblob(8)))", "link": "randomblob(8)"})
    copy_rows(database, "reminder", f"t.meeting = {meeting}", {"meeting": f"{first} + n"})


async def fill_rooms(clients, rooms, prefix):
    """One of the clients into every room."""
    async def person(number, client):
        for room in range(number, rooms, len(clients)):
            await client.join(f"{prefix}{room}", f"n{number}", f"Person {number}")
    await asyncio.gather(*(person(number, client) for number, client in enumerate(clients)))


# -- reminders of many rooms in one second

MEETINGS, LISTENERS = 5000, 50


async def reminders_run(site):
    clients = await connected(site.env, LISTENERS)
    heard, done = {}, asyncio.Event()

    def hear(stanza):
        if stanza.startswith(b"<message") and b"display-name" in stanza:
            heard.setdefault(attribute(stanza, "from"), []).append(time.time())
            if len(heard) == MEETINGS:
                done.set()
    await fill_rooms(clients, MEETINGS, "many")
    for client in clients:
        client.on_stanza = hear
    runs = []
    for _ in range(RUNS):
        heard.clear()
        done.clear()
        due = int(time.time()) + 4
        with contextlib.closing(open_database(site, write=True)) as database:  # between two turns of jmbd, which sleeps
            database.execute("PRAGMA busy_timeout = 5000")
            # another id is another key: what was said once is not said again
            database.execute("UPDATE reminder SET id = id + 100000, due_at = ?, state = 'waiting', said = NULL, done_at = NULL WHERE kind = 'room'"
                             " AND meeting IN (SELECT id FROM meeting WHERE room LIKE 'many%')", (due,))
        await asyncio.to_thread(site.ctl, "health")  # wakes it
        await asyncio.wait_for(done.wait(), 60)
        await asyncio.sleep(0.5)
        twice = [room for room, times in heard.items() if len(times) > 1]
        if twice:
            raise SystemExit(f"bench: {len(twice)} rooms heard their reminder twice")
        runs.append((max(times[0] for times in heard.values()) - due) * 1000)
    return runs


def bench_reminders(say):
    with own_site(conf=["reminders.room=5m", "reminders.at_end=warn"]) as site:
        organiser = Organiser(site, "bench@example.org")
        organiser.sign_in()
        organiser.book("Many", minutes=120)
        site.stop_daemon()
        with contextlib.closing(open_database(site, write=True)) as database:
            database.execute("BEGIN")
            copy_meetings(database, database.execute("SELECT max(id) FROM meeting").fetchone()[0], MEETINGS, "many")
            database.execute("COMMIT")
        before = len(site.log("jmbd"))
        site.start_daemon(wait=False)
        wait_for("5,000 policies", lambda: "ready" in site.log("jmbd")[before:].split("says hello")[-1])
        runs = asyncio.run(reminders_run(site))
    say("reminders_5000_last", statistics.median(runs), "ms")


# -- a big site

HISTORY, LIVE_ROOMS, LIVE_EACH = 100000, 2000, 10


def add_history(site):
    """Visits that are over, of meetings and rooms that are."""
    with contextlib.closing(open_database(site, write=True)) as database:
        visit, room, meeting = database.execute("SELECT v.id, v.room, r.meeting FROM visit v JOIN room r ON r.id = v.room WHERE v.left_ms IS NOT NULL"
                                                " AND r.closed_ms IS NOT NULL LIMIT 1").fetchone()
        database.execute("BEGIN")
        count_to(database, HISTORY // 20)
        copy_rows(database, "room", f"t.id = {room}", {"instance": "lower(hex(randomblob(8)))", "node": "'past' || n", "meeting": "NULL"})
        first = database.execute("SELECT min(id) FROM room WHERE node = 'past0'").fetchone()[0]
        count_to(database, HISTORY)
        copy_rows(database, "visit", f"t.id = {visit}", {"room": f"{first} + n / 20", "nick": "'p' || (n % 20)", "joined_ms": "t.joined_ms + n", "left_ms": "t.left_ms + n"})
        database.execute("COMMIT")
        assert database.execute("SELECT count(*) FROM visit").fetchone()[0] >= HISTORY


async def longest_tick(client, number):
    done = await client.iq("<tick xmlns='urn:jmb:bench'/>", f"tick{number}", client.domain, "get")
    return float(re.search(rb"longest='([0-9.]+)'", done.stanza).group(1))


async def reconcile_run(site, client, number):
    """jmbd starts with a database that wants a snapshot: ms from its hello to the committed whole, and Prosody's longest tick meanwhile."""
    await asyncio.to_thread(site.stop_daemon)
    with contextlib.closing(open_database(site, write=True)) as database:
        database.execute("UPDATE stream SET last = NULL")
    await longest_tick(client, f"{number}a")
    before = len(site.log("jmbd"))
    await asyncio.to_thread(site.start_daemon, False)

    def measure():
        database = open_database(site)
        wait_for("hello", lambda: "sends a snapshot" in site.log("jmbd")[before:])
        began = time.monotonic()
        while database.execute("SELECT last IS NULL FROM stream ORDER BY id DESC LIMIT 1").fetchone()[0]:
            time.sleep(0.001)
        database.close()
        return (time.monotonic() - began) * 1000
    took = await asyncio.to_thread(measure)
    tick = await longest_tick(client, f"{number}b")
    with contextlib.closing(open_database(site)) as database:
        inside, uncertain = database.execute("SELECT count(*), sum(uncertain) FROM visit WHERE left_ms IS NULL").fetchone()
    if inside != LIVE_ROOMS * LIVE_EACH or uncertain:
        raise SystemExit(f"bench: after the snapshot {inside} visits are open, {uncertain} uncertain, not {LIVE_ROOMS * LIVE_EACH}")
    await asyncio.to_thread(wait_for, "ready", lambda: "ready" in site.log("jmbd")[before:].splitlines()[-1])
    return took, tick, rss(site.processes["jmbd"].pid)


async def live_runs(site):
    clients = await connected(site.env, LIVE_EACH * 10)
    await clients[0].join("past", "somebody", "Somebody")
    await clients[0].leave("past", "somebody")
    await asyncio.sleep(1)
    await asyncio.to_thread(site.stop_daemon)
    add_history(site)
    await asyncio.to_thread(site.start_daemon)
    # a tenth of the people in each tenth of the rooms
    async def person(number, client):
        for room in range(number // LIVE_EACH, LIVE_ROOMS, len(clients) // LIVE_EACH):
            await client.join(f"live{room}", f"n{number}", f"Person {number}")
    await asyncio.gather(*(person(number, client) for number, client in enumerate(clients)))
    database = open_database(site)
    wanted = LIVE_ROOMS * LIVE_EACH
    await asyncio.to_thread(wait_for, f"{wanted} visits", lambda: database.execute("SELECT count(*) FROM visit WHERE left_ms IS NULL").fetchone()[0] == wanted)
    database.close()
    site.shell(f"module:load('jmb_tick', '{clients[0].domain}')")
    memory = rss(site.processes["jmbd"].pid)
    return memory, [await reconcile_run(site, clients[0], number) for number in range(RUNS)]


def bench_live(say):
    with own_site() as site:
        shutil.copy(HERE / "mod_jmb_tick.lua", site.dir / "plugins")
        os.chmod(site.dir / "plugins/mod_jmb_tick.lua", 0o644)
        memory, runs = asyncio.run(live_runs(site))
    say("live_rss", max(memory, statistics.median(run[2] for run in runs)), "MiB")
    say("snapshot_reconcile", statistics.median(run[0] for run in runs), "ms")
    say("snapshot_tick", statistics.median(run[1] for run in runs), "ms")
