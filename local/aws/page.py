"""Builds the page for a deployment, and puts it where the distribution finds it: `page.py build|upload ENV`.

What the page must know of a deployment is among its parameters in samconfig.toml. Settings that are not there
are the page's own, from `web/.env`.
"""

import mimetypes
import os
import subprocess
import sys

from services import ROOT

# What is not in every Python is imported where it is needed: a test asks with any how long a file is kept.

# Parameters, and what the page's build calls them.
SETTINGS = {"EngineUrl": "VITE_ENGINE_URL", "PrivacyContact": "VITE_PRIVACY_CONTACT", "OperatorName": "VITE_OPERATOR"}


def parameters(environment):
    """What all of SAM's commands are told in this environment of samconfig.toml."""
    import tomlkit

    return tomlkit.parse((ROOT / "samconfig.toml").read_text())[environment]["global"]["parameters"]


def built(environment):
    """Apart from `web/dist`, which is this machine's."""
    return ROOT / "target" / "page" / environment


def build(environment):
    given = dict(override.split("=", 1) for override in parameters(environment)["parameter_overrides"])
    settings = {variable: given[parameter] for parameter, variable in SETTINGS.items() if given.get(parameter)}
    command = ["npm", "run", "build", "--prefix", "web", "--", "--outDir", built(environment), "--emptyOutDir"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True)


def kept(path):
    """How long browsers may keep a file: what changes its name with its content, for ever."""
    return "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"


def rank(path):
    """Pages after what they name, and the worker after the pages that it keeps: whoever reads one finds all of it."""
    return 2 if path == "worker.js" else 1 if path.endswith(".html") else 0


def upload(aws, stack, folder):
    """What older pages name stays, for tabs that are open."""
    described = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    files = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
    for path in sorted(files, key=lambda path: (rank(path), path)):
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        headers = {"ContentType": kind, "CacheControl": kept(path)}
        aws.client("s3").upload_file(str(folder / path), outputs["PageBucketName"], f"app/{path}", ExtraArgs=headers)
    print(f"{len(files)} files: {outputs['WebUrl']}/app/")


def was_declined(aws, stack):
    """Whether the changes last shown were not made; `sam deploy` ends well then, too."""
    changes = aws.client("cloudformation").get_paginator("list_change_sets").paginate(StackName=stack).search("Summaries")
    last = max(changes, key=lambda change: change["CreationTime"], default={})
    return last.get("ExecutionStatus") == "AVAILABLE"


def main():
    command, environment = sys.argv[1:]
    if command == "build":
        build(environment)
        return
    import boto3

    stack, region = (parameters(environment)[name] for name in ("stack_name", "region"))
    aws = boto3.Session(region_name=region)
    if was_declined(aws, stack):
        raise SystemExit("the stack was not changed, so its page stays as it is")
    upload(aws, stack, built(environment))


if __name__ == "__main__":
    main()
