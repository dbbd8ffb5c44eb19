"""An upstream that takes its time: the work behind the task fixtures of capability.yaml. Usage: slow.py PORT_FILE.

POST /work {seconds, fail} accepts it, GET /work/ID says how far it is, DELETE /work/ID gives it up. It ends with its parent.
"""
import http.server
import json
import os
import sys
import threading
import time

WORK = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def work(self):
        return WORK.get(self.path.removeprefix("/work/"))

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        name = str(len(WORK) + 1)
        WORK[name] = {"ends": time.monotonic() + float(asked.get("seconds") or 0), "fails": bool(asked.get("fail"))}
        self.answer(202, {"id": name})

    def do_GET(self):
        work = self.work()
        if work is None:
            self.answer(404, {"detail": "no such work"})
        elif time.monotonic() < work["ends"]:
            self.answer(200, {"status": "running"})
        else:
            self.answer(200, {"status": "failed" if work["fails"] else "done", "result": {"text": "computed"}})

    def do_DELETE(self):
        WORK.pop(self.path.removeprefix("/work/"), None)
        self.answer(200, {})


def main(port_file):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(server.server_port))
    os.rename(port_file + ".new", port_file)
    parent = os.getppid()

    def leave_with_parent():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=leave_with_parent, daemon=True).start()
    server.serve_forever()


main(sys.argv[1])
