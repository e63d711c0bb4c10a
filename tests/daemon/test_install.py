"""What the README says is done as it is written, with other folders and users: install, configure, check. And its links lead somewhere."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stage  # noqa: E402
from site_process import NOBODY, drop_rights  # noqa: E402

TOP = HERE.parent.parent
BUILD = os.environ.get("BUILD", "build")
GROUP = str(NOBODY) if os.geteuid() == 0 else str(os.getegid())
USER = str(NOBODY) if os.geteuid() == 0 else str(os.geteuid())


def block_with(text, word):
    """The indented block of commands in which a word stands."""
    blocks = re.findall(r"(?m)(?:^ {4,}\S.*\n(?:^\n(?= {4,}\S))?)+", text)
    found = [block for block in blocks if word in block]
    assert len(found) == 1, f"{len(found)} blocks with {word}"
    return found[0]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = stage.open_folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.top = pathlib.Path(cls.folder.name)
        cls.root = cls.top / "root"
        subprocess.run(["make", "-s", f"BUILD={BUILD}", f"DESTDIR={cls.root}", "install"], cwd=TOP, check=True, stdout=subprocess.DEVNULL)

    def test_install__readme__configures_what_jmbd_takes(self):
        commands = block_with((TOP / "README.md").read_text(), "useradd")
        commands = re.sub(r"(?m)^ *useradd .*$", "", commands)
        for place, ours in (("/usr/local", f"{self.root}/usr/local"), ("/etc/jitsi/jmb", f"{self.top}/etc/jmb"), ("/var/lib/jmb", f"{self.top}/lib"),
                            ("-o jmb", f"-o {USER}"), ("-g jmb", f"-g {GROUP}"), ("chgrp jmb", f"chgrp {GROUP}")):
            self.assertIn(place, commands)
            commands = commands.replace(place, ours)
        (self.top / "etc").mkdir()
        subprocess.run(["sh", "-eu", "-c", commands], check=True)
        conf = self.top / "etc/jmb/jmb.conf"
        text = conf.read_text().replace("[site]", f"[site]\ndatabase = {self.top}/lib/jmb.db\nlink_key_file = {self.top}/etc/jmb/link.key", 1)
        text = text.replace("[jitsi]", f"[jitsi]\napp_secret_file = {self.top}/etc/jmb/app.secret", 1)
        text = text.replace("[prosody main]", f"[prosody main]\nsecret_file = {self.top}/etc/jmb/component.secret", 1)
        conf.write_text(text)
        done = subprocess.run([*drop_rights(), self.root / "usr/local/sbin/jmbd", "-t", "-c", conf], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("<4>", done.stderr)  # no warning either
        self.assertIn("all is well", done.stderr)

    def test_install__files__are_where_their_readers_look(self):
        local = self.root / "usr/local"
        unit = (local / "lib/systemd/system/jmbd.service").read_text()
        self.assertIn("ExecStart=/usr/local/sbin/jmbd\n", unit)
        for name in ("sbin/jmbd", "bin/jmbctl", "share/man/man1/jmbctl.1", "share/man/man5/jmb.conf.5", "share/man/man8/jmbd.8",
                     "share/jmb/prosody/mod_jmb/mod_jmb.lua", "share/jmb/samples/jmb.conf", "share/jmb/samples/nginx.conf"):
            self.assertTrue((local / name).is_file(), name)
        for library in (TOP / "prosody/mod_jmb").iterdir():
            self.assertTrue((local / "share/jmb/prosody/mod_jmb" / library.name).is_file(), library.name)

    def test_install__another_prefix__is_the_unit_s_too(self):
        root = self.top / "other"
        subprocess.run(["make", "-s", f"BUILD={BUILD}", f"DESTDIR={root}", "PREFIX=/usr", "install"], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
        self.assertIn("ExecStart=/usr/sbin/jmbd\n", (root / "usr/lib/systemd/system/jmbd.service").read_text())


class Documents(unittest.TestCase):
    def anchors(self, page):
        """As the usual renderers of Markdown name headings."""
        headings = re.findall(r"(?m)^#+ (.*)$", page.read_text())
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def test_documents__links__lead_somewhere(self):
        pages = []
        for folder, folders, files in os.walk(TOP):  # and not into what other programs make and unmake meanwhile
            folders[:] = [name for name in folders if name not in ("node_modules", "build", ".git")]
            pages += [pathlib.Path(folder, name) for name in files if name.endswith(".md")]
        self.assertGreater(len(pages), 5)
        for page in pages:
            for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                other = (page.parent / name) if name else page
                with self.subTest(f"{page.relative_to(TOP)} -> {target}"):
                    self.assertTrue(other.exists())
                    if anchor:
                        self.assertIn(anchor, self.anchors(other))

    def test_documents__jmbctl__has_a_page_that_knows_its_commands(self):
        said = subprocess.run([TOP / BUILD / "jmbctl", "--help"], text=True, capture_output=True, check=True).stdout
        commands = re.findall(r"(?m)^  ([a-z]\S*(?: +import)?)", said)
        self.assertGreater(len(commands), 8)
        page = (TOP / "docs/jmbctl.1").read_text()
        self.assertEqual(re.findall(r"(?m)^\.It Ic (\S+(?: import)?)", page), [" ".join(command.split()) for command in commands])

    def test_documents__manual_pages__are_well_formed(self):
        for page in sorted((TOP / "docs").glob("*.[158]")):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], text=True, capture_output=True)
            self.assertEqual(done.stdout + done.stderr, "")


if __name__ == "__main__":
    unittest.main()
