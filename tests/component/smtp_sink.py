#!/usr/bin/python3
"""A real SMTP server for tests of the mailer. Prints 'PORT n', then a line for each thing it saw; keeps what it
took in the folder given. What it answers hangs on the reader's address:

  550@, 451@, 530@    that code for RCPT        data554@, data452@  that code after the letter
  drop@               hangs up after the letter, without an answer
  mute@               never answers the letter  421@                hangs up with 421 at RCPT
  cut@                breaks off while the letter comes
and on the sender's: refused@ is refused with 550 at MAIL. Ends when standard input is closed.

Words behind: a greeting that refuses everybody ('' for none), and what else it is like:
  tls=NAME    offers STARTTLS with a certificate for NAME (DNS:... or IP:...), by the authority of ca.pem
  valid=A:B   that is good from A days from now until B days from now (-1:1)
  auth        offers AUTH, wants jmb and 'a secret', and takes nothing from whoever has not signed in
  noauth      refuses MAIL with 530 as long as nobody signed in, and offers no AUTH
  badtls      answers STARTTLS with 220 and then speaks no TLS
  hangup      hangs up after the greeting
  noise       answers each line with words that are no answer"""
import asyncio
import itertools
import os
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "daemon"))

from certificates import Authority  # noqa: E402

FOLDER = sys.argv[1]
GREETING = sys.argv[2] if len(sys.argv) > 2 else ""
OPTIONS = dict((word.split("=", 1) + [""])[:2] for word in sys.argv[3:])
NUMBERS = itertools.count(1)


def say(*words):
    print(*words, flush=True)


class Sink:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        say("EHLO")
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        say("MAIL", address, session.ssl["ssl_object"].version() if session.ssl else "plain")
        if address and address.startswith("refused@"):
            return "550 5.1.8 sender not known"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        say("RCPT", address)
        local = address.split("@")[0]
        if local == "421":
            await server.push("421 4.3.2 shutting down")
            server.transport.close()
            return "421 closing"
        if local.isdigit():
            return {"550": "550 5.1.1 no such person here", "451": "451 4.7.1 greylisted, come again",
                    "530": "530 5.7.0 Authentication required"}[local]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if local == "drop":
            say("DROP")
            server.transport.abort()
            return "250 never seen"
        if local == "mute":
            say("MUTE")
            await asyncio.sleep(3600)
        if local.startswith("data"):
            return {"data554": "554 5.6.0 not with this content",
                    "data452": "452 4.2.2 mailbox\r\n full"}[local].replace("\r\n", "")
        name = os.path.join(FOLDER, f"{next(NUMBERS)}.eml")
        with open(name, "wb") as file:
            file.write(envelope.original_content)
        say("DATA", name)
        return "250 2.0.0 queued"


def certificate(name):
    """Makes ca.pem and a certificate for that name; gives the context of a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    begins, _, ends = OPTIONS.get("valid", "-1:1").partition(":")
    context.load_cert_chain(Authority(FOLDER).issue(name, int(begins), int(ends)))
    return context


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"jmb" and data.password == b"a secret"
    say("AUTH", mechanism, "good" if good else "bad")
    return AuthResult(success=good, handled=False)


class Cutting(SMTP):
    async def smtp_DATA(self, arg):
        if self.envelope.rcpt_tos[0].startswith("cut@"):
            say("CUT")
            await self.push("354 go on")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class BadTls(SMTP):
    async def smtp_STARTTLS(self, arg):
        await self.push("220 now")
        self.transport.write(b"this is no TLS\r\n")


class NoAuth(SMTP):
    async def smtp_MAIL(self, arg):
        say("MAIL")
        await self.push("530 5.7.0 Authentication required")


def session():
    loop = asyncio.get_running_loop()
    context = CONTEXT
    if "badtls" in OPTIONS:
        return BadTls(Sink(), loop=loop, tls_context=context)
    if "noauth" in OPTIONS:
        return NoAuth(Sink(), loop=loop)
    if "auth" in OPTIONS:
        return SMTP(Sink(), loop=loop, tls_context=context, authenticator=authenticate, auth_required=True,
                    auth_require_tls=context is not None)
    return Cutting(Sink(), enable_SMTPUTF8=False, loop=loop, tls_context=context)


async def until_stdin_closes():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def refuse(reader, writer):
    say("REFUSED")
    writer.write(GREETING.encode() + b"\r\n")
    await writer.drain()
    await reader.read(1000)
    writer.close()


async def hang_up(reader, writer):
    writer.write(b"220 good morning\r\n")
    await writer.drain()
    say("HUNG UP")
    writer.close()


async def make_noise(reader, writer):
    say("NOISE")
    writer.write(b"\xff\x00 good morning\r\n")
    while await reader.readline():
        writer.write(b"what?\r\n2500 OK\r\n")
    writer.close()


CONTEXT = certificate(OPTIONS["tls"]) if "tls" in OPTIONS else None


async def main():
    loop = asyncio.get_running_loop()
    if "hangup" in OPTIONS or "noise" in OPTIONS:
        server = await asyncio.start_server(hang_up if "hangup" in OPTIONS else make_noise, "127.0.0.1", 0)
    elif GREETING:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    else:
        server = await loop.create_server(session, "127.0.0.1", 0)
    say("PORT", server.sockets[0].getsockname()[1])
    await until_stdin_closes()
    os._exit(0)


asyncio.run(main())
