"""Bad input: each gets a clear answer (what, where, what to do) and loses nothing."""

import asyncio
import json
import os
import pathlib
import re
import socket
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from jmbsite import Site  # noqa: E402
from people import random_word, sign_in_link  # noqa: E402
from site_process import free_ports  # noqa: E402


def setUpModule():
    stage.open_site(focus="none")


def tearDownModule():
    stage.close_site()


def replaced(pattern, with_text):
    """For other_conf: a change of jmb.conf that must apply."""
    def change(text):
        text, count = re.subn(pattern, with_text, text, flags=re.M)
        if not count:
            raise AssertionError(f"jmb.conf has no {pattern}")
        return text
    return change


class Start(stage.Case):
    """jmbd that cannot start says why, in one line for people, and ends with a status."""

    def own(self, *changes):
        """A configuration beside the site's: its own database, ports and sockets, then the changes."""
        port = free_ports(1)[0]
        word = random_word()

        def change(text):
            for pattern, with_text in ((r"^database = .*", f"database = {self.site.dir}/{word}.db"),
                                       (r"^listen = .*", f"listen = 127.0.0.1:{port}"), (r"^url = http://127.*", f"url = http://127.0.0.1:{port}/"),
                                       (r"^admin_socket = .*", f"admin_socket = {self.site.dir}/{word}.sock"), *changes):
                text = replaced(pattern, with_text)(text)
            return text
        return stage.other_conf(f"{word}.conf", change)

    def ends(self, conf, *words, status=2, arguments=()):
        done = stage.run_jmbd(*arguments, conf=conf)
        self.assertEqual(done.returncode, status, done.stdout)
        for word in words:
            self.assertRegex(done.stdout, word)
        self.assertNotRegex(done.stdout, r"(?m)\bready\.?$")
        return done.stdout

    def test_secret__wrong__ends_with_3(self):
        self.site._write("wrong.secret", "not the one\n")
        conf = self.own((r"^secret_file = .*component.secret", f"secret_file = {self.site.dir}/wrong.secret"))
        self.ends(conf, "secret", re.escape(self.site.env["COMPONENT"]), status=3)

    def test_secret__file_missing__names_it(self):
        conf = self.own((r"^secret_file = .*component.secret", "secret_file = /nowhere/component.secret"))
        self.ends(conf, r"/nowhere/component\.secret", "No such file")

    def test_prosody__not_there__is_told_at_start(self):
        port = free_ports(1)[0]
        conf = self.own((rf"^port = {self.site.env['COMPONENT_PORT']}", f"port = {port}"))
        self.ends(conf, f"nobody listens at 127.0.0.1:{port}", status=3)

    def test_conf__wrong__names_file_line_and_what_is_allowed(self):
        lines = (self.site.dir / "jmb.conf").read_text().splitlines()
        place = lines.index("[http]")
        lines[place + 1:place + 1] = ["lisen = 127.0.0.1:80"]
        meetings = lines.index("[meetings]")
        lines[meetings + 1:meetings + 1] = ["length_least = soon"]
        lines += ["[moderatio]", "mode = strict"]
        conf = self.site._write("bad.conf", "\n".join(lines) + "\n")
        text = self.ends(conf, arguments=("-t",))
        for number, words in ((place + 2, ["lisen", "listen"]), (meetings + 2, ["length_least", "soon"]), (len(lines) - 1, ["moderatio", "moderation"])):
            line = next((line for line in text.splitlines() if f"{conf}:{number}:" in line), None)
            self.assertIsNotNone(line, f"nothing about line {number} in:\n{text}")
            for word in words:
                self.assertIn(word, line)
        self.ends(conf)  # without -t too

    def test_conf__good__is_said_by_t(self):
        done = stage.run_jmbd("-t")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("ready", done.stdout)

    def test_conf__good__looks_and_makes_nothing(self):
        conf = self.own((r"^database = .*", f"database = {self.site.dir}/fresh/jmb.db"))
        folder = self.site.dir / "fresh"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        done = stage.run_jmbd("-t", conf=conf)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("jmb.db is not there yet", done.stdout)
        self.assertEqual(list(folder.iterdir()), [])

    def test_conf__not_there__names_it(self):
        self.ends("/nowhere/jmb.conf", r"/nowhere/jmb\.conf", "No such file")

    def test_conf__port_taken__names_the_key_and_how_to_find_who_has_it(self):
        port = free_ports(1)[0]
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            conf = self.own((r"^listen = .*", f"listen = 127.0.0.1:{port}"))
            self.ends(conf, rf"\[http\] listen.*127\.0\.0\.1:{port}", "another program", "ss -ltnp")

    def test_conf__folder_of_sockets_missing__says_who_makes_it(self):
        conf = self.own((r"^admin_socket = .*", "admin_socket = /nowhere/admin.sock"))
        self.ends(conf, r"\[http\] admin_socket", "/nowhere", "RuntimeDirectory")

    def test_conf__what_it_names__is_looked_at_by_t(self):
        for change, words in (((r"^\[site\]", "[site]\nlogo = /nowhere/logo.svg"), ["/nowhere/logo.svg", "SVG or PNG"]),
                              ((r"^\[site\]", "[site]\nlogo = /etc/passwd"), ["/etc/passwd", "SVG or PNG"]),
                              ((r"^language = .*", "language = de"), ["language", "'de'", "en, fr"])):
            with self.subTest(words[0]):
                conf = self.own(change)
                self.ends(conf, *words, arguments=("-t",))
                self.ends(conf, *words)

    def test_conf__folder_for_mail__is_looked_at_by_t_which_says_what_to_do(self):
        closed, fresh = self.site.dir / "closed", self.site.dir / "fresh-mail"
        closed.mkdir(mode=0o555)
        if os.geteuid() == 0:
            os.chown(closed, 0, 0)
        for folder, words in (("/nowhere/mail", ["is not there, and cannot be made", "install -d -m 750 -o [a-z0-9]+ /nowhere/mail"]),
                              (str(closed), ["takes no letters: Permission denied", f"install -d -m 750 -o [a-z0-9]+ {closed}"]),
                              (str(closed / "mail"), ["cannot be made: Permission denied", "install -d"]), ("/etc/passwd", ["not a folder"])):
            with self.subTest(folder):
                conf = self.own((r"^folder = .*", f"folder = {folder}"))
                self.ends(conf, r"\[mail\] folder", re.escape(folder), *words, arguments=("-t",))
                self.ends(conf, r"\[mail\] folder", re.escape(folder), *words)
        done = stage.run_jmbd("-t", conf=self.own((r"^folder = .*", f"folder = {fresh}")))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(f"{fresh}, the folder for mail, is not there yet: jmbd will make it", done.stdout)
        self.assertFalse(fresh.exists())

    def test_conf__comment_of_another_kind__is_no_value(self):
        conf = self.own((r"^app_id = .*", "app_id = jmb # of Prosody"))
        self.ends(conf, "app_id", "white space", ";")

    def test_database__damaged__is_found_by_t(self):
        path = self.site.dir / "damaged.db"
        database = sqlite3.connect(self.site.env["DB"])
        database.execute("VACUUM INTO ?", (str(path),))
        page, size = database.execute("SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'meeting'").fetchone()
        database.close()
        self.site._give_away()
        conf = self.own((r"^database = .*", f"database = {path}"))
        self.assertEqual(stage.run_jmbd("-t", conf=conf).returncode, 0)
        with open(path, "r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"no page of any tree")
        self.ends(conf, re.escape(str(path)), "damaged", "jmbctl restore", arguments=("-t",))

    def test_database__unwritable__names_it(self):
        conf = self.own((r"^database = .*", "database = /proc/jmb.db"))
        self.ends(conf, r"/proc/jmb\.db")
        file = self.site._write("readonly.db", "")
        file.chmod(0o400)
        if os.geteuid() == 0:
            os.chown(file, 0, 0)
        self.ends(self.own((r"^database = .*", f"database = {file}")), r"readonly\.db")

    def test_database__not_ours__is_left_alone(self):
        path = self.site.dir / "other.db"
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE precious (x)")
        database.commit()
        database.close()
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
        before = path.read_bytes()
        self.ends(self.own((r"^database = .*", f"database = {path}")), r"other\.db")
        self.assertEqual(path.read_bytes(), before)
        text = self.site._write("text.db", "This is no database, but somebody's letter. " * 50)
        self.ends(self.own((r"^database = .*", f"database = {text}")), r"text\.db")

    def test_database__second_jmbd__is_refused(self):
        port = free_ports(1)[0]
        conf = stage.other_conf("second.conf", lambda text: replaced(r"^admin_socket = .*", f"admin_socket = {self.site.dir}/second.sock")(
            replaced(r"^listen = .*", f"listen = 127.0.0.1:{port}")(text)))
        self.ends(conf, r"jmb\.db", r"(?i)another jmbd|in use|already")
        self.assertEqual(self.browser().get("sign-in").status, 200)  # the first one did not notice

    def test_database__link_key_missing__is_refused(self):
        """A database restored without its key: every link in it would be dead."""
        with stage.open_folder() as directory, Site(directory + "/site", daemon=True, focus="none") as other:
            stage.Organiser(other, "a@example.org").sign_in()
            other.stop_daemon()
            other._write("link.key", "ab" * 32 + "\n")
            done = stage.run_jmbd(on=other)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stdout, r"link\.key|link key")
            other._write("link.key", "nonsense\n")
            done = stage.run_jmbd("-t", on=other)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stdout, r"link\.key:1")

    @unittest.skipUnless(os.geteuid() == 0, "only root can try")
    def test_root__start__is_refused(self):
        done = stage.run_jmbd(conf=self.own(), as_root=True)
        self.assertGreater(done.returncode, 0)
        self.assertIn("root", done.stdout)

    def test_arguments__unknown__show_the_usage(self):
        done = stage.run_jmbd("--nonsense")
        self.assertGreater(done.returncode, 0)
        self.assertIn("usage", done.stdout.lower())

    def test_port__taken__names_it(self):
        taken = self.site.env["HTTP_URL"].rpartition(":")[2].strip("/")
        self.ends(self.own((r"^listen = .*", f"listen = 127.0.0.1:{taken}")), f"127.0.0.1:{taken}", "(?i)in use")


class Templates(stage.Case):
    """Letters of a site's own: `jmbd -t` says which file and line, what is wrong and how to mend it, before a letter is lost by it."""

    def setUp(self):
        self.letters = self.site.dir / f"letters-{random_word()}"
        self.letters.mkdir()
        self.conf = stage.other_conf(f"{random_word()}.conf", replaced(r"^\[mail\]", f"[mail]\ntemplates = {self.letters}"))

    def check(self, **files):
        """Status and errors, without the folder, of these files (foot_txt for foot.txt)."""
        for name, content in files.items():
            (self.letters / ".".join(name.rsplit("_", 1)).replace("_", "-")).write_bytes(content.encode() if isinstance(content, str) else content)
        done = stage.run_jmbd("-t", conf=self.conf)
        return done.returncode, [line.replace(f"<3>{self.letters}/", "") for line in done.stdout.splitlines() if line.startswith("<3>")]

    def assert_refused(self, *lines, **files):
        self.assertEqual(self.check(**files), (2, list(lines)))

    def test_good_ones__are_well(self):
        good = {"foot_txt": "-- \r\n{{site_name}}\r\n", "head_html": b"\xef\xbb\xbf<!DOCTYPE html><p>", "answer_links_txt": ""}
        self.assertEqual(self.check(**good), (0, []))
        (self.letters / "foot.txt~").write_text("{{what an editor left behind")
        self.assertEqual(self.check(), (0, []))

    def test_unknown_names__each_with_its_line_and_the_one_that_was_meant(self):
        self.assert_refused(
            "foot.txt:2: letters have no variable 'site_nmae': is 'site_name' meant? docs/letters.md has them all",
            "foot.txt:3: letters have no variable 'nobody': docs/letters.md has them all",
            "invitation.html:1: there is no template 'heda.html': is 'head.html' meant? docs/letters.md has them all",
            foot_txt='a\n{{site_nmae}}\n{{_ "Hello {nobody}"}}\n', invitation_html="{{>heda.html}}")

    def test_sections__that_do_not_fit__with_the_tag_that_is_missing(self):
        self.assert_refused(
            "foot.html:3: section 'to' was not opened: {{#to}} or {{^to}} is missing before it",
            "foot.txt:2: section 'by' is not closed: {{/by}} is missing",
            "head.html:2: section 'to' ends where 'by' is open: {{/by}} is missing before it",
            "join.txt:1: this tag does not end with }}",
            foot_html="<p>\n\n{{/to}}", foot_txt="a\n{{#by}}\n", head_html="{{#by}}\n{{/to}}", join_txt="{{by")

    def test_a_circle__would_end_every_letter(self):
        self.assert_refused("foot.txt:2: 'foot.txt' takes itself in: take this {{>foot.txt}} out", foot_txt="a\n{{>foot.txt}}")
        self.assert_refused("foot.txt:1: 'foot.txt' takes itself in by way of 'join.txt': take this {{>join.txt}} out",
                            "join.txt:1: 'join.txt' takes itself in by way of 'foot.txt': take this {{>foot.txt}} out",
                            foot_txt="{{>join.txt}}", join_txt="{{#by}}{{>foot.txt}}{{/by}}")

    def test_bytes__that_are_no_text__are_named(self):
        self.assert_refused("foot.html:1: a byte that is 0: this is no text, save it as UTF-8",
                            "foot.txt:2: this line is not in UTF-8: save the file in it, or `iconv -f LATIN1 -t UTF-8` it",
                            foot_html="a\0b", foot_txt="Bonjour,\nà bientôt\n".encode("latin-1"))

    def test_what_a_letter_needs__must_be_there(self):
        self.assert_refused("change-subject.txt: a letter needs it: write something, or take the file away to have ours",
                            "sender.txt: a letter needs it: write something, or take the file away to have ours",
                            change_subject_txt=" \n", sender_txt="{{! nobody }}\n")

    def test_files__that_cannot_be_read__are_no_reason_to_take_ours(self):
        (self.letters / "foot.html").symlink_to("/nowhere")
        (self.letters / "foot.txt").mkdir()
        status, lines = self.check(head_html="x" * 70000)
        self.assertEqual(status, 2)
        self.assertEqual(lines, ["foot.html: No such file or directory", "foot.txt: not a file", "head.html: larger than 65536 bytes"])

    def test_names__that_no_letter_has__are_told(self):
        self.assert_refused("invitaton.txt: there is no template of letters with that name: is 'invitation.txt' meant? docs/letters.md has them all",
                            "old-foot.bak: there is no template of letters with that name: docs/letters.md has them all",
                            invitaton_txt="", old_foot_bak="")

    def test_folder__missing__is_told(self):
        self.letters.rmdir()
        status, lines = self.check()
        self.assertEqual((status, len(lines)), (2, 1))
        self.assertIn(f"{self.letters}: the templates of letters cannot be read: No such file or directory", lines[0])


class Ctl(stage.Case):
    def test_sign_in__no_address__is_refused(self):
        done = self.site.ctl("sign-in", "nobody", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("mail", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_socket__nobody_there__is_told(self):
        done = subprocess.run([str(self.site.dir / "bin/jmbctl"), "-s", "/nowhere/admin.sock", "sign-in", "a@example.org"], text=True, capture_output=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/nowhere/admin.sock", done.stderr)

    def test_socket__mode__is_its_owners(self):
        self.assertEqual(os.stat(self.site.env["ADMIN_SOCKET"]).st_mode & 0o777, 0o600)


class Forms(stage.Case):
    def test_booking__absurd__every_field_has_its_error_and_what_was_typed(self):
        typed = {"subject": "x" * 300, "date": "31.12.", "time": "25:99", "length": "-5", "moderators": "me at home", "guests": "a@b@c, <script>",
                 "description": "Kept é <b>\nline", "maximum": "1", "password": "p" * 200}
        form = self.organiser().new_form().force(**typed, tz="Mars/Olympus", language="x;y", at_end="explode", lobby="perhaps", guests_wait="never")
        page = form.submit()
        self.assertEqual(page.status, 422)
        again = page.form("subject")
        for field, value in typed.items():
            self.assertEqual(again[field], value, field)
        for field in [*typed, "tz", "language", "at_end"]:
            if field != "description":
                self.assertTrue(page.error_of(field), f"{field} has no error")
        summary = page.find("div", role="alert")
        self.assertEqual(summary.tag, "div")
        for link in summary.all("a"):
            self.assertIsNotNone(page.find(id=link.get("href").removeprefix("#")), link)
        self.assertGreaterEqual(len(summary.all("a")), len(typed) - 1)
        self.assertNotIn("<script>", page.source)

    def test_booking__empty__names_what_is_missing(self):
        form = self.organiser().new_form()
        page = form.fill(subject="", date="", time="").submit()
        self.assertEqual(page.status, 422)
        for field in ("subject", "date", "time"):
            self.assertTrue(page.error_of(field), field)

    def test_booking__bare__is_no_crash(self):
        organiser = self.organiser()
        csrf = organiser.new_form()["csrf"]
        self.assertEqual(organiser.browser.post("meetings", {"csrf": csrf}).status, 422)

    def test_booking__mended__is_booked(self):
        organiser = self.organiser()
        page = organiser.fill("Mended", guests="wrong, right@example.com").submit()
        self.assertEqual(page.status, 422)
        page = page.form("subject").fill(guests="right@example.com").submit()
        self.assertEqual(page.status, 303)
        organiser.mail_to("right@example.com", "Mended")

    def test_form__broken_bytes__are_refused(self):
        organiser = self.organiser()
        csrf = organiser.new_form()["csrf"].encode()
        for body in (b"csrf=" + csrf + b"&subject=%zz", b"csrf=" + csrf + b"&subject=%00", b"csrf=" + csrf + b"&subject=%ff", b"&" * 1000):
            self.assertIn(organiser.browser.post("meetings", body).status, (400, 403, 422), body)
        self.assertEqual(organiser.browser.post("meetings", b"x=" + b"y" * (2 << 20)).status, 413)
        self.assertEqual(organiser.browser.post("meetings", b"{}", Content_Type="application/json").status // 100, 4)
        organiser.get("")

    def test_form__without_its_token__stores_nothing(self):
        organiser = self.organiser()
        form = organiser.fill("Forged")
        self.assertEqual(organiser.browser.post(form.action, [pair for pair in form.values if pair[0] != "csrf"]).status, 403)
        other = self.organiser().new_form()["csrf"]
        self.assertEqual(form.force(csrf=other).submit().status, 403)
        self.assertNotIn("Forged", organiser.get("").text)

    def test_form__from_elsewhere__stores_nothing(self):
        organiser = self.organiser()
        form = organiser.fill("Elsewhere")
        self.assertEqual(organiser.browser.post(form.action, form.values, Origin="https://evil.example").status, 403)
        self.assertNotIn("Elsewhere", organiser.get("").text)

    def test_form__signed_out__says_so(self):
        organiser = self.organiser()
        form = organiser.fill("Signed out")
        organiser.browser.cookies.clear()
        self.assertEqual(form.submit().status, 401)

    def test_sign_in__no_address__comes_back_as_typed(self):
        for typed in ("", "nobody", "a@b@c", "x" * 500 + "@example.org", "a@example.org\r\nBcc: b@example.org"):
            page = self.browser().get("sign-in").form("mail").fill(mail=typed).submit()
            self.assertEqual(page.status, 422, typed)
            self.assertTrue(page.error_of("mail"))
        self.assertEqual(page.form("mail")["mail"].replace("\r", ""), "a@example.org\nBcc: b@example.org")


class Links(stage.Case):
    def bent(self, link):
        """Forged, cut, longer, of another purpose."""
        base, _, name = link.partition("?")[0].rpartition("/")
        name, dot, ending = name.partition(".")
        other = ("A" if name[0] != "A" else "B") + name[1:]
        last = name[:-1] + ("A" if name[-1] != "A" else "B")
        return [f"{base}/{one}{dot}{ending}" for one in (other, last, name[:-1], name[:10], name + "A", "x", "%00", "é", "a" * 5000, name.swapcase())]

    def test_link__forged_or_cut__is_not_found_and_says_what_to_do(self):
        booked = self.book()
        for link in (booked.guest.letter.join_link, booked.guest.letter.invitation_link, booked.organiser.feed_link()):
            self.assertIn(self.browser().get(link).status, (200, 302))
            for bent in self.bent(link):
                with self.subTest(bent[:120]):
                    page = self.browser().get(bent.replace("é", "%C3%A9"))
                    self.assertIn(page.status, (404, 400, 414))
                    if page.status == 404:
                        self.assertTrue(page.heading)

    def test_link__of_another_purpose__is_none(self):
        booked = self.book()
        join, invitation = booked.guest.letter.join_link, booked.guest.letter.invitation_link
        join_name, invitation_name = join.rpartition("/")[2], invitation.rpartition("/")[2]
        self.assertNotEqual(join_name, invitation_name)
        self.assertEqual(self.browser().get("j/" + invitation_name).status, 404)
        self.assertEqual(self.browser().get("i/" + join_name).status, 404)
        self.assertEqual(self.browser().get("ical/" + join_name + ".ics").status, 404)

    def test_sign_in_link__used_or_bent__is_gone(self):
        link = sign_in_link(self.site, "links@example.org")
        for bent in self.bent(link)[:7]:
            self.assertIn(self.browser().get(bent).status, (400, 404, 410), bent)
        stage.Organiser(self.site, "links@example.org").use_sign_in_link(link)
        page = self.browser().get(link)
        self.assertEqual(page.status, 410)
        self.assertTrue(page.has_link(href="/sign-in$"))

    def test_address__unknown__has_a_page(self):
        for address in ("nothing", "meetings/nothing", "j/", "static/x/y", "..%2f..%2fetc%2fpasswd", "meetings/../../etc/passwd"):
            page = self.organiser().browser.get(address)
            self.assertEqual(page.status, 404, address)
        self.assertEqual(self.browser().request("DELETE", "meetings/x").status, 405)


class Away(stage.Case):
    """Prosody goes away while jmbd runs."""

    async def test_prosody__away_and_back__events_go_on(self):
        booked = self.book()
        before = len(self.site.log("jmbd"))
        await asyncio.to_thread(self.site.stop_prosody)
        self.assertEqual(self.browser().get("sign-in").status, 200)
        late = self.book()  # nobody waits for Prosody
        await stage.until("jmbd says so", lambda: re.search(r"(?i)lost|closed|refused|disconnect|gone", self.site.log("jmbd")[before:]))
        await asyncio.to_thread(self.site.start_prosody)
        for meeting in (booked, late):
            await stage.until("the policies are back", self.connected, 60)
            client = await self.enter(meeting.guest, "gus")
            await stage.until("the visit", lambda m=meeting: any(m.guest.mail in name for name in m.meeting.visits()))
            organiser = await self.enter(meeting.organiser, "olivia")
            self.assert_roles(organiser, olivia="moderator", gus="participant")
            await client.close()

    def connected(self):
        return all(one["ready"] for one in json.loads(self.site.ctl("health").stdout)["prosody"])


if __name__ == "__main__":
    unittest.main()
