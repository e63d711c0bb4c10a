"""A site where people have accounts on Prosody instead of tokens (LDAP, internal accounts): on the hosts that both sides list the login is
the identity, mapped to a person by the directory's uid, and rights hang on it; on every other host it is nothing but an address."""

import asyncio
import pathlib
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from people import random_word  # noqa: E402
from xmpp_client import Client, Refused  # noqa: E402

PEOPLE, OTHERS = "people.meet.jmb.test", "others.meet.jmb.test"
HOSTS = "".join(f'VirtualHost "{host}"\n    authentication = "internal_hashed"\n' for host in (PEOPLE, OTHERS))


def setUpModule():
    stage.open_site(focus="first", prosody_lua=[f'jmb_account_domains = {{ "{PEOPLE}" }}\n', HOSTS],
                    conf=["moderation.mode=delegable", f"prosody main.identity_hosts={PEOPLE}"])


def tearDownModule():
    stage.close_site()


class Accounts(stage.Case):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.word = random_word()
        self.mails = {name: f"{name}.{self.word}@example.org" for name in ("olivia", "martin", "gus")}
        lines = "".join(f"{name}{self.word},{mail},{name.title()}\n" for name, mail in self.mails.items())
        await asyncio.to_thread(self.import_people, "uid,mail,name\n" + lines)
        self.organiser_, self.moderator_, self.guest_ = self.organiser(f"olivia.{self.word}"), self.guest(), self.guest()
        self.moderator_.mail, self.guest_.mail = self.mails["martin"], self.mails["gus"]
        self.booked = await asyncio.to_thread(stage.book_meeting, self.organiser_, self.moderator_, self.guest_)
        self.room = self.booked.room

    def import_people(self, csv):
        subprocess.run([*shlex.split(self.site.env["CTL"]), "people", "import", "--quiet"], input=csv, text=True, check=True, capture_output=True, timeout=60)

    async def account(self, name, nick, host=PEOPLE, display=None):
        """Somebody signed in by a password, inside; the display name says nothing."""
        await asyncio.to_thread(self.site.shell, f"user:create('{name}@{host}', 'pass word')")
        client = self.client(Client, "pass word", login=f"{name}@{host}")
        await client.connect()
        await client.join(self.room, nick, display or "Somebody")
        return client

    async def test_accounts__of_the_booked__moderate_and_are_known(self):
        mallory = await self.account(f"mallory{self.word}", "mallory", display="Olivia Too")  # whom the focus would choose
        gus = await self.account(f"gus{self.word}", "gus")
        martin = await self.account(f"martin{self.word}", "martin")
        olivia = await self.account(f"olivia{self.word}", "olivia")
        everybody = (mallory, gus, martin, olivia)
        for client in everybody:
            await client.wait_for_people("mallory", "gus", "martin", "olivia")
            await client.focus_settled()
            self.assert_roles(client, mallory="participant", gus="participant", martin="moderator", olivia="moderator")
        for name in ("olivia", "martin", "gus"):
            row = await stage.until(name, lambda n=name: next((row for line, row in self.booked.meeting.visits().items() if line.startswith(n.title()) and row.verified), None))
            self.assertTrue(row.is_there)
        rows = self.booked.meeting.visits()
        self.assertIn(f"mallory{self.word}@{PEOPLE}", rows)  # the login, which is certain, and not what they call themselves
        self.assertNotIn("Olivia Too", rows)
        # a grant to an account holds on its other device, and goes with it
        await olivia.grant("gus")
        await gus.wait_for_role("gus", "moderator")
        phone = self.client(Client, "pass word", login=f"gus{self.word}@{PEOPLE}")
        await phone.connect()
        await phone.join(self.room, "phone", "Gus")
        self.assertEqual(phone.role(), "moderator")
        with self.assertRaises(Refused):
            await gus.grant("mallory")

    async def test_accounts__of_the_same_name_elsewhere__are_nobody(self):
        """The same login on a host that is not listed, whose accounts anybody may have."""
        impostor = await self.account(f"olivia{self.word}", "impostor", host=OTHERS)
        martin = await self.account(f"martin{self.word}", "martin")
        for client in (impostor, martin):
            await client.wait_for_people("impostor", "martin")
            await client.focus_settled()
            self.assert_roles(client, impostor="participant", martin="moderator")
        await stage.until("the visit", lambda: "Somebody" in self.booked.meeting.visits())
        self.assertFalse(self.booked.meeting.visits()["Somebody"].verified)

    async def test_accounts__of_the_booked__are_not_banned_by_who_was_granted(self):
        """Not while they are away either: an account is the same when it comes back, and a ban would keep it out."""
        gus, olivia = await self.account(f"gus{self.word}", "gus"), await self.account(f"olivia{self.word}", "olivia")
        mallory = await self.account(f"mallory{self.word}", "mallory")
        await olivia.grant("gus")
        await gus.wait_for_role("gus", "moderator")
        for name in ("olivia", "martin"):  # who is there, and who has not come yet
            with self.assertRaises(Refused):
                await gus.ban(f"{name}{self.word}@{PEOPLE}")
        await olivia.close()
        await gus.wait_for_people("gus", "mallory")
        with self.assertRaises(Refused):
            await gus.ban(f"olivia{self.word}@{PEOPLE}")
        await gus.ban(f"mallory{self.word}@{PEOPLE}")  # as everybody who is not booked
        await gus.wait_for_people("gus")
        self.assertNotIn("mallory", mallory.people())
        again = self.client(Client, "pass word", login=f"olivia{self.word}@{PEOPLE}")
        await again.connect()
        await again.join(self.room, "again", "Somebody")
        self.assertEqual(again.role(), "moderator")
        await again.ban(f"gus{self.word}@{PEOPLE}")
        await again.wait_for_people("again")

    async def test_accounts__come_back__are_moderator_again_and_one_person(self):
        eve = await self.stranger(self.room, "eve")
        for number in range(3):
            nick = f"olivia{number}"
            client = self.client(Client, "pass word", login=f"olivia{self.word}@{PEOPLE}")
            if number == 0:
                await asyncio.to_thread(self.site.shell, f"user:create('olivia{self.word}@{PEOPLE}', 'pass word')")
            await client.connect()
            await client.join(self.room, nick, f"Name {number}")
            await eve.wait_for_people("eve", nick)
            for one in (eve, client):
                self.assert_roles(one, **{nick: "moderator"})
            await client.leave()
            await eve.wait_for_people("eve")

        def gone():
            rows = self.booked.meeting.visits()
            return rows if any(name.startswith("Olivia") and not row.is_there for name, row in rows.items()) else None
        rows = await stage.until("the end of the last visit", gone)
        self.assertEqual([name for name in rows if "Name" in name], [])
        self.assertEqual(len([name for name in rows if name.startswith("Olivia")]), 1)


if __name__ == "__main__":
    unittest.main()
