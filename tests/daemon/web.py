"""A small browser for tests: it submits what a page really offers, hidden fields included, and follows nothing unasked.

    browser = Browser("http://127.0.0.1:8080/")
    page = browser.get("sign-in")
    page = page.form().fill(mail="a@example.org").submit()      # KeyError names the fields when the page has no such one
    page.find("h1").text; page.link("Sign out"); page.table().rows
    page = browser.get("meetings", follow=True)                 # or page.follow() for the one step

Cookies are kept and sent as browsers do it (by path; Secure ones over http too, since tests have no TLS).
"""

import gzip
import html.parser
import http.client
import re
from urllib.parse import urlencode, urljoin, urlsplit

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BLOCK = {"address", "article", "aside", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4",
         "header", "hr", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul"}


class Element:
    """A node of a page: tag, attributes (None for one without value), children (elements and strings)."""

    def __init__(self, tag, attributes=(), parent=None):
        self.tag, self.attributes, self.parent, self.children = tag, dict(attributes), parent, []

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    def walk(self):
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def all(self, tag=None, **attributes):
        """Elements below, by tag and attributes; class_='x' and id='y' as keyword; a class among others is enough."""
        def fits(element):
            for name, wanted in attributes.items():
                has = element.get(name.rstrip("_").replace("_", "-"))
                if has is None or (wanted not in has.split() if name == "class_" else has != wanted):
                    return False
            return tag is None or element.tag == tag
        return [element for element in self.walk() if fits(element)]

    def find(self, tag=None, **attributes):
        """The first of all(), or None."""
        found = self.all(tag, **attributes)
        return found[0] if found else None

    @property
    def text(self):
        """What a reader sees, spaces run together (no-break ones too)."""
        parts = []

        def add(element):
            for child in element.children:
                if isinstance(child, str):
                    parts.append(child)
                elif child.tag not in ("script", "style", "template"):
                    parts.append(" " if child.tag in BLOCK else "")
                    add(child)
                    parts.append(" " if child.tag in BLOCK else "")

        add(self)
        return " ".join("".join(parts).split())

    @property
    def raw_text(self):
        return "".join(child if isinstance(child, str) else child.raw_text for child in self.children)

    def __repr__(self):
        return f"<{self.tag} {self.text[:60]!r}>"


class Reader(html.parser.HTMLParser):
    """Builds the tree and holds the page to being well-formed: what is opened is closed, in order."""

    optional = {"li": {"li"}, "p": set(), "tr": {"tr"}, "td": {"td", "th"}, "th": {"td", "th"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"},
                "option": {"option"}}  # may stay open; closed by these

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("#page")
        self.faults = []
        self.feed(text)
        self.close()
        if self.here is not self.root and self.here.tag not in ("html", "body", *self.optional):
            self.faults.append(f"<{self.here.tag}> is never closed")

    def handle_starttag(self, tag, attributes):
        while self.here.tag in self.optional and tag in self.optional[self.here.tag]:
            self.here = self.here.parent
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice: {names}")
        element = Element(tag, attributes, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.here = self.here.parent

    def handle_endtag(self, tag):
        while self.here.tag != tag and self.here.tag in self.optional:
            self.here = self.here.parent
        if self.here.tag != tag:
            self.faults.append(f"</{tag}> where <{self.here.tag}> is open")
            return
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


class Table:
    """A table as its reader sees it: caption, head (texts), rows (lists of cells' texts)."""

    def __init__(self, element):
        self.element = element
        caption = element.find("caption")
        self.caption = caption.text if caption else None
        lines = [[cell for cell in line.children if isinstance(cell, Element) and cell.tag in ("td", "th")] for line in element.all("tr")]
        head = [cells for cells in lines if cells and all(cell.tag == "th" for cell in cells)]
        self.head = [cell.text for cell in head[0]] if head else []
        self.lines = [cells for cells in lines if cells and cells not in head]
        self.rows = [[cell.text for cell in cells] for cells in self.lines]

    def row(self, text):
        """The cells (elements) of the first row with that text in it; None."""
        for cells, texts in zip(self.lines, self.rows):
            if any(text in cell for cell in texts):
                return cells
        return None


class Form:
    """A form as it stands in the page: what a browser would send, until fill() changes it."""

    def __init__(self, page, element):
        self.page, self.element = page, element
        self.method = (element.get("method") or "get").lower()
        self.action = urljoin(page.url, element.get("action") or page.url)
        self.values = []  # [name, value], in the order of the page
        self.names = set()
        self.buttons = []
        self.options = {}  # of selects and radios: the values that are offered
        for field in element.walk():
            self._take(field)

    def _take(self, field):
        name, kind = field.get("name"), (field.get("type") or "").lower()
        if field.tag == "button" or kind in ("submit", "image"):
            if kind in ("", "submit", "image"):
                self.buttons.append(field)
            return
        if field.tag not in ("input", "select", "textarea") or not name or "disabled" in field.attributes:
            return
        self.names.add(name)
        if field.tag == "textarea":
            self.values.append([name, field.raw_text.removeprefix("\n")])
        elif field.tag == "select":
            options = field.all("option")
            value = lambda option: option.get("value", option.text)  # noqa: E731
            self.options[name] = [value(option) for option in options]
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            self.values += [[name, value(option)] for option in chosen]
        elif kind in ("checkbox", "radio"):
            self.options.setdefault(name, []).append(field.get("value", "on"))
            if "checked" in field.attributes:
                self.values.append([name, field.get("value", "on")])
        else:
            self.values.append([name, field.get("value") or ""])

    def __getitem__(self, name):
        """What stands in a field now; None for an empty checkbox; KeyError for no such field."""
        self._known(name)
        return next((value for key, value in self.values if key == name), None)

    def __contains__(self, name):
        return name in self.names

    def _known(self, name):
        if name not in self.names:
            raise KeyError(f"the form {self.action} of {self.page.url} has no field '{name}', but {sorted(self.names)}")

    def fill(self, **fields):
        """Types into the form: text, an option, True or False for a checkbox. A value that a select does not offer is a ValueError."""
        for name, value in fields.items():
            self._known(name)
            offered = self.options.get(name)
            if isinstance(value, bool):
                value = offered[0] if value else None
            if value is not None and offered is not None and str(value) not in offered:
                raise ValueError(f"'{name}' offers {offered}, not '{value}'")
            place = next((index for index, pair in enumerate(self.values) if pair[0] == name), len(self.values))
            self.values = [pair for pair in self.values if pair[0] != name]
            if value is not None:
                self.values.insert(place, [name, str(value)])
        return self

    def force(self, **fields):
        """What no honest browser would send: any value in any field, None takes the field out."""
        for name, value in fields.items():
            self.values = [pair for pair in self.values if pair[0] != name]
            if value is not None:
                self.values.append([name, str(value)])
        return self

    def submit(self, button=None, follow=False):
        """Sends it by its button (the only one, or the one with this text or name=value), as a browser encodes it."""
        pressed = self._button(button)
        action, values = self.action, [tuple(pair) for pair in self.values]
        if pressed is not None:
            if pressed.get("name"):
                values.append((pressed.get("name"), pressed.get("value") or ""))
            if pressed.get("formaction"):
                action = urljoin(self.page.url, pressed.get("formaction"))
        values = [(name, re.sub(r"\r\n|\r|\n", "\r\n", value)) for name, value in values]
        browser = self.page.browser
        if self.method == "post":
            return browser.post(action, values, follow=follow, referrer=self.page.url)
        return browser.get(action.partition("?")[0] + "?" + urlencode(values), follow=follow)

    def _button(self, wanted):
        if wanted is None:
            if not self.buttons:
                raise KeyError(f"the form {self.action} of {self.page.url} has no button")
            return self.buttons[0]
        for button in self.buttons:
            text = button.text or button.get("value") or ""
            if wanted in (f"{button.get('name')}={button.get('value')}", button.get("value")) or wanted in text:
                return button
        raise KeyError(f"no button '{wanted}' in {self.action}, but {[(b.text, b.get('name'), b.get('value')) for b in self.buttons]}")


class Page:
    """An answer: status, headers, body; as a tree when it is HTML."""

    def __init__(self, browser, url, status, headers, body):
        self.browser, self.url, self.status, self.headers, self.body = browser, url, status, headers, body
        self.type = (headers.get("Content-Type") or "").partition(";")[0].strip()
        self.location = urljoin(url, headers["Location"]) if "Location" in headers else None
        self._root = None

    @property
    def source(self):
        return self.body.decode("utf-8")

    @property
    def root(self):
        if self._root is None:
            reader = Reader(self.source if self.type == "text/html" else "")
            if reader.faults:
                raise AssertionError(f"{self.url}: HTML that is not well-formed: {'; '.join(reader.faults[:5])}")
            self._root = reader.root
        return self._root

    def find(self, tag=None, **attributes):
        return self.root.find(tag, **attributes)

    def all(self, tag=None, **attributes):
        return self.root.all(tag, **attributes)

    @property
    def title(self):
        element = self.find("title")
        return element.text if element else None

    @property
    def heading(self):
        element = self.find("h1")
        return element.text if element else None

    @property
    def text(self):
        """What the page says, without its frame (header, footer, navigation)."""
        return (self.find("main") or self.root).text

    def forms(self):
        return [Form(self, element) for element in self.all("form")]

    def form(self, field=None, action=None):
        """The first form with that field, or with that in its address; without either the first in <main>."""
        forms = [Form(self, element) for element in (self.find("main") or self.root).all("form")] + self.forms()
        for form in forms:
            if (field is None or field in form) and (action is None or action in form.action):
                return form
        raise KeyError(f"{self.url} ({self.status}) has no such form ({field or action or 'any'}): {self.text[:300]}")

    def links(self):
        return [(a.text, urljoin(self.url, a.get("href"))) for a in self.all("a") if a.get("href")]

    def link(self, text=None, href=None):
        """The address of the first link with this in its text, or that fits the regular expression href."""
        for words, address in self.links():
            if (text is None or text in words) and (href is None or re.search(href, address)):
                return address
        raise KeyError(f"{self.url} ({self.status}) has no link '{text or href}', but {self.links()}")

    def has_link(self, text=None, href=None):
        return any((text is None or text in words) and (href is None or re.search(href, address)) for words, address in self.links())

    def click(self, text=None, href=None, follow=False):
        return self.browser.get(self.link(text, href), follow=follow)

    def table(self, text=None):
        """The first table (with this in it)."""
        for element in self.all("table"):
            if text is None or text in element.text:
                return Table(element)
        raise KeyError(f"{self.url} ({self.status}) has no table {text or ''}")

    def error_of(self, field):
        """What the page says is wrong with a field: the text of what its aria-describedby names as error; None for nothing."""
        for element in self.all(name=field):
            for name in (element.get("aria-describedby") or "").split() + (element.get("aria-errormessage") or "").split():
                told = self.find(id=name)
                if told is not None and "error" in (told.get("class") or "") + name:
                    return told.text
        return None

    def follow(self):
        """The page that this redirect leads to."""
        if self.location is None:
            raise AssertionError(f"{self.url}: {self.status} is no redirect")
        return self.browser.get(self.location)

    def __repr__(self):
        return f"<{self.status} {self.url} {self.heading!r}>"


class Browser:
    def __init__(self, base, language="en"):
        self.base, self.language = base, language
        self.cookies = {}  # name -> value
        self.cookie_lines = []  # every Set-Cookie as it came

    def get(self, address="", follow=False, **headers):
        """headers: Accept_Language="fr" is Accept-Language: fr."""
        return self.request("GET", address, None, follow, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, address, fields, follow=False, referrer=None, **headers):
        """fields: a dict, a list of pairs, or bytes as they are."""
        body = fields if isinstance(fields, bytes) else urlencode([tuple(pair) for pair in (fields.items() if isinstance(fields, dict) else fields)]).encode()
        parts = urlsplit(urljoin(self.base, address))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"{parts.scheme}://{parts.netloc}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.request("POST", address, body, follow, headers)

    def request(self, method, address, body=None, follow=False, headers=None):
        """One request on a connection of its own; with follow, the redirects after it too (on this site only)."""
        page = self._request(method, urljoin(self.base, address), body, headers or {})
        for _ in range(5):
            if not follow or page.location is None or urlsplit(page.location).netloc != urlsplit(self.base).netloc:
                break
            page = self._request("GET", page.location, None, {})
        return page

    def _request(self, method, url, body, headers):
        parts = urlsplit(url)
        if parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"{url}: tests stay on loopback")
        sent = {"Accept": "text/html, */*;q=0.8", "Accept-Language": self.language, "Accept-Encoding": "gzip", "User-Agent": "JMB tests", "Connection": "close"}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {name: value for name, value in {**sent, **headers}.items() if value is not None}
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        try:
            try:
                connection.request(method, (parts.path or "/") + ("?" + parts.query if parts.query else ""), body, sent)
            except (BrokenPipeError, ConnectionResetError):
                pass  # answered before it had everything
            reply = connection.getresponse()
            data = reply.read()
        finally:
            connection.close()
        if reply.getheader("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        for line in reply.headers.get_all("Set-Cookie") or []:
            self._keep(line)
        return Page(self, url, reply.status, reply.headers, data)

    def _keep(self, line):
        self.cookie_lines.append(line)
        name, _, value = line.partition(";")[0].partition("=")
        if re.search(r";\s*max-age=(0|-\d+)\s*(;|$)", line, re.I):
            self.cookies.pop(name.strip(), None)
        else:
            self.cookies[name.strip()] = value.strip()
