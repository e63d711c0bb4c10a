"""Certificates for a relay, by an authority of the tests' own.

    authority = Authority(folder)                           # folder/ca.pem is what a client has to trust
    authority.issue("DNS:mail.example", begins=-9, ends=-2) # days from now; a PEM file with the certificate and its key
"""

import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def name_of(word):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, word)])


class Authority:
    def __init__(self, folder, name="Authority of a test"):
        self.folder, self.key, self.name = pathlib.Path(folder), ec.generate_private_key(ec.SECP256R1()), name_of(name)
        self.pem = self.folder / "ca.pem"
        self.pem.write_bytes(self.sign(self.name, self.key, -30, 30, x509.BasicConstraints(True, None)))

    def sign(self, name, key, begins, ends, *extensions):
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        builder = (x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now + datetime.timedelta(days=begins)).not_valid_after(now + datetime.timedelta(days=ends)))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def issue(self, name, begins=-1, ends=1):
        kind, _, word = name.partition(":")
        key, path = ec.generate_private_key(ec.SECP256R1()), self.folder / "relay.pem"
        alternative = x509.DNSName(word) if kind == "DNS" else x509.IPAddress(ipaddress.ip_address(word))
        path.write_bytes(self.sign(name_of("relay"), key, begins, ends, x509.SubjectAlternativeName([alternative])) +
                         key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path
