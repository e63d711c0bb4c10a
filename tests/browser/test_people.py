"""The field for people (http/script/people.js): found by three letters, each a chip, by keyboard, by paste, and without scripts; what is sent is what stands there."""

import datetime
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import house  # noqa: E402
import stage  # noqa: E402
from people import random_word, utc_now  # noqa: E402
from test_journeys import fill_form  # noqa: E402

CHIPS = "[...document.querySelectorAll('.people:has(#guests) .chips bdi')].map((one) => one.textContent)"
OPTIONS = "[...document.querySelectorAll('#guests-list [role=option]')].map((one) => one.querySelector('bdi').textContent)"
SENT = "document.querySelector('textarea[name=guests]').value.split('\\n').filter(Boolean)"
STATE = "(() => { const one = document.getElementById('guests'); return [one.getAttribute('role'), one.getAttribute('aria-expanded')]; })()"
# The option that a screen reader is told to read.
ACTIVE = """(() => { const id = document.getElementById('guests').getAttribute('aria-activedescendant'), one = id && document.getElementById(id);
    return one && one.getAttribute('aria-selected') === 'true' ? one.querySelector('bdi').textContent : null; })()"""
# From here on answers to the page's questions are held, whole, until they are let go.
HOLD = """(() => { const real = fetch;
    window.held = [];
    window.fetch = async (...given) => {
        const answer = await real(...given), read = await answer.json();
        answer.json = async () => read;
        return new Promise((resolve) => held.push(() => resolve(answer)));
    }; })()"""
LET_GO = "new Promise((resolve) => { held.splice(0).forEach((answer) => answer()); setTimeout(resolve); })"


def setUpModule():
    house.open_house()


def tearDownModule():
    house.close_house()


class People(house.Case):
    @classmethod
    def setUpClass(cls):
        # Words that nobody else's name begins with.
        cls.word = random_word()
        cls.names = {f"{name.lower()}.{cls.word}@example.org": f"{name} {cls.word.capitalize()}" for name in ("Adele", "Basile", "Chloe")}
        rows = "".join(f'{mail},"{name}"\n' for mail, name in cls.names.items())
        cls.ctl("people", "import", text=f"mail,name\n{rows}")
        cls.ctl("lists", "import", text="".join(f"board-{cls.word} {mail}\n" for mail in cls.names))

    @staticmethod
    def ctl(*words, text):
        command = [str(stage.site.dir / "bin/jmbctl"), "-s", stage.site.env["ADMIN_SOCKET"], *words]
        subprocess.run(command, input=text, text=True, capture_output=True, timeout=60, check=True)

    def form(self, **options):
        tab = self.person(**options)
        tab.goto("meetings/new")
        return tab

    def look_for(self, tab, letters, count):
        """Types them; the list is there, and it is that of the last letter: each answer makes another."""
        tab.look("""window.unanswered === undefined && (() => { const real = fetch;
            window.unanswered = 0;
            window.fetch = async (...given) => {
                unanswered++;
                try {
                    const answer = await real(...given), read = await answer.json();
                    answer.json = async () => read;
                    return answer;
                } finally {
                    setTimeout(() => { unanswered--; });
                }
            }; })(), null""")
        tab.type(letters)
        tab.until(f"unanswered === 0 && {OPTIONS}.length === {count}")

    def send(self, tab, subject):
        tab.locator("#subject").fill(subject)
        tab.locator("form:has(#subject) button.button").first().follow()
        return tab.text()

    def book(self, tab, subject):
        """The form with what stands in the field for guests; the addresses of the roster."""
        text = self.send(tab, subject)
        self.assertEqual(tab.heading(), subject, text[:300])
        return text

    def test_letters__three__arrow_and_enter_make_a_chip(self):
        tab = self.form()
        tab.locator("#guests").focus()
        self.assertEqual(tab.look(STATE), ["combobox", "false"])
        tab.type(self.word[:2])
        self.assertEqual(tab.look(STATE), ["combobox", "false"])
        self.look_for(tab, self.word[2:], 4)  # the list, and its three members
        self.assertEqual(tab.look(STATE), ["combobox", "true"])
        tab.until("document.querySelector('[aria-live=polite], [role=status]').textContent.includes('4')")
        self.assert_good(tab)  # open, too
        self.assertIsNone(tab.look(ACTIVE))
        tab.press("ArrowDown")
        first = tab.look(ACTIVE)
        tab.press("ArrowDown")
        second = tab.look(ACTIVE)
        self.assertNotEqual(first, second)
        tab.press("ArrowUp")
        self.assertEqual(tab.look(ACTIVE), first)
        tab.press("ArrowUp", "ArrowDown", "ArrowDown", "Enter")  # round once, at both ends
        self.assertEqual(tab.look(CHIPS), [second])
        self.assertEqual(tab.look(STATE), ["combobox", "false"])
        self.assertEqual(tab.focused(), "guests")
        self.assertEqual(tab.look("document.getElementById('guests').value"), "")
        self.assert_good(tab)
        self.assertIn(second, self.book(tab, f"Arrow {self.word}"))

    def test_letters__escape__keeps_what_is_typed_and_enter_does_not_send_the_form(self):
        tab = self.form()
        tab.locator("#guests").focus()
        self.look_for(tab, self.word, 4)
        tab.press("Escape")
        self.assertEqual(tab.look(STATE), ["combobox", "false"])
        self.assertEqual(tab.look("document.getElementById('guests').value"), self.word)
        address = tab.address()
        tab.press("Control+a")
        tab.type(f"guy.{self.word}@example.com")
        tab.press("Enter")
        self.assertEqual(tab.look(CHIPS), [f"guy.{self.word}@example.com"])
        self.assertEqual(tab.address(), address)

    def test_letters__escape_before_the_answer_comes__no_list_opens(self):
        tab = self.form()
        tab.look(HOLD)
        tab.locator("#guests").focus()
        tab.type(self.word)
        tab.until(f"held.length === {len(self.word) - 2}")  # one for each letter from the third on
        tab.press("Escape")
        tab.look(LET_GO)
        self.assertEqual(tab.look(STATE), ["combobox", "false"])
        self.assertEqual(tab.look("document.getElementById('guests').value"), self.word)

    def test_letters__one_more_behind_the_arrow__keeps_who_was_chosen(self):
        tab = self.form()
        tab.look(HOLD)
        tab.locator("#guests").focus()
        tab.type(self.word)
        tab.until(f"held.length === {len(self.word) - 2}")
        tab.look(LET_GO)
        tab.until(f"{OPTIONS}.length === 4")
        tab.press("ArrowDown", "ArrowDown")
        chosen = tab.look(ACTIVE)
        self.assertIsNotNone(chosen)
        tab.press("Backspace")
        tab.until("held.length === 1")
        tab.look(LET_GO)
        self.assertEqual(tab.look(ACTIVE), chosen)
        tab.press("Enter")
        self.assertEqual(tab.look(CHIPS), [chosen])

    def test_list__chosen__its_members_are_invited(self):
        tab = self.form()
        tab.locator("#guests").focus()
        self.look_for(tab, f"board-{self.word}", 1)
        tab.press("ArrowDown", "Enter")
        self.assertEqual(tab.look(CHIPS), [f"board-{self.word}"])
        roster = self.book(tab, f"Board {self.word}")
        for name in self.names.values():
            self.assertIn(name, roster)

    def paste(self, tab, text):
        tab.locator("#guests").focus()
        tab.chromium.ask("look", tab=tab.number, expression=f"navigator.clipboard.writeText({text!r})")
        tab.press("Control+v")

    def test_paste__several__each_is_a_chip_and_all_are_sent(self):
        tab = self.form()
        self.paste(tab, f'"Durand, Zoe" <zoe.{self.word}@example.com>; bob.{self.word}@example.com,\nEve <eve.{self.word}@example.com>')
        tab.until(f"{CHIPS}.length === 3")
        self.assertEqual(tab.look(CHIPS), ["Durand, Zoe", f"bob.{self.word}@example.com", "Eve"])
        self.assert_good(tab)
        roster = self.book(tab, f"Paste {self.word}")
        for name in ("zoe", "bob", "eve"):
            self.assertIn(f"{name}.{self.word}@example.com", roster)
        self.assertIn("Durand, Zoe", roster)

    def test_paste__as_outlook_copies__the_comma_is_of_the_name(self):
        tab = self.form()
        self.paste(tab, f"Martin, Alice <alice.{self.word}@example.com>; Petit, Bob <bob.{self.word}@example.com>;"
                        f"O’Hara, Eve <eve.{self.word}@example.com>; x.{self.word}@example.com, y.{self.word}@example.com")
        tab.until(f"{CHIPS}.length === 5")
        self.assertEqual(tab.look(CHIPS)[:2], ["Martin, Alice", "Petit, Bob"])
        self.assertEqual(tab.look(CHIPS)[3:], [f"x.{self.word}@example.com", f"y.{self.word}@example.com"])
        roster = self.book(tab, f"Outlook {self.word}")
        for name in ("Martin, Alice", "Petit, Bob", f"eve.{self.word}@", f"x.{self.word}@", f"y.{self.word}@"):
            self.assertIn(name, roster)

    def test_paste__a_word_before_a_comma__is_nobodys_name_between_semicolons_too(self):
        tab = self.form()
        self.paste(tab, f"carol, Bob <bob.{self.word}@example.com>; Petit, Eve (Chemistry, Paris) <eve.{self.word}@example.com>; d.{self.word}@example.com")
        tab.until(f"{CHIPS}.length === 4")
        self.assertEqual(tab.look(CHIPS), ["carol", "Bob", "Petit, Eve (Chemistry, Paris)", f"d.{self.word}@example.com"])
        self.assertIn("Not a mail address: carol.", self.send(tab, f"Word {self.word}"))
        self.assertEqual(tab.look(CHIPS), ["carol", "Bob", "Petit, Eve (Chemistry, Paris)", f"d.{self.word}@example.com"])

    def test_paste__a_name_that_may_be_two__says_what_it_is_taken_for(self):
        notes = "[...document.querySelectorAll('.people .notice:not([hidden])')].map((one) => one.innerText)"
        for language in ("en", "fr"):
            with self.subTest(language):
                tab = self.form(language=language)
                self.paste(tab, f"Alice, Bob <b.{self.word}@example.com>; Dupré, Jean <jean.dupre.{self.word}@example.com>; d.{self.word}@example.com")
                tab.until(f"{CHIPS}.length === 3")
                words = tab.word("“{name}” is taken for the name of one person, {mail_shown}. If these are two people, remove it and give each an address.",
                                 name="Alice, Bob", mail_shown=f"b.{self.word}@example.com")
                self.assertEqual(tab.look(notes), [words])
                self.assert_good(tab)
                roster = self.book(tab, f"Two {language} {self.word}")
                self.assertIn("Alice, Bob", roster)
                self.assertIn(f"d.{self.word}@example.com", roster)

    def test_no_scripts__a_name_that_may_be_two__is_asked_about_once(self):
        tab = self.form(scripts=False, width=360, language="fr")
        fill_form(tab, f"Deux {self.word}", f"Alice, Bob <b.{self.word}@example.com>; d.{self.word}@example.com", starts=utc_now() + datetime.timedelta(days=1))
        save = tab.locator("form:has(#subject) button.button").first()
        save.follow()
        self.assertIn(f"Compris chaque fois comme le nom d’une seule personne\u202f: Alice, Bob <b.{self.word}@example.com>.", tab.text())
        self.assertEqual(tab.look("document.getElementById('guests').value"), f'"Alice, Bob" <b.{self.word}@example.com>\nd.{self.word}@example.com\n')
        self.assert_good(tab)
        save.follow()
        self.assertEqual(tab.heading(), f"Deux {self.word}", tab.text()[:300])

    def test_paste__with_spaces_between__each_is_a_chip(self):
        tab = self.form()
        mails = [f"{name}.{self.word}@example.com" for name in ("a", "b", "c")]
        self.paste(tab, "  ".join(mails))
        tab.until(f"document.getElementById('guests').value === {'  '.join(mails)!r}")
        tab.press("Enter")
        tab.until(f"{CHIPS}.length === 3")
        self.assertEqual(tab.look(CHIPS), mails)
        roster = self.book(tab, f"Spaces {self.word}")
        for mail in mails:
            self.assertIn(mail, roster)

    def test_paste__one_as_outlook_writes__the_comma_is_of_the_name(self):
        tab = self.form()
        self.paste(tab, f"Martin, Alice <alice.{self.word}@example.com>")
        tab.until(f"{CHIPS}.length === 1")
        self.paste(tab, f"Petit, Bob <bob.{self.word}@example.com>, Émile, Zoé <zoe.{self.word}@example.com>\neve, Guy <guy.{self.word}@example.com>")
        tab.until(f"{CHIPS}.length === 5")
        self.assertEqual(tab.look(CHIPS), ["Martin, Alice", "Petit, Bob", "Émile, Zoé", "eve", "Guy"])
        tab.locator("#guests").focus()
        tab.press("Backspace", "Control+a", "Delete", "Backspace", "Control+a", "Delete")  # eve is nobody's address
        roster = self.book(tab, f"Outlook alone {self.word}")
        for name in ("Martin, Alice", "Petit, Bob", "Émile, Zoé"):
            self.assertIn(name, roster)

    def test_paste__hostile_names__come_back_as_they_were_typed(self):
        names = ["Marie “Nan” « d’Arc » Dupont", "<b>Bold</b> & <script>alert(1)</script>", "{{subject}} {name} %s", "علی رضا محمدی", "C++ | # * _x_", "Zoé 🎓"]
        people = [(name, f"h{number}.{self.word}@example.com") for number, name in enumerate(names)]
        tab = self.form()
        self.paste(tab, ", ".join(f'"{name}" <{mail}>' for name, mail in people) + f", Jean “Jo, dit le Fou” Petit <jo.{self.word}@example.com>")
        tab.until(f"{CHIPS}.length === {len(names) + 1}")
        names.append("Jean “Jo, dit le Fou” Petit")
        self.assertEqual(tab.look(CHIPS), names)
        self.assert_good(tab)
        roster = self.book(tab, f"Hostile {self.word} <i>“x”</i>")
        for name in names:
            self.assertIn(name, roster)
        self.assertEqual(tab.look("document.querySelectorAll('main b, main i, main script').length"), 0)
        self.assert_good(tab)
        tab.goto(f"meetings/{tab.address().partition('?')[0].rpartition('/')[2]}/edit")
        self.assertEqual(sorted(tab.look(CHIPS)), sorted(names))

    def test_backspace__in_the_empty_field__takes_the_last_chip_back_to_be_edited(self):
        tab = self.form()
        self.paste(tab, f"bob.{self.word}@example.com, eve.{self.word}@example.co")
        tab.until(f"{CHIPS}.length === 2")
        tab.press("Backspace")
        self.assertEqual(tab.look(CHIPS), [f"bob.{self.word}@example.com"])
        self.assertEqual(tab.look("document.getElementById('guests').value"), f"eve.{self.word}@example.co")
        tab.type("m")
        tab.press("Enter")
        self.assertEqual(tab.look(SENT), [f"bob.{self.word}@example.com", f"eve.{self.word}@example.com"])

    def test_remove__by_keyboard__the_focus_goes_to_the_next_and_then_to_the_field(self):
        tab = self.form()
        mails = [f"{name}.{self.word}@example.com" for name in ("bob", "eve", "zoe")]
        self.paste(tab, ", ".join(mails))
        tab.until(f"{CHIPS}.length === 3")
        tab.press("Shift+Tab", "Shift+Tab")
        self.assertEqual(tab.look("document.activeElement.getAttribute('aria-label')"), f"Remove {mails[1]}")
        tab.press("Enter")
        self.assertEqual(tab.look(CHIPS), [mails[0], mails[2]])
        self.assertEqual(tab.look("document.activeElement.getAttribute('aria-label')"), f"Remove {mails[2]}")
        tab.press("Space")
        self.assertEqual(tab.focused(), "guests")
        self.assertEqual(tab.look(SENT), [mails[0]])
        roster = self.book(tab, f"Remove {self.word}")
        self.assertIn(mails[0], roster)
        self.assertNotIn(mails[1], roster)
        self.assertNotIn(mails[2], roster)

    def test_typed__not_confirmed__is_sent_too(self):
        tab = self.form()
        tab.locator("#guests").focus()
        tab.type(f"bob.{self.word}@example.com")
        tab.press("Enter")
        tab.type(f"eve.{self.word}@example.com")
        self.assertEqual(tab.look(SENT), [f"bob.{self.word}@example.com", f"eve.{self.word}@example.com"])
        roster = self.book(tab, f"Typed {self.word}")
        self.assertIn(f"bob.{self.word}@example.com", roster)
        self.assertIn(f"eve.{self.word}@example.com", roster)

    def test_refused__comes_back_as_chips_with_the_error_beside_the_field(self):
        tab = self.form()
        self.paste(tab, f'"Durand, Zoe" <zoe.{self.word}@example.com>, nobody@')
        tab.until(f"{CHIPS}.length === 2")
        tab.locator("#subject").fill(f"Wrong {self.word}")
        tab.locator("form:has(#subject) button.button").first().follow()
        self.assertEqual(tab.look(CHIPS), ["Durand, Zoe", "nobody@"])
        self.assertEqual(tab.look("document.getElementById('guests').getAttribute('aria-invalid')"), "true")
        described = tab.look("document.getElementById('guests').getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).textContent).join(' ')")
        self.assertIn("Not a mail address: nobody@", described)
        self.assert_good(tab)

    def test_no_scripts__the_textarea_does_it(self):
        tab = self.form(scripts=False, width=360)
        self.assertEqual(tab.look("document.getElementById('guests').tagName"), "TEXTAREA")
        self.assertFalse(tab.look("document.querySelector('textarea[name=guests]').hidden"))
        fill_form(tab, f"Plain {self.word}", f"zoe.{self.word}@example.com, board-{self.word}", starts=utc_now() + datetime.timedelta(days=1))
        self.assert_good(tab)
        tab.locator("form:has(#subject) button.button").first().follow()
        self.assertEqual(tab.heading(), f"Plain {self.word}", tab.text()[:300])
        for name in (f"zoe.{self.word}@example.com", *self.names.values()):
            self.assertIn(name, tab.text())

    def test_no_scripts__many_people__are_seen_at_once(self):
        tab = self.form(scripts=False, width=360)
        shown = "(() => { const one = document.querySelector('textarea[name=guests]'); return [one.clientHeight, one.scrollHeight - one.clientHeight]; })()"
        few, more = tab.look(shown)
        self.assertEqual(more, 0)
        tab.locator("#guests").fill("\n".join(f"g{number}.{self.word}@example.com" for number in range(12)))
        many, more = tab.look(shown)
        self.assertGreater(many, few)
        self.assertEqual(more, 0)
        tab.locator("#guests").fill("\n".join(f"g{number}.{self.word}@example.com" for number in range(50)))
        most, more = tab.look(shown)
        self.assertLess(most, 500)  # it leaves the rest of the form in reach
        self.assertGreater(more, 0)
        self.assert_good(tab)


if __name__ == "__main__":
    unittest.main()
