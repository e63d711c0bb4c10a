"""Every route as every kind of person, against the table in docs/architecture.md: a route without a line there fails, and so does a line without a route."""

import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from links import link_of_attendee, link_of_meeting, ref_of_attendee  # noqa: E402
from people import random_word, sign_in_link  # noqa: E402
from site_process import drop_rights  # noqa: E402
from site_prosody import TOP  # noqa: E402
from web import Browser  # noqa: E402

# Who may not book: 'guest' and 'reader'.
DIRECTORY = """uid,mail,name,may_book
olga,olga@example.org,Olga Organiser,yes
mona,mona@example.org,Mona Moderator,yes
dora,dora@example.org,Dora Deputy,yes
bert,bert@example.org,Bert Booker,yes
gina,gina@example.org,Gina Guest,no
rita,rita@example.org,Rita Reader,no
"""
MAILS = {"guest": "gina@example.org", "moderator": "mona@example.org", "organiser": "olga@example.org", "deputy": "dora@example.org",
         "booker": "bert@example.org", "reader": "rita@example.org"}
# What a cell of the table means, as statuses. A redirect is 'yes' unless it leads to the sign-in page.
MEANING = {"sign in": {401}, "no": {403}, "hidden": {404}, "yes": {200, 202, 204, 302, 303, 400, 409, 422}}


def read_routes(table):
    """(method, pattern, door) of a table in http/routes.c."""
    source = (TOP / "http/routes.c").read_text()
    body = re.search(rf"{table}\[\] = {{(.*?)^}};", source, re.S | re.M).group(1)
    for pattern, door, get, post in re.findall(r'{\s*"([^"]+)",\s*(DOOR_\w+),\s*(\w+),\s*(\w+)\s*}', body):
        if get != "NULL":
            yield "GET", pattern, door
        if post != "NULL":
            yield "POST", pattern, door


def read_matrix():
    """{(method, pattern): {kind: cell}} of docs/architecture.md."""
    text = (TOP / "docs/architecture.md").read_text().partition("## Who may do what")[2].partition("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    kinds = lines[0][1:]
    return {tuple(line[0].split(" ")): dict(zip(kinds, line[1:])) for line in lines[2:]}


def setUpModule():
    stage.open_site(focus="none", conf=["auth.may_book=directory", "auth.sign_ins_per_person=", "auth.sign_ins_per_address="])


def tearDownModule():
    stage.close_site()


class Matrix(stage.Case):
    @classmethod
    def setUpClass(cls):
        # Of a meeting each: what one walker did must not answer for the next.
        command = [*drop_rights(), stage.site.dir / "bin/jmbctl", "-s", stage.site.env["ADMIN_SOCKET"], "people", "import", "--quiet"]
        subprocess.run([str(word) for word in command], input=DIRECTORY, text=True, check=True, capture_output=True, timeout=30)
        cls.people = {kind: stage.Organiser(stage.site, mail) for kind, mail in MAILS.items()}
        for person in cls.people.values():
            person.sign_in()
        organiser = cls.people["organiser"]
        page = organiser.get("settings")
        page.form("deputy", action="/settings/deputies").fill(deputy=MAILS["deputy"]).submit(follow=True)
        cls.csrf = {kind: person.get("settings").form(action="/settings")["csrf"] for kind, person in cls.people.items()}
        organiser.get("my-room").form(action="/my-room").submit(follow=True)
        cls.style = page.find("link", rel="stylesheet").get("href")

    def test_matrix__routes__each_has_a_line_in_the_architecture(self):
        routes = {(method, pattern) for method, pattern, _ in read_routes("public_routes")}
        lines = set(read_matrix())
        self.assertEqual(sorted(routes - lines), [], "routes without a line in docs/architecture.md, 'Who may do what'")
        self.assertEqual(sorted(lines - routes), [], "lines of docs/architecture.md without a route")

    def test_matrix__walk__every_route_answers_every_kind_as_the_table_says(self):
        for (method, pattern), cells in read_matrix().items():
            for kind, cell in cells.items():
                with self.subTest(f"{method} {pattern} as {kind}"):
                    booked = self.book_fresh()
                    page = self.ask(kind, method, self.address(pattern, booked), booked, csrf=self.csrf.get(kind))
                    self.assertIn(self.status(page), MEANING[cell], f"{page.heading}: {page.text[:200]}" if page.type == "text/html" else page.body[:200])
                    if cell != "yes":
                        self.assert_untouched(booked, page)

    def test_matrix__post__without_the_sessions_token_changes_nothing(self):
        for method, pattern, door in read_routes("public_routes"):
            if method != "POST" or door == "DOOR_OPEN":
                continue
            for what, token in (("without a token", None), ("with somebody else's token", self.csrf["booker"]), ("with half a token", self.csrf["organiser"][:20])):
                with self.subTest(f"{pattern} {what}"):
                    booked = self.book_fresh()
                    page = self.ask("organiser", "POST", self.address(pattern, booked), booked, csrf=token)
                    self.assertEqual(page.status, 403)
                    self.assert_untouched(booked, page)

    def test_matrix__post__from_a_page_of_elsewhere_changes_nothing(self):
        for method, pattern, _ in read_routes("public_routes"):
            if method != "POST":
                continue
            for origin in ("https://evil.example", "null", self.site.env["HTTP_URL"].rstrip("/") + ".evil.example"):
                with self.subTest(f"{pattern} from {origin}"):
                    booked = self.book_fresh()
                    page = self.ask("organiser", "POST", self.address(pattern, booked), booked, csrf=self.csrf["organiser"], Origin=origin)
                    self.assertEqual(page.status, 403)
                    self.assert_untouched(booked, page)

    def test_matrix__admin__routes_are_not_at_the_public_door(self):
        public = {pattern for _, pattern, _ in read_routes("public_routes")}
        found = 0
        for method, pattern, _ in read_routes("admin_routes"):
            if pattern in public:
                continue
            found += 1
            with self.subTest(f"{method} {pattern}"):
                for kind in ("nobody", "organiser"):
                    self.assertEqual(self.ask(kind, method, pattern.replace("*", "1"), None, csrf=self.csrf.get(kind)).status, 404)
        self.assertGreater(found, 0)

    def test_matrix__admin__socket_is_closed_to_others(self):
        mode = pathlib.Path(self.site.env["ADMIN_SOCKET"]).stat().st_mode
        self.assertEqual(mode & 0o007, 0, oct(mode))

    def test_matrix__links__of_one_purpose_open_no_other_door(self):
        booked = self.book_fresh()
        letter = booked.letter
        join, invitation = letter.join_link.rpartition("/")[2], letter.invitation_link.rpartition("/")[2]
        feed = self.people["guest"].feed_link().rpartition("/")[2]
        shared = link_of_meeting(self.site, booked.ref, "shared")
        for door, own in (("j/", join), ("i/", invitation), ("ical/", feed), ("s/", shared)):
            for link in {join, invitation, feed, feed.removesuffix(".ics"), shared, join[:-1] + ("A" if join[-1] != "A" else "B")} - {own}:
                if own.removesuffix(".ics") != link:
                    with self.subTest(f"{link} at {door}"):
                        self.assertEqual(self.browser().get(door + link).status, 404)

    # -- what a request takes

    _fresh, _used = None, True

    def book_fresh(self):
        """A meeting that nobody has changed: the last one while it is so."""
        if Matrix._fresh is not None and not Matrix._used:
            return Matrix._fresh
        word = random_word()
        meeting = self.people["organiser"].book(f"Meeting {word}", moderators=MAILS["moderator"], guests=MAILS["guest"])
        meeting.letter = self.people["guest"].mail_to(MAILS["guest"], f"Meeting {word}")
        Matrix._fresh, Matrix._used = meeting, False
        return meeting

    def assert_untouched(self, booked, page):
        """A refused request changed nothing that the meeting's page shows."""
        text = booked.page().text
        self.assertNotIn("Cancelled", text)
        self.assertIn(re.search(r"Meeting \w+", booked.letter.subject).group(), text)

    def address(self, pattern, booked):
        """The address that a pattern of the table stands for."""
        last = pattern.partition("/*")[0].strip("/")
        if last in ("s", "x"):
            link = link_of_meeting(self.site, booked.ref, "shared") if last == "s" else link_of_attendee(self.site, booked.ref, MAILS["organiser"], "extend")
            return pattern[1:].replace("*", link)
        if pattern == "/token":
            return "token?room=" + self.people["organiser"].browser.get(booked.path + "/join").location.rpartition("/")[2].partition("?")[0]
        made = {"/j/*": lambda: booked.letter.join_link, "/i/*": lambda: booked.letter.invitation_link,
                "/i/*/invite.ics": lambda: booked.letter.invitation_link.partition("?")[0] + "/invite.ics", "/static/*/*": lambda: self.style,
                "/u/*": lambda: "u/" + link_of_attendee(self.site, booked.ref, MAILS["guest"], "stop"), "/people": lambda: "people?q=org",
                "/ical/*": self.people["guest"].feed_link, "/sign-in/*": lambda: sign_in_link(self.site, MAILS["reader"])}
        if pattern in made:
            return made[pattern]()
        return pattern[1:].replace("meetings/*", f"meetings/{booked.ref}").replace("attendees/*", f"attendees/{ref_of_attendee(self.site, booked.ref, MAILS['guest'])}")

    def ask(self, kind, method, address, booked, csrf, **headers):
        """In a browser that has the person's session and forgets what this request set."""
        browser = Browser(self.site.env["HTTP_URL"])
        if address == "sign-out" and kind in self.people and csrf == self.csrf[kind]:
            person = stage.Organiser(self.site, MAILS[kind])  # this session ends here
            csrf = person.sign_in().form(action="/sign-out")["csrf"]
            browser.cookies = person.browser.cookies
        elif kind in self.people:
            browser.cookies = dict(self.people[kind].browser.cookies)
        if method == "GET":
            return browser.get(address, **headers)
        Matrix._used = True
        fields = {"answer": "accepted", "role": "moderator", "what": "meeting", "mail": "nobody@elsewhere.example", "name": "Vera"}
        return browser.post(address, {**fields, **({"csrf": csrf} if csrf else {})}, **headers)

    def status(self, page):
        """Where a redirect within the site ends; the sign-in page is 401 for whoever did not sign out."""
        place = (page.location or "").removeprefix(self.site.env["HTTP_URL"])
        if re.match(r"sign-in($|\?next)", place):
            return 401
        return page.follow().status if place.startswith("my-room") else page.status


if __name__ == "__main__":
    unittest.main()
