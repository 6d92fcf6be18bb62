"""The deep run: `python -m tests.fuzz --inputs 10000000` (`make fuzz`), slice by slice, target after target; guided by coverage (atheris), or
from the corpus that guided slices have found (`--guided 0.2`).

It can be stopped at any time and goes on where it was: what it knows lies in the state folder. A slice always goes to the target that is farthest from
its share. What a slice did not stand is tried again without instrumentation; what stays is `confirmed`, and the run ends with status 1.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tests.conftest import REPO
from tests.fuzz.bounds import Finding, check, hangs_are_cut
from tests.fuzz.harvest import harvest
from tests.fuzz.state import TargetState, folders_kept, inputs_kept, table
from tests.fuzz.targets import TARGETS

RSS_LIMIT_MB = 2048
LIBFUZZER_TIMEOUT_SECONDS = 300
"""Of the wall clock, for what not even a signal interrupts."""
DONE = re.compile(r"^#(\d+)\s+DONE", re.MULTILINE)
STATUS = re.compile(r"cov: (\d+) ft: (\d+) corp: \d+")


def run_slice(state: TargetState, runs: int, seconds: int, seed: int, *, guided: bool) -> str:
    """Fuzzes one target for so many inputs or seconds; returns one line about it."""
    name = state.target.name
    folders = [state.corpus, *folders_kept(name)]
    note = state.folder / "slice.json"
    note.unlink(missing_ok=True)
    known = sum(1 for folder in folders for _ in folder.iterdir()) + 1
    if guided:
        limits = [f"-runs={known + runs}", f"-max_total_time={seconds}", f"-rss_limit_mb={RSS_LIMIT_MB}", f"-timeout={LIBFUZZER_TIMEOUT_SECONDS}"]
        tail = [*map(str, folders), "--", *limits, f"-artifact_prefix={state.found}/libfuzzer-", f"-seed={seed}", "-reload=0"]
    else:
        tail = [str(runs), str(seconds), str(seed), *map(str, folders)]
    command = [sys.executable, "-m", f"tests.fuzz.{'guided' if guided else 'unguided'}", name, str(state.folder), *tail]
    began = time.monotonic()
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, errors="replace", check=False)
    (state.folder / "slice.log").write_text(done.stderr, encoding="utf-8")
    if not note.exists():
        raise click.ClickException(f"{name}: the slice ended with status {done.returncode} before its first count; see {state.folder / 'slice.log'}")
    told = json.loads(note.read_text(encoding="utf-8"))
    ended = DONE.search(done.stderr)
    if ended:  # the last count may be half a second old
        told["inputs"] = max(0, int(ended[1]) - known)
    reached = STATUS.findall(done.stderr) or [("0", "0")]
    state.add(told, int(reached[-1][0]), int(reached[-1][1]), guided=guided)
    confirm(state)
    pace = told["inputs"] / max(1e-3, time.monotonic() - began)
    way = f"guided, {state.counts.edges} edges" if guided else "unguided"
    died = f", ended with status {done.returncode}" if done.returncode else ""
    return f"{name}: {state.inputs:,} inputs ({pace:,.0f}/s {way}){died}, found {told['found'] or 'nothing'}"


def confirm(state: TargetState) -> None:
    """Tries what was found again in a process without instrumentation; what stays is kept, the rest forgotten."""
    for path in sorted(state.found.iterdir()):
        again = subprocess.run([sys.executable, "-m", "tests.fuzz", "--replay", state.target.name, str(path)], cwd=REPO, capture_output=True, check=False)
        if again.returncode:
            click.echo(f"{state.target.name}: {again.stdout.decode(errors='replace').strip()} {path.name}")
            path.replace(state.confirmed / path.name)
        else:
            path.unlink()


def replay(name: str, paths: tuple[Path, ...]) -> None:
    """Runs files under all bounds."""
    broken = 0
    with hangs_are_cut():
        for path in paths or inputs_kept(name):
            try:
                cost = check(TARGETS[name], path.read_bytes())
            except Finding as finding:
                broken += 1
                click.echo(f"{finding}")
            else:
                click.echo(f"{path.name}: {cost.cpu_seconds * 1e3:.1f} ms, {cost.peak_bytes / 2**20:.2f} MiB")
    sys.exit(min(1, broken))


@click.command()
@click.option("--inputs", default=1_000_000, show_default=True, help="Inputs over all targets on the code as it is now, shared equally.")
@click.option(
    "--guided", "guided_share", default=1.0, show_default=True, help="Share of the inputs that is guided by coverage; the others are many more a second."
)
@click.option("--targets", default=",".join(TARGETS), show_default=True, help="Which targets.")
@click.option("--state", "root", type=click.Path(path_type=Path), default=REPO / ".cache" / "fuzz", help="Where the run keeps what it knows.")
@click.option("--seconds", "slice_seconds", default=60, show_default=True, help="Of one slice.")
@click.option("--seed", default=0, help="Of the mutations; the same inputs each time, if each slice ends by its inputs. 0: other ones each time.")
@click.option("--jobs", default=1, show_default=True, help="Targets at the same time.")
@click.option("--until", type=float, default=None, help="Stop at this Unix time.")
@click.option("--table", "only_table", is_flag=True, help="Print the table of what is done, and nothing else.")
@click.option("--harvest", "harvested", default=0, help="Take the reduced corpora into the repository, so many files a target at most.")
@click.option("--replay", "replayed", default=None, help="Run FILES (else all committed ones) of this target under the bounds, without atheris.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def main(
    inputs: int,
    guided_share: float,
    targets: str,
    root: Path,
    slice_seconds: int,
    seed: int,
    jobs: int,
    until: float | None,
    only_table: bool,
    harvested: int,
    replayed: str | None,
    files: tuple[Path, ...],
) -> None:
    """Fuzzes what takes bytes of strangers."""
    if replayed is not None:
        replay(replayed, files)
    names = targets.split(",")
    states = [TargetState(TARGETS[name], root) for name in names]
    share = -(-inputs // len(states))
    if harvested:
        for state in states:
            click.echo(f"{state.target.name}: {harvest(state.target, state.corpus.iterdir(), harvested)} files")
        return
    busy: set[str] = set()

    def work() -> None:
        while until is None or time.time() < until:
            waiting = [state for state in states if state.inputs < share and state.target.name not in busy]
            if not waiting:
                return
            state = min(waiting, key=lambda one: one.inputs)
            busy.add(state.target.name)
            try:
                guided = state.guided <= guided_share * state.inputs
                click.echo(f"{time.strftime('%H:%M:%S')} {run_slice(state, share - state.inputs, slice_seconds, seed, guided=guided)}")
            finally:
                busy.discard(state.target.name)

    if not only_table:
        with ThreadPoolExecutor(jobs) as pool:
            for job in [pool.submit(work) for _ in range(jobs)]:
                job.result()
    click.echo(table(states))
    if any(os.listdir(state.confirmed) for state in states):
        click.echo("there are confirmed findings; run them again with --replay TARGET FILE")
        sys.exit(1)


if __name__ == "__main__":
    main()
