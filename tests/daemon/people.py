"""People before JMB: what an organiser and a guest do with the public doors of a site: pages, letters, links, rooms.

    martin = Organiser(site, "martin@example.org")
    martin.sign_in()                                             # by jmbctl; martin.sign_in_by_mail() asks for a letter
    meeting = martin.book("Stand-up", moderators="mona@example.org", guests="gus@example.com", minutes=60)
    gus = Guest(site, "gus@example.com").invited()
    gus.answer("accepted")
    ticket = gus.join_link()                                     # Ticket: room, token, name, as the redirect says
    client = await gus.enter("gus")                              # joins over XMPP with it
"""

import base64
import datetime
import json
import re
import secrets
import time
import zoneinfo
from urllib.parse import parse_qs, unquote, urlsplit

from icalendar import Calendar

from mailbox import Mailbox
from web import Browser
from xmpp_client import Client

UTC = datetime.timezone.utc


def utc_now():
    return datetime.datetime.now(UTC)


class Ticket:
    """Where a join link leads: Jitsi's address of the room with a token."""

    def __init__(self, address):
        self.address = address
        parts = urlsplit(address)
        self.base = f"{parts.scheme}://{parts.netloc}/"
        self.room = unquote(parts.path.rpartition("/")[2])
        self.token = parse_qs(parts.query).get("jwt", [None])[0]
        self.hash = {key: json.loads(unquote(value)) for key, _, value in (item.partition("=") for item in parts.fragment.split("&") if item)}
        self.token = self.token or self.hash.get("jwt")
        self.claims = None
        if self.token:
            middle = self.token.split(".")[1]
            self.claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))

    @property
    def user_id(self):
        return self.claims["context"]["user"]["id"]

    @property
    def name(self):
        return self.hash.get("userInfo.displayName")


class Visitor:
    """Somebody with a browser, a mailbox, and maybe an invitation."""

    def __init__(self, site, mail, language="en"):
        self.site, self.mail = site, mail
        self.browser = Browser(site.env["HTTP_URL"], language)
        self.box = Mailbox(site.env["MAIL_DIR"])
        self.letter = None

    def get(self, address, **options):
        """A page that must be there."""
        page = self.browser.get(address, **options)
        if page.status != 200:
            raise AssertionError(f"{self.mail}: {page.url} answers {page.status} {page.heading or ''}: {page.text[:300] if page.type == 'text/html' else ''}")
        return page

    def invited(self, subject=None, timeout=30):
        """Waits for the next invitation (of the meeting of that subject) in the mail."""
        self.letter = self.mail_to(self.mail, subject and re.escape(subject), timeout)
        return self

    def mail_to(self, mail, subject=None, timeout=30):
        return self.box.wait_for(mail, subject, timeout)

    def open_invitation(self):
        return self.get(self.letter.invitation_link)

    def answer(self, partstat, comment=None):
        """Answers on the invitation's page by the button there; returns the page after it."""
        form = self.open_invitation().form(action="/i/")
        if comment is not None:
            form.fill(comment=comment)
        page = form.submit(partstat, follow=True)
        if page.status != 200:
            raise AssertionError(f"{self.mail}: answering gives {page.status}: {page.text[:300]}")
        return page

    def open_join_link(self):
        """The answer to the own join link, whatever it is."""
        return self.browser.get(self.letter.join_link)

    def ticket(self):
        """Where the join link leads; AssertionError when it leads nowhere (yet)."""
        page = self.open_join_link()
        if page.status != 302:
            raise AssertionError(f"{self.mail}: the join link answers {page.status} {page.heading}: {page.text[:300]}")
        return Ticket(page.location)

    async def enter(self, nick, kind=Client, ticket=None):
        """Joins the meeting by the own link; the client, inside. The caller closes it."""
        ticket = ticket or self.ticket()
        client = kind(self.site.env, ticket.token)
        await client.connect()
        try:
            await client.join(ticket.room, nick, ticket.name)
        except BaseException:
            await client.close()
            raise
        return client


class Guest(Visitor):
    pass


class Organiser(Visitor):
    def sign_in(self):
        """By a link of jmbctl, good in any browser."""
        return self.use_sign_in_link(sign_in_link(self.site, self.mail))

    def sign_in_by_mail(self):
        """Asks for a link on the page, takes it from the letter; returns the letter."""
        page = self.get("sign-in").form("mail").fill(mail=self.mail).submit()
        if page.status != 200:
            raise AssertionError(f"{self.mail}: asking for a sign-in link gives {page.status}: {page.text[:300]}")
        letter = next_sign_in_letter(self.box, self.mail)
        self.use_sign_in_link(letter.sign_in_link)
        return letter

    def use_sign_in_link(self, link):
        page = self.get(link).form(action="/sign-in/").submit()
        if page.status != 303:
            raise AssertionError(f"{self.mail}: signing in gives {page.status}: {page.text[:300]}")
        return self.get(page.location)

    def new_form(self):
        return self.get("meetings/new").form("subject")

    def fill(self, subject, moderators="", guests="", minutes=60, in_days=0, starts=None, **fields):
        """The booking form, filled in; the meeting starts now unless it says otherwise."""
        form = self.new_form()
        zone = zoneinfo.ZoneInfo(fields.get("tz") or form["tz"])
        starts = (starts or utc_now() + datetime.timedelta(days=in_days)).astimezone(zone)
        if starts.fold:  # the wall shows this time for the second time, and by it the first would be booked
            zone, fields["tz"] = UTC, "UTC"
            starts = starts.astimezone(zone)
        clock = starts.strftime("%H:%M:%S" if fields.pop("seconds", False) else "%H:%M")
        return form.fill(subject=subject, moderators=moderators, guests=guests, date=starts.strftime("%Y-%m-%d"), time=clock,
                         length=str(minutes), **fields)

    def book(self, subject, moderators="", guests="", minutes=60, in_days=0, starts=None, **fields):
        """Books it; a Meeting. Further fields of the form by their names."""
        page = self.fill(subject, moderators, guests, minutes, in_days, starts, **fields).submit()
        if page.status == 422 and page.find("button", name="anyway") is not None:  # warned of the own meetings at that time
            page = page.form("subject").submit("anyway=yes")
        if page.status != 303:
            errors = [element.text for element in page.root.walk() if "error" in (element.get("class") or "")]
            raise AssertionError(f"booking '{subject}' gives {page.status}: {errors or page.text[:500]}")
        return Meeting(self, page.location)

    def feed_link(self):
        """The address that the list of meetings gives for calendar programs."""
        return self.get("").find("input", id="feed-address").get("value")

    def feed(self):
        """The own calendar, by python3-icalendar."""
        return Calendar.from_ical(self.get(self.feed_link()).body)


class Meeting:
    """A booked meeting, as its organiser sees it."""

    def __init__(self, organiser, address):
        self.organiser, self.address = organiser, address
        self.path = urlsplit(address).path
        self.ref = re.search(r"/meetings/([^/?#]+)", address).group(1)

    def page(self):
        return self.organiser.get(self.address)

    def attendance(self):
        return self.organiser.get(self.path + "/attendance")

    def visits(self):
        """The attendance page's table: name -> Attendance. Nobody was there: empty."""
        page = self.attendance()
        return {} if page.find("table") is None else {row.name: row for row in map(Attendance, page.table().lines)}

    def roster(self):
        """The table of people: mail or name -> texts of the cells (name, role, answer, mail, in the room)."""
        rows = self.page().table().rows
        return {word: row for row in rows for word in row[0].split() if "@" in word}

    def cancel(self, reason=""):
        """By the page that asks once; returns the meeting's page after it."""
        return self.page().click(href=r"/cancel$").form("reason").fill(reason=reason).submit(follow=True)


class Attendance:
    """A row of the attendance page: name, role, verified, and stays as (from, to or None, is about)."""

    def __init__(self, cells):
        self.name, self.role = cells[0].text, cells[1].text
        self.verified = cells[4].text == "verified"
        self.stays = []
        for stay in cells[2].all("li"):
            times = [datetime.datetime.fromisoformat(time.get("datetime").replace("Z", "+00:00")) for time in stay.all("time")]
            self.stays.append((times[0], times[1] if len(times) > 1 else None, "about" in stay.text))
        self.text = "  ".join(cell.text for cell in cells)

    @property
    def is_there(self):
        return bool(self.stays) and self.stays[-1][1] is None

    def __repr__(self):
        return f"<{self.text}>"


def sign_in_link(site, mail):
    """From `jmbctl sign-in MAIL`."""
    done = site.ctl("sign-in", mail)
    return re.search(r"https?://\S+", done.stdout).group()


def next_sign_in_letter(box, mail):
    """The next letter to that person that carries a sign-in link."""
    end = time.monotonic() + 30
    while True:
        for letter in box.letters(mail):
            if letter.path.name not in box.given and any("/sign-in/" in link for link in letter.links()):
                box.given.add(letter.path.name)
                return letter
        if time.monotonic() > end:
            raise AssertionError(f"no letter with a sign-in link to {mail}; there are {box.letters()}")
        time.sleep(0.02)


def events_of(calendar):
    return [component for component in calendar.walk("VEVENT")]


def zone_that_shows_now_once(*names):
    """The first of these zones in which this hour is not the one that comes twice when the clocks go back."""
    return next(name for name in names if not utc_now().astimezone(zoneinfo.ZoneInfo(name)).fold)


words_given = set()


def random_word():
    """One that this process has not had before."""
    while (word := secrets.token_hex(3)) in words_given:
        pass
    words_given.add(word)
    return word
