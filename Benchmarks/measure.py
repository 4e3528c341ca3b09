"""What the scripts that measure servers share: running them pinned to a core, tables of medians."""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from build import OUT, ROOT, build_c, build_go, build_swift  # noqa: F401: the scripts use them from here

SERVER_CORE, LOAD_CORE = "0", "1"
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def uwebsockets(mode, name="uWebSockets"):
    """The contestant on uWebSockets, if MILLPOND_UWEBSOCKETS names Benchmarks/peers/uwebsockets compiled with it."""
    program = os.environ.get("MILLPOND_UWEBSOCKETS")
    if not program:
        return {}
    return {name: (lambda path: Path(path).absolute(), program, lambda port: [port, mode])}


def contestants(makers, only):
    """Builds the contestants whose name contains `only`: from a port to the command that starts each."""
    built = {}
    for name, (build, source, arguments) in makers.items():
        if not only or only in name:
            binary = build(source)
            built[name] = lambda port, binary=binary, arguments=arguments: [binary, *arguments(port)]
    if not built:
        sys.exit(f"no contestant's name contains '{only}': {', '.join(makers)}")
    return built


class Server:
    """A contestant's process, pinned to the server's core or another, for as long as the `with` block lasts."""

    def __init__(self, command, port, core=SERVER_CORE):
        pin = ["taskset", "-c", core] if core else []
        self.command, self.port = [*pin, *(str(part) for part in command)], port

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.await_port()
        except BaseException:  # an interruption, too, leaves no server behind
            self.__exit__()
            raise
        return self

    def await_port(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{self.command[0]} ended with {self.process.returncode} before it listened")
                time.sleep(0.05)
        sys.exit(f"{self.command[0]} does not listen on port {self.port}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def pid(self):
        return self.process.pid  # taskset becomes the server: it calls exec

    def cpu(self):
        """User and system seconds so far, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) / TICK, int(fields[12]) / TICK

    def system_calls(self, load):
        """Runs the load while strace counts the system calls. Returns their number and the load's result."""
        OUT.mkdir(parents=True, exist_ok=True)
        log = OUT / "strace.txt"
        tracer = subprocess.Popen(
            ["strace", "-c", "-f", "-o", str(log), "-p", str(self.pid)], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        tracer.stderr.readline()  # "attached"
        result = load()
        tracer.send_signal(2)
        tracer.wait()
        return total_calls(log.read_text()), result


def total_calls(summary):
    """The calls in the last line of `strace -c`, by the place of the column: others may be blank."""
    lines = summary.splitlines()
    header = next(line for line in lines if line.startswith("% time"))
    total = next(line for line in lines if line.rstrip().endswith(" total"))
    return int(total[:header.index("calls") + len("calls")].split()[-1])


def system_calls_per_operation(command, load):
    """Two runs, one longer, each with a server of its own; the difference, so that what opens connections drops out.

    `load` takes the server and the seconds, and returns the operations."""
    counts = []
    for seconds in (1, 4):
        port = free_port()
        with Server(command(port), port) as server:
            counts.append(server.system_calls(lambda: load(server, seconds)))
    (calls, operations), (more_calls, more_operations) = counts
    return (more_calls - calls) / (more_operations - operations)


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=5, help="how often each contestant runs (default 5)")
    parser.add_argument("--seconds", type=float, default=3, help="how long each run lasts (default 3)")
    parser.add_argument("--only", help="only the contestants whose name contains this")
    parser.add_argument("--system-calls", action="store_true", help="count system calls too, in runs of their own")
    return parser


def table(title, contestants, results, unit):
    """A Markdown table of medians: CPU per operation, operations per second, and the ratio to each other contestant."""
    names = [name for name in contestants if results.get(name)]
    medians = {name: statistics.median(run["total"] for run in results[name]) for name in names}
    print(f"\n### {title}\n")
    print(f"| server | user µs/{unit} | system µs/{unit} | total µs/{unit} | spread | per second | "
          + " | ".join(f"÷ {name}" for name in names[1:]) + (" |" if names[1:] else ""))
    print("|---" * (6 + len(names[1:])) + "|")
    for name in names:
        runs = results[name]
        middle = {key: statistics.median(run[key] for run in runs) for key in ("user", "system", "rate")}
        totals = sorted(run["total"] for run in runs)
        ratios = [f"{medians[name] / medians[other]:.2f}" for other in names[1:]]
        print(f"| {name} | {middle['user']:.2f} | {middle['system']:.2f} | {medians[name]:.2f} | "
              f"{totals[0]:.2f}–{totals[-1]:.2f} | {middle['rate']:,.0f} | " + " | ".join(ratios)
              + (" |" if ratios else ""))
    sys.stdout.flush()
