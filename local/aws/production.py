"""Lints what CloudFormation gets in production: the template as SAM transforms it, with all that is optional."""

import json
import logging
import subprocess
import sys
from pathlib import Path

from boto3.session import Session
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
from services import ROOT, functions

TRANSFORMED = ROOT / "target" / "aws" / "production.json"
# W1030: SAM leaves tracing out where it is `Disabled`. W7001: SAM alone reads the mapping.
IGNORED = ("W1030", "W7001")
PARAMETERS = {
    "Stage": "production",
    "Tracing": "Active",
    "AllowedOrigins": "https://vigie.example.org",
    "AlarmEmail": "operator@example.org",
    "EngineUrl": "https://engine.example.org/test",
    "PrivacyContact": "donnees@example.org",
    "OperatorName": "Pix",
    "MailSender": "ne-pas-repondre@vigie.example.org",
    "WebDomain": "vigie.example.org",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/vigie/12345678-1234-1234-1234-123456789012",
    "KmsKeyArn": "arn:aws:kms:eu-west-3:123456789012:key/12345678-1234-1234-1234-123456789012",
    "ArchiveReaderArn": "arn:aws:iam::123456789012:role/archive-reader",
    "Events": "on",
    "WindowUp": "at(2027-05-18T08:30:00)",
    "WindowDown": "at(2027-05-18T12:30:00)",
    **{f"{of}ReservedConcurrency": 200 for of in ("Signup", "Login", "Join", "Start", "Channels")},
    **{f"{of}ProvisionedConcurrency": 100 for of in ("Login", "Join", "Start", "Status")},
    **{f"{of}WarmReads": 12000 for of in ("Accounts", "Sessions", "Index")},
    **{f"{of}WarmWrites": 4000 for of in ("Accounts", "Sessions", "Index")},
}


def transform(template):
    """As AWS does; it has the code of a function in S3."""
    for name, value in PARAMETERS.items():
        template["Parameters"][name]["Default"] = value
    for function in functions(template).values():
        function["Properties"]["CodeUri"] = "s3://bucket/code"
    region = Session(region_name="eu-west-3")
    return Translator(None, Parser(), boto_session=region).translate(template, PARAMETERS)


def main():
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of what is not switched on yet
    transformed = transform(yaml_parse((ROOT / "template.yaml").read_text()))
    TRANSFORMED.parent.mkdir(parents=True, exist_ok=True)
    TRANSFORMED.write_text(json.dumps(transformed, indent=1))
    lint = [Path(sys.executable).parent / "cfn-lint", TRANSFORMED, "--regions", "eu-west-3", "--ignore-checks", *IGNORED]
    sys.exit(subprocess.run(lint, check=False).returncode)


if __name__ == "__main__":
    main()
