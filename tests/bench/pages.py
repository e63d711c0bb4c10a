"""The figures of the booking pages, for bench.py: lists of a person with 20 and with 2,000 coming meetings among 50,000, joins, answers, bookings.

CPU is the daemon's own for one request. Organisers want no letter for each answer; the letters of bookings are part of what those cost.
"""
import http.client
import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

from jmbsite import Site
from links import make_link, read_key
from people import Organiser
from rooms import cpu_seconds

RUNS = 5
SECONDS = 2
MEETINGS = 50000
PEOPLE = 1000  # who organise them
GUESTS = 3
ANSWERS = 1000
LETTERS_OFF = ["mail.transport=smtp", "mail.port=1", "mail.folder="]  # nobody listens there: letters wait


def columns(database, table):
    """Those that are not made by SQLite."""
    return [row[1] for row in database.execute(f"PRAGMA table_xinfo({table})") if row[6] == 0 and row[1] != "id"]


def copy_rows(database, table, template, rows):
    """Inserts copies of a row with other values: whatever the schema has beside them is as a booking left it."""
    names = columns(database, table)
    kept = dict(zip(names, database.execute(f"SELECT {', '.join(names)} FROM {table} WHERE id = ?", (template,)).fetchone()))
    marks = ", ".join("?" for _ in names)
    database.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", (tuple({**kept, **row}.values()) for row in rows))


def organiser_of(number):
    """The busy one has 1,000 meetings as organiser and 1,000 as guest, the usual one 10 and 10, others 50 each."""
    return 1 if number < 1000 else 2 if number < 1010 else 3 + number % PEOPLE


def guests_of(number):
    extra = ["busy@example.org"] if 2000 <= number < 3000 else ["usual@example.org"] if 3000 <= number < 3010 else []
    return [*extra, *(f"guest{(number * 7 + i) % 20000}@example.com" for i in range(GUESTS - len(extra)))]


def seed(site, template_ref):
    """50,000 meetings over the coming 300 days, each with an organiser and three guests, into the database of a stopped jmbd."""
    database = sqlite3.connect(site.env["DB"])
    database.executescript("PRAGMA synchronous=off; PRAGMA foreign_keys=on;")
    meeting, person, start = database.execute("SELECT id, organiser, starts_at FROM meeting WHERE ref = ?", (template_ref,)).fetchone()
    mine = database.execute("SELECT id FROM attendee WHERE meeting = ? AND role = 'organiser'", (meeting,)).fetchone()[0]
    guest = database.execute("SELECT id FROM attendee WHERE meeting = ? AND role = 'guest'", (meeting,)).fetchone()[0]
    base = database.execute("SELECT max(id) FROM person").fetchone()[0]
    first = database.execute("SELECT max(id) FROM meeting").fetchone()[0]
    names = ["busy@example.org", "usual@example.org", *(f"organiser{number}@example.org" for number in range(PEOPLE))]
    copy_rows(database, "person", person, (
        {"mail": mail, "uid": None, "name": mail.partition("@")[0].title(), "answer_mails": 0, "link": os.urandom(8)} for mail in names))
    # The step is coprime to the number of slots, so that neighbours in the table are far apart in time.
    starts = [start + (number * 7919 % (300 * 96)) * 900 for number in range(MEETINGS)]
    copy_rows(database, "meeting", meeting, (
        {"ref": f"seed{number}", "uid": f"seed{number}@bench", "room": f"seed-room-{number}", "shared_link": os.urandom(8), "subject": f"Séance n° {number}",
         "organiser": base + organiser_of(number), "starts_at": starts[number], "ends_at": starts[number] + 3600, "form": None} for number in range(MEETINGS)))
    copy_rows(database, "attendee", mine, (
        {"meeting": first + 1 + number, "ref": f"o{number}", "mail": names[organiser_of(number) - 1], "link": os.urandom(8), "starts_at": starts[number]}
        for number in range(MEETINGS)))
    copy_rows(database, "attendee", guest, (
        {"meeting": first + 1 + number, "ref": f"g{number}-{i}", "mail": mail, "link": os.urandom(8), "starts_at": starts[number]}
        for number in range(MEETINGS) for i, mail in enumerate(guests_of(number))))
    database.commit()
    database.executescript("PRAGMA wal_checkpoint(TRUNCATE);")
    counts = database.execute("SELECT (SELECT count(*) FROM meeting), (SELECT count(*) FROM attendee)").fetchone()
    database.close()
    if counts[0] < MEETINGS or counts[1] < MEETINGS * (GUESTS + 1):
        raise SystemExit(f"bench: seeded {counts} only")


def guest_links(site, purpose, count):
    key = read_key(site)
    database = sqlite3.connect(f"file:{site.env['DB']}?mode=ro", uri=True)
    rows = database.execute("SELECT link FROM attendee WHERE ref LIKE 'g%-2' LIMIT ?", (count,)).fetchall()
    database.close()
    return [make_link(key, purpose, row[0]) for row in rows]


# Requests from a list, one after the other; each run and each round of the list answers otherwise, so that every answer is one to store.
ANSWER_LUA = """
local links, at, round = {}, 0, 0
for line in io.lines("%(file)s") do links[#links + 1] = line end
local answers = { "accepted", "declined" }
function request()
    at = at + 1
    if at > #links then at, round = 1, round + 1 end
    return wrk.format("POST", "%(path)si/" .. links[at], { ["Content-Type"] = "application/x-www-form-urlencoded" },
        "comment=Run+%(run)s&answer=" .. answers[round %% 2 + 1])
end
"""

BOOK_LUA = """
local number = 0
function request()
    number = number + 1
    local day = number %% 200
    return wrk.format("POST", "%(path)smeetings", { ["Content-Type"] = "application/x-www-form-urlencoded", ["Cookie"] = "%(cookie)s" },
        "%(body)s&form=bench%(run)s-" .. number .. "&date=" .. os.date("!%%Y-%%m-%%d", %(start)d + day * 86400) .. "&time="
        .. string.format("%%02d:%%02d", number %% 24, number %% 4 * 15))
end
"""


class Bench:
    """One seeded site, and wrk against it."""

    def __init__(self, site, say):
        self.site, self.say = site, say
        self.parts = urllib.parse.urlsplit(site.env["HTTP_URL"])

    def wrk(self, url, wanted, lua=None, headers=(), connections=8):
        """One run: requests a second and the daemon's CPU seconds a request. `wanted`: the status that each answer must have (2xx and 3xx are told apart by one
        request before)."""
        if not lua:
            status = self.status_of(url, headers)
            if status != wanted:
                raise SystemExit(f"bench: {url} answers {status}, not {wanted}")
        pid = self.site.processes["jmbd"].pid
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", *(word for header in headers for word in ("-H", header))]
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            if lua:
                script.write(lua)
                script.flush()
                command += ["-s", script.name]
            before = cpu_seconds(pid)
            output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
            used = cpu_seconds(pid) - before
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        if bad or "Socket errors" in output:
            raise SystemExit(f"bench: {url} does not answer well:\n{output}")
        requests = int(re.search(r"(\d+) requests in", output).group(1))
        return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), used / requests

    def status_of(self, url, headers):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        connection.request("GET", parts.path + ("?" + parts.query if parts.query else ""), headers=dict(header.split(": ", 1) for header in headers))
        status = connection.getresponse().status
        connection.close()
        return status

    def tell(self, name, run):
        runs = [run() for _ in range(RUNS)]
        self.say(name + "_rps", statistics.median(one[0] for one in runs), "1/s")
        self.say(name + "_cpu", statistics.median(one[1] for one in runs) * 1e6, "us")

    def person(self, mail):
        person = Organiser(self.site, mail)
        person.sign_in()
        return person, "Cookie: " + "; ".join(f"{name}={value}" for name, value in person.browser.cookies.items())

    def lists(self):
        for name, mail in (("list_20", "usual@example.org"), ("list_2000", "busy@example.org")):
            person, cookie = self.person(mail)
            shown = len(person.get("").all("article"))
            if shown != (20 if name == "list_20" else 100):
                raise SystemExit(f"bench: the list of {mail} shows {shown} meetings")
            self.tell(name, lambda header=cookie: self.wrk(self.site.env["HTTP_URL"], 200, headers=[header]))

    def joins(self):
        """An organiser of the house is signed in; a moderator of elsewhere and a guest have their links."""
        organiser, cookie = self.person("bench-join@example.org")
        organiser.book("Join", moderators="moderator@example.com", guests="guest@example.com", minutes=60)
        for role in ("organiser", "moderator", "guest"):
            url = self.site.env["HTTP_URL"] + self.join_path(role)
            self.tell(f"join_{role}", lambda: self.wrk(url, 302, headers=[cookie] if role == "organiser" else []))

    def join_path(self, role):
        database = sqlite3.connect(f"file:{self.site.env['DB']}?mode=ro", uri=True)
        link = database.execute("SELECT link FROM attendee WHERE role = ? AND meeting = (SELECT id FROM meeting WHERE subject = 'Join')", (role,)).fetchone()[0]
        database.close()
        return f"j/{make_link(read_key(self.site), 'join', link)}"

    def joins_by_socket(self):
        """As docs/samples has it: a web server on the same machine comes by a unix socket, which costs the kernel less than TCP. wrk knows none."""
        socket = self.site.dir / "http.sock"
        self.site.options["conf"].append(f"http.listen=unix:{socket}")
        self.site.write_conf()
        self.site.start_daemon()
        for role in ("moderator", "guest"):
            self.tell(f"join_{role}_socket", lambda: self.h2load(socket, self.parts.path + self.join_path(role), 302))

    def h2load(self, socket, path, wanted, connections=8):
        """As wrk."""
        pid = self.site.processes["jmbd"].pid
        before = cpu_seconds(pid)
        output = subprocess.run(["h2load", "--h1", "-t1", f"-c{connections}", f"-D{SECONDS}", "-B", f"unix:{socket}", f"http://localhost{path}"],
                                capture_output=True, text=True, check=True).stdout
        used = cpu_seconds(pid) - before
        counts = {status: int(count) for count, status in re.findall(r"(\d+) (\dxx)", output)}
        requests = counts.pop(f"{wanted // 100}xx")
        if any(counts.values()) or not requests or not re.search(r"\b0 failed, 0 errored, 0 timeout", output):
            raise SystemExit(f"bench: {path} does not answer well:\n{output}")
        return requests / SECONDS, used / requests

    def answers(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("\n".join(guest_links(self.site, "invitation", 20000)) + "\n")
            file.flush()
            values = {"file": file.name, "path": self.parts.path}
            number = iter(range(RUNS))
            self.tell("answer", lambda: self.wrk(self.site.env["HTTP_URL"], 303, lua=ANSWER_LUA % {**values, "run": next(number)}))

    def bookings(self):
        person, cookie = self.person("bench-book@example.org")
        form = person.new_form()
        fields = dict(form.values)
        for name in ("form", "date", "time"):
            fields.pop(name, None)
        fields.update(subject="Réunion d’équipe", length="60", moderators="m@example.org", anyway="yes",
                      guests="\n".join(f"Guest {i} <guest{i}@example.com>" for i in range(10)))
        values = {"path": self.parts.path, "cookie": cookie.partition(": ")[2], "body": urllib.parse.urlencode(fields), "start": int(time.time()) + 2 * 86400}
        number = iter(range(RUNS))
        self.tell("book", lambda: self.wrk(self.site.env["HTTP_URL"], 303, lua=BOOK_LUA % {**values, "run": next(number)}))

    def lost(self):
        """1,000 distinct links answered by 8 clients that each wait for the answer; then jmbd is killed, and the database asked."""
        links = guest_links(self.site, "invitation", 21000)[20000:20000 + ANSWERS]
        bad = []

        def client(mine):
            connection = http.client.HTTPConnection(self.parts.hostname, self.parts.port, timeout=20)
            for link in mine:
                connection.request("POST", f"{self.parts.path}i/{link}", "comment=&answer=tentative", {"Content-Type": "application/x-www-form-urlencoded"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 303:
                    bad.append(answer.status)
            connection.close()

        threads = [threading.Thread(target=client, args=(links[i::8],)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.site.stop_daemon(signal.SIGKILL)
        database = sqlite3.connect(self.site.env["DB"])
        stored = database.execute("SELECT count(*) FROM attendee WHERE partstat = 'tentative'").fetchone()[0]
        database.close()
        if bad:
            raise SystemExit(f"bench: answers were refused: {bad[:5]}")
        self.say("answer_lost", ANSWERS - stored, "of 1000")


FIRST = ("Adèle", "Basile", "Chloé", "Damien", "Éloïse", "Søren", "Gaëlle", "Hugo", "Inès", "Jürgen")
LAST = ("Martin", "Bœuf", "Le Guérin", "Großmann", "Nguyen", "Sørensen", "Lefèvre", "Wałęsa", "O'Brien", "Papadopoulos")
DIRECTORY = 50000

SEARCH_LUA = """
local words, at = { "mar", "boeuf", "le gue", "gross", "nguyen ade", "sorensen", "lef", "walesa hug", "person12345", "obr" }, 0
function request()
    at = at % #words + 1
    return wrk.format("GET", "%(path)speople?q=" .. words[at]:gsub(" ", "+"), { ["Cookie"] = "%(cookie)s" })
end
"""


def bench_people(say):
    """Completion among 50,000 people of a directory."""
    with tempfile.TemporaryDirectory(prefix="jmb-bench-") as folder:
        os.chmod(folder, 0o755)
        with Site(os.path.join(folder, "site"), focus="none", conf=LETTERS_OFF) as site:
            rows = "".join(f'person{number}@example.org,"{FIRST[number % 10]} {LAST[number // 10 % 10]} {number:x}"\n' for number in range(DIRECTORY))
            before = time.monotonic()
            subprocess.run([str(site.dir / "bin/jmbctl"), "-s", site.env["ADMIN_SOCKET"], "people", "import"], input=f"mail,name\n{rows}", text=True,
                           capture_output=True, check=True)
            say("people_import", DIRECTORY / (time.monotonic() - before), "1/s")
            bench = Bench(site, say)
            person, cookie = bench.person("person7@example.org")
            for word in ("boeuf", "sorensen", "lef"):
                found = json.loads(person.get(f"people?q={word}").body)["results"]
                if len(found) != 10:
                    raise SystemExit(f"bench: '{word}' finds {len(found)} people")
            lua = SEARCH_LUA.replace("%(path)s", bench.parts.path).replace("%(cookie)s", cookie.partition(": ")[2])
            bench.tell("people_search", lambda: bench.wrk(site.env["HTTP_URL"], 200, lua=lua))


def bench_pages(say):
    with tempfile.TemporaryDirectory(prefix="jmb-bench-") as folder:
        os.chmod(folder, 0o755)
        with Site(os.path.join(folder, "site"), focus="none", conf=LETTERS_OFF) as site:
            organiser = Organiser(site, "template@example.org")
            organiser.sign_in()
            template = organiser.book("Template", guests="template@example.com", in_days=1)
            site.stop_daemon()
            seed(site, template.ref)
            site._give_away()
            site.start_daemon()
            bench = Bench(site, say)
            for part in (bench.lists, bench.joins, bench.answers, bench.bookings, bench.lost, bench.joins_by_socket):
                part()
