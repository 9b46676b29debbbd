"""Makes one trace of those of many runners, killed ones too, as if one world had told it: `rehearse check` then sees each
job's whole way."""

import json
from datetime import datetime, timezone

SECOND = 1_000_000_000


def nanoseconds(instant):
    """Of "2026-11-26T13:21:02.163322111Z", whose last digits datetime does not read."""
    whole, _, fraction = instant.rstrip("Z").partition(".")
    seconds = int(datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp())
    return seconds * SECOND + int(fraction.ljust(9, "0") or 0)


def whole_lines(content):
    """Without what is cut, which in a killed runner's trace the last line may be; evidence.py complains of others."""
    for line in content.split(b"\n"):
        try:
            yield json.loads(line)
        except ValueError:
            continue


def merged(traces):
    """The lines of one trace. What a killed runner had not written out yet is missing in it, as if nobody had said it."""
    runs = [(nanoseconds(lines[0]["started"]), lines[0], lines[1:]) for lines in map(list, map(whole_lines, traces)) if len(lines) > 1]
    if not runs:
        return []
    begun, header, _ = min(runs, key=lambda run: run[0])
    events = []
    for started, _, own in runs:
        moved = [event | {"t_ns": event["t_ns"] + started - begun} for event in own]
        if moved[-1]["event"] != "worker.stopped":
            moved.append({"t_ns": moved[-1]["t_ns"] + 1, "event": "worker.crashed", "runner": moved[-1]["runner"]})
        events += moved
    return [header, *sorted(events, key=lambda event: event["t_ns"])]


def write_merged(paths, to):
    lines = merged(path.read_bytes() for path in paths)
    to.write_text("".join(json.dumps(line) + "\n" for line in lines))
