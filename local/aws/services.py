"""What the programs of this folder share: a template's functions, free ports, waiting, a service beside a command."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# So that services end with whoever is told to.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def functions(template):
    """The functions of a template, each with its name."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == "AWS::Serverless::Function"}


def has(program, package):
    """Whether the program is there; as root on Debian, installs its package first where it is not."""
    if shutil.which(program) is None and shutil.which("apt-get") is not None and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "check": False}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], **quiet)
    return shutil.which(program) is not None


def free_port(address="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def wait_until(ready, what, service, log, seconds=90):
    """Waits for `ready()`; says what the service logged when it gave up instead."""
    deadline = time.monotonic() + seconds
    while not ready():
        if service.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{what} did not start:\n{Path(log).read_text()[-2000:]}")
        time.sleep(0.2)


def listens(address, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


@contextlib.contextmanager
def running(command, log, environment=None):
    """A service that lives as long as the block, in a process group of its own; its output goes to a file."""
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as output:
        service = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True)
    try:
        yield service
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGTERM)
        try:
            service.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(service.pid, signal.SIGKILL)
            service.wait()


def run(command, **environment):
    """Runs the wrapped command and ends as it ended."""
    sys.exit(subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode)
