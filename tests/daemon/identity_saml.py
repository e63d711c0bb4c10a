"""A SAML 2.0 identity provider for tests, on loopback: it takes the service's request by redirect and answers with a form that carries a signed assertion.

    saml = Saml(); saml.metadata         # for the service provider; saml.close()

The signature is XML-DSig with RSA-SHA256 over the exclusive canonical form, which ElementTree writes: all names here use their prefix where they stand.
"""

import base64
import datetime
import hashlib
import secrets
import xml.etree.ElementTree as ElementTree
import zlib
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from identity import PEOPLE, Provider, full_name

SAML = "urn:oasis:names:tc:SAML:2.0"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ATTRIBUTES = {"mail": "urn:oid:0.9.2342.19200300.100.1.3", "givenName": "urn:oid:2.5.4.42", "sn": "urn:oid:2.5.4.4",
              "displayName": "urn:oid:2.16.840.1.113730.3.1.241", "isMemberOf": "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
              "eppn": "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"}


def utc(seconds=0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_base64(data):
    return base64.b64encode(data).decode()


class Saml(Provider):
    def __init__(self):
        super().__init__()
        self.entity = f"{self.url}/entity"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = self.certify(self.key)
        self.services = {}  # entity -> where it wants the answer to its request for signing out
        self.paths = {"/sso": self.single_sign_on, "/slo": self.single_logout}

    @staticmethod
    def certify(key):
        """Its certificate, by itself, as base64 of DER."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.test")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
                       .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256()))
        return in_base64(certificate.public_bytes(serialization.Encoding.DER))

    @property
    def metadata(self):
        """Its scope is example.org: account@example.org is what it may say of somebody's eduPersonPrincipalName."""
        return f"""<md:EntityDescriptor xmlns:md="{SAML}:metadata" xmlns:ds="{DSIG}" xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" entityID="{self.entity}">
<md:IDPSSODescriptor protocolSupportEnumeration="{SAML}:protocol">
<md:Extensions><shibmd:Scope regexp="false">example.org</shibmd:Scope></md:Extensions>
<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{self.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleLogoutService Binding="{SAML}:bindings:HTTP-Redirect" Location="{self.url}/slo"/>
<md:SingleSignOnService Binding="{SAML}:bindings:HTTP-Redirect" Location="{self.url}/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>
"""

    @staticmethod
    def read(request):
        """The service's request, and its name."""
        asked = ElementTree.fromstring(zlib.decompress(base64.b64decode(request.given["SAMLRequest"]), -15))
        return asked, asked.find(f"{{{SAML}:assertion}}Issuer").text

    def single_logout(self, request):
        """Signs out and says so, by redirect, signed over the query."""
        asked, service = self.read(request)
        back = self.services[service]
        said = f"""<samlp:LogoutResponse xmlns:samlp="{SAML}:protocol" ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{utc()}" Destination={quoteattr(back)} \
InResponseTo="{asked.get("ID")}"><saml:Issuer xmlns:saml="{SAML}:assertion">{self.entity}</saml:Issuer>\
<samlp:Status><samlp:StatusCode Value="{SAML}:status:Success"></samlp:StatusCode></samlp:Status></samlp:LogoutResponse>"""
        deflated = zlib.compress(said.encode())[2:-4]
        query = urlencode({"SAMLResponse": in_base64(deflated), "RelayState": request.given.get("RelayState", ""), "SigAlg": RSA_SHA256})
        signature = self.key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
        self.sign_out(request, f"{back}?{query}&{urlencode({'Signature': in_base64(signature)})}")

    def single_sign_on(self, request):
        asked, service = self.read(request)
        back = asked.get("AssertionConsumerServiceURL")
        self.services[service] = back.replace("/SAML2/POST", "/SLO/Redirect")
        if request.user not in PEOPLE:
            self.ask_who(request)
            return
        response = self.respond(request.user, asked.get("ID"), back, service)
        fields = {"SAMLResponse": in_base64(response.encode()), "RelayState": request.given["RelayState"]}
        hidden = "".join(f'<input type="hidden" name="{name}" value={quoteattr(value)}>' for name, value in fields.items())
        self.say(request, f'<!doctype html><title>One moment</title><form method="post" action={quoteattr(back)}>{hidden}<button>Go on</button></form>')

    def respond(self, user, asked_id, back, audience):
        assertion = self.sign(self.assertion(user, asked_id, back, audience))
        return f"""<samlp:Response xmlns:samlp="{SAML}:protocol" ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{utc()}" Destination={quoteattr(back)} \
InResponseTo="{asked_id}"><saml:Issuer xmlns:saml="{SAML}:assertion">{self.entity}</saml:Issuer>\
<samlp:Status><samlp:StatusCode Value="{SAML}:status:Success"></samlp:StatusCode></samlp:Status>{assertion}</samlp:Response>"""

    def assertion(self, user, asked_id, back, audience):
        person = PEOPLE[user]
        values = {"mail": [person["mail"]] if person["mail"] else [], "givenName": [person["given"]], "sn": [person["surname"]],
                  "displayName": [full_name(person)], "isMemberOf": person["groups"], "eppn": [f"{user}@example.org"]}
        attributes = "".join(
            f'<saml:Attribute Name="{ATTRIBUTES[name]}" NameFormat="{SAML}:attrname-format:uri">'
            + "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in several) + "</saml:Attribute>"
            for name, several in values.items() if several)
        return f"""<saml:Assertion xmlns:saml="{SAML}:assertion" ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{utc()}">\
<saml:Issuer>{self.entity}</saml:Issuer>\
<saml:Subject><saml:NameID Format="{SAML}:nameid-format:transient">_{secrets.token_hex(16)}</saml:NameID>\
<saml:SubjectConfirmation Method="{SAML}:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{asked_id}" NotOnOrAfter="{utc(300)}" Recipient={quoteattr(back)}/>\
</saml:SubjectConfirmation></saml:Subject>\
<saml:Conditions NotBefore="{utc(-60)}" NotOnOrAfter="{utc(300)}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
<saml:AuthnStatement AuthnInstant="{utc()}" SessionIndex="_{secrets.token_hex(8)}"><saml:AuthnContext>\
<saml:AuthnContextClassRef>{SAML}:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"""

    def sign(self, assertion):
        """The same with an enveloped signature behind its issuer."""
        canonical = ElementTree.canonicalize(assertion)
        digest = in_base64(hashlib.sha256(canonical.encode()).digest())
        signed = ElementTree.canonicalize(
            f'<ds:SignedInfo xmlns:ds="{DSIG}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
            f'<ds:Reference URI="#{ElementTree.fromstring(assertion).get("ID")}"><ds:Transforms>'
            f'<ds:Transform Algorithm="{DSIG}enveloped-signature"/><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>')
        signature = in_base64(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))
        return canonical.replace("</saml:Issuer>", f'</saml:Issuer><ds:Signature xmlns:ds="{DSIG}">{signed}'
                                                   f"<ds:SignatureValue>{signature}</ds:SignatureValue></ds:Signature>", 1)
