#!/usr/bin/python3
"""make pictures: every page of the manual as a PNG in docs/manual/, taken by Debian's Chromium on a private site.

pictures.py [FOLDER [NAME...]]
"""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE))

import house  # noqa: E402
import stage  # noqa: E402
from tour import Tour  # noqa: E402

# Stops of the tour that the manual shows, and at which widths.
WANTED = {
    "sign-in": [1280], "sign-in-sent": [360], "list-empty": [1280], "list": [1280, 360], "list-past": [1280], "form": [1280, 360], "form-options": [1280],
    "form-errors": [1280, 360], "booked": [1280], "edit": [1280], "meeting-live": [1280, 360], "meeting-soon": [1280], "meeting-past": [1280], "meeting-cancelled": [1280],
    "cancel": [1280], "end": [1280], "add-person": [1280], "hand-over": [1280], "attendance": [1280, 360], "invitation": [1280, 360], "invitation-answered": [360],
    "invitation-cancelled": [360], "waiting": [1280, 360], "join-over": [360], "shared": [360], "my-room-mine": [1280], "settings": [1280], "closed": [360],
    "not-found": [1280]}
FRENCH = {"list": [1280], "form": [1280], "meeting-soon": [1280], "invitation": [360], "attendance": [360]}
CONF = ["site.name=Visio Saint-Just", "site.contact=visio@example.org", "meetings.length_step=30m", "meetings.length_least=30m"]
QUALITY = ["pngquant", "--force", "--skip-if-larger", "--speed", "1", "--strip", "--ext", ".png", "32"]


def take(folder, names, language, wanted, mark):
    taken = []
    tour = Tour(stage.site, house.open_tab, language)
    try:
        tour.prepare()
        for name, tab in tour.stops():
            for width in wanted.get(name, []):
                if names and name not in names:
                    continue
                path = folder / (name + mark + ("-phone" if width == 360 else "") + ".png")
                tab.setViewportSize({"width": 360 if width == 360 else 960, "height": 640})
                tab.look("document.activeElement && document.activeElement.blur()")
                tab.screenshot(path=str(path), fullPage=True)
                taken.append(path)
            if name in wanted:
                tab.setViewportSize({"width": 1280, "height": 800})
    finally:
        tour.close()
    return taken


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else TOP / "docs/manual"
    folder.mkdir(exist_ok=True)
    taken = []
    for language, wanted, mark in (("en", WANTED, ""), ("fr", FRENCH, "-fr")):
        house.open_house(base=CONF)
        try:
            taken += take(folder, sys.argv[2:], language, wanted, mark)
        finally:
            house.close_house()
    if shutil.which("pngquant"):
        subprocess.run([*QUALITY, *taken], check=False)
    print(f"{len(taken)} pictures in {os.path.relpath(folder)}, {sum(path.stat().st_size for path in taken) / 1e6:.1f} MB")
    missing = sorted(set(WANTED) - {path.stem.removesuffix("-phone") for path in taken})
    if missing and not sys.argv[2:]:
        sys.exit(f"no stop of the tour is called {', '.join(missing)}")


if __name__ == "__main__":
    main()
