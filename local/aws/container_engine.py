"""Runs a command where `sam local` finds a container engine and Lambda's image: `container_engine.py COMMAND…`.

Uses the engine that answers; else, as root on Linux, starts one (installing Debian's). Amazon's image
is pulled; where no registry can be reached, a stand-in takes its name: this machine's C library and
the runtime emulator that comes with SAM. The command finds in VIGIE_HOST_ADDRESS an address of this
machine that containers reach. Where no engine can be had, it says so in one line and runs nothing.
"""

import contextlib
import io
import ipaddress
import os
import platform
import shutil
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


def answers():
    return shutil.which("docker") is not None and docker("info", timeout=30).returncode == 0


def can_be_started():
    return platform.system() == "Linux" and os.geteuid() == 0


@contextlib.contextmanager
def engine():
    """Whether there is one while the block runs."""
    if answers():
        yield True
    elif not (can_be_started() and has("dockerd", "docker.io")):
        yield False
    else:
        state, log = ROOT / "target" / "aws" / "docker", ROOT / "target" / "aws" / "dockerd.log"
        with tempfile.TemporaryDirectory() as scratch:
            os.environ["DOCKER_HOST"] = f"unix://{scratch}/docker.sock"
            paths = ["--data-root", state, "--exec-root", f"{scratch}/exec", "--pidfile", f"{scratch}/pid"]
            with running(["dockerd", "--host", os.environ["DOCKER_HOST"], *paths], log) as service:
                try:
                    wait_until(answers, "dockerd", service, log)
                except SystemExit as failure:
                    print(failure, file=sys.stderr)
                    yield False
                else:
                    yield True


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


def have_image():
    if docker("image", "inspect", EMULATED).returncode == 0 or docker("pull", "--quiet", IMAGE).returncode == 0:
        return
    print(f"{IMAGE} can't be pulled: a stand-in with this machine's C library takes its place")
    docker("import", "-", EMULATED, input=stand_in()).check_returncode()


def host_address():
    """This machine on the bridge that containers are attached to: the first address of its network."""
    subnet = docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}", text=True)
    return str(next(ipaddress.ip_network(subnet.stdout.strip()).hosts()))


def main():
    with engine() as is_there:
        if not is_there:
            print("SKIPPED: no container engine can be had on this machine, so `sam local` was not tried")
            return
        have_image()
        run(sys.argv[1:], VIGIE_HOST_ADDRESS=host_address())


if __name__ == "__main__":
    main()
