"""A kind whose items do what the scenario says: succeed and publish a file, fail, pass, crash, take long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jobs.errors import ItemFailed, PassingFault
from jobs.kinds import Kind, Phase, Submission, register
from jobs.models import Item, Job
from jobs.sources import Numbers, Source, SucceededItems
from jobs.stop import Stop
from jobs.work import Work
from photos.imaging import atomic_file
from tests.simulation.scheduler import wait_here
from tests.simulation.world import World

GOOD, FAILING, PASSING, CRASHING, POISONOUS, LONG = "good", "failing", "passing", "crashing", "poisonous", "long"

LONG_ROUNDS = 3


def file_name(work: Work) -> str:
    """The name of the file of an attempt at an item."""
    return f"{work.job_uuid}-{work.token}"


class SimulatedPhase(Phase):
    """Makes a file of each item."""

    name, title = "process", "Processing…"

    def source(self, job: Job) -> Source:
        return Numbers(job.spec["items"], name="number")

    def do(self, work: Work, prepared: Any, stop: Stop) -> dict[str, Any] | None:
        world = World.current()
        world.write_entry("started", self.name, work)
        behaviour = prepared.get(str(work.position), GOOD)
        wait_here(f"does {self.name} {work.position}")
        stop.check()
        self.behave(world, behaviour, work, stop)
        return self.publish(world, work)

    def prepare(self, job: Job) -> dict[str, str]:
        return job.spec["behaviours"] if not job.phase_number else {}

    def behave(self, world: World, behaviour: str, work: Work, stop: Stop) -> None:
        """Do to the item whatever the scenario says of its position."""
        if behaviour == FAILING and work.attempt <= 2:
            raise ItemFailed("This number cannot be counted.")
        if behaviour == PASSING and work.attempt <= 1:
            raise PassingFault("The storage is away.")
        if behaviour == POISONOUS or (behaviour == CRASHING and work.attempt <= 1):
            world.kill_own_process()
        for _ in range(LONG_ROUNDS if behaviour == LONG else 0):
            world.clock.sleep(0.3)
            stop.check()

    def publish(self, world: World, work: Work) -> dict[str, Any]:
        """Write the item's file as the product does: whole or not at all, and on the disk before its row."""
        path = world.disk.folder / file_name(work)
        content = f"{work.position}".encode()
        with atomic_file.write_atomically(path, durable=False) as temporary:
            temporary.write_bytes(content)
            world.disk.note_written(temporary)
        atomic_file.sync(path)
        world.write_entry("published", self.name, work, path.name, hashlib.sha256(content).hexdigest())
        return {"file": path.name}


class SecondPhase(SimulatedPhase):
    """Once more over what succeeded."""

    name, title = "classify", "Classifying…"

    def source(self, job: Job) -> Source:
        return SucceededItems(job.pk, job.phase_number)


class SummaryPhase(SimulatedPhase):
    """One item that stands for all of them."""

    name, title = "catalogue", "Building the catalogue…"
    follows_files = False

    def source(self, job: Job) -> Source:
        return Numbers(1)


class Simulated(Kind):
    """Jobs of the simulation."""

    name, label = "simulated", "Simulated"
    phases = {phase.name: phase for phase in (SimulatedPhase(), SecondPhase(), SummaryPhase())}

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        spec = {"items": data["items"], "behaviours": data["behaviours"]}
        return Submission("Simulated", spec, data["phases"], data["items"])

    def phase(self, name: str) -> Phase:
        return self.phases[name]

    def output(self, item: Item) -> dict[str, Any] | None:
        return None

    def open_output(self, item: Item) -> tuple[Path, str, str]:
        raise FileNotFoundError(item.name)

    def discard(self, results: Iterable[dict[str, Any]]) -> None:
        for result in results:
            (World.current().disk.folder / result["file"]).unlink(missing_ok=True)

    def delete_outputs(self, job_uuid: str, until: float) -> bool:
        for path in sorted(World.current().disk.folder.glob(f"{job_uuid}-*")):
            path.unlink(missing_ok=True)
        return True


simulated = Simulated()
register(simulated)
