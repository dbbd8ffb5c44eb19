"""Starts a Capstan binary for a test and says where it listens.

    python3 server.py LOG -- BINARY ARGUMENTS...

Prints one line per listener, `DECLARED URL`, then `ready PID`, and leaves the server running in the background with its log in LOG.
Exits 1, printing the log, when the server ends or is not ready in time.
"""
import json
import pathlib
import subprocess
import sys
import time

SECONDS = 60


def ready_event(text):
    for line in text.split("\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == "ready":
            return event
    return None


def main():
    log, separator, *command = sys.argv[1:]
    assert separator == "--", __doc__
    path = pathlib.Path(log)
    with path.open("wb") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        )
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        event = ready_event(path.read_text(encoding="utf-8", errors="replace"))
        if event:
            for listener in event["listeners"]:
                print(listener["declared"], listener["url"])
            print("ready", process.pid)
            return 0
        time.sleep(0.05)
    state = f"exited with {process.poll()}" if process.poll() is not None else f"not ready after {SECONDS} s"
    print(f"{' '.join(command)}: {state}\n{path.read_text(encoding='utf-8', errors='replace')}", file=sys.stderr)
    if process.poll() is None:
        process.kill()
    return 1


if __name__ == "__main__":
    sys.exit(main())
