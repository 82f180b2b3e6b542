"""One long run in which something is killed two hundred times."""

import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from jobs.models.lane import CRASH_ERROR
from tests.crew import descendant_pids, finished_count, send_signal, wait_for
from tests.jobs.work import event_names, make_job, reload

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(1500)]

KILLS = 200


class Fate:
    """Kills by chance, and starts again what it has killed, as a supervisor does."""

    def __init__(self, crew, broker, seed):
        self.crew, self.broker, self.chance = crew, broker, random.Random(seed)
        self.beat = crew.beat()
        self.workers = [crew.worker(2, wait=False), crew.worker(2)]
        self.killed = Counter()

    def strike(self):
        blow = self.chance.choices([self.child, self.worker, self.its_broker, self.its_beat], [10, 4, 3, 1])[0]
        self.killed[blow.__name__] += 1
        blow()

    def child(self):
        worker = self.chance.choice(self.workers)
        if alive := descendant_pids(worker.pid):
            send_signal(signal.SIGKILL, self.chance.choice(alive))

    def worker(self):
        worker = self.chance.choice(self.workers)
        worker.kill()
        worker.start()

    def its_broker(self):
        self.broker.kill()
        if self.chance.random() < 0.5:
            shutil.rmtree(self.broker.messages, ignore_errors=True)
        self.broker.start()
        self.broker.wait_until_ready()

    def its_beat(self):
        self.beat.kill()
        self.beat.start()


def test_after_two_hundred_kills_every_file_is_there_once(crew, broker, ana, tmp_path):
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    fate = Fate(crew, broker, seed)
    job = make_job(ana, items=6000, seconds=0.03, folder=str(tmp_path), phases=["process", "classify"])
    began = time.monotonic()
    for _ in range(KILLS):
        time.sleep(fate.chance.uniform(0.02, 1.0))
        fate.strike()
    struck = time.monotonic() - began
    assert reload(job).status == "running", "the job was too short for so many kills"
    at_the_end = finished_count(job)
    wait_for(lambda: reload(job).status == "completed", 900)

    job = reload(job)
    failed = job.items.filter(status="failed")
    assert job.counts.total == 6000 == job.counts.succeeded + job.counts.failed
    assert {*failed.values_list("error", flat=True)} <= {CRASH_ERROR}
    made = {item["position"]: item["result"]["file"] for item in
            job.items.filter(phase=0, status="succeeded").values("position", "result")}  # fmt: skip
    assert {position: Path(path).read_text() for position, path in made.items()} == {n: str(n) for n in made}
    events = event_names(job)
    assert events[:2] == ["submit", "start"]
    assert events[-1] == "finish"
    print(
        f"{dict(fate.killed)} in {struck:.0f} s, {at_the_end} items done meanwhile; {events.count('rescue')} rescues, "
        f"{failed.count()} files failed as poisonous, {len([*tmp_path.iterdir()]) - len(made)} files left by the killed"
    )
