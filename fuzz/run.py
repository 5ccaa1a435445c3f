"""Coverage-guided fuzzing of every target, one after the other, each in a process of its own.

    python fuzz/run.py --seconds 60 [--target wire] [--seed 1]

Needs atheris (the extra `fuzz`); the same targets run without it in the tests. Exit 0: nothing was found; 1: something
was, and each input stands in `fuzz/corpus/<target>/`; 2: atheris is missing, or an option is wrong.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
NAMES = ("handshake", "wire", "envelopes", "events", "life", "server", "pair")
LONGEST_INPUT = 1024
# One input that takes longer than this many seconds, or more than this many megabytes, is a finding.
LONGEST_RUN = 20
MOST_MEMORY = 2048


def main() -> int:
    options = _options()
    if not _has_atheris():
        print("atheris is not installed: pip install '.[fuzz]', or run `make fuzz`", file=sys.stderr)
        return 2
    if options.child:
        _fuzz(options.target, options.arguments)
        return 0
    names = NAMES if options.target is None else (options.target,)
    found = [finding for name in names for finding in _run(name, options.seconds, options.seed)]
    return 1 if found else 0


def _has_atheris() -> bool:
    try:
        return importlib.util.find_spec("atheris") is not None
    except ValueError:  # Somebody has barred it.
        return False


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of qqgw_proto.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--target", choices=NAMES, help="only this one")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's own chance (default: 1)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.seconds < 1:
        parser.error("--seconds must be 1 or more")
    return options


def _run(name: str, seconds: int, seed: int) -> list[str]:
    """Fuzzes one target; prints a line about it and gives the files of its findings."""
    with tempfile.TemporaryDirectory(prefix="qqgw-fuzz-") as grown:
        command = [
            *(sys.executable, __file__, "--child", "--target", name, "--"),
            *(f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={LONGEST_INPUT}", "-print_final_stats=1"),
            *(f"-timeout={LONGEST_RUN}", f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={CORPUS / name}/"),
            # What is found to be of interest grows in the first; the seeds stay as they are.
            *(grown, str(CORPUS / name)),
        ]
        before = set((CORPUS / name).iterdir())
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        findings = sorted(str(path.relative_to(ROOT)) for path in set((CORPUS / name).iterdir()) - before)
    print(_summary(name, done.stderr, seed, findings), flush=True)
    if findings or done.returncode:
        print(done.stdout[-4000:] + done.stderr[-4000:], file=sys.stderr)
        return findings or [name]
    return []


def _summary(name: str, log: str, seed: int, findings: list[str]) -> str:
    executions = _last(r"stat::number_of_executed_units:\s*(\d+)", log) or _last(r"#(\d+)\t", log) or "0"
    edges, features = _last(r"cov: (\d+)", log) or "0", _last(r"ft: (\d+)", log) or "0"
    found = ", ".join(findings) or "none"
    return f"{name}: {executions} executions, {edges} edges, {features} features, findings: {found}, seed {seed}"


def _last(pattern: str, log: str) -> str | None:
    found: list[str] = re.findall(pattern, log)
    return found[-1] if found else None


def _fuzz(name: str, arguments: list[str]) -> None:
    """Inside the child: never returns."""
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["qqgw_proto", "wsproto"]):
        targets = importlib.import_module("fuzz.targets")
    atheris.Setup([sys.argv[0], *arguments], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
