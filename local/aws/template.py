"""Writes the template for the binaries in target/lambda, where `sam local` and `sam deploy` look for what is built.

`sam build` would build them one after the other, and what they share anew wherever one wants a feature more.
"""

import json

from samtranslator.yaml_helper import yaml_parse
from services import ROOT

BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"


def main():
    template = yaml_parse((ROOT / "template.yaml").read_text())
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            package = ROOT / resource["Properties"]["CodeUri"] / "Cargo.toml"
            binary = resource.pop("Metadata")["BuildProperties"]["Binary"]
            if f'[[bin]]\nname = "{binary}"\n' not in package.read_text():
                raise SystemExit(f"{name}: SAM would find no binary {binary} in {package.parent}")
            resource["Properties"]["CodeUri"] = f"../../target/lambda/{binary}"
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    BUILT.write_text(json.dumps(template, indent=1))


if __name__ == "__main__":
    main()
