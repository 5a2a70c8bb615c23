#!/usr/bin/env python3
"""Holds our job attachments against the genuine `deadline` package.

    deadline_agrees.py MANIFEST COMMAND

MANIFEST: the built example `manifest` of rust-core/assets; COMMAND: the built `cyclorama`.

1. Manifests: for many lists of files (names with accents, characters beyond the first 65 536, control characters,
   quotes; empty and huge sizes; 5 000 files) our bytes are theirs, and their reader accepts ours.
2. Objects: a folder is published, and `assets attachments` makes its objects; they are put into a bucket of moto, an
   S3 inside this process; their downloader fetches them by our manifest, and every file is equal to the one published.
3. The manifest lies where their own code looks for it, and has the hash that their own code computes.

Ends with 0 when all agree, 1 when something does not, 2 when a package is missing. Nothing is installed or fetched.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

BUCKET = "attachments"
LETTERS = ["a", "Z", "0", " ", "_", ".x", "é", "ß", "日", "～", "\ufffd", "😀", "𝄞", '"', "\\", "\x01", "\x7f", "\u2028", "\ue000"]


def some_files(rng, count):
    names = {"".join(rng.choice(LETTERS) for _ in range(rng.randint(1, 6))) + f"-{at}" for at in range(count)}
    return [
        {
            "path": "/".join([rng.choice(["Content", "ü", "😀 dir", "z"]), name]),
            "hash": f"{rng.getrandbits(128):032x}",
            "mtime": rng.choice([0, 1, 1_704_164_645_678_901, rng.getrandbits(50)]),
            "size": rng.choice([0, 1, 2**31, 2**31 + 1, 2**40, rng.getrandbits(33)]),
        }
        for name in names
    ]


def manifests(command):
    from deadline.job_attachments.asset_manifests import HashAlgorithm
    from deadline.job_attachments.asset_manifests.decode import decode_manifest
    from deadline.job_attachments.asset_manifests.v2023_03_03.asset_manifest import AssetManifest, ManifestPath

    rng = random.Random(20230303)
    for count in [1, 2, 3, 10, 100, 5000] * 3:
        files = some_files(rng, count)
        genuine = AssetManifest(
            hash_alg=HashAlgorithm.XXH128,
            paths=[ManifestPath(**file) for file in files],
            total_size=sum(file["size"] for file in files),
        ).encode()
        lines = "".join(json.dumps(file) + "\n" for file in files)
        ours = subprocess.run([command, "manifest"], input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout
        if ours != genuine.encode():
            at = next(i for i, pair in enumerate(zip(ours, genuine.encode())) if pair[0] != pair[1])
            print(f"manifests of {count} files differ at byte {at}: {ours[at - 40 : at + 40]!r}", file=sys.stderr)
            return 1
        read = decode_manifest(ours.decode())
        if len(read.paths) != count:
            print(f"their reader found {len(read.paths)} files of {count}", file=sys.stderr)
            return 1
    print("manifests: 18 of 18 are the same bytes, and are accepted")
    return 0


def write_project(root):
    rng = random.Random(1)
    files = {"a.txt": b"hello\n", "empty.bin": b"", "sub dir/ü_é.uasset": rng.randbytes(3000)}
    files["Content/Big/T_Noise.ubulk"] = rng.randbytes(9_000_000)
    files["Content/Big/Copy.ubulk"] = files["Content/Big/T_Noise.ubulk"]
    for at in range(200):
        files[f"Content/Small/{at}.uasset"] = rng.randbytes(rng.randint(0, 5000))
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, ns=(1_704_164_645_678_901_234, 1_704_164_645_678_901_234))
    return files


def named(manifest):
    """Where the genuine package puts the manifest of this root, when the submission's id is its hash."""
    from deadline.job_attachments.asset_manifests import HashAlgorithm, hash_data

    submission = hash_data(manifest, HashAlgorithm.XXH128)
    root = hash_data(b"/mnt/project", HashAlgorithm.XXH128)
    return f"farm-1/queue-2/Inputs/{submission}/{root}_input"


def objects(command, folder):
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
    import boto3
    from deadline.job_attachments.asset_manifests import HashAlgorithm, hash_data
    from deadline.job_attachments.asset_manifests.decode import decode_manifest
    from deadline.job_attachments.download import download_files
    from deadline.job_attachments.models import JobAttachmentS3Settings
    from moto import mock_aws

    project, out, got = folder / "project", folder / "out", folder / "got"
    got.mkdir()
    files = write_project(project)
    store = folder / "store"
    subprocess.run([command, "assets", "init", store], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([command, "assets", "publish", project, store], check=True, stdout=subprocess.DEVNULL)
    place = ["--farm", "farm-1", "--queue", "queue-2", "--source-root", "/mnt/project"]
    made = subprocess.run(
        [command, "assets", "attachments", store, out, *place, "--json"], check=True, stdout=subprocess.PIPE
    )
    made = json.loads(made.stdout)
    written = (out / "Manifests" / made["manifest_path"]).read_bytes()
    if (hash_data(written, HashAlgorithm.XXH128), named(written)) != (made["manifest_hash"], made["manifest_path"]):
        print(f"their hash or place of the manifest is another: {made}", file=sys.stderr)
        return 1
    manifest = decode_manifest(written.decode("ascii"))
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for data in (out / "Data").iterdir():
            s3.upload_file(str(data), BUCKET, f"root/Data/{data.name}")
        download_files(
            files=manifest.paths,
            hash_algorithm=manifest.hashAlg,
            local_download_dir=str(got),
            s3_settings=JobAttachmentS3Settings(s3BucketName=BUCKET, rootPrefix="root"),
            session=boto3.Session(),
        )
    fetched = {str(path.relative_to(got)): path.read_bytes() for path in got.rglob("*") if path.is_file()}
    fetched = {path.replace(os.sep, "/"): content for path, content in fetched.items()}
    if fetched != files:
        wrong = sorted(path for path in set(fetched) | set(files) if fetched.get(path) != files.get(path))
        print(f"{len(wrong)} files differ, first {wrong[:5]}", file=sys.stderr)
        return 1
    print(f"objects: {len(files)} of {len(files)} files arrive equal")
    return 0


def main():
    try:
        import deadline.job_attachments  # noqa: F401
        import moto  # noqa: F401
    except ImportError as missing:
        print(f"the Python package {missing.name} is missing: pip install deadline 'moto[s3]'", file=sys.stderr)
        return 2
    example, command = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        return manifests(example) or objects(command, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
