"""Shows the size of each function that `make build` made, and fails if one needs a newer C library than Lambda has."""

import re
import subprocess
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse
from services import functions
from template import BUILT

# Amazon Linux 2023's, which provided.al2023 is: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
LAMBDA_GLIBC = (2, 34)


def newest_glibc(binary: Path):
    needs = subprocess.run(["readelf", "--version-info", "--wide", binary], capture_output=True, text=True, check=True)
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", needs.stdout)
    if not versions:
        raise SystemExit(f"{binary} names no C library: is it the binary of a function?")
    return max((int(major), int(minor)) for major, minor in versions)


def main():
    too_new = []
    for name, function in sorted(functions(yaml_parse(BUILT.read_text())).items()):
        binary = BUILT.parent / function["Properties"]["CodeUri"] / "bootstrap"
        glibc = newest_glibc(binary)
        print(f"{name:28} {binary.stat().st_size / 1e6:6.2f} MB   glibc {glibc[0]}.{glibc[1]}")
        if glibc > LAMBDA_GLIBC:
            too_new.append(name)
    if too_new:
        raise SystemExit(f"need a newer C library than Lambda's {LAMBDA_GLIBC[0]}.{LAMBDA_GLIBC[1]}: {', '.join(too_new)}")


if __name__ == "__main__":
    main()
