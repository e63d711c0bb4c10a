"""The directory from a real OpenLDAP: its ldapsearch and jmbctl people import, in the words of the manual page."""

import base64
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from links import ask  # noqa: E402
from site_process import answers_at, wait_until  # noqa: E402

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs/jmbctl.1"
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
BASE = "dc=example,dc=org"
# Of eduPerson and Netscape's mail server, which universities have and Debian's slapd has not. Without pages nobody gets more than 500, as usual.
CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.5923.1.1.1.1 NAME 'eduPersonAffiliation' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.5923.1.1.2 NAME 'eduPerson' AUXILIARY MAY ( eduPersonAffiliation ) )
attributetype ( 2.16.840.1.113730.3.1.13 NAME 'mailAlternateAddress' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
objectclass ( 2.16.840.1.113730.3.2.3 NAME 'mailRecipient' AUXILIARY MAY ( mailAlternateAddress ) )
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited
pidfile {folder}/pid
database mdb
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw secret
directory {folder}/db
"""
LONG = "Maximilienne-Élisabeth de la Tour d’Auvergne-Montgolfier, professeure émérite des universités"
PEOPLE = {
    "gguerin": {"displayName": "Gaëlle Guérin", "mail": ["gaelle.guerin@example.org"], "mailAlternateAddress": ["gg@example.org", "g.guerin@old.example.org"],
                "preferredLanguage": "fr", "eduPersonAffiliation": ["member", "employee"]},
    "max": {"displayName": LONG, "mail": ["maximilienne-elisabeth.de-la-tour-d-auvergne-montgolfier@sciences.example.org"], "eduPersonAffiliation": ["employee"]},
    "oneill": {"displayName": ":Martin \"O'Neill\" <b>& 汉语 🎓", "mail": ["martin@example.org"], "eduPersonAffiliation": ["member", "student"]},
    "zoé": {"displayName": "Zoé", "mail": ["zoe@example.org"], "eduPersonAffiliation": ["Employee"]},
    "printer": {"displayName": "Printer of the second floor"},
    **{f"u{i}": {"displayName": f"Person Nr {i}", "mail": [f"u{i}@example.org"], "eduPersonAffiliation": ["student"]} for i in range(2100)},
}


def ldif():
    """What slapadd reads: a value is text, a list, or base64."""
    def lines(name, value):
        for one in value if isinstance(value, list) else [value]:
            yield f"{name}:: {base64.b64encode(one.encode()).decode()}"
    yield f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n"
    yield f"dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n"
    for uid, person in PEOPLE.items():
        classes = "".join(f"objectClass: {name}\n" for name in ("inetOrgPerson", "eduPerson", "mailRecipient"))
        values = {"uid": uid, "cn": uid, "sn": uid, **person}
        yield "\n".join([*lines("dn", f"uid={uid},ou=people,{BASE}"), classes + "\n".join(line for name, value in values.items() for line in lines(name, value)), ""])


class Directory:
    """A slapd of our own behind a unix socket."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jmb-ldap-"))
        (self.folder / "db").mkdir()
        conf, path = self.folder / "slapd.conf", self.folder / "ldapi"
        conf.write_text(CONF.format(folder=self.folder))
        self.env = {**os.environ, "PATH": PATH, "LDAPURI": "ldapi://" + str(path).replace("/", "%2F")}
        self.run("slapadd", "-q", "-f", conf, text="\n".join(ldif()))
        self.process = subprocess.Popen(["slapd", "-d", "0", "-f", conf, "-h", self.env["LDAPURI"]], env=self.env)
        wait_until("slapd", lambda: answers_at(path), give_up=lambda: self.process.poll() is not None and f"slapd ended: {self.process.returncode}")

    def run(self, *command, text=None):
        subprocess.run(list(map(str, command)), input=text, text=True, check=True, capture_output=True, timeout=120, env=self.env)

    def close(self):
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.folder)


def example():
    """The command of the manual page, as a shell has it."""
    found = re.search(r"^ldapsearch (?:.*(?:\\e|\|)\n)+.*$", MANUAL.read_text(), re.M)
    return found[0].replace("\\-", "-").replace("\\e\n", "\\\n")


def setUpModule():
    stage.open_site(focus="none", conf=["auth.may_book=directory", "auth.local_domains="])


def tearDownModule():
    stage.close_site()


class Ldap(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.close)

    def do_import(self, status=0, command=None, **env):
        jmbctl = f'jmbctl() {{ "{stage.site.dir}/bin/jmbctl" -s "{stage.site.env["ADMIN_SOCKET"]}" "$@"; }}\n'
        done = subprocess.run(["sh", "-c", jmbctl + (command or example())], env={**self.directory.env, **env}, text=True, capture_output=True, timeout=180)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def person(self, uid):
        return ask(stage.site, "SELECT mail, name, language, may_book, (SELECT group_concat(mail, ' ') FROM (SELECT mail FROM alias a WHERE a.person = p.id ORDER BY mail))"
                               " FROM person p WHERE uid = ?", uid)

    def test_import__by_the_manual__and_prune_when_somebody_has_gone(self):
        said = self.do_import()
        self.assertIn("2104 read: 2104 added, 0 changed, 0 as before", said)
        for uid, person in PEOPLE.items():
            if "mail" in person and not uid[1:].isdigit():
                self.assertEqual(self.person(uid), (person["mail"][0], person["displayName"], person.get("preferredLanguage"), "employee" in str(person).lower(),
                                                    " ".join(sorted(person.get("mailAlternateAddress", []))) or None))
        self.assertIn("2104 read: 0 added, 0 changed, 2104 as before", self.do_import())
        gaelle = stage.Organiser(stage.site, "gg@example.org")
        gaelle.sign_in()
        self.assertIn("Gaëlle Guérin", gaelle.get("").root.text)
        self.assertEqual(gaelle.get("meetings/new").status, 200)

        self.directory.run("ldapdelete", "-x", "-D", f"cn=admin,{BASE}", "-w", "secret", f"uid=u7,ou=people,{BASE}")
        for command, why in (example().replace(" -E pr=1000/noprompt", ""), "4 Size limit exceeded"), (example().replace("|\n", "| head -n 10000 |\n"), "ldapsearch was cut off"):
            self.assertIn(f"({why}): nobody is pruned", self.do_import(status=65, command=command))
            self.assertIsNotNone(self.person("u7"))
        said = self.do_import(status=65, command=example().replace("ou=people", "ou=nobody"))
        self.assertIn("32 No such object", said)
        self.assertIn("pruned: 1 removed", self.do_import())
        self.assertIsNone(self.person("u7"))
        self.assertEqual(self.person("u8")[0], "u8@example.org")


if __name__ == "__main__":
    unittest.main()
