"""AWS Batch for one queue: each child of an array is the container's command, run as a process of this machine.

Retries follow `evaluateOnExit` as the service describes it: the first rule whose conditions all hold decides, and no rule
at all is another try. A test takes the machine of an attempt away by writing the attempt's process to FOLDER/take.
FOLDER/events has one JSON line for each change of a child.
"""

import fnmatch
import json
import os
import subprocess
import threading
import time
import uuid

from model import Refused

SLOTS = 4
ENDED = ("SUCCEEDED", "FAILED")


class Child:
    def __init__(self, job, index):
        self.job, self.index, self.state, self.attempt, self.reason, self.process = job, index, "RUNNABLE", 0, "", None

    @property
    def id(self):
        return self.job.id if self.index is None else f"{self.job.id}:{self.index}"


class Job:
    def __init__(self, request):
        self.id, self.request = str(uuid.uuid4()), request
        self.size = request.get("arrayProperties", {}).get("size")
        self.children = [Child(self, index) for index in (range(self.size) if self.size else [None])]

    def state(self):
        states = {child.state for child in self.children}
        if states <= set(ENDED):
            return "FAILED" if "FAILED" in states else "SUCCEEDED"
        return "PENDING" if self.size else states.pop()


class Compute:
    def __init__(self, folder):
        self.folder, self.jobs, self.lock = folder, {}, threading.RLock()
        threading.Thread(target=self._run, daemon=True).start()

    def SubmitJob(self, request):
        size = request.get("arrayProperties", {}).get("size")
        retry = request.get("retryStrategy", {})
        # What the service says about itself in words, not in its model.
        if size is not None and not 2 <= size <= 10_000:
            raise Refused("ClientException", "Array size must be between 2 and 10000")
        if not 1 <= retry.get("attempts", 1) <= 10 or len(retry.get("evaluateOnExit", [])) > 5:
            raise Refused("ClientException", "attempts must be 1 to 10, with at most 5 rules")
        if request["jobQueue"] != "spot":
            raise Refused("ClientException", f"JobQueue {request['jobQueue']} not found")
        with self.lock:
            job = Job(request)
            self.jobs[job.id] = job
            self._note("submitted", job=job.id, tasks=len(job.children))
            return {"jobId": job.id, "jobName": request["jobName"]}

    def DescribeJobs(self, request):
        with self.lock:
            return {"jobs": [self._detail(self.jobs[name]) for name in request["jobs"] if name in self.jobs]}

    def TerminateJob(self, request):
        with self.lock:
            for child in self.jobs[request["jobId"]].children if request["jobId"] in self.jobs else []:
                if child.process:
                    child.process.terminate()
                    child.attempt = 1 << 30
                elif child.state not in ENDED:
                    self._move(child, "FAILED", reason=request["reason"])
            return {}

    @staticmethod
    def _detail(job):
        detail = {
            "jobName": job.request["jobName"], "jobId": job.id, "jobQueue": job.request["jobQueue"],
            "status": job.state(), "statusReason": job.children[0].reason,
            "startedAt": 0, "jobDefinition": job.request["jobDefinition"],
        }
        if job.size:
            summary = {}
            for child in job.children:
                summary[child.state] = summary.get(child.state, 0) + 1
            detail["arrayProperties"] = {"size": job.size, "statusSummary": summary}
        return detail

    def _run(self):
        while True:
            time.sleep(0.05)
            with self.lock:
                children = [child for job in self.jobs.values() for child in job.children]
                self._take_machines(children)
                for child in children:
                    if child.process and child.process.poll() is not None:
                        self._end(child)
                free = SLOTS - sum(child.process is not None for child in children)
                for child in [child for child in children if child.state == "RUNNABLE"][:free]:
                    self._start(child)

    def _take_machines(self, children):
        try:
            (self.folder / "take").rename(self.folder / "taken")
            taken = int((self.folder / "taken").read_text())
        except (OSError, ValueError):
            return
        for child in children:
            if child.process and child.process.pid == taken:
                child.reason = "Host EC2 (instance i-0123456789abcdef0) terminated."
                child.process.kill()

    def _start(self, child):
        child.attempt, child.reason = child.attempt + 1, ""
        overrides = child.job.request.get("containerOverrides", {})
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {pair["name"]: pair["value"] for pair in overrides.get("environment", [])}
        environment |= {"AWS_BATCH_JOB_ID": child.id, "AWS_BATCH_JOB_ATTEMPT": str(child.attempt), "AWS_BATCH_JQ_NAME": "spot"}
        if child.index is not None:
            environment["AWS_BATCH_JOB_ARRAY_INDEX"] = str(child.index)
        log = (self.folder / f"{child.id.replace(':', '-')}.{child.attempt}.log").open("w")
        child.process = subprocess.Popen(overrides["command"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._move(child, "RUNNING", process=child.process.pid)

    def _end(self, child):
        code = child.process.returncode
        # Containers report a signal as 128 and its number.
        code = 128 - code if code < 0 else code
        reason = "Essential container in task exited" if not child.reason else ""
        child.process = None
        if code == 0:
            self._move(child, "SUCCEEDED", exit=0)
            return
        retry = child.job.request.get("retryStrategy", {})
        said = {"onExitCode": str(code), "onReason": reason, "onStatusReason": child.reason or reason}
        holds = lambda rule: all(fnmatch.fnmatchcase(said[on], rule[on]) for on in said if on in rule)
        action = next((rule["action"] for rule in retry.get("evaluateOnExit", []) if holds(rule)), "RETRY")
        again = action == "RETRY" and child.attempt < retry.get("attempts", 1)
        self._move(child, "RUNNABLE" if again else "FAILED", exit=code, reason=child.reason or reason)

    def _move(self, child, state, **more):
        child.state = state
        with (self.folder / "events").open("a") as file:
            print(json.dumps({"at": time.time(), "what": state, "task": child.id, "attempt": child.attempt, **more}), file=file)

    def _note(self, what, **more):
        with (self.folder / "events").open("a") as file:
            print(json.dumps({"at": time.time(), "what": what, **more}), file=file)
