"""Deploys the built template into a local AWS, and runs a command against it: `ministack.py COMMAND…`.

`sam deploy` does what it does on AWS; each function is a process of its own, the `bootstrap` that
`sam build` made. The command finds the API in VIGIE_URL, and two organisers in VIGIE_ORGANISER and
VIGIE_OTHER_ORGANISER, each as `e-mail:password`.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import boto3
from services import ROOT, free_port, listens, run, running, wait_until

TOOLS = Path(sys.executable).parent
STACK = "vigie"
ORGANISERS = {"VIGIE_ORGANISER": "organisation@example.org", "VIGIE_OTHER_ORGANISER": "autre@example.org"}
PASSWORD = "Organisation1"


def make_routes(stack, api):
    """The routes in the API's OpenAPI body, which the local AWS does not read; returns how many."""
    gateway = boto3.client("apigatewayv2")
    template = boto3.client("cloudformation").get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
    paths = resources["Api"]["Properties"]["Body"]["paths"]
    routes = [(path, method, operation) for path, methods in paths.items() for method, operation in methods.items()]
    for path, method, operation in routes:
        integration = operation["x-amazon-apigateway-integration"]
        function = re.search(r"\$\{(\w+?)(\.Arn)?\}/invocations", integration["uri"]["Fn::Sub"])[1]
        made = gateway.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=stack[function],
            PayloadFormatVersion=integration["payloadFormatVersion"],
        )
        key = "$default" if path == "/$default" else f"{method.upper()} {path}"
        gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{made['IntegrationId']}")
    return len(routes)


def sign_up_organiser(stack, url, email):
    account = {"email": email, "password": PASSWORD, "firstName": "Olivia", "lastName": "Organisatrice", "acceptTerms": True}
    request = urllib.request.Request(f"{url}/accounts", json.dumps(account).encode(), {"content-type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()
    granted = boto3.client("lambda").invoke(FunctionName=stack["GrantOrganiserFunction"], Payload=json.dumps({"email": email}))
    if "FunctionError" in granted:
        raise SystemExit(f"the organiser's role was not given: {granted['Payload'].read().decode()}")


def deploy():
    """What an operator does; returns the physical names of the stack's resources."""
    command = [TOOLS / "sam", "deploy", "--config-env", "dev", "--stack-name", STACK, "--no-progressbar"]
    # `make build` builds for this machine.
    architecture = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    subprocess.run([*command, "--parameter-overrides", f"Architecture={architecture}", "Stage=dev"], cwd=ROOT, check=True)
    resources = boto3.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}


def main():
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ENDPOINT_URL": endpoint,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
    }
    log = ROOT / "target" / "aws" / "ministack.log"
    with tempfile.TemporaryDirectory() as scratch, running([ROOT / ".tools/ministack/bin/ministack"], log, {**os.environ, "TMPDIR": scratch}) as service:
        wait_until(lambda: listens("127.0.0.1", port), "the local AWS", service, log)
        stack = deploy()
        url = f"{endpoint}/_aws/execute-api/{stack['Api']}/$default"
        print(f"{make_routes(stack, stack['Api'])} routes at {url}", flush=True)
        for email in ORGANISERS.values():
            sign_up_organiser(stack, url, email)
        run(sys.argv[1:], VIGIE_URL=url, **{name: f"{email}:{PASSWORD}" for name, email in ORGANISERS.items()})


if __name__ == "__main__":
    main()
