#!/usr/bin/env python3
"""What bringing a project costs when nothing is looked at: the least that any tool can need on this machine.

    floor.py --endpoint URL --bucket NAME --prefix show/packs/ TREE OUT

Every object below the prefix is fetched by curl, eight at a time, and thrown away, while files of the names and sizes
of TREE are written below OUT from one block of memory. Nothing is unpacked, proven or remembered.
"""

import argparse
import hashlib
import hmac
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree

BLOCK = memoryview(bytes(os.urandom(1 << 20)))


def signed(url: str, query: dict) -> str:
    """The address with a signature in its query, good for an hour (AWS Signature Version 4)."""
    parts, now = urllib.parse.urlsplit(url), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{now[:8]}/{os.environ['AWS_REGION']}/s3/aws4_request"
    query = query | {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}",
        "X-Amz-Date": now,
        "X-Amz-Expires": "3600",
        "X-Amz-SignedHeaders": "host",
    }
    text = "&".join(f"{name}={urllib.parse.quote(value, safe='-_.~')}" for name, value in sorted(query.items()))
    canonical = f"GET\n{parts.path}\n{text}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return f"{url}?{text}&X-Amz-Signature={hmac.digest(key, to_sign.encode(), 'sha256').hex()}"


def keys(bucket: str, prefix: str) -> list:
    found, after = [], ""
    while True:
        query = {"list-type": "2", "prefix": prefix} | ({"start-after": after} if after else {})
        with urllib.request.urlopen(signed(bucket, query), timeout=60) as answer:
            page = xml.etree.ElementTree.parse(answer).getroot()
        space = page.tag.removesuffix("ListBucketResult")
        found += [node.text for node in page.iter(f"{space}Key")]
        if page.findtext(f"{space}IsTruncated") != "true":
            return found
        after = found[-1]


def write(out: pathlib.Path, files: list, errors: list) -> None:
    made = set()
    try:
        for name, size in files:
            target = out / name
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            while size > 0:
                size -= os.write(handle, BLOCK[: min(size, len(BLOCK))])
            os.close(handle)
    except OSError as error:
        errors.append(error)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--ignore", nargs="*", default=[], help="folders of the tree that are left out")
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    files = []
    for folder, folders, names in os.walk(arguments.tree):
        below = os.path.relpath(folder, arguments.tree)
        if below == ".":
            folders[:] = [name for name in folders if name not in arguments.ignore]
        files += [(os.path.join(below, name), os.path.getsize(os.path.join(folder, name))) for name in names]
    errors: list = []
    writing = threading.Thread(target=write, args=(arguments.out, files, errors))
    writing.start()
    bucket = f"{arguments.endpoint}/{arguments.bucket}"
    urls = [signed(f"{bucket}/{key}", {}) for key in keys(bucket, arguments.prefix)]
    words = ["curl", "-sS", "--fail", "--parallel", "--parallel-max", "8", "--config", "-"]
    wanted = "".join(f'url = "{url}"\noutput = "/dev/null"\n' for url in urls)
    subprocess.run(words, input=wanted, text=True, check=True)
    writing.join()
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors or not urls else 0


if __name__ == "__main__":
    sys.exit(main())
