"""Links as jmbd makes them (proto/link.c), from the key and the database of a site, for tests that need one that no page shows to whoever asks.

    link_of_meeting(site, ref, "shared")                       # the 32 characters
    link_of_attendee(site, ref, "gus@example.com", "stop")
"""

import base64
import hashlib
import hmac
import sqlite3


def make_link(key, purpose, link_id):
    mac = hmac.new(key, purpose.encode() + b"\0" + link_id, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(link_id + mac).decode()


def read_key(site):
    return bytes.fromhex((site.dir / "link.key").read_text().split()[0])


def ask(site, sql, *values):
    """The one row, read while jmbd runs."""
    database = sqlite3.connect(f"file:{site.env['DB']}?mode=ro", uri=True)
    try:
        return database.execute(sql, values).fetchone()
    finally:
        database.close()


def link_of_meeting(site, ref, purpose):
    return make_link(read_key(site), purpose, ask(site, "SELECT shared_link FROM meeting WHERE ref = ?", ref)[0])


def ask_attendee(site, column, ref, mail):
    return ask(site, f"SELECT {column} FROM attendee WHERE meeting = (SELECT id FROM meeting WHERE ref = ?) AND mail = ?", ref, mail)[0]


def link_of_attendee(site, ref, mail, purpose):
    return make_link(read_key(site), purpose, ask_attendee(site, "link", ref, mail))


def ref_of_attendee(site, ref, mail):
    return ask_attendee(site, "ref", ref, mail)
