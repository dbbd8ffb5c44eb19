"""Writes a baseline from the results of a run: every check that failed or warned in the scenarios of the list.

    python3 bless.py RESULTS_FOLDER BASELINE < unexpected scenarios, one per line
"""
import json
import pathlib
import sys

HEADER = """\
# What the MCP conformance suite may still fail on, check by check. Written by `tests/conformance/run BINARY --bless`.
# Strict in both directions: a new failure and an entry that passes by now both fail the run.
"""


def failing(folder, scenario):
    """The ids of the checks of a scenario that did not succeed; a later result of an id does not hide an earlier one."""
    ids = {}
    for file in sorted(folder.glob(f"server-{scenario}-[0-9]*/checks.json")):
        for check in json.loads(file.read_text(encoding="utf-8")):
            if check["status"] in ("FAILURE", "WARNING"):
                ids[check["id"]] = None
    return list(ids)


def main():
    folder, baseline = map(pathlib.Path, sys.argv[1:])
    entries = []
    for scenario in dict.fromkeys(line.strip() for line in sys.stdin if line.strip()):
        checks = failing(folder, scenario)
        entries += [f"{scenario}:{check}" for check in checks] or [scenario]
    body = "server:\n" + "".join(f"  - {entry}\n" for entry in entries) if entries else "server: []\n"
    baseline.write_text(HEADER + body, encoding="utf-8")


main()
