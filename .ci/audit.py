"""Audit what uv.lock pins, and tell "vulnerable" from "could not ask".

Exit 0: asked, and nothing known. 1: vulnerabilities. 3: could not ask, and AUDIT_REQUIRED=1.
Without AUDIT_REQUIRED a service out of reach is announced and lets the rest go on.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent


def main() -> int:
    ended = audit()
    try:
        report = json.loads(ended.stdout)
    except json.JSONDecodeError:
        return not_asked(ended.stderr)
    vulnerable = [package for package in report["dependencies"] if package.get("vulns")]
    skipped = [package for package in report["dependencies"] if "skip_reason" in package]
    for package in vulnerable:
        sys.stderr.write(describe(package))
    if skipped and not vulnerable:
        return not_asked(f"{len(skipped)} packages went unasked, first {skipped[0]['skip_reason']}")
    print(f"audit: {len(report['dependencies'])} packages asked about, {len(vulnerable)} with known holes")
    return 1 if vulnerable else 0


def audit() -> subprocess.CompletedProcess[str]:
    with tempfile.NamedTemporaryFile(suffix=".txt") as pins:
        export = [str(BIN / "uv"), "export", "--quiet", "--frozen", "--no-hashes", "--no-emit-project"]
        subprocess.run([*export, "--output-file", pins.name], check=True, stdout=subprocess.DEVNULL)
        question = ["--requirement", pins.name, "--no-deps", "--disable-pip", "--format=json", "--desc=off"]
        return subprocess.run(
            [str(BIN / "pip-audit"), *question, "--progress-spinner=off"], capture_output=True, text=True
        )


def describe(package: dict[str, Any]) -> str:
    holes = (f"{hole['id']} (fixed in {', '.join(hole['fix_versions']) or '-'})" for hole in package["vulns"])
    return f"audit: VULNERABLE: {package['name']} {package['version']}: {'; '.join(holes)}\n"


def not_asked(why: str) -> int:
    last = (why.strip().splitlines() or ["no reason given"])[-1]
    required = os.environ.get("AUDIT_REQUIRED") == "1"
    sys.stderr.write(
        "\n".join(
            [
                "=" * 78,
                "audit: NOT DONE: the vulnerability service could not be asked.",
                f"audit: {last[:300]}",
                "audit: nothing is known about the pinned packages, neither good nor bad."
                + ("" if required else " Set AUDIT_REQUIRED=1 to make this an error."),
                "=" * 78,
                "",
            ]
        )
    )
    return 3 if required else 0


if __name__ == "__main__":
    sys.exit(main())
