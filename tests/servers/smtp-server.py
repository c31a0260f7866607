#!/usr/bin/python3
"""A mail server for tests: SMTP with TLS and AUTH (Debian package python3-aiosmtpd), which can be told
to be a bad one.

    smtp-server.py FOLDER [--port N] [--tls none|starttls|tls] [--cert F --key F]
                   [--user U --password P]

Prints "port N" when it listens. Every mail that it takes is a line of JSON in FOLDER/mails; FOLDER/log
says what else happened. FOLDER/behaviour is read at every command:
    greylist        450 for each address the first time
    refuse-rcpt     550 for the recipient          refuse-data   554 after the mail
    refuse-mail     550 for the sender             later-data    451 after the mail
    busy            421 at EHLO and HELO           drop          takes the mail and says nothing
    slow SECONDS    before each answer to RCPT     hang          no answer to RCPT
    hang-data       no answer to the mail
    many N          421 for the mails after the N-th of a connection
"""
import argparse
import asyncio
import json
import os
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

warnings.simplefilter("ignore")  # AUTH without TLS is what some tests want
parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--tls", choices=["none", "starttls", "tls"], default="none")
parser.add_argument("--cert")
parser.add_argument("--key")
parser.add_argument("--user")
parser.add_argument("--password")
options = parser.parse_args()


def behaviour():
    try:
        with open(os.path.join(options.folder, "behaviour"), encoding="utf-8") as file:
            return (file.read().split() + ["", ""])[:2]
    except OSError:
        return "", ""


def note(name, line):
    with open(os.path.join(options.folder, name), "a", encoding="utf-8") as file:
        file.write(line + "\n")


class Handler:
    def __init__(self):
        self.seen = set()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if behaviour()[0] == "busy":
            return ["421 4.3.2 come back later"]
        return responses

    async def handle_HELO(self, server, session, envelope, hostname):
        session.host_name = hostname
        return "421 4.3.2 come back later" if behaviour()[0] == "busy" else "250 mail.test"

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        word, number = behaviour()
        session.mails = getattr(session, "mails", 0) + 1
        if word == "refuse-mail":
            return "550 5.7.1 this sender is not welcome"
        if word == "many" and session.mails > int(number):
            return "421 4.7.0 too many mails on one connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        word, number = behaviour()
        if word == "greylist" and address not in self.seen:
            self.seen.add(address)
            note("log", "greylisted " + address)
            return "450 4.2.0 greylisted, try again later"
        if word == "refuse-rcpt":
            note("log", "refused " + address)
            return "550 5.1.1 there is no such user"
        if word == "slow":
            await asyncio.sleep(float(number))
        if word == "hang":
            note("log", "hanging " + address)
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        word, _ = behaviour()
        if word == "refuse-data":
            return "554 5.7.1 this looks like spam"
        if word == "hang-data":
            note("log", "hanging with a mail")
            await asyncio.sleep(3600)
        if word == "later-data":
            return "451 4.3.0 not now"
        note("mails", json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "ehlo": session.host_name,
            "tls": session.ssl is not None or options.tls == "tls",
            "user": getattr(session, "user", None),
            "connection": id(session),
            "data": envelope.content.decode("utf-8", "replace"),
        }))
        if word == "drop":
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 2.0.0 queued"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login.decode() == options.user and data.password.decode() == options.password
    note("log", "login " + ("right" if good else "wrong"))
    session.user = options.user if good else None
    return AuthResult(success=good, handled=False)


async def main():
    context = None
    if options.tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    handler = Handler()

    def make():
        return SMTP(handler, hostname="mail.test",
                    tls_context=context if options.tls == "starttls" else None,
                    require_starttls=options.tls == "starttls",
                    auth_required=options.user is not None, auth_require_tls=False,
                    authenticator=authenticate)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", options.port,
                                      ssl=context if options.tls == "tls" else None)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(0)
