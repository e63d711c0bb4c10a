"""A mail relay for tests and benches: takes every letter, in a thread of its own, and keeps who got which Message-ID, when.

    with Relay(delay=0.002) as relay:          # seconds that it thinks about each letter
        ... relay.port, relay.letters          # (recipient, message id, monotonic seconds), in order
        ... relay.messages                      # recipient -> the newest message, as bytes; all of them in .heard_of
        relay.wait_for("bob@example.org", "^Changed")           # the newest letter (mailbox.py) to him, once its subject is like that
        relay.answers["bob@example.org"] = "550 5.1.1 no such person"    # to RCPT, instead of taking it
        relay.go_away(), relay.come_back()      # nobody listens between, and who was connected is hung up on
    relay.show(path)                        # offers STARTTLS from now on, with the certificate and key of that PEM file
"""
import asyncio
import re
import ssl
import threading
import time

from mailbox import Letter
from site_process import free_ports


class Session(asyncio.Protocol):
    def __init__(self, relay):
        self.relay, self.rest, self.reader, self.recipient = relay, b"", None, ""

    def connection_made(self, transport):
        self.transport = transport
        self.relay.open.add(transport)
        self.relay.sessions += 1
        transport.write(b"220 relay ready\r\n")

    def connection_lost(self, why):
        self.relay.open.discard(self.transport)

    def data_received(self, data):
        self.rest += data
        while self.rest:
            end = b"\r\n.\r\n" if self.reader else b"\r\n"
            at = self.rest.find(end)
            if at < 0:
                return
            piece, self.rest = self.rest[:at], self.rest[at + len(end):]
            if self.reader:
                self.reader = None
                self.take(piece)
            else:
                self.command(piece)

    def command(self, line):
        word = line[:4].upper()
        if word == b"DATA":
            self.reader = True
            self.transport.write(b"354 go on\r\n")
            return
        if word in (b"MAIL", b"RCPT"):
            address = line[line.index(b"<") + 1:line.index(b">")].decode("ascii")
            if word == b"MAIL":
                self.sender = address
            elif address in self.relay.answers:
                self.relay.hear(address, None)
                self.transport.write(self.relay.answers[address].encode() + b"\r\n")
                return
            else:
                self.recipient = address
        if word == b"STAR":
            self.transport.write(b"220 go on\r\n")
            self.transport.pause_reading()  # what comes now is for TLS
            self.relay.loop.create_task(self.secure())
            return
        offers = b"250-relay\r\n250 STARTTLS\r\n" if word == b"EHLO" and self.relay.tls else b"250 relay\r\n"
        self.transport.write(b"221 bye\r\n" if word == b"QUIT" else offers)
        if word == b"QUIT":
            self.transport.close()

    async def secure(self):
        plain = self.transport
        try:
            self.transport = await self.relay.loop.start_tls(plain, self, self.relay.tls, server_side=True)
        except (ssl.SSLError, ConnectionError):  # the client did not like what it saw
            self.relay.handshakes_refused += 1
            plain.abort()

    def take(self, message):
        at = message.find(b"\r\nMessage-ID: <") + len(b"\r\nMessage-ID: <")
        self.relay.letters.append((self.recipient, message[at:message.index(b">", at)].decode(), time.monotonic()))
        self.relay.senders[self.recipient] = self.sender
        self.relay.hear(self.recipient, message)
        if self.relay.delay:
            asyncio.get_running_loop().call_later(self.relay.delay, self.transport.write, b"250 taken\r\n")
        else:
            self.transport.write(b"250 taken\r\n")


class Relay:
    def __init__(self, delay=0):
        self.delay, self.letters, self.messages, self.sessions, self.port, self.open = delay, [], {}, 0, free_ports(1)[0], set()
        self.senders, self.answers, self.refused = {}, {}, []  # recipient -> MAIL FROM, and -> what RCPT is answered; who was refused
        self.tls, self.handshakes_refused = None, 0
        self.heard_of = {}  # recipient -> every message, in order
        self.heard = threading.Condition()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.ready = threading.Event()

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.listen())
        self.ready.set()
        self.loop.run_forever()
        self.server.close()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    async def listen(self):
        self.server = await self.loop.create_server(lambda: Session(self), "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def leave(self):
        self.server.close()
        for transport in list(self.open):
            transport.abort()

    def hear(self, recipient, message):
        with self.heard:
            if message is None:
                self.refused.append(recipient)
            else:
                self.messages[recipient] = message
                self.heard_of.setdefault(recipient, []).append(message)
            self.heard.notify_all()

    def wait_for(self, recipient, subject, timeout=30):
        def found():
            letters = map(Letter, reversed(self.heard_of.get(recipient, [])))
            return next((letter for letter in letters if re.search(subject, letter.subject)), None)
        with self.heard:
            letter = self.heard.wait_for(found, timeout)
        if not letter:
            raise AssertionError(f"no letter to {recipient} like {subject!r} within {timeout} s")
        return letter

    def wait_for_refusal(self, recipient, timeout=30):
        with self.heard:
            if not self.heard.wait_for(lambda: recipient in self.refused, timeout):
                raise AssertionError(f"nothing was sent to {recipient} within {timeout} s")

    def show(self, path):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(path)
        self.tls = tls

    def go_away(self):
        asyncio.run_coroutine_threadsafe(self.leave(), self.loop).result()

    def come_back(self):
        asyncio.run_coroutine_threadsafe(self.listen(), self.loop).result()

    def __enter__(self):
        self.thread.start()
        self.ready.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    @property
    def conf(self):
        """Lines for a site's option conf."""
        return ["mail.transport=smtp", "mail.host=127.0.0.1", f"mail.port={self.port}", "mail.folder=", "mail.starttls=none"]
