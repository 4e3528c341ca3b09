"""Runs the contestants of a scenario in turn, several times, and sees to it that they did the same work."""

import json
import os
import socket
import statistics
import subprocess
import sys

import build
from scenarios import C, GO, MILLPOND, NIO

FILE = build.OUT / "payload"


class Programs:
    """The contestants' programs, built when they are first asked for."""

    def __init__(self):
        self.built = {}

    def __getitem__(self, name):
        if name not in self.built:
            print(f"bench: building {name}", file=sys.stderr)
            self.built[name] = {
                MILLPOND: lambda: build.build_swift(MILLPOND),
                NIO: lambda: build.build_swift(NIO, build.ROOT / "Benchmarks/peers/nio"),
                GO: lambda: build.build_go("Benchmarks/peers/go", GO),
                C: lambda: build.build_c("Benchmarks/peers/c"),
                "drain": lambda: build.build_c("Benchmarks/load/drain.c", "-O3"),
                "allocations": lambda: build.build_c("Benchmarks/load/allocations.c", "-shared", "-fPIC"),
            }[name]()
        return self.built[name]


def make_payload(count):
    """A file of which every page is in the page cache."""
    if not FILE.exists() or FILE.stat().st_size < count:
        piece = os.urandom(1 << 20)
        with FILE.open("wb") as file:
            for _ in range(count >> 20):
                file.write(piece)


def connected_sockets():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    return near, far


def run(programs, scenario, contestant, operations, counting=False):
    """One run in a process of its own. Returns what it printed."""
    command = [programs[contestant.program], scenario.name, contestant.variant, operations]
    environment = os.environ | contestant.environment
    if counting:
        environment["LD_PRELOAD"] = str(programs["allocations"])
    standard_input, drain = subprocess.DEVNULL, None
    if scenario.socket:
        make_payload(operations)
        environment["MILLPOND_BENCH_FILE"] = str(FILE)
        standard_input, far = connected_sockets()
        drain = subprocess.Popen([programs["drain"]], stdin=far, stdout=subprocess.PIPE)
        far.close()
    shown = subprocess.run([str(part) for part in command], env=environment, stdin=standard_input,
                           stdout=subprocess.PIPE, text=True, timeout=300)
    if drain:
        standard_input.close()
        received = drain.communicate(timeout=60)[0].decode().strip()
    if shown.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {shown.returncode}")
    result = json.loads(shown.stdout)
    if drain:
        result["check"] += " " + received
    return result


def same_work(scenario, results):
    """Ends the run if not all came to the same check value."""
    checks = {result["check"] for result in results.values()}
    if len(checks) > 1:
        shown = "\n".join(f"  {contestant.label}: {result['check']}" for contestant, result in results.items())
        sys.exit(f"bench: {scenario.name}: the contestants did not do the same work:\n{shown}")


def compete(programs, scenario, rounds, share):
    """The medians of each contestant, by label. `share` is the part of the operations that is done."""
    operations = max(1600, int(scenario.operations * share) // 1600 * 1600)
    if scenario.name.startswith("sleep"):
        operations = scenario.operations
    runs = {contestant: [] for contestant in scenario.contestants}
    for _ in range(rounds):
        results = {one: run(programs, scenario, one, operations) for one in scenario.contestants}
        same_work(scenario, results)
        for contestant, result in results.items():
            runs[contestant].append(result)
    # Counting slows malloc down, so it has runs of its own; Go's runtime counts anyway.
    fewer = max(1600, operations // 4 // 1600 * 1600)
    counted = {one: run(programs, scenario, one, fewer, counting=True)
               for one in scenario.contestants if one.program != GO}
    same_work(scenario, counted)
    return {one.label: summary(runs[one], counted.get(one, runs[one][-1])) for one in scenario.contestants}


def summary(runs, counted):
    """Nanoseconds for each operation, and what else was measured."""
    figures = {}
    for key in ("cpu", "wall"):
        each = sorted(result[key + "Ns"] / result["operations"] for result in runs)
        figures[key] = statistics.median(each)
        figures[key + "Least"], figures[key + "Most"] = each[0], each[-1]
    for key in ("p50Ns", "p99Ns", "gcRuns"):
        if key in runs[0]:
            figures[key] = statistics.median(result[key] for result in runs)
    figures["peakBytes"] = statistics.median(result["peakBytes"] for result in runs)
    figures["mallocs"] = counted["mallocs"] / counted["operations"]
    figures["allocatedBytes"] = counted["allocatedBytes"] / counted["operations"]
    return figures
