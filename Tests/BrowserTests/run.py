"""Tests the web page in headless Chromium: its modules by themselves, then the whole with a real server.

Run it with scripts/browser-test, which prepares Python's environment. Screenshots go to out/browser/.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import time

from playwright.sync_api import sync_playwright

from scenario import Scenario
from server import Server

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ASSETS = ROOT / "Sources/MillpondChat/Web/Assets"
CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome"]
TYPES = {".js": "text/javascript", ".html": "text/html"}


def find_chromium():
    """The first one that runs: on Ubuntu the command may be there only to say that a snap is needed."""
    for name in filter(shutil.which, CHROMIUM_NAMES):
        if subprocess.run([name, "--version"], capture_output=True).returncode == 0:
            return shutil.which(name)
    return None


def run_unit_tests(browser):
    """Runs every *.test.js here against the page's modules; no server is needed. Returns the number of failures."""
    page = browser.new_page()

    def serve(route):
        name = route.request.url.split("/", 3)[3]
        path = ASSETS / name.removeprefix("assets/") if name.startswith("assets/") else HERE / (name or "empty.html")
        if path.is_file():
            route.fulfill(path=path, content_type=TYPES.get(path.suffix, "text/plain"))
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route("http://millpond.test/**", serve)
    page.goto("http://millpond.test/")
    files = sorted(path.name for path in HERE.glob("*.test.js"))
    results = page.evaluate(
        """async (files) => {
            for (const file of files) await import(`/${file}`);
            return await (await import("/harness.js")).run();
        }""",
        files,
    )
    failures = [result for result in results if result["error"]]
    for failure in failures:
        print(f"FAILED {failure['name']}\n{failure['error']}\n")
    print(f"modules: {len(results) - len(failures)} of {len(results)} tests passed")
    page.close()
    return len(failures)


def run_scenario(browser, arguments):
    """Runs the steps of the scenario. Returns the number of failures (the first one ends it)."""
    shots = ROOT / "out/browser"
    shutil.rmtree(shots, ignore_errors=True)
    shots.mkdir(parents=True)
    with Server(arguments.server_command) as server:
        scenario = Scenario(browser, server, shots)
        for step in scenario.steps():
            started = time.monotonic()
            try:
                step()
            except Exception as error:
                scenario.photograph_all("failure")
                print(f"FAILED {step.__doc__}\n{error}\n{scenario.report()}")
                print(f"--- the server's output\n{server.output()}")
                return 1
            print(f"page: {step.__doc__} ({time.monotonic() - started:.1f} s)", flush=True)
        if problems := scenario.report():
            print(f"FAILED the browser complained:\n{problems}")
            return 1
    print(f"page: screenshots in {shots.relative_to(ROOT)}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules-only", action="store_true", help="only the modules, without a server")
    parser.add_argument("--server-command", default=None, help="what starts the server; {port}, {tcp_port} and {data} "
                        "are filled in (default: the tests' build of millpond)")
    arguments = parser.parse_args()
    started = time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-US"])
        failures = run_unit_tests(browser)
        if failures == 0 and not arguments.modules_only:
            failures = run_scenario(browser, arguments)
        browser.close()
    print(f"browser tests: {'failed' if failures else 'passed'} in {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
