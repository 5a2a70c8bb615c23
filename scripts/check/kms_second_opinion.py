#!/usr/bin/env python3
"""Stores whose key AWS KMS wraps, against moto, KMS and S3 as other people understand them.

    kms_second_opinion.py CYCLORAMA

Starts moto's server on a free port of this machine. A store is made with a key by its alias, on S3; a project is
published; a second machine, which knows nothing but the store's name, hydrates it. Another key that is named is refused,
and an alias of no key makes no store. boto3 unwraps the key for this store's name and for no other, and no object holds
that key or a name of a file. moto unwraps with disabled keys too, so that is not tried here. Needs moto[server,kms,s3].
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from s3_second_opinion import free_port, make_bucket

BUCKET = "stage"
STORE = f"s3://{BUCKET}/wall"
REFUSED, NOT_FOUND = 4, 3


def write_project(root):
    rng = random.Random(4)
    files = {f"Content/Props/{at}.uasset": rng.randbytes(rng.randint(0, 60_000)) for at in range(80)}
    files["Content/Maps/Stage.umap"] = rng.randbytes(2_000_000)
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return files


class Machine:
    """Somebody's machine: a cache folder of its own, and the way to moto."""

    def __init__(self, command, endpoint, folder):
        self.command = command
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "AWS_ACCESS_KEY_ID": "access",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_S3": endpoint,
            "AWS_ENDPOINT_URL_KMS": endpoint,
        }

    def run(self, *arguments, code=0, word=""):
        words = [self.command, "assets", *map(str, arguments)]
        ended = subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        if ended.returncode != code or word not in ended.stderr:
            sys.exit(f"error: {words[1:]} ended with {ended.returncode}, not {code} and {word!r}:\n{ended.stderr}")


def check(command, endpoint, folder):
    import boto3

    keys = {"aws_access_key_id": "access", "aws_secret_access_key": "secret", "region_name": "eu-west-1"}
    kms, s3 = (boto3.client(name, endpoint_url=endpoint, **keys) for name in ("kms", "s3"))
    make_key = lambda: kms.create_key()["KeyMetadata"]["Arn"]
    wall, other = make_key(), make_key()
    kms.create_alias(AliasName="alias/wall", TargetKeyId=wall)
    first, second = (Machine(command, endpoint, folder / name) for name in ("first", "second"))
    files = write_project(folder / "project")

    first.run("init", STORE, "--key", "kms:alias/wall", word=wall)
    first.run("publish", folder / "project", STORE)
    second.run("hydrate", STORE, folder / "there")
    there = folder / "there"
    paths = (path for path in there.rglob("*") if path.is_file() and ".cyclorama" not in path.parts)
    if {str(path.relative_to(there)): path.read_bytes() for path in paths} != files:
        sys.exit("error: what arrived is not what was published")

    second.run("log", STORE, "--key", f"kms:{wall}")
    second.run("log", STORE, "--key", f"kms:{other}", code=REFUSED, word="was named")

    # boto3 unwraps what stands in the format file, for this store's name and no other, and gets the key.
    body = lambda key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    format_file = json.loads(body("wall/format.json"))
    wrapped = bytes.fromhex(format_file["seal"]["key"]["wrapped"])
    context = {"cyclorama-store": format_file["seal"]["key"]["store"]}
    plain = kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=context)["Plaintext"]
    try:
        kms.decrypt(CiphertextBlob=wrapped, EncryptionContext={"cyclorama-store": "0" * 32})
        sys.exit("error: the key is unwrapped for another store's name")
    except kms.exceptions.InvalidCiphertextException:
        pass
    objects = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET, Prefix="wall/")["Contents"]]
    for key in objects:
        if any(secret in body(key) for secret in (plain, plain.hex().encode(), b"Content/Props", b"Stage.umap")):
            sys.exit(f"error: {key} tells the key or a name")

    first.run("init", f"s3://{BUCKET}/none", "--key", "kms:alias/nobody", code=NOT_FOUND, word="kms refused")
    print(f"{len(files)} files through {len(objects)} sealed objects; another key and no key are refused")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        make_bucket(endpoint, BUCKET)
        with tempfile.TemporaryDirectory() as folder:
            check(str(pathlib.Path(sys.argv[1]).resolve()), endpoint, pathlib.Path(folder))
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
