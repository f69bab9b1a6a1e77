"""A mail server made with aiosmtpd: TLS by STARTTLS, and every third mail is refused for now.

Prints its port, then writes each mail that it has taken as a line of JSON into the given file, before
it says so to the client.
"""

import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP


class Handler:
    def __init__(self, taken, fail_every):
        self.taken = taken
        self.fail_every = fail_every
        self.offered = 0

    async def handle_DATA(self, server, session, envelope):
        self.offered += 1
        if self.offered % self.fail_every == 0:
            return "451 4.3.0 try again later"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        record = {
            "id": mail["Message-ID"],
            "to": envelope.rcpt_tos,
            "subject": mail["Subject"],
            "tls": session.ssl is not None,
            "types": [part.get_content_type() for part in mail.walk()],
            "text": mail.get_body(("plain",)).get_content(),
            "defects": [str(defect) for defect in mail.defects],
        }
        self.taken.write(json.dumps(record) + "\n")
        self.taken.flush()
        return "250 2.0.0 taken"


async def main(taken, certificate, key, fail_every):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with open(taken, "a", encoding="utf-8") as log:
        handler = Handler(log, int(fail_every))

        def protocol():
            return SMTP(handler, tls_context=context, require_starttls=True)

        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
