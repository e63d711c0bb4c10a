"""The site's texts in the language of a browser, from the catalogue: words_of("fr")("Book a meeting")."""

import functools
import gettext
import io
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent


@functools.cache
def catalogue(language):
    done = subprocess.run(["msgfmt", "-o", "-", TOP / f"proto/po/{language}.po"], capture_output=True, check=True)
    return gettext.GNUTranslations(io.BytesIO(done.stdout))


def words_of(language):
    """A function from an English text (and its plural and a number) to that language's; places in braces are filled from its keywords."""
    def word(text, plural=None, count=None, **places):
        if language == "en":
            found = plural if plural and count != 1 else text
        else:
            known = catalogue(language)
            found = known.ngettext(text, plural, count) if plural else known.gettext(text)
            if found in (text, plural):
                raise KeyError(f"'{text}' is not in {language}.po")
        for name, value in places.items():
            found = found.replace("{" + name + "}", str(value))
        return found
    return word
