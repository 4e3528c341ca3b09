"""Builds the contestants: Swift products, the packages of peers, Go folders, C files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out" / "bench"
GO = ROOT / ".tools/go/bin/go"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, cwd=options.pop("cwd", ROOT), **options)


def build_c(source, *flags):
    """One file, or all of a folder."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = ROOT / source
    sources = sorted(path.glob("*.c")) if path.is_dir() else [path]
    shared = "-shared" in flags
    binary = OUT / (f"{path.name}-peer" if path.is_dir() else path.stem + (".so" if shared else ""))
    compiler = next(name for name in ("cc", "gcc", "clang") if shutil.which(name))
    run(compiler, "-O2", "-pthread", *flags, "-o", binary, *sources)
    return binary


def build_go(folder, name=None):
    OUT.mkdir(parents=True, exist_ok=True)
    binary = OUT / (name or f"go-{Path(folder).name}")
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}
    run(GO, "build", "-o", binary, ".", cwd=ROOT / folder, env=environment)
    return binary


def build_swift(product, package=ROOT):
    build = ["swift", "build", "-c", "release", "--package-path", package]
    run(*build, "--product", product, stdout=sys.stderr)
    shown = run(*build, "--show-bin-path", stdout=subprocess.PIPE, text=True).stdout.strip()
    return Path(shown) / product
