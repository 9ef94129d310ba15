"""``python -m tests.soak [--minutes M] [--seed N] [--self-test]``: exit 0 only if nothing was wrong."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.config import Settings
from jupyter_dataops.states import RunState
from tests.soak.chaos import Chaos
from tests.soak.sabotage import SABOTAGES, damaged
from tests.support.invariants import left_behind, violations


def soak(folder: Path, minutes: float, seed: int) -> Chaos:
    """What became of a store in `folder` after that long."""
    chaos = Chaos(folder, seed)
    until = time.monotonic() + minutes * 60
    while time.monotonic() < until:
        chaos.step()
        chaos.look()
        time.sleep(chaos.chance.random() * 0.6)
    chaos.settle()
    return chaos


def summary(chaos: Chaos) -> str:
    """One line per count, violations last."""
    lines = [f"{name}: {count}" for name, count in sorted(chaos.counts.items())]
    return "\n".join([*lines, f"violations: {len(chaos.violations)}", *chaos.violations])


def wrong(store: Path, run_id: str) -> list[str]:
    """What is not as it must be of a run that has ended."""
    run = open_run(run_id, Settings(store=str(store), jobs=2))
    with run.store() as opened:
        return violations(opened, run.artifacts, run_id) + left_behind(store, [run_id])


def self_test(folder: Path) -> int:
    """How many sabotages went unnoticed, and false alarms there were."""
    chaos = Chaos(folder, 1)
    run = chaos.run_undisturbed()
    if run.state is not RunState.SUCCEEDED:
        print(f"the run to be damaged is {run.state}: {run.reason}")
        return 1
    unnoticed = 0
    for sabotage in SABOTAGES:
        with damaged(sabotage, chaos.store, run) as store:
            noticed = [found for found in wrong(store, run.run_id) if sabotage.noticed_by in found]
        print(f"{sabotage.name}: {noticed[0] if noticed else 'NOT NOTICED'}")
        unnoticed += not noticed
    clean = wrong(chaos.store, run.run_id)
    print(f"without damage: {clean or 'nothing found'}")
    return unnoticed + len(clean)


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, help="the same choices again, as far as timing allows")
    parser.add_argument("--self-test", action="store_true", help="damage a store on purpose; each damage must be found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dataops-soak-") as folder:
        if options.self_test:
            return int(self_test(Path(folder)) > 0)
        seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
        print(f"seed: {seed}", flush=True)
        chaos = soak(Path(folder), options.minutes, seed)
        print(summary(chaos))
        return int(bool(chaos.violations))


if __name__ == "__main__":
    sys.exit(main())
