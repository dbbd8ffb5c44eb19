"""Processes under test: started pinned to a core, asked until they answer, measured, and ended."""

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

STARTUP_LIMIT = 60


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """One process (with its children) pinned to `core`."""

    def __init__(self, name, command, port, probe, core, log, env=None):
        self.name, self.port = name, port
        environment = dict(os.environ, TOKIO_WORKER_THREADS="1", **(env or {}))
        self.log = open(log, "wb")
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdout=self.log, stderr=self.log, env=environment, start_new_session=True,
        )
        self.first_answer = self.ask(probe)

    def ask(self, probe):
        """Seconds from the start of the process to its first good answer."""
        method, path, body, headers = probe
        asked = time.perf_counter()
        while time.perf_counter() - asked < STARTUP_LIMIT:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}: see {self.log.name}")
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=STARTUP_LIMIT)
            try:
                connection.request(method, path, body=body, headers=headers)
                answer = connection.getresponse()
                self.answer = answer.read()
                if answer.status < 300:
                    return time.perf_counter() - self.started
                raise RuntimeError(f"{self.name} answers {answer.status}: {self.answer[:300]}")
            except OSError:
                time.sleep(0.0005)
            finally:
                connection.close()
        raise RuntimeError(f"{self.name} does not answer")

    def pids(self):
        """The process and its children: nginx works in one."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                children = ""
            todo.extend(int(child) for child in children.split())
        return found

    def cpu(self):
        """Seconds of CPU used so far, in nanosecond accounting."""
        total = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                try:
                    total += int((task / "schedstat").read_text().split()[0])
                except OSError:
                    pass
        return total / 1e9

    def memory(self, field):
        """`VmRSS` or `VmHWM` of the process and its children, in MB."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(field + ":"):
                    total += int(line.split()[1])
        return total / 1024

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()


def nginx(folder, name, port, core, *, root=None, upstream=None):
    """One nginx worker: a static server for `root`, or a proxy for the port `upstream`."""
    folder = Path(folder) / name
    folder.mkdir()
    if root:
        served = f"root {root}; default_type application/json; open_file_cache max=100 inactive=1h;"
        location = "location / { if ($request_method = POST) { rewrite ^(.*)$ $1 break; } }"
        location += " error_page 405 =200 $uri;"
    else:
        served = ""
        location = "location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ''; }"
    backend = f"upstream backend {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}" if upstream else ""
    temporary = "".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.getuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(f"""
daemon off; master_process on; worker_processes 1; {user} pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 1h; {temporary}
  types {{ application/json json; }}
  {backend}
  server {{ listen 127.0.0.1:{port} backlog=4096; {served} {location} }}
}}
""")
    command = ["nginx", "-e", str(folder / "start.log"), "-p", str(folder), "-c", str(conf)]
    return Server(name, command, port, ("GET", "/small.json", None, {}), core, folder / "output.log")
