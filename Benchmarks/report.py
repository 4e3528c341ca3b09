"""Markdown of what was measured: the machine, a table for each scenario, the gates; and its place in a document."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

import build


def machine(rounds, share):
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    swift = output("swift", "--version")
    resolved = build.ROOT / "Benchmarks/peers/nio/Package.resolved"
    nio = re.search(r'swift-nio".*?"version" : "([^"]+)"', resolved.read_text(), re.S) if resolved.exists() else None
    rows = [
        ("processor", f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores"),
        ("kernel", f"Linux {platform.release()}"),
        ("C library, compiler", f"{os.confstr('CS_GNU_LIBC_VERSION')}, {output('cc', '--version').splitlines()[0]}"),
        ("Swift, SwiftNIO", f"{found(r'Swift version ([0-9.]+)', swift)}, {nio[1] if nio else 'not built'}"),
        ("Go", found(r"go([0-9.]+)", output(build.GO, "version"))),
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("rounds", f"{rounds}, interleaved" + ("" if share == 1 else f", {share:.0%} of the operations")),
        ("load before, 1 minute", f"{os.getloadavg()[0]:.1f}"),
    ]
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=build.ROOT).stdout.strip() or "unknown"
    except FileNotFoundError:
        return "not installed"


def found(pattern, text):
    match = re.search(pattern, text)
    return match[1] if match else text


def number(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def size(count):
    for unit, scale in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return number(count) if count >= 0.005 else "0"


def gates(scenario, results):
    """What each gate is, what was measured, and whether it was met."""
    ours = results[scenario.contestants[0].label][scenario.figure]
    for gate in scenario.gates:
        if gate.tail:
            waits = results[scenario.contestants[0].label]
            ratio = waits["p99Ns"] / waits["p50Ns"]
            yield f"wait p99 ≤ {gate.limit:g} × p50", f"{ratio:.2f}", ratio <= gate.limit
        elif gate.of:
            best = min(gate.of, key=lambda label: results[label][scenario.figure])
            ratio = ours / results[best][scenario.figure]
            yield f"≤ {gate.limit:g} × {best}", f"{ratio:.2f}", ratio <= gate.limit
        else:
            yield f"≤ {gate.limit:g} ns", f"{number(ours)} ns", ours <= gate.limit


def table(scenario, results):
    """The contestants of one scenario; the first is Millpond."""
    figure = scenario.figure
    ours = results[scenario.contestants[0].label][figure]
    waits = any("p99Ns" in one for one in results.values())
    scale, unit = (1e6, "ms/GB") if scenario.unit == "byte" else (1, f"ns/{scenario.unit}")
    scale = scale if scale == 1 else 1e9 / 1e6
    heads = ["", f"CPU {unit}", f"wall {unit}", f"spread of {'CPU' if figure == 'cpu' else 'wall'}", "Millpond ÷ this",
             "mallocs each", "bytes each", "GC runs", "peak memory"] + (["wait p50", "p99"] if waits else [])
    lines = [f"**{scenario.title[0].upper() + scenario.title[1:]}**", "",
             "| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for label, one in results.items():
        cells = [label, number(one["cpu"] * scale), number(one["wall"] * scale),
                 f"{number(one[figure + 'Least'] * scale)}–{number(one[figure + 'Most'] * scale)}",
                 f"{ours / one[figure]:.2f}", "0" if one["mallocs"] < 0.005 else f"{one['mallocs']:.2f}",
                 size(one["allocatedBytes"]), f"{one['gcRuns']:.0f}" if "gcRuns" in one else "–",
                 size(one["peakBytes"])]
        if waits:
            cells += [f"{one[key] / 1000:,.1f} µs" if key in one else "–" for key in ("p50Ns", "p99Ns")]
        lines.append("| " + " | ".join(cells) + " |")
    for gate, measured, met in gates(scenario, results):
        lines += ["", f"Gate {gate}: {measured}, **{'met' if met else 'missed'}**."]
    return "\n".join(lines)


def gate_table(measured):
    """All gates; `measured` is a list of topics, scenarios and results."""
    lines = ["| topic | scenario | gate | measured | |", "|---|---|---|---|---|"]
    for topic, scenario, results in measured:
        for gate, value, met in gates(scenario, results):
            lines.append(f"| {topic.title} | {scenario.title} | {gate} | {value} | {'met' if met else '**missed**'} |")
    return "\n".join(lines)


def place(document, name, content):
    """Replaces what stands between the markers of a section; what is outside is written by hand and stays."""
    begin, end = f"<!-- begin generated: {name} -->", f"<!-- end generated: {name} -->"
    text = document.read_text()
    if begin not in text or end not in text:
        raise SystemExit(f"bench: {document} lacks the markers '{begin}' and '{end}'")
    head, rest = text.split(begin, 1)
    document.write_text(f"{head}{begin}\n{content.strip()}\n{end}{rest.split(end, 1)[1]}")
