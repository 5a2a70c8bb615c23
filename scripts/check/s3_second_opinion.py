#!/usr/bin/env python3
"""The contract of our stores against moto, S3 as other people understand it.

    s3_second_opinion.py STORE_CONTRACT

Starts moto's server on a free port of this machine, makes a bucket, and runs the program. Needs moto[server,s3].
"""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

WAIT_SECONDS = 60


# moto looks at a condition and writes in two steps, on a thread for each request. A thread that is not taken from its core between
# them loses nobody's update: that is what S3 promises, and seldom what moto does otherwise.
ONE_AT_A_TIME = "import sys; sys.setswitchinterval(1.0); from moto.server import main; main()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_bucket(endpoint: str, bucket: str) -> None:
    """Asks until the server answers: it takes seconds to start."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{bucket}", method="PUT"), timeout=10).close()
            return
        except (urllib.error.URLError, ConnectionError) as error:
            if time.monotonic() > deadline:
                sys.exit(f"error: moto does not answer: {error}")
            time.sleep(0.2)


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-c", ONE_AT_A_TIME, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        make_bucket(endpoint, "stage")
        return subprocess.run([sys.argv[1], endpoint, "stage", "access", "secret"], check=False, timeout=600).returncode
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    sys.exit(main())
