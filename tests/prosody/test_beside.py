"""mod_jmb beside modules that make moderators of others: allowners, token_affiliation, and Jicofo in its three modes. In no raw
presence that any client receives is the wrong person a moderator, and the right one is from the first on."""

import asyncio
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemon")]

import test_mod_jmb as base  # noqa: E402
from jmbsite import Site  # noqa: E402
from scripted import local, policy  # noqa: E402
from test_mod_jmb import OPEN  # noqa: E402
from xmpp_client import Client, make_token  # noqa: E402

site = folder = None


def setUpModule():
    global site, folder
    folder = tempfile.TemporaryDirectory(prefix="jmb-beside-")
    os.chmod(folder.name, 0o755)
    shutil.copytree(HERE / "plugins", folder.name + "/beside")
    site = Site(folder.name + "/site", daemon=False,
                prosody_global=[f'plugin_paths = {{ "{folder.name}/site/plugins", "{folder.name}/beside" }}\n'],
                prosody_lua=["jmb_queue = 200\njmb_heartbeat = 2\n"])
    site.up()
    base.site = site


def tearDownModule():
    site.down()
    folder.cleanup()


class Beside(base.Dialogue):
    async def with_modules(self, *modules):
        for module in modules:
            await asyncio.to_thread(site.shell, f"module:load('{module}', '{site.env['MUC']}')")
            self.addAsyncCleanup(asyncio.to_thread, site.shell, f"module:unload('{module}', '{site.env['MUC']}')")

    async def claims(self, nick, user, **more):
        """Somebody whose token says more than who it is."""
        client = Client(site.env, make_token(site.env, self.node, context={"user": {"id": user, "name": user, **more}}))
        await client.connect()
        self.clients.append(client)
        await client.join(self.node, nick)
        return client

    async def in_all_modes(self, moderation):
        for mode in ("first", "token", "none"):
            with self.subTest(mode):
                await asyncio.to_thread(site.focus_mode, mode)
                self.node = f"{moderation}-{mode}-" + self._testMethodName[-20:].replace("_", "-")
                self.component.only = self.node
                await self.component.policies(OPEN + policy(self.room, "boss", "chief", moderation=moderation))
                eve = await self.joined("eve")
                owner = await self.claims("owner", "owner", affiliation="owner", moderator="true")
                boss = await self.joined("boss", "boss")  # late; the token says nothing of it
                chief = await self.claims("chief", "chief", affiliation="member")
                tablet = await self.joined("tablet", "boss")  # a second device
                copied = await self.joined("copied")  # the page without the token
                everybody = [eve, owner, boss, chief, tablet, copied]
                for client in everybody:
                    await client.wait_for_people("eve", "owner", "boss", "chief", "tablet", "copied")
                    await client.focus_settled()
                await boss.leave()
                again = await self.joined("again", "boss")  # with a new address
                everybody.append(again)
                for client in everybody:
                    await self.quiet(client)
                    for nick in ("eve", "owner", "copied"):
                        self.never("moderator", nick, client)
                await self.always("moderator", "boss", *everybody[:-1])
                for nick in ("chief", "tablet", "again"):
                    await self.always("moderator", nick, *[client for client in everybody if client is not boss])
                for client in everybody:
                    for nick in ("boss", "chief", "tablet", "again"):
                        self.assertLessEqual({seen for seen in client.roles_seen.get(nick, [])}, {("moderator", "owner"), ("none", "owner")}, f"{nick}, {client}")
                for nick in ("chief", "tablet", "again", "eve"):  # and no join hung
                    await self.component.event("joined", nick=nick, room=self.room)
                if moderation == "delegable":
                    await again.grant("eve")
                    await eve.wait_for_role("eve", "moderator")
                    self.never("moderator", "copied", *everybody)
        await asyncio.to_thread(site.focus_mode, "first")

    async def test_mod_jmb__beside__nobody_else_strict(self):
        await self.in_all_modes("strict")

    async def test_mod_jmb__beside__nobody_else_delegable(self):
        await self.in_all_modes("delegable")

    async def test_mod_jmb__beside__allowners_strict(self):
        await self.with_modules("muc_allowners")
        await self.in_all_modes("strict")

    async def test_mod_jmb__beside__allowners_delegable(self):
        await self.with_modules("muc_allowners")
        await self.in_all_modes("delegable")

    async def test_mod_jmb__beside__token_affiliation_strict(self):
        await self.with_modules("token_affiliation")
        await self.in_all_modes("strict")

    async def test_mod_jmb__beside__token_affiliation_at_join_strict(self):
        await self.with_modules("token_affiliation_at_join")
        await self.in_all_modes("strict")

    async def test_mod_jmb__beside__token_affiliation_at_join_delegable(self):
        await self.with_modules("token_affiliation_at_join")
        await self.in_all_modes("delegable")

    async def test_mod_jmb__beside__token_affiliation_at_join_and_allowners_strict(self):
        await self.with_modules("token_affiliation_at_join", "muc_allowners")
        await self.in_all_modes("strict")

    async def test_mod_jmb__beside__both_delegable(self):
        await self.with_modules("muc_allowners", "token_affiliation")
        await self.in_all_modes("delegable")

    async def test_mod_jmb__beside__allowners_has_its_way_where_no_policy_moderates(self):
        await self.with_modules("muc_allowners")
        eve, bob = await self.joined("eve"), await self.joined("bob", "bob")
        await bob.wait_for_role("eve", "moderator")
        await eve.wait_for_role("bob", "moderator")

    async def test_mod_jmb__beside__leaves_that_are_told_later_lose_nobody_who_is_back(self):
        await self.with_modules("leave_later")
        await self.component.policies(OPEN + policy(self.room, "boss"))
        boss, bob = await self.joined("boss", "boss"), await self.joined("bob", "bob")
        for client in (boss, bob):
            await client.wait_for_people("boss", "bob")
        after = len(bob.stanzas)
        boss.send(f"<presence xmlns='jabber:client' type='unavailable' to='{self.room}/boss'/>")
        boss.presence("<x xmlns='http://jabber.org/protocol/muc'/>")
        await bob.wait_for(lambda s: s.name == "presence" and s.nick == "boss" and s.type == "unavailable", after=after, what="the leave, told late")
        boss.set_name("Back")  # of the second stay, if it is known
        await self.component.event("renamed", nick="boss", name="Back")
        self.assertEqual([local(event) for _, _, event in self.component.events if event.get("nick") == "boss"], ["joined", "left", "joined", "renamed"])
        self.assertEqual([event.get("role") for event in self.component.named("joined") if event.get("nick") == "boss"], ["moderator", "moderator"])
        boss.send(f"<presence xmlns='jabber:client' type='unavailable' to='{self.room}/boss'/>")
        await self.component.until(lambda: len([event for event in self.component.named("left") if event.get("nick") == "boss"]) == 2, what="the second leave")
        self.assertEqual(len(self.component.named("opened")), 1)

    async def test_mod_jmb__beside__warns_of_them_by_name(self):
        await self.with_modules("muc_allowners", "token_affiliation")
        hello = await self.component.hello(len(self.component.hellos) + 2)
        self.assertEqual([w.get("code") for w in hello if local(w) == "warning"], ["muc_allowners", "token_affiliation"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
