"""Writes the template for the binaries in target/lambda, where `sam local` and `sam deploy` look for what is built.

`sam build` would build them one after the other, and what they share anew wherever one wants a feature more.
"""

import json

from samtranslator.yaml_helper import yaml_parse
from services import ROOT, functions

BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"


def main():
    template = yaml_parse((ROOT / "template.yaml").read_text())
    for name, function in functions(template).items():
        folder = function["Properties"]["CodeUri"]
        binary = folder.rsplit("/", 1)[1]
        if function.pop("Metadata", None) != {"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": binary}}:
            raise SystemExit(f"{name}: its metadata do not tell SAM to build {binary} with cargo-lambda")
        if f'[[bin]]\nname = "{binary}"\n' not in (ROOT / folder / "Cargo.toml").read_text():
            raise SystemExit(f"{name}: SAM would find no binary {binary} in {folder}")
        function["Properties"]["CodeUri"] = f"../../target/lambda/{binary}"
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    BUILT.write_text(json.dumps(template, indent=1))


if __name__ == "__main__":
    main()
