"""Serves stubs of AWS services on loopback: `stub.py (deadline|batch) FOLDER`.

Prints one JSON line with its endpoint, then serves until its stdin ends. Every request that the model refuses is
written to FOLDER/refused, one JSON line each; a test reads it and expects it to be as long as it should be.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from model import Model, Refused


def serve(services, folder):
    """Serves `services`, each a model with an object whose methods are its operations."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            credential = headers.get("authorization", "").partition("Credential=")[2].split("/")
            model, behaviour = services.get(credential[3] if len(credential) > 3 else "", next(iter(services.values())))
            extra = []
            try:
                operation, parameters = model.read(self.command, self.path, headers, body)
                if not hasattr(behaviour, operation):
                    raise Refused("NotImplementedException", f"this stub has no {operation}", 501)
                status, answer = model.answer(operation, getattr(behaviour, operation)(parameters) or {})
            except Refused as refused:
                with (folder / "refused").open("a") as file:
                    print(json.dumps([self.command, self.path, refused.code, refused.message]), file=file)
                status, answer = refused.status, json.dumps({"message": refused.message}).encode()
                extra = [("x-amzn-errortype", refused.code)]
            self.send_response(status)
            for name, value in [("content-type", "application/json"), ("content-length", str(len(answer))), *extra]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            # Whoever asked was killed, as tests do.
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def main():
    name, folder = sys.argv[1], Path(sys.argv[2])
    (folder / "refused").touch()
    if name == "deadline":
        from deadline_stub import Farm, Logs

        farm = Farm(folder)
        services = {"deadline": (Model("deadline"), farm), "logs": (Model("logs"), Logs())}
        more = {"farm": farm.farm, "fleet": farm.fleet, "queue": farm.queue}
    else:
        from batch_stub import Compute

        services, more = {"batch": (Model("batch"), Compute(folder))}, {}
    print(json.dumps({"endpoint": serve(services, folder), **more}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
