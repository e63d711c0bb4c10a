"""jmbctl people import and lists import against the real program: LDIF and CSV, again and again, with and without --prune."""

import base64
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import stage  # noqa: E402
from web import Browser  # noqa: E402

LDIF = """# extended LDIF
#
dn: uid=gguerin,ou=people,dc=example,dc=org
uid: gguerin
mail: gaelle.guerin@example.org
mailAlternateAddress: gg@example.org
displayName:: {name}
eduPersonAffiliation: employee
preferredLanguage: fr

dn: uid=student,ou=people,dc=example,dc=org
uid: student
mail: stu.dent@example.or
 g
displayName: Stu Dent
eduPersonAffiliation: student

dn: cn=printer,dc=example,dc=org
cn: printer

# search result
search: 2
result: {result}
"""


def setUpModule():
    stage.open_site(focus="none", conf=["auth.may_book=directory", "auth.local_domains="])


def tearDownModule():
    stage.close_site()


def ldif(result="0 Success"):
    return LDIF.format(name=base64.b64encode("Gaëlle Guérin".encode()).decode(), result=result)


class Import(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.ctl("people", "import", "--prune", "--force", text="uid,mail\nbase,base@example.org\n")

    def ctl(self, *words, text="", status=0):
        command = [stage.site.dir / "bin/jmbctl", "-s", stage.site.env["ADMIN_SOCKET"], *words]
        done = subprocess.run([str(word) for word in command], input=text, text=True, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def people(self, text, *options, status=0):
        return self.ctl("people", "import", "--may-book", "eduPersonAffiliation=employee", *options, text=text, status=status)

    def sign_in(self, mail):
        organiser = stage.Organiser(stage.site, mail)
        organiser.sign_in()
        return organiser.browser

    def complete(self, browser, typed):
        import json
        page = browser.get("people?q=" + typed)
        self.assertEqual(page.status, 200, page.source)
        return json.loads(page.source)["results"]

    def test_people__ldif__twice__and_who_is_found(self):
        said = self.people(ldif())
        self.assertIn("2 read: 2 added, 0 changed, 0 as before, 1 without a mail address passed over", said)
        self.assertIn("2 read: 0 added, 0 changed, 2 as before", self.people(ldif()))
        browser = self.sign_in("gg@example.org")  # an alias
        self.assertIn("Gaëlle Guérin", browser.get("").source)
        self.assertEqual(browser.get("meetings/new").status, 200)
        self.assertEqual(self.complete(browser, "guer"), [{"kind": "person", "mail": "gaelle.guerin@example.org", "name": "Gaëlle Guérin"}])
        self.assertEqual(self.complete(browser, "Gaelle%20G")[0]["mail"], "gaelle.guerin@example.org")
        student = self.sign_in("stu.dent@example.org")
        self.assertEqual(student.get("meetings/new").status, 403)
        self.assertEqual(student.get("people?q=guer").status, 403)
        # the directory's people may ask for a link, though no domain is listed
        page = Browser(stage.site.env["HTTP_URL"]).get("sign-in").form("mail").fill(mail="gg@example.org").submit()
        self.assertEqual(page.status, 200)
        stage.Organiser(stage.site, "x").mail_to("gaelle.guerin@example.org")

    def test_people__prune__needs_the_whole_answer(self):
        self.people(ldif())
        csv = "uid;mail;name;aliases;may_book\ngone;gone@example.org;Gone Soon;;yes\n"
        self.assertIn("1 read: 1 added", self.ctl("people", "import", text=csv))
        browser = self.sign_in("gone@example.org")
        self.assertEqual(browser.get("meetings/new").status, 200)
        said = self.people(ldif("4 Size limit exceeded"), "--prune", status=65)
        self.assertIn("nobody is pruned", said)
        self.assertEqual(browser.get("meetings/new").status, 200)
        self.assertIn("pruned: 2 removed", self.people(ldif(), "--prune"))
        self.assertEqual(browser.get("meetings/new").status, 303)  # signed out
        self.assertIn("nothing is pruned", self.ctl("people", "import", "--prune", text="", status=65))

    def test_people__wrong_lines__are_told_by_number(self):
        said = self.ctl("people", "import", text='mail,name\nnobody,"N"\nok@example.org,OK\n', status=65)
        self.assertIn("line 2: 'nobody' is no mail address", said)
        self.assertIn("1 read: 1 added, 0 changed, 0 as before, 1 refused", said)
        self.assertIn("--format is ldif or csv", self.ctl("people", "import", "--format", "xml", status=64))
        self.assertIn("ATTRIBUTE=PATTERN", self.ctl("people", "import", "--may-book", "x", status=64))
        self.assertIn("jmbctl people import", self.ctl("people", "export", status=64))

    def test_people__many__do_not_hold_the_pages(self):
        rows = "".join(f"u{i},person.{i}@many.example,Person Nr{i},p{i}@many.example\n" for i in range(12000))
        child = subprocess.Popen([str(stage.site.dir / "bin/jmbctl"), "-s", stage.site.env["ADMIN_SOCKET"], "people", "import"], text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        import threading
        feeder = threading.Thread(target=lambda: (child.stdin.write("uid,mail,name,aliases\n" + rows), child.stdin.close()))
        feeder.start()
        asked = 0
        while child.poll() is None:
            self.assertEqual(Browser(stage.site.env["HTTP_URL"]).get("about/health").status, 200)
            asked += 1
        feeder.join()
        out, err = child.stdout.read(), child.stderr.read()
        child.stdout.close()
        child.stderr.close()
        self.assertIn("12000 read: 12000 added", out)
        self.assertIn("10000 read", err)
        self.assertGreater(asked, 10)
        self.assertIn("12001 of 12003 would go", self.people(ldif(), "--prune", status=1))
        found = self.complete(self.sign_in("gaelle.guerin@example.org"), "person")
        self.assertEqual(len(found), 10)

    def test_lists__predecessors_lines(self):
        lines = "# lists\nphysics@example.org gg@example.org\nphysics@example.org zoe@elsewhere.example\nchem  c@example.org\n\nbad line\n"
        said = self.ctl("lists", "import", text=lines, status=65)
        self.assertIn("line 6: a line is LIST MEMBER", said)
        self.assertIn("3 read: 3 added", said)
        self.people(ldif())
        browser = self.sign_in("gaelle.guerin@example.org")
        self.assertIn({"kind": "list", "name": "physics@example.org", "members": 2}, self.complete(browser, "phys"))
        said = self.ctl("lists", "import", "--prune", text="physics@example.org gg@example.org\n")
        self.assertIn("1 read: 0 added, 0 changed, 1 as before", said)
        self.assertIn("pruned: 2 removed", said)
        self.assertEqual(self.complete(browser, "chem"), [])


if __name__ == "__main__":
    unittest.main()
