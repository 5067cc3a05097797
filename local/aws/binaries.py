"""Shows the size of each function that `sam build` made, and fails if one needs a newer C library than Lambda has."""

import re
import subprocess
from pathlib import Path

from services import ROOT

# Amazon Linux 2023's, which provided.al2023 is: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
LAMBDA_GLIBC = (2, 34)


def newest_glibc(binary: Path):
    needs = subprocess.run(["readelf", "--version-info", "--wide", binary], capture_output=True, text=True, check=True)
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", needs.stdout)
    if not versions:
        raise SystemExit(f"{binary} names no C library: is it the binary of a function?")
    return max((int(major), int(minor)) for major, minor in versions)


def main():
    binaries = sorted((ROOT / ".aws-sam" / "build").glob("*Function/bootstrap"))
    if not binaries:
        raise SystemExit("nothing is built: make build")
    too_new = []
    for binary in binaries:
        glibc = newest_glibc(binary)
        print(f"{binary.parent.name:28} {binary.stat().st_size / 1e6:6.2f} MB   glibc {glibc[0]}.{glibc[1]}")
        if glibc > LAMBDA_GLIBC:
            too_new.append(binary.parent.name)
    if too_new:
        raise SystemExit(f"need a newer C library than Lambda's {LAMBDA_GLIBC[0]}.{LAMBDA_GLIBC[1]}: {', '.join(too_new)}")


if __name__ == "__main__":
    main()
