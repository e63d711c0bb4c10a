"""The samples for single sign-on (CAS, OpenID Connect, Shibboleth) with Apache's own modules and a real shibd,
against small identity providers of the tests (identity.py, identity_saml.py)."""

import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import behind  # noqa: E402
import identity  # noqa: E402
import identity_saml  # noqa: E402
from behind import replaced  # noqa: E402
from links import ask  # noqa: E402
from site_process import answers_at  # noqa: E402
from web import Browser  # noqa: E402


class SingleSignOn(behind.Apache):
    """What holds with each of them. uid: what the sample has as Gaëlle's account."""

    uid = "gaelle"

    @classmethod
    def setUpClass(cls):
        cls.provider = cls.Provider()
        cls.addClassCleanup(cls.provider.close)
        super().setUpClass()

    @classmethod
    def sample_conf(cls):
        address = re.search(r"^# \[auth\] logout_url = (\S+)$", cls.sample(), re.M)[1]
        return [f"auth.logout_url={cls.local(address)}", "auth.may_book=group", "auth.group=équipe-visio"]

    def browser(self, user=None):
        browser = Browser(self.base)
        browser.always = {}
        if user:
            browser.cookies["sso"] = user
        return browser

    def sign_out(self, browser):
        """Of jmbd, and on to where that leads; the last page."""
        page = browser.get("").form(action="/sign-out").submit()
        self.assertEqual(page.status, 303)
        return self.walk(browser, browser.get(page.location).headers["Refresh"].removeprefix("0; url="))

    def test_sign_in__through_the_web_server(self):
        log = self.web / "error.log"
        before = len(log.read_text())
        browser = self.sign_in("gaelle")
        page = browser.get("")
        self.assertIn("Gaëlle Guérin", page.source)
        self.assertEqual(log.read_text()[before:], "")
        self.assertEqual(browser.get("meetings/new").status, 200)  # by her group

    def test_sign_in__of_another_group__may_not_book(self):
        browser = self.browser("martin")
        self.assertEqual(self.walk(browser).status, 303)
        page = browser.get("settings")
        self.assertIn("martin@example.org", page.text)
        self.assertIn("Martin O'Neill & <Søn>", page.root.text)
        self.assertEqual(browser.get("meetings/new").status, 403)

    def test_sign_in__uid_reaches_jmbd(self):
        self.sign_in("gaelle")
        self.assertEqual(ask(self.site, "SELECT uid FROM person WHERE mail = 'gaelle@example.org'"), (self.uid,))

    def test_sign_in__account_without_mail__is_told_so(self):
        page = self.walk(self.browser("nomail"))
        self.assertEqual((page.status, page.heading), (403, "Your account has no mail address"))

    def test_sign_in__stranger__is_asked_by_the_provider(self):
        page = self.walk(self.browser())
        self.assertEqual((page.status, page.heading), (200, "Who are you?"))
        self.assertTrue(page.url.startswith(self.provider.url), page.url)

    def test_sign_out__ends_the_provider_s_session_too(self):
        browser = self.sign_in("gaelle")
        self.sign_out(browser)
        self.assertNotIn("sso", browser.cookies)
        self.assertEqual(browser.get("").status, 303)

    def test_sign_out__next_one_at_this_machine__is_not_the_last(self):
        browser = self.sign_in("gaelle")
        self.sign_out(browser)
        page = self.walk(browser)
        self.assertEqual((page.status, page.heading), (200, "Who are you?"), page)
        browser.cookies["sso"] = "martin"
        self.assertEqual(self.walk(browser).status, 303)
        self.assertIn("martin@example.org", browser.get("settings").text)
        # A browser forgets a cookie only by the path that it was set with.
        of_site = {line.partition("=")[0]: set() for line in browser.cookie_lines if "sso" not in line and "state" not in line}
        for line in browser.cookie_lines:
            of_site.get(line.partition("=")[0], set()).add(re.search(r"(?i)path=([^;]*)", line)[1])
        self.assertTrue(all(len(paths) == 1 for paths in of_site.values()), of_site)

    def test_forged__names_of_the_module_s_own__are_not_believed(self):
        forged = {name: "boss@example.org" for name in ("CAS_mail", "CAS-mail", "OIDC_CLAIM_email", "OIDC-CLAIM-email", "Remote-User", "mail", "AJP_mail")}
        for user in ("martin", "nomail"):
            browser = self.browser(user)
            page = self.walk(browser, headers=forged)
            self.assertEqual(page.status, 303 if user == "martin" else 403)
        self.assertIsNone(ask(self.site, "SELECT uid FROM person WHERE mail LIKE 'boss%'"))


class Cas(SingleSignOn, unittest.TestCase):
    SAMPLE = "apache-cas.conf"
    Provider = identity.Cas
    modules = (*behind.Apache.modules, "auth_cas")

    @classmethod
    def local(cls, text):
        return text.replace("https://cas.example", cls.provider.url)

    @classmethod
    def configure(cls):
        (cls.web / "tickets").mkdir()
        sample = replaced(cls.sample(), **{"/var/cache/apache2/mod_auth_cas/": f"{cls.web}/tickets/", "https://cas.example": cls.provider.url,
                                           "MOD_AUTH_CAS_S": "MOD_AUTH_CAS"})  # the cookie's name without TLS
        return cls.command(cls.write("cas", sample))


class OpenIdConnect(SingleSignOn, unittest.TestCase):
    SAMPLE = "apache-openidc.conf"
    Provider = identity.Oidc
    modules = (*behind.Apache.modules, "auth_openidc")

    @classmethod
    def local(cls, text):
        return text.replace("https%3A%2F%2Fmeet.example", f"http%3A%2F%2F127.0.0.1%3A{cls.port}").replace("https://meet.example", f"http://127.0.0.1:{cls.port}")

    @classmethod
    def configure(cls):
        (cls.web / "oidc.secret").write_text(f'OIDCClientSecret "{cls.provider.secret}"\n')
        (cls.web / "oidc.passphrase").write_text("a-passphrase")
        sample = replaced(cls.sample(), **{"https://idp.example": cls.provider.url, "https://meet.example": f"http://127.0.0.1:{cls.port}",
                                           "/etc/apache2/jmb-oidc": f"{cls.web}/oidc"})
        return cls.command(cls.write("oidc", sample))


class Shibboleth(SingleSignOn, unittest.TestCase):
    """With shibd, by Debian's own configuration but for the addresses."""

    SAMPLE = "apache-shib.conf"
    Provider = identity_saml.Saml
    modules = (*behind.Apache.modules, "shib")
    uid = "gaelle@example.org"  # with its scope: others may have a gaelle too
    etc = pathlib.Path("/etc/shibboleth")

    @classmethod
    def local(cls, text):
        return text.replace("https%3A%2F%2Fmeet.example", f"http%3A%2F%2F127.0.0.1%3A{cls.port}").replace("https://meet.example", f"http://127.0.0.1:{cls.port}")

    @classmethod
    def configure(cls):
        key, certificate = cls.web / "sp.key", cls.web / "sp.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=sp.test", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        (cls.web / "idp.xml").write_text(cls.provider.metadata)
        (cls.web / "logger").write_text("log4j.rootCategory=WARN, here\nlog4j.appender.here=org.apache.log4j.ConsoleAppender\n"
                                        "log4j.appender.here.layout=org.apache.log4j.PatternLayout\n"
                                        "log4j.appender.here.layout.ConversionPattern=%p %c: %m%n\n")
        main = replaced((cls.etc / "shibboleth2.xml").read_text(), **{
            "<OutOfProcess ": f'<OutOfProcess logger="{cls.web}/logger" ',
            "    <ApplicationDefaults ": f'<InProcess logger="{cls.web}/logger"/><UnixListener address="{cls.web}/shibd.sock"/>\n    <ApplicationDefaults ',
            "https://sp.example.org/shibboleth": f"{cls.base_url()}/shibboleth", "https://idp.example.org/idp/shibboleth": cls.provider.entity,
            'handlerSSL="true" cookieProps="https"': 'handlerSSL="false" cookieProps="http"',
            '<AttributeExtractor type="XML" validate="true" reloadChanges="false" path="attribute-map.xml"/>':
                f'<MetadataProvider type="XML" validate="true" path="{cls.web}/idp.xml"/><AttributeExtractor type="XML" validate="true" path="{cls.web}/map.xml"/>',
            "sp-signing-key.pem": f"{key}", "sp-signing-cert.pem": f"{certificate}", "sp-encrypt-key.pem": f"{key}", "sp-encrypt-cert.pem": f"{certificate}"})
        (cls.web / "shibboleth2.xml").write_text(main)
        (cls.web / "map.xml").write_text(cls.attribute_map())
        options = f"ShibConfig {cls.web}/shibboleth2.xml\nShibCompatValidUser Off\n<Location /Shibboleth.sso>\nAuthType None\nRequire all granted\n</Location>\n"
        return cls.command(cls.write("shib", options + cls.sample()))

    @classmethod
    def attribute_map(cls):
        """Debian's, changed as the sample says."""
        text = (cls.etc / "attribute-map.xml").read_text()
        text, count = re.subn(r"(?s)(<!-- Older LDAP-defined.*?-->\s*)<!--(.*?)-->", r"\1\2", text)
        assert count == 1, "no such comment in attribute-map.xml"
        own = re.search(r"<Attribute name=.* id=\"isMemberOf\"/>", cls.sample())[0]
        return replaced(text, **{"</Attributes>": own + "</Attributes>"})

    @classmethod
    def base_url(cls):
        return f"http://127.0.0.1:{cls.port}"

    @classmethod
    def start_beside(cls):
        words = ["shibd", "-f", "-F", "-c", cls.web / "shibboleth2.xml", "-p", cls.web / "shibd.pid"]
        cls.start("shibd", words, lambda: answers_at(cls.web / "shibd.sock"))

    def walk(self, browser, address="sign-in", headers=()):
        page = super().walk(browser, address, headers)
        if page.type == "text/html" and page.find("title") is not None and page.title == "One moment":
            page = page.form().submit()
            page = super().walk(browser, page.location, headers)
        return page


if __name__ == "__main__":
    unittest.main()
