"""Verifies what webhooks were told with an implementation of Standard Webhooks that is not ours.

usage: verify.py FILE    JSON lines of {"secret", "headers", "body"}
"""

import json
import sys
from datetime import datetime, timezone

from standardwebhooks.webhooks import Webhook


def main() -> None:
    verified = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            headers = told["headers"]
            # Tests move their own clock, so the age of a signature says nothing here.
            at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=timezone.utc)
            expected = Webhook(told["secret"]).sign(headers["webhook-id"], at, told["body"])
            if expected not in headers["webhook-signature"].split(" "):
                sys.exit(f"not signed with its secret: {headers['webhook-id']}")
            verified += 1
    if verified == 0:
        sys.exit("nothing was told")
    print(f"verified {verified} signatures")


main()
