"""Counts the results of Autobahn's reports and names the cases that failed. Exit status 1 if there are any."""
import collections
import json
import pathlib
import sys

PASSED = {"OK", "NON-STRICT", "INFORMATIONAL"}


def main() -> int:
    has_failed = False
    for folder in map(pathlib.Path, sys.argv[1:]):
        index = folder / "index.json"
        if not index.exists():
            print(f"{folder.name}: no report")
            has_failed = True
            continue
        for agent, cases in json.loads(index.read_text()).items():
            failed = []
            counts = collections.Counter()
            for name, case in cases.items():
                passed = case["behavior"] in PASSED and case["behaviorClose"] in PASSED
                counts[case["behavior"] if passed else "failed"] += 1
                if not passed:
                    failed.append((name, case))
            passes = len(cases) - len(failed)
            details = ", ".join(f"{count} {what.lower()}" for what, count in sorted(counts.items()))
            print(f"{folder.name} ({agent}): {passes} of {len(cases)} cases passed ({details})")
            for name, case in sorted(failed):
                print(f"  {name}: {case['behavior']}, close {case['behaviorClose']}")
            has_failed = has_failed or bool(failed) or not cases
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
