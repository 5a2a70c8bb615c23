"""A service of AWS as botocore's own model describes it: reads requests, checks them, writes answers.

Made for stubs: what is not in the model is refused, in both directions, and each request must carry the signature that
botocore computes for it. Knows nothing of what any operation means.
"""

import datetime
import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.validate import ParamValidator

SECRETS = {"AKIDSTUDIO": "a-secret-of-the-studio", "AKIDFLEET": "a-secret-of-the-fleet"}


class Refused(Exception):
    """What a service answers when it does not do what it was asked."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Model:
    """One service: routes and shapes."""

    def __init__(self, name):
        self.name = name
        self.service = botocore.session.get_session().get_service_model(name)
        self.routes = [self._route(operation) for operation in self.service.operation_names]

    def _route(self, name):
        operation = self.service.operation_model(name)
        path = urlsplit(operation.http["requestUri"]).path
        parts = [part for part in re.split(r"(\{[^}]*\})", path) if part]
        as_pattern = lambda part: f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
        return operation.http["method"], re.compile("".join(map(as_pattern, parts)) + "/?$"), operation

    def read(self, method, target, headers, body):
        """The operation that a request asks for, and its parameters."""
        url = urlsplit(target)
        self._check_signature(method, target, headers, body)
        if "x-amz-target" in headers:
            operation = self.service.operation_model(headers["x-amz-target"].rsplit(".", 1)[1])
            return self._checked(operation, json.loads(body or b"{}"))
        for wanted, pattern, operation in self.routes:
            matched = pattern.match(url.path) if wanted == method else None
            if matched:
                return self._checked(operation, self._parameters(operation, matched, dict(parse_qsl(url.query)), headers, body))
        raise Refused("UnknownOperationException", f"{method} {url.path} is no operation of {self.name}", 404)

    @staticmethod
    def _parameters(operation, matched, query, headers, body):
        parameters = json.loads(body) if body else {}
        for member, shape in (operation.input_shape.members if operation.input_shape else {}).items():
            where, name = shape.serialization.get("location"), shape.serialization.get("name", member)
            if where == "uri":
                parameters[member] = unquote(matched.group(name))
            elif where == "querystring" and name in query:
                parameters[member] = int(query[name]) if shape.type_name == "integer" else query[name]
            elif where == "header" and name.lower() in headers:
                parameters[member] = headers[name.lower()]
        return parameters

    def _checked(self, operation, parameters):
        complaints = self.complaints(parameters, operation.input_shape)
        if complaints:
            raise Refused("ValidationException", f"{operation.name}: {complaints}")
        return operation.name, parameters

    def answer(self, name, result):
        """The status and body of an answer; a stub that answers outside the model is a broken stub."""
        operation = self.service.operation_model(name)
        complaints = self.complaints(result, operation.output_shape)
        assert not complaints, f"the stub's own answer to {name}: {complaints}"
        return int(operation.http.get("responseCode", 200)), json.dumps(result, default=_json).encode()

    def complaints(self, value, shape):
        """What is wrong with a value; empty when nothing is."""
        if shape is None:
            return "" if not value else "nothing was expected"
        report = ParamValidator().validate(_with_times(value, shape), shape)
        return "; ".join(filter(None, [report.generate_report(), *_strict(value, shape, shape.name)]))

    def _check_signature(self, method, target, headers, body):
        said = headers.get("authorization", "")
        parts = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)", said)
        if not parts or parts[1] not in SECRETS:
            raise Refused("UnrecognizedClientException", "the request is not signed by anybody known", 403)
        _, region, service, _ = parts[2].split("/")
        request = AWSRequest(method, f"http://{headers['host']}{target}", data=body)
        for name in parts[3].split(";"):
            request.headers[name] = headers[name]
        request.context["timestamp"] = headers["x-amz-date"]
        signer = SigV4Auth(Credentials(parts[1], SECRETS[parts[1]]), service, region)
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        if signature != parts[4] or service != self.name:
            raise Refused("InvalidSignatureException", "the signature is not the request's", 403)


def _strict(value, shape, path):
    """What botocore's own validator lets pass: members that are not there, patterns, enumerations, lengths."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        if getattr(shape, "is_document_type", False):
            return
        for name, member in value.items():
            if name not in shape.members:
                yield f"{path} has no member {name}"
            else:
                yield from _strict(member, shape.members[name], f"{path}.{name}")
    elif kind == "list" and isinstance(value, list):
        for member in value:
            yield from _strict(member, shape.member, f"{path}[]")
    elif kind == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from _strict(name, shape.key, f"{path} key")
            yield from _strict(member, shape.value, f"{path}.{name}")
    elif kind == "string" and isinstance(value, str):
        limits = shape.metadata
        if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            yield f"{path} is not {limits['pattern']}"
        if shape.enum and value not in shape.enum:
            yield f"{path} is none of {shape.enum}"
        if not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
            yield f"{path} has {len(value)} characters"


def _with_times(value, shape):
    """Timestamps come as text or numbers; the validator wants moments."""
    kind = shape.type_name
    if kind == "timestamp" and isinstance(value, (str, int, float)):
        return datetime.datetime.now(datetime.timezone.utc)
    if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        return {n: _with_times(v, shape.members[n]) if n in shape.members else v for n, v in value.items()}
    if kind == "list" and isinstance(value, list):
        return [_with_times(member, shape.member) for member in value]
    if kind == "map" and isinstance(value, dict):
        return {name: _with_times(member, shape.value) for name, member in value.items()}
    return value


def _json(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise TypeError(f"{value!r} is no JSON")
