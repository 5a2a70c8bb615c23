"""A Deadline Cloud farm for one queue and one fleet: what the genuine worker agent and submitter talk to.

Tasks come from openjd-model, as the service's own would. A worker holds one session with one task at a time. A task that
failed, or whose worker fell silent, is tried again as often as its job allows. Everything is kept in memory; FOLDER/events
has one JSON line for each change of a task.
"""

import datetime
import json
import pathlib
import threading
import time
import uuid

from model import Refused
from openjd.model import StepParameterSpaceIterator, create_job, decode_job_template, preprocess_job_parameters

SILENT = 8.0
GONE = ("SUCCEEDED", "FAILED", "CANCELED")


def new(kind):
    return f"{kind}-{uuid.uuid4().hex}"


class Logs:
    """Takes every line and keeps none."""

    def CreateLogGroup(self, _):
        return {}

    def CreateLogStream(self, _):
        return {}

    def PutLogEvents(self, _):
        return {}


class Task:
    def __init__(self, step, number, parameters):
        self.step, self.parameters = step, parameters
        self.id = f"task-{step.split('-')[1]}-{number}"
        self.state, self.failures, self.action, self.worker = "READY", 0, None, None


class Job:
    def __init__(self, request):
        self.id, self.request, self.made = new("job"), request, time.time()
        document = json.loads(request["template"])
        template = decode_job_template(template=document)
        values = {name: next(iter(value.values())) for name, value in request.get("parameters", {}).items()}
        here = pathlib.Path.cwd()
        values = preprocess_job_parameters(
            job_template=template, job_parameter_values=values, job_template_dir=here, current_working_dir=here
        ) if template.parameterDefinitions else {}
        job = create_job(job_template=template, job_parameter_values=values)
        self.name, self.steps, self.tasks, self.cancelled = job.name, {}, [], False
        for source, step in zip(document["steps"], job.steps):
            step_id = new("step")
            self.steps[step_id] = source
            for number, task in enumerate(StepParameterSpaceIterator(space=step.parameterSpace)):
                shown = {name: {value.type.value.lower(): value.value} for name, value in task.items()}
                self.tasks.append(Task(step_id, number, shown))

    def counts(self):
        counts = dict.fromkeys(
            ["PENDING", "READY", "ASSIGNED", "STARTING", "SCHEDULED", "INTERRUPTING", "RUNNING", "SUSPENDED",
             "CANCELED", "FAILED", "SUCCEEDED", "NOT_COMPATIBLE"], 0)
        for task in self.tasks:
            counts[task.state] += 1
        return counts

    def state(self):
        counts = self.counts()
        for state in ("RUNNING", "ASSIGNED", "READY", "FAILED", "CANCELED"):
            if counts[state]:
                return state
        return "SUCCEEDED"


class Worker:
    def __init__(self):
        self.id, self.heard, self.status = new("worker"), time.time(), "CREATED"
        self.session, self.job, self.task, self.number = None, None, None, 0


class Farm:
    def __init__(self, folder):
        self.farm, self.fleet, self.queue = new("farm"), new("fleet"), new("queue")
        self.jobs, self.workers, self.tokens = {}, {}, {}
        self.lock, self.folder = threading.RLock(), folder

    def _note(self, what, **more):
        with (self.folder / "events").open("a") as file:
            print(json.dumps({"at": time.time(), "what": what, **more}), file=file)

    # What submitters ask.

    def GetFarm(self, request):
        return {"farmId": request["farmId"], "displayName": "stage", "kmsKeyArn": "arn:aws:kms:x:000000000000:key/k", **self._made()}

    def GetQueue(self, request):
        if request["queueId"] != self.queue:
            raise Refused("ResourceNotFoundException", f"no queue {request['queueId']}", 404)
        return {"queueId": self.queue, "farmId": self.farm, "displayName": "wall", "status": "IDLE", "defaultBudgetAction": "NONE", **self._made()}

    def ListQueueEnvironments(self, _):
        return {"environments": []}

    def ListStorageProfilesForQueue(self, _):
        return {"storageProfiles": []}

    def CreateJob(self, request):
        with self.lock:
            self.GetQueue(request)
            token = request.get("clientToken")
            if token in self.tokens:
                return {"jobId": self.tokens[token]}
            try:
                job = Job(request)
            except ValueError as error:
                raise Refused("ValidationException", str(error)[:400]) from error
            self.jobs[job.id] = job
            if token:
                self.tokens[token] = job.id
            more = {name: request[name] for name in ("attachments", "parameters") if name in request}
            self._note("submitted", job=job.id, tasks=len(job.tasks), **more)
            return {"jobId": job.id}

    def GetJob(self, request):
        with self.lock:
            self._bury()
            job = self._job(request)
            return {
                "jobId": job.id, "name": job.name, "lifecycleStatus": "CREATE_COMPLETE",
                "lifecycleStatusMessage": "", "priority": job.request["priority"],
                "taskRunStatus": job.state(), "taskRunStatusCounts": job.counts(), **self._made(),
            }

    def UpdateJob(self, request):
        with self.lock:
            job = self._job(request)
            if request.get("targetTaskRunStatus") == "CANCELED":
                job.cancelled = True
                for task in job.tasks:
                    if task.state == "READY":
                        self._move(job, task, "CANCELED")
            return {}

    def _job(self, request):
        job = self.jobs.get(request["jobId"])
        if job is None:
            raise Refused("ResourceNotFoundException", f"no job {request['jobId']}", 404)
        return job

    @staticmethod
    def _made():
        return {"createdAt": datetime.datetime.now(datetime.timezone.utc), "createdBy": "stub"}

    # What workers ask.

    def CreateWorker(self, _):
        with self.lock:
            worker = Worker()
            self.workers[worker.id] = worker
            return {"workerId": worker.id}

    def AssumeFleetRoleForWorker(self, _):
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=6)
        keys = {"accessKeyId": "AKIDFLEET", "secretAccessKey": "a-secret-of-the-fleet", "sessionToken": "token"}
        return {"credentials": {**keys, "expiration": later}}

    def UpdateWorker(self, request):
        with self.lock:
            worker = self._worker(request)
            worker.status = request.get("status", worker.status)
            if worker.status in ("STOPPING", "STOPPED"):
                self._lose(worker)
            options = {"logGroupName": f"/stub/{self.fleet}", "logStreamName": worker.id}
            return {"log": {"logDriver": "awslogs", "options": options, "parameters": {"interval": "15"}}}

    def DeleteWorker(self, _):
        return {}

    def UpdateWorkerSchedule(self, request):
        with self.lock:
            self._bury()
            worker = self._worker(request)
            worker.heard = time.time()
            for action, update in request.get("updatedSessionActions", {}).items():
                self._hear(worker, action, update)
            if worker.task is None and worker.status == "STARTED":
                self._give(worker)
            sessions, cancelled = {}, {}
            if worker.session:
                actions = []
                if worker.task:
                    definition = {"taskRun": {"taskId": worker.task.id, "stepId": worker.task.step, "parameters": worker.task.parameters}}
                    actions = [{"sessionActionId": worker.task.action, "definition": definition}]
                    if worker.job.cancelled:
                        cancelled[worker.session] = [worker.task.action]
                options = {"logGroupName": f"/stub/{self.queue}", "logStreamName": worker.session}
                log = {"logDriver": "awslogs", "options": options, "parameters": {"interval": "15"}}
                sessions[worker.session] = {
                    "queueId": self.queue, "jobId": worker.job.id, "sessionActions": actions, "logConfiguration": log,
                }
            return {"assignedSessions": sessions, "cancelSessionActions": cancelled, "updateIntervalSeconds": 1}

    def BatchGetJobEntity(self, request):
        with self.lock:
            return {"entities": [self._entity(identifier) for identifier in request["identifiers"]], "errors": []}

    def _entity(self, identifier):
        [(kind, fields)] = identifier.items()
        job = self._job(fields)
        if kind == "jobDetails":
            return {kind: {"jobId": job.id, "logGroupName": f"/stub/{self.queue}", "schemaVersion": "jobtemplate-2023-09",
                           "jobRunAsUser": {"runAs": "WORKER_AGENT_USER"}, "parameters": job.request.get("parameters", {})}}
        if kind == "stepDetails":
            return {kind: {"jobId": job.id, "stepId": fields["stepId"], "schemaVersion": "jobtemplate-2023-09",
                           "template": job.steps[fields["stepId"]], "dependencies": []}}
        raise Refused("ValidationException", f"this stub has no {kind}")

    def _worker(self, request):
        worker = self.workers.get(request["workerId"])
        if worker is None:
            raise Refused("ResourceNotFoundException", "no such worker", 404)
        return worker

    def _give(self, worker):
        """The next task, in the session that is open when it is of the same job."""
        for job in self.jobs.values():
            most = job.request.get("maxWorkerCount", -1)
            busy = sum(other.job is job and other.task is not None for other in self.workers.values())
            ready = next((task for task in job.tasks if task.state == "READY"), None)
            if job.cancelled or ready is None or 0 <= most <= busy:
                continue
            if worker.job is not job:
                worker.session, worker.job, worker.number = new("session"), job, 0
            ready.action = f"sessionaction-{worker.session.split('-')[1]}-{worker.number}"
            worker.number += 1
            worker.task, ready.worker = ready, worker.id
            self._move(job, ready, "ASSIGNED")
            return
        worker.session = worker.job = None

    def _hear(self, worker, action, update):
        task = worker.task
        if task is None or task.action != action:
            return
        ended = update.get("completedStatus")
        if ended is None:
            if task.state == "ASSIGNED":
                self._move(worker.job, task, "RUNNING")
            return
        if task.state == "ASSIGNED" and "startedAt" in update:
            # It ended before its agent next told of it: when it began stands in what is told of its end.
            self._note("RUNNING", job=worker.job.id, task=task.id, at=datetime.datetime.fromisoformat(update["startedAt"]).timestamp())
        self._settle(worker, {"SUCCEEDED": "SUCCEEDED", "CANCELED": "CANCELED"}.get(ended, "FAILED"), update)

    def _settle(self, worker, state, update):
        job, task = worker.job, worker.task
        worker.task = None
        if state == "FAILED":
            # The official service ends the session with it.
            worker.session = worker.job = None
            task.failures += 1
            state = "READY" if task.failures <= job.request.get("maxRetriesPerTask", 5) else "FAILED"
            state = "CANCELED" if job.cancelled else state
        self._move(job, task, state, exit=update.get("processExitCode"), said=update.get("progressMessage"))

    def _bury(self):
        for worker in self.workers.values():
            if worker.task and time.time() - worker.heard > SILENT:
                self._lose(worker)

    def _lose(self, worker):
        if worker.task:
            self._settle(worker, "FAILED", {"progressMessage": "the worker was lost"})
        worker.session = worker.job = None

    def _move(self, job, task, state, **more):
        task.state = state
        self._note(state, job=job.id, task=task.id, worker=task.worker, **more)
