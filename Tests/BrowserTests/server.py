"""Starts and stops the real server for the browser test."""

import pathlib
import shlex
import signal
import socket
import subprocess
import tempfile
import time

ARGUMENTS = "--host 127.0.0.1 --port {port} --tcp-port {tcp_port} --data {data}"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Server:
    """One server on a free port with its data in a temporary folder; it can be killed and started again."""

    def __init__(self, command=None):
        self.folder = tempfile.TemporaryDirectory(prefix="millpond-browser-test-")
        self.port, self.tcp_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        template = command or f"{built_binary()} serve {ARGUMENTS}"
        data = pathlib.Path(self.folder.name) / "data"
        self.command = shlex.split(template.format(port=self.port, tcp_port=self.tcp_port, data=data))
        self.log_path = pathlib.Path(self.folder.name) / "log"
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGTERM)
        self.folder.cleanup()

    def start(self):
        """Starts it and waits until it accepts connections."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.folder.name)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.output()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the server does not listen on port {self.port}:\n{self.output()}")

    def stop(self, with_signal=signal.SIGKILL):
        if self.process is None:
            return
        self.process.send_signal(with_signal)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def output(self):
        return self.log_path.read_text(errors="replace")[-4000:] if self.log_path.exists() else ""


def built_binary():
    """That of the tests if there is one (`make test` builds it), otherwise the debug or the release binary."""
    for folder in [".build-test/debug", ".build/debug", ".build/release"]:
        path = ROOT / folder / "millpond"
        if path.is_file():
            return path
    raise SystemExit("browser-test: build millpond first (scripts/test-build --product millpond)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
