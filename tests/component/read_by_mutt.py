#!/usr/bin/python3
"""Reads letters as a person does, with mutt: the folder's NAME.eml as a mailbox, each message shown as text. What
NAME.json expects of the subject and the words must stand on the screen. Prints what is wrong; status 1 when anything
is."""
import email
import json
import os
import pathlib
import pty
import re
import sys
import tempfile

RC = """set charset=utf-8 send_charset=utf-8 pipe_decode=yes pipe_split=no wait_key=no quit=yes move=no mark_old=no
set sort=mailbox-order header_cache="" mail_check=0 folder="~" record="" postponed="" sleep_time=0 use_from=no
alternative_order text/plain
ignore *
unignore from to subject date
"""


def show(letters, work):
    mailbox, out, rc = (os.path.join(work, name) for name in ("mbox", "out", "muttrc"))
    with open(mailbox, "wb") as file:
        for letter in letters:
            text = letter.read_bytes().replace(b"\r\n", b"\n")
            file.write(b"From a@b Thu Dec  3 14:00:00 2026\n" + re.sub(rb"(?m)^From ", b">From ", text) + b"\n\n")
    pathlib.Path(rc).write_text(RC)
    os.environ.update(TERM="vt100", LC_ALL="C.UTF-8", HOME=work)
    pipe = f"<pipe-message>cat >> {out}<enter>"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("mutt", ["mutt", "-n", "-R", "-F", rc, "-f", mailbox, "-e",
                           f"push \"<first-entry>{'<next-entry>'.join([pipe] * len(letters))}<exit>\""])
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        pass
    os.waitpid(pid, 0)
    return pathlib.Path(out).read_text() if os.path.exists(out) else ""


def flat(text):
    return re.sub(r"\s+", " ", text)


wrong = []
paths = sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))
with tempfile.TemporaryDirectory() as folder:
    shown = flat(show(paths, folder))
for path in paths:
    expected = json.loads(path.with_suffix(".json").read_text())
    if flat(f"Subject: {expected['subject']}") not in shown:
        wrong.append(f"{path.stem}: mutt shows no subject {expected['subject']!r}")
    wrong += [f"{path.stem}: mutt does not show {words!r}" for words in expected["in_order"] if flat(words) not in shown]
print("\n".join(wrong) if wrong else f"{len(paths)} letters shown")
if wrong and os.environ.get("SHOW"):
    print(shown)
sys.exit(1 if wrong or not paths else 0)
