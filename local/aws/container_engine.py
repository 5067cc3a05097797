"""Runs a command where `sam local` finds a container engine and Lambda's image: `container_engine.py COMMAND…`.

Uses the engine that answers; else, as root on Linux, starts one, which it installs on Debian. Amazon's
image is pulled. Where an engine of our own can't reach a registry, a stand-in takes the image's name:
this machine's C library and the runtime emulator that comes with SAM. The command finds in
VIGIE_HOST_ADDRESS this machine's address as containers see it. After `--may-skip`, a machine that can't
have an engine is told so in one line, and nothing is run.
"""

import contextlib
import fcntl
import io
import ipaddress
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import samcli
from services import ROOT, has, run, running, wait_until

IMAGE = "public.ecr.aws/lambda/provided:al2023"
# SAM adds its emulator to the image under this name, unless it is there.
EMULATED = f"{IMAGE}-rapid-{'arm64' if platform.machine() == 'aarch64' else 'x86_64'}"
EMULATOR = Path(samcli.__file__).parent / "local" / "rapid" / f"aws-lambda-rie-{EMULATED.rsplit('-', 1)[1]}"
# What a function's binary is linked with.
LIBRARIES = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1"]


def docker(*arguments, **options):
    return subprocess.run(["docker", *arguments], capture_output=True, check=False, **options)


def must(done):
    """What a command printed, which has to have gone well."""
    if done.returncode != 0:
        message = done.stderr if isinstance(done.stderr, str) else done.stderr.decode()
        raise SystemExit(f"{' '.join(done.args)}: {message}")
    return done.stdout


def answers():
    try:
        return docker("info", timeout=30).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def can_have_one():
    """Root on Linux, unless it is in a container that may not mount, and where there is a package."""
    root = platform.system() == "Linux" and os.geteuid() == 0
    return root and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0 and has("dockerd", "docker.io")


@contextlib.contextmanager
def alone():
    """Not beside another engine of our own: both would give their containers the same addresses."""
    with open("/run/vigie-container-engine", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another command runs `sam local` on this machine: waiting until it ends", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def engine_of_our_own():
    state, log = ROOT / "target" / "aws" / "docker", ROOT / "target" / "aws" / "dockerd.log"
    with alone(), tempfile.TemporaryDirectory() as scratch:
        os.environ["DOCKER_HOST"] = f"unix://{scratch}/docker.sock"
        paths = ["--data-root", state, "--exec-root", f"{scratch}/exec", "--pidfile", f"{scratch}/pid"]
        with running(["dockerd", "--host", os.environ["DOCKER_HOST"], *paths], log) as service:
            wait_until(answers, "dockerd", service, log)
            yield


def stand_in():
    """A root file system with the emulator and what a binary needs, as a tar archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(EMULATOR, "var/rapid/aws-lambda-rie")
        triple = f"{platform.machine()}-linux-gnu"
        folder = next(folder for folder in (Path("/lib") / triple, Path("/lib64"), Path("/lib")) if (folder / "libc.so.6").exists())
        for library in LIBRARIES:
            if (folder / library).exists():
                tar.add((folder / library).resolve(), f"lib/{triple}/{library}")
        loader = next(path for name in ("lib64", "lib") for path in Path("/", name).glob("ld-linux-*"))
        tar.add(loader.resolve(), str(loader)[1:])
        certificates = Path("/etc/ssl/certs/ca-certificates.crt")
        if certificates.exists():
            tar.add(certificates.resolve(), str(certificates)[1:])
        for folder in ("tmp", "var/task", "var/runtime", "opt"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(entry)
    return archive.getvalue()


def have_image(stand_in_will_do):
    if docker("image", "inspect", EMULATED).returncode == 0:
        return
    pulled = docker("pull", "--quiet", IMAGE)
    if pulled.returncode != 0 and stand_in_will_do:
        print(f"{IMAGE} can't be pulled: a stand-in with this machine's C library takes its place", flush=True)
        must(docker("import", "-", EMULATED, input=stand_in()))
    else:
        must(pulled)


def host_address():
    """This machine on the bridge that containers are attached to: the first address of its network."""
    subnet = must(docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}", text=True))
    return str(next(ipaddress.ip_network(subnet.strip()).hosts()))


def main():
    command = sys.argv[1:]
    may_skip = command[:1] == ["--may-skip"]
    if answers():
        engine, ours = contextlib.nullcontext(), False
    elif can_have_one():
        engine, ours = engine_of_our_own(), True
    elif may_skip:
        print("SKIPPED: this machine can't have a container engine, so `sam local` was not tried")
        return
    else:
        raise SystemExit("sam local needs Docker")
    with engine:
        have_image(stand_in_will_do=ours)
        run(command[1:] if may_skip else command, VIGIE_HOST_ADDRESS=host_address())


if __name__ == "__main__":
    main()
