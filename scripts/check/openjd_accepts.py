#!/usr/bin/env python3
"""Official Open Job Description software takes our templates: the validator accepts both kinds, and its own runner
renders a frame range with them.

Usage: openjd_accepts.py CYCLORAMA [OPENJD-ACCEPTS]

The second is the program of tests/openjd, which asks the official model in Rust.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from openjd.model import StepParameterSpaceIterator, create_job, decode_job_template

ROOT = Path(__file__).resolve().parents[2]
FRAMES = 12


def bundle(command, folder, *options):
    """A bundle of a real take's plan; nobody submits it."""
    take = folder / "real.take"
    if not take.exists():
        recording = ROOT / "tests/data/mosys_f4/dev_first600.f4"
        subprocess.run([command, "take", "import", "--protocol", "f4", recording, take], check=True)
    ledger, made = folder / f"ledger{len(options)}", folder / f"bundle{len(options)}"
    submit = [command, "render", "submit", take, "--engine", "deadline", "--detach", "--workers", "3"]
    submit += ["--frames", f"0-{FRAMES - 1}", "--size", "96x54", "--samples", "1", "--ledger", ledger]
    submit += [f"--engine-option={option}" for option in (f"--bundle={made}", *options)]
    subprocess.run(submit, check=True)
    return made / "template.json", ledger


def tasks(template):
    """The tasks as the official model counts them."""
    document = decode_job_template(template=json.loads(template.read_text()))
    [step] = create_job(job_template=document, job_parameter_values={}).steps
    return [{name: value.value for name, value in task.items()} for task in StepParameterSpaceIterator(space=step.parameterSpace)]


def committed(command, ledger):
    said = subprocess.run([command, "render", "status", "--ledger", ledger, "--json"], capture_output=True, text=True)
    return json.loads(said.stdout)["committed"]


def main():
    command = Path(sys.argv[1]).resolve()
    openjd = Path(sys.executable).with_name("openjd")
    requirements = ("--require=amount.worker.gpu=1", "--require=attr.worker.os.family=linux,macos")
    with tempfile.TemporaryDirectory() as folder:
        slots, ledger = bundle(command, Path(folder))
        rows, rows_ledger = bundle(command, Path(folder), "--tasks=ranges")
        demanding, _ = bundle(command, Path(folder), *requirements)
        for template in (slots, rows, demanding):
            subprocess.run([openjd, "check", template], check=True)
            if len(sys.argv) > 2:
                subprocess.run([Path(sys.argv[2]).resolve(), template], check=True)
        assert tasks(slots) == [{"Slot": str(slot)} for slot in (1, 2, 3)], tasks(slots)
        ends = [row["Frames"].split("-") for row in tasks(rows)]
        assert (ends[0][0], ends[-1][-1]) == ("0", str(FRAMES - 1)), ends
        for template, made in ((slots, ledger), (rows, rows_ledger)):
            subprocess.run([openjd, "run", template], check=True, stdout=subprocess.DEVNULL)
            assert committed(command, made) == FRAMES
    print(f"3 templates accepted; the official runner rendered {FRAMES} frames by slots and by {len(ends)} ranges")


if __name__ == "__main__":
    main()
