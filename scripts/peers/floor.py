#!/usr/bin/env python3
"""What bringing a project costs when nothing is looked at: the least that any tool can need on this machine.

    floor.py --endpoint URL --bucket NAME --prefix show/packs/ TREE OUT

Every object below the prefix is fetched by curl, eight at a time, and thrown away, while files of the names and sizes
of TREE are written below OUT from one block of memory. Nothing is unpacked, proven or remembered.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import threading
import urllib.parse
import xml.etree.ElementTree

BLOCK = memoryview(bytes(os.urandom(1 << 20)))


def curl(words: list, stdin: str | None = None) -> str:
    user = f"{os.environ['AWS_ACCESS_KEY_ID']}:{os.environ['AWS_SECRET_ACCESS_KEY']}"
    signed = ["curl", "-sS", "--fail", "--aws-sigv4", f"aws:amz:{os.environ['AWS_REGION']}:s3", "--user", user]
    return subprocess.run([*signed, *words], input=stdin, stdout=subprocess.PIPE, text=True, check=True).stdout


def keys(endpoint: str, bucket: str, prefix: str) -> list:
    found, after = [], ""
    while True:
        query = {"list-type": "2", "prefix": prefix} | ({"start-after": after} if after else {})
        page = xml.etree.ElementTree.fromstring(curl([f"{endpoint}/{bucket}?{urllib.parse.urlencode(sorted(query.items()))}"]))
        name = page.tag.removesuffix("ListBucketResult")
        found += [node.text for node in page.iter(f"{name}Key")]
        if page.findtext(f"{name}IsTruncated") != "true":
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
    urls = [f"{arguments.endpoint}/{arguments.bucket}/{key}" for key in keys(arguments.endpoint, arguments.bucket, arguments.prefix)]
    curl(["--parallel", "--parallel-max", "8", "--config", "-"], "".join(f'url = "{url}"\noutput = "/dev/null"\n' for url in urls))
    writing.join()
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors or not urls else 0


if __name__ == "__main__":
    sys.exit(main())
