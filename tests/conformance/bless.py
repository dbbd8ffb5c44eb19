"""Writes a baseline from the results of a run: every check that failed or warned in the scenarios of the list.

    python3 bless.py RESULTS_FOLDER BASELINE < unexpected scenarios, one per line

Each entry keeps the reason behind it in the baseline. A new failure has none: then nothing is written, and whoever accepts it adds its
line with a reason first.
"""
import json
import pathlib
import re
import sys

HEADER = """\
# What the MCP conformance suite may still fail on, check by check, each with its reason. Written by
# `tests/conformance/run BINARY --bless`, which keeps reasons and refuses a new entry without one.
# Strict in both directions: a new failure and an entry that passes by now both fail the run.
"""
ENTRY = re.compile(r"^  - (?P<entry>\S+) +# (?P<reason>.{20,})$")


def failing(folder, scenario):
    """The ids of the checks of a scenario that did not succeed; a later result of an id does not hide an earlier one."""
    ids = {}
    for file in sorted(folder.glob(f"server-{scenario}-[0-9]*/checks.json")):
        for check in json.loads(file.read_text(encoding="utf-8")):
            if check["status"] in ("FAILURE", "WARNING"):
                ids[check["id"]] = None
    return list(ids)


def reasons(baseline):
    """The reasons given so far, by entry."""
    lines = map(ENTRY.match, baseline.read_text(encoding="utf-8").splitlines() if baseline.exists() else [])
    return {line["entry"]: line["reason"] for line in lines if line}


def main():
    folder, baseline = map(pathlib.Path, sys.argv[1:])
    entries = []
    for scenario in dict.fromkeys(line.strip() for line in sys.stdin if line.strip()):
        checks = failing(folder, scenario)
        entries += [f"{scenario}:{check}" for check in checks] or [scenario]
    known = reasons(baseline)
    new = [entry for entry in entries if entry not in known]
    if new:
        lines = "".join(f"  - {entry}  # \n" for entry in new)
        sys.exit(f"{baseline.name} is left as it is: these fail and have no reason. Add them with one, then bless again.\n{lines}")
    body = "".join(f"  - {entry}  # {known[entry]}\n" for entry in entries)
    baseline.write_text(HEADER + (f"server:\n{body}" if entries else "server: []\n"), encoding="utf-8")


main()
