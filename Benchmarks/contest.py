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
            for _ in range((count + len(piece) - 1) // len(piece)):
                file.write(piece)


def connected_sockets():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    return near, far


def run(programs, scenario, contestant, operations, counting=False):
    """One run in a process of its own. Returns what it printed."""
    command = [str(part) for part in (programs[contestant.program], scenario.name, contestant.variant, operations)]
    environment = os.environ | contestant.environment
    # Counting slows malloc down, so it has runs of its own; Go's runtime counts anyway.
    if counting and contestant.program != GO:
        environment["LD_PRELOAD"] = str(programs["allocations"])
    standard_input, drain = subprocess.DEVNULL, None
    if scenario.socket:
        make_payload(operations)
        environment["MILLPOND_BENCH_FILE"] = str(FILE)
        standard_input, far = connected_sockets()
        drain = subprocess.Popen([programs["drain"]], stdin=far, stdout=subprocess.PIPE, text=True)
        far.close()
    shown = subprocess.run(command, env=environment, stdin=standard_input, stdout=subprocess.PIPE, text=True,
                           timeout=300)
    if shown.returncode != 0:
        sys.exit(f"bench: {' '.join(command)} ended with {shown.returncode}")
    result = json.loads(shown.stdout)
    if drain:
        standard_input.close()
        result["check"] += " " + drain.communicate(timeout=60)[0].strip()
    return result


def same_work(scenario, results):
    """Ends the run if any that did as many operations came to different check values."""
    checks = {}
    for contestant, result in results.items():
        checks.setdefault(result["operations"], {}).setdefault(result["check"], []).append(contestant.label)
    for operations, by_check in checks.items():
        if len(by_check) > 1:
            shown = "\n".join(f"  {check}: {', '.join(labels)}" for check, labels in by_check.items())
            sys.exit(f"bench: {scenario.name}: not the same work in {operations} operations:\n{shown}")


def rounded(operations):
    """A number that divides evenly among streams, flushes and tasks."""
    return max(1600, int(operations) // 1600 * 1600)


def compete(programs, scenario, rounds, share):
    """The medians of each contestant, by label. `share` is the part of the operations that is done."""
    if scenario.name.startswith("sleep"):
        share = 1  # a job that sleeps takes as long whatever the number
    operations = {one: rounded(scenario.operations * share * one.share) for one in scenario.contestants}
    runs = {one: [] for one in scenario.contestants}
    for _ in range(rounds):
        results = {one: run(programs, scenario, one, operations[one]) for one in scenario.contestants}
        same_work(scenario, results)
        for one, result in results.items():
            runs[one].append(result)
    # Here all do as much as the slowest, so that all are compared.
    fewer = min(rounded(max(operations.values()) / 4), min(operations.values()))
    counted = {one: run(programs, scenario, one, fewer, counting=True) for one in scenario.contestants}
    same_work(scenario, counted)
    return {one.label: summary(runs[one], counted[one]) for one in scenario.contestants}


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
