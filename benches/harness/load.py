"""One round of load: wrk against a server, and what it cost the server."""

import re
import subprocess
from dataclasses import dataclass

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass
class Round:
    rate: float  # requests a second
    p50: float  # milliseconds
    p99: float  # milliseconds
    cpu: float  # microseconds of CPU per request


def run(server, path, connections, seconds, core, script=None):
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "20s"]
    command += ["-s", str(script)] if script else []
    before = server.cpu()
    out = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True, timeout=seconds + 60
    ).stdout
    spent = server.cpu() - before
    if "Non-2xx" in out or re.search(r"Socket errors:.*[1-9]", out):
        raise RuntimeError(f"{server.name} failed under load:\n{out}")
    requests = int(re.search(r"(\d+) requests in", out)[1])

    def latency(which):
        value, unit = re.search(rf"{which}%\s+([\d.]+)(us|ms|s)\b", out).groups()
        return float(value) * UNITS[unit]

    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    return Round(rate, latency(50), latency(99), spent / max(requests, 1) * 1e6)
