#!/usr/bin/env python3
"""Validates OpenTrackIO samples, one JSON object a line on standard input, against SMPTE's own schema.

The schema is tests/data/opentrackio/schema_generated.json (protocol 1.0.1). Any other one may be named as the only
argument. It leaves the top level open, so keys it does not know there are refused here as well; `custom` is the
standard's place for them. Lines that are not samples (those with a "schema" key) are passed over.

Ends with 0 when every sample is valid, 1 when one is not, 2 when there was nothing to check or no validator.
Nothing is installed or fetched.
"""

import json
import pathlib
import sys

MOST_SHOWN = 10
TOP_LEVEL_EXTRA = {"custom"}


def main() -> int:
    try:
        import jsonschema
    except ImportError:
        print("the Python package `jsonschema` is missing: pip install jsonschema", file=sys.stderr)
        return 2
    root = pathlib.Path(__file__).resolve().parents[2]
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "tests/data/opentrackio/schema_generated.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    known = set(schema["properties"]) | TOP_LEVEL_EXTRA
    valid, invalid = 0, 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        faults = []
        try:
            sample = json.loads(line.decode("utf-8"))
        except ValueError as error:
            faults = [f"not JSON: {error}"]
        else:
            if isinstance(sample, dict) and "schema" in sample:
                continue
            faults = [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in validator.iter_errors(sample)]
            if isinstance(sample, dict):
                faults += [f"{key}: not a key of the standard" for key in sample if key not in known]
        valid += not faults
        invalid += bool(faults)
        if faults and invalid <= MOST_SHOWN:
            print(f"line {number}: {faults[0]}", file=sys.stderr)
    print(f"{valid} valid, {invalid} invalid")
    if valid + invalid == 0:
        print("no samples on standard input", file=sys.stderr)
        return 2
    return 1 if invalid else 0


if __name__ == "__main__":
    sys.exit(main())
