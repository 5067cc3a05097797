"""Deploys the built template into a local AWS, and runs a command against it: `ministack.py COMMAND…`.

`sam deploy` does what it does on AWS; each function is a process of its own, the `bootstrap` that
`make build` made. The command finds the API in VIGIE_URL, and organisers of two centres in VIGIE_ORGANISER and
VIGIE_OTHER_ORGANISER, each as `e-mail:password`.
"""

import http.client
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
import page
from services import ROOT, free_port, listens, run, running, wait_until
from template import BUILT

TOOLS = Path(sys.executable).parent
# Isolated, since this file has the name of the package.
AWS = [ROOT / ".tools" / "ministack" / "bin" / "python", "-I", ROOT / "local" / "aws" / "local_aws.py"]
STACK = "vigie"
ORGANISERS = {"VIGIE_ORGANISER": "premier@example.org", "VIGIE_OTHER_ORGANISER": "autre@example.org"}
PASSWORD = "Organisation1"
SENDER = "vigie@example.org"


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


def call(url, method, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"}, method=method)
    urllib.request.urlopen(request, timeout=60).close()


def letters(endpoint, email):
    """What SES was given for this address, the newest last."""
    with urllib.request.urlopen(f"{endpoint}/_ministack/ses/messages", timeout=60) as answer:
        return [letter for sent in json.load(answer)["messages"].values() for letter in sent if letter["To"] == [email]]


def prove(endpoint, url, email):
    """Opens the link in the letter that signing up has sent, by the table's stream and SES."""
    token = re.search(r"/app/account/proof#(\S+)", letters(endpoint, email)[-1]["BodyText"])[1]
    call(f"{url}/email-proofs", "PUT", {"token": token})


def sign_up(url, email):
    account = {"email": email, "password": PASSWORD, "firstName": "Olivia", "lastName": "Organisatrice", "acceptTerms": True}
    call(f"{url}/accounts", "POST", account)


def make_organiser(stack, email):
    granted = boto3.client("lambda").invoke(FunctionName=stack["GrantOrganiserFunction"], Payload=json.dumps({"email": email, "newCentreName": email}))
    if "FunctionError" in granted:
        raise SystemExit(f"the organiser's role was not given: {granted['Payload'].read().decode()}")


def ask(port, domain, path):
    """What the distribution answers to a browser: status, body, headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Host": domain, "X-Forwarded-Proto": "https"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers


def try_page(port):
    """A page is uploaded as `make deploy` does, and the distribution serves it."""
    rules = ("frame-src 'self';", f"connect-src 'self' ws://127.0.0.1:{port};")
    with tempfile.TemporaryDirectory() as folder:
        files = {"index.html": "the page", "engine/index.html": "the engine", "assets/page-1.js": "a script"}
        for name, content in files.items():
            Path(folder, name).parent.mkdir(exist_ok=True)
            Path(folder, name).write_text(content)
        page.upload(boto3.Session(), STACK, Path(folder))
    described = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    domain = next(output["OutputValue"] for output in described["Outputs"] if output["OutputKey"] == "DistributionDomain")
    expected = {
        "/app/": (200, "the page"),
        "/app/room": (200, "the page"),
        "/app/engine/": (200, "the engine"),
        "/app/assets/page-1.js": (200, "a script"),
    }
    for path, answer in expected.items():
        status, body, headers = ask(port, domain, path)
        kept = "immutable" in headers["Cache-Control"]
        if (status, body, kept) != (*answer, path.startswith("/app/assets/")):
            raise SystemExit(f"{path} of the page: {status} {body}, kept: {headers['Cache-Control']}")
        if not all(rule in headers["Content-Security-Policy"] for rule in rules):
            raise SystemExit(f"{path} of the page has not the rules {rules}: {headers}")
    for path in ("/", "/app", "/docs"):
        if (status := ask(port, domain, path)[0]) != 302:
            raise SystemExit(f"{path} of the page: {status}, and no way to it")
    print(f"the page at {domain}", flush=True)


def try_archive(stack):
    """What has expired is written into the bucket. By hand, since the local AWS tells no stream what it deletes by itself."""
    event = (ROOT / "events" / "archive.json").read_bytes()
    answer = boto3.client("lambda").invoke(FunctionName=stack["ArchiveFunction"], Payload=event)["Payload"].read()
    written = boto3.client("s3").list_objects_v2(Bucket=stack["ArchiveBucket"]).get("Contents", [])
    if json.loads(answer) != {"batchItemFailures": []} or len(written) != 1:
        raise SystemExit(f"the archive has {written}, and its function says {answer.decode()}")
    print(f"archived as {written[0]['Key']}", flush=True)


def without_tls():
    """The built template, for channels that have no TLS here."""
    copy = BUILT.with_name("without-tls.yaml")
    copy.write_text(BUILT.read_text().replace("wss://${LiveApi.", "ws://${LiveApi.").replace("https://${LiveApi.", "http://${LiveApi."))
    return copy


def deploy():
    """What an operator does; returns the physical names of the stack's resources."""
    command = [TOOLS / "sam", "deploy", "--config-env", "dev", "--stack-name", STACK, "--no-progressbar"]
    command += ["--template-file", without_tls(), "--config-file", ROOT / "samconfig.toml"]
    # `make build` builds for this machine.
    architecture = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    subprocess.run([*command, "--parameter-overrides", f"Architecture={architecture}", "Stage=dev", f"MailSender={SENDER}"], cwd=ROOT, check=True)
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
    with tempfile.TemporaryDirectory() as scratch, running(AWS, log, {**os.environ, "TMPDIR": scratch}) as service:
        wait_until(lambda: listens("127.0.0.1", port), "the local AWS", service, log)
        boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        stack = deploy()
        print("the channels are without TLS, and local_aws.py makes them", flush=True)
        try_page(port)
        try_archive(stack)
        url = f"{endpoint}/_aws/execute-api/{stack['Api']}/$default"
        print(f"{make_routes(stack, stack['Api'])} routes at {url}", flush=True)
        for email in ORGANISERS.values():
            sign_up(url, email)
            wait_until(lambda: letters(endpoint, email), "the letter to a new account", service, log)
            prove(endpoint, url, email)
            make_organiser(stack, email)
        run(sys.argv[1:], VIGIE_URL=url, **{name: f"{email}:{PASSWORD}" for name, email in ORGANISERS.items()})


if __name__ == "__main__":
    main()
