"""The guards of the product, and what stands in their places when they are removed: one row each.

A new guard gets a row. Its text is code, as short as makes it unique in its file; `make mutants` shows that a test
fails without it.
"""

from __future__ import annotations

from dataclasses import dataclass

POSTGRESQL = "postgresql"

JOB, LANE, ITEM, LANES = "jobs/models/job.py", "jobs/models/lane.py", "jobs/models/item.py", "jobs/worker/lanes.py"
RERUN = "jobs/models/rerun.py"
WATCHER, RESCUE, QUEUE = "jobs/worker/watcher.py", "jobs/recovery/rescue.py", "jobs/queue.py"
UPLOADS, STORAGE, RESULTS = "photos/library/uploads.py", "photos/files/storage.py", "photos/outputs/results_folder.py"

CANCEL_TEST, RESUME_TEST = "tests/jobs/models/test_cancel.py", "tests/jobs/models/test_resume.py"
LOCK_TEST, RESCUE_TEST = "tests/jobs/models/test_lock.py", "tests/jobs/recovery/test_rescue.py"
RETRY_TEST, FINISH_TEST = "tests/jobs/models/test_large_retry.py", "tests/jobs/models/test_finish.py"
WATCHER_TEST, UNDER_WAY_TEST = "tests/jobs/worker/test_watcher.py", "tests/jobs/worker/test_under_way.py"
LOST_ANSWER_TEST = "tests/jobs/worker/test_lost_answers.py"
KEY_TEST, DELETE_TEST, QUEUE_TEST = (
    "tests/jobs/api/test_key.py", "tests/jobs/api/test_delete.py", "tests/jobs/test_queue.py",
)  # fmt: skip
UPLOAD_TEST, DURABLE_TEST = (
    "tests/photos/library/test_rolled_back_uploads.py", "tests/photos/library/test_durable_uploads.py",
)  # fmt: skip
RESULTS_TEST = "tests/photos/outputs/test_results_folder.py"


@dataclass(frozen=True)
class Guard:
    """A guard, and how to do without it."""

    name: str  # the guard in the words of the field
    file: str
    text: str  # stands in the file exactly once
    instead: str
    tests: tuple[str, ...]  # arguments of pytest: those that miss the guard
    database: str = ""  # "postgresql" where nothing else can show it
    seeds: tuple[int, ...] = ()  # of the simulation: schedules that break a promise without the guard


GUARDS = (
    # ------------------------------------------------------------ turns
    Guard(
        "the turn is the message's + 1, whatever the row says", LANE,
        "        lane.turn = turn + 1\n", "",
        (f"{RESCUE_TEST}::test_a_process_that_stands_still_while_it_takes_a_turn_does_not_get_the_turn_of_another",),
        seeds=(47, 116),
    ),
    Guard(
        "a turn is taken by a message of that turn", LANE,
        "pk=pk, turn=turn, ended=False", "pk=pk, ended=False",
        (f"{RESCUE_TEST}::test_a_message_that_comes_twice_is_dropped",),
    ),
    Guard(
        "the row count of the UPDATE decides who has the turn", LANE,
        "        if not rows:\n            return None\n", "",
        (f"{RESCUE_TEST}::test_a_message_that_comes_twice_is_dropped",),
    ),
    Guard(
        "a lane that has ended takes no turn", LANE,
        "pk=pk, turn=turn, ended=False", "pk=pk, turn=turn",
        (f"{CANCEL_TEST}::test_a_message_that_waits_when_its_job_is_cancelled_takes_no_turn",),
    ),
    Guard(
        "a heartbeat is that of the turn that has the lane", LANE,
        "type(self).objects.filter(pk=self.pk, turn=self.turn)", "type(self).objects.filter(pk=self.pk)",
        (f"{RESCUE_TEST}::test_a_lane_that_wakes_up_late_writes_nothing",),
    ),
    Guard(
        "only lanes of the job's run may write", LANE,
        "Lane.objects.filter(job=job, run=job.run).values_list", "Lane.objects.filter(job=job).values_list",
        (f"{RESUME_TEST}::test_a_lane_of_an_earlier_run_writes_nothing",),
    ),
    Guard(
        "only the latest turn takes items", LANE,
        "if not self.is_current(job):\n                    self.end()", "if False:\n                    self.end()",
        (f"{RESUME_TEST}::test_a_lane_of_an_earlier_run_writes_nothing",
         f"{RESCUE_TEST}::test_a_lane_that_wakes_up_late_writes_nothing"),
    ),
    Guard(
        "only the latest turn writes outcomes", LANE,
        "                if not self.is_current(job):\n                    return False\n", "",
        (f"{RESCUE_TEST}::test_a_lane_that_wakes_up_late_writes_nothing",),
    ),
    Guard(
        "the turn is compared after the lock, not before", LANE,
        "with self.job.locked() as job:\n                if not self.is_current(job):\n                    self.end()",
        "current = self.is_current(self.job)\n            with self.job.locked() as job:\n"
        "                if not current:\n                    self.end()",
        (f"{LOCK_TEST}::test_a_lane_that_has_just_been_rescued_takes_no_items",), POSTGRESQL,
    ),
    Guard(
        "a lane is handed over once", LANE,
        "            if not self.own_row.filter(working=True).update(turn=F(\"turn\") + 1",
        "            if not self.own_row.update(turn=F(\"turn\") + 1",
        (f"{RESCUE_TEST}::test_a_lane_that_has_paused_is_not_handed_over",),
    ),
    # ------------------------------------------------------------ outcomes
    Guard(
        "outcomes are written where lane and turn still hold", ITEM,
        "WHERE id = %s AND lane_id = {lane} AND turn = {turn} AND status = 'running'", "WHERE id = %s",
        (f"{WATCHER_TEST}::test_a_turn_that_lost_one_of_its_items_gives_the_others_back_and_the_job_goes_on",),
    ),
    Guard(
        "outcomes are written where lane and turn still hold (PostgreSQL)", ITEM,
        "\n    AND coalesce(lane_id = {lane} AND turn = {turn} AND jobs_item.status = 'running', false)", "",
        (f"{WATCHER_TEST}::test_a_turn_that_lost_one_of_its_items_gives_the_others_back_and_the_job_goes_on",),
        POSTGRESQL,
    ),
    Guard(
        "outcomes count only when each finds its item", LANE,
        "        if rows != len(outcomes):\n", "        if False:\n",
        (f"{WATCHER_TEST}::test_a_turn_that_lost_one_of_its_items_gives_the_others_back_and_the_job_goes_on",),
    ),
    Guard(
        "outcomes whose commit had no answer are not written twice", LANES,
        "again=self.maybe_written", "again=False",
        (f"{LOST_ANSWER_TEST}::test_outcomes_whose_commit_had_no_answer_count_once_and_the_job_goes_on",),
    ),
    Guard(
        "results that are in the database are not discarded", LANES,
        " and outcome.work.id not in recorded_ids", "",
        (f"{LOST_ANSWER_TEST}::test_results_that_were_written_stay_when_the_turn_is_lost",),
    ),
    Guard(
        "a future is forgotten only when its result is known", LANES,
        "                self.under_way[key].check()\n            except Exception as problem:\n",
        "                self.under_way[key].check()\n            except Exception as problem:\n"
        "                self.under_way[key] = Pending.of(Future())\n"
        "                self.under_way[key].end.set_result(None)\n",
        (f"{UNDER_WAY_TEST}::test_a_failure_for_which_no_words_are_found_at_first_is_never_written_as_a_success",),
    ),
    Guard(
        "an outcome waits for what its item left to a thread", LANES,
        "            self.under_way[work.id] = Pending.of(result.end)\n", "            pass\n",
        (f"{UNDER_WAY_TEST}::test_an_item_counts_when_what_it_left_to_a_thread_has_ended",),
    ),
    Guard(
        "what an item left to a thread has the time of a file", LANES,
        "        wait([self.end], max(self.until - time.monotonic(), 0.0))\n", "        wait([self.end])\n",
        (f"{UNDER_WAY_TEST}::test_an_item_fails_when_what_it_left_to_a_thread_does_not_end_in_time",),
    ),
    Guard(
        "NaN and infinities are refused before they reach the database", ITEM,
        "allow_nan=False", "allow_nan=True",
        (f"{FINISH_TEST}::test_a_result_that_no_database_takes_fails_its_item_alone",),
    ),
    Guard(
        "an attempt that had not begun does not count", LANE,
        "self.claims.update(**waiting, attempt=F(\"attempt\") - 1)", "self.claims.update(**waiting)",
        ("tests/jobs/models/test_attempts.py"
         "::test_an_item_that_was_released_before_it_was_started_was_not_attempted",),
    ),
    # ------------------------------------------------------------ moves
    Guard(
        "the job's row is locked", JOB,
        "type(self).objects.select_for_update().prefetch_related", "type(self).objects.prefetch_related",
        (f"{LOCK_TEST}::test_the_last_item_closes_the_job_by_what_the_one_before_it_came_to",), POSTGRESQL,
    ),
    Guard(
        "a verb decides by the locked row, not by the one at hand", JOB,
        "            if job.status == states.CANCELLED:\n", "            if self.status == states.CANCELLED:\n",
        (f"{CANCEL_TEST}::test_cancelling_twice_is_no_error_and_one_event",),
    ),
    Guard(
        "a move begins at one of its statuses", JOB,
        "filter(pk=self.pk, status__in=move.sources)", "filter(pk=self.pk)",
        (f"{CANCEL_TEST}::test_a_job_that_has_completed_cannot_be_cancelled",),
    ),
    Guard(
        "the row count of the UPDATE decides whether a job moved", JOB,
        "        if not rows:\n", "        if False:\n",
        (f"{CANCEL_TEST}::test_a_job_that_has_completed_cannot_be_cancelled",),
    ),
    Guard(
        "a job that ends ends its lanes", JOB,
        "            self.lanes.filter(run=self.run).update(ended=True)\n", "            pass\n",
        (f"{CANCEL_TEST}::test_a_message_that_waits_when_its_job_is_cancelled_takes_no_turn",),
    ),
    Guard(
        "a cancelled job settles when none of its items runs", JOB,
        "        if self.settled or self.items.running().exists():\n", "        if self.settled:\n",
        (f"{CANCEL_TEST}::test_a_job_with_a_file_in_hand_settles_when_its_lane_gives_it_back",),
    ),
    Guard(
        "no verb begins a run before the job has settled", RERUN,
        "if not job.settled:\n", "if False:\n",
        (f"{RESUME_TEST}::test_resume_is_refused_until_the_job_has_settled",),
    ),
    Guard(
        "nothing is deleted before its job has settled", JOB,
        "            if not job.can_delete:\n", "            if False:\n",
        (f"{DELETE_TEST}::test_a_job_that_has_not_come_to_rest_is_a_409",),
    ),
    Guard(
        "a request deletes nothing itself", JOB,
        "            queue.clear_after_commit(job.pk)\n", "            job.clear(60)\n",
        (f"{DELETE_TEST}::test_a_request_deletes_no_file_and_no_row_but_has_a_worker_do_it",),
    ),
    Guard(
        "files are deleted before the rows that know of them", JOB,
        "if not self.kind_object.delete_outputs(str(self.uuid), until) or not clear_items(self, until):",
        "if not clear_items(self, until) or not self.kind_object.delete_outputs(str(self.uuid), until):",
        (f"{RESCUE_TEST}::test_a_job_whose_files_cannot_be_deleted_keeps_no_other_from_being_deleted",),
    ),
    Guard(
        "a deleted job's late outputs are deleted by the lane that made them", LANES,
        "        lane.job.kind_object.delete_outputs(str(lane.job.uuid), math.inf)\n", "",
        (f"{DELETE_TEST}::test_a_lane_that_finds_its_job_deleted_leaves_nothing_of_it",),
    ),
    Guard(
        "a request is checked outside the transaction that writes its job", "jobs/api/views.py",
        "        asked = kind.submission(self.validate_body(kind.submit_serializer), user)\n"
        "        with transaction.atomic():\n",
        "        with transaction.atomic():\n"
        "            asked = kind.submission(self.validate_body(kind.submit_serializer), user)\n",
        (f"{KEY_TEST}::test_a_request_is_checked_outside_the_transaction_that_writes_its_job",),
    ),
    Guard(
        "an idempotency key makes one job", "jobs/api/views.py",
        "            if claimed and claimed.job:", "            if False:",
        (f"{KEY_TEST}::test_a_request_with_the_key_that_is_quicker_decides_what_comes_of_it",),
    ),
    Guard(
        "an idempotency key stands for one body", "jobs/models/idempotency.py",
        "        if self.digest != digest:\n", "        if False:\n",
        (f"{KEY_TEST}::test_another_body_is_a_409",),
    ),
    # ------------------------------------------------------------ retries in pieces
    Guard(
        "the lanes of a large retry start with the last piece", RERUN,
        "    else:\n        start_lanes(job)\n", "    start_lanes(job)\n",
        (f"{RETRY_TEST}::test_many_failed_files_are_put_back_by_a_worker_and_the_job_reads_queued_until_then",),
    ),
    Guard(
        "a cancel ends a retry in pieces", JOB,
        "discard=discard, notice=True,\n                retry_pending=False,\n", "discard=discard, notice=True,\n",
        (f"{RETRY_TEST}::test_a_cancel_in_between_ends_it_and_what_is_left_can_be_retried_or_resumed",),
    ),
    Guard(
        "a piece belongs to the run that asked for it", "jobs/recovery/requeue.py",
        " or current.run != job.run", "",
        (f"{RETRY_TEST}::test_whoever_puts_back_for_a_run_that_is_over_leaves_the_next_one_alone",),
    ),
    Guard(
        "whether a piece is due is read after the lock", "jobs/recovery/requeue.py",
        "if not current.retry_pending or current.run", "if not job.retry_pending or current.run",
        (f"{LOCK_TEST}::test_no_failed_item_is_put_back_once_the_retry_has_just_been_cancelled",), POSTGRESQL,
    ),
    # ------------------------------------------------------------ rescue
    Guard(
        "a rescue takes the lane by its guarded UPDATE first", LANE,
        "if not expired.update(turn=", "if not expired.exists() or not self.own_row.update(turn=",
        (f"{LOCK_TEST}::test_the_rescuer_robs_no_lane_that_gives_a_sign_of_life_while_it_looks",), POSTGRESQL,
    ),
    Guard(
        "a rescue needs a lease that has expired", LANE,
        "self.own_row.filter(working=True, beat_at__lt=database_now() - timedelta(seconds=LEASE_SECONDS))",
        "self.own_row.filter(working=True)",
        (f"{RESCUE_TEST}::test_a_lane_that_beats_after_the_look_of_the_rescuer_keeps_its_items",),
    ),
    Guard(
        "a file that crashes three workers fails", LANE,
        "crashes__gte=MAX_CRASHES - 1", "crashes__gte=MAX_CRASHES",
        (f"{RESCUE_TEST}::test_a_file_that_crashes_its_worker_three_times_fails_and_the_batch_goes_on",),
    ),
    Guard(
        "a file that crashed a worker is taken alone", ITEM,
        '(("= 0", max_items), ("> 0", 1))', '((">= 0", max_items),)',
        (f"{RESCUE_TEST}::test_a_file_that_crashed_its_worker_is_taken_last_and_alone",),
    ),
    Guard(
        "no lease is judged when no heartbeat could be written either", "jobs/recovery/loop.py",
        "check_leases=began - rescued_at < LEASE_SECONDS", "check_leases=True",
        (f"{RESCUE_TEST}::test_after_a_database_that_was_away_no_lease_is_judged_at_the_first_look",),
    ),
    Guard(
        "no more messages are sent again than the broker lacks", RESCUE,
        "waiting.count() - lengths[queue.FRESH_QUEUE] - lengths[queue.LANE_QUEUE]", "waiting.count()",
        (f"{RESCUE_TEST}::test_only_messages_that_the_broker_lacks_are_sent_again",),
    ),
    Guard(
        "one lane that cannot be rescued keeps no other waiting", RESCUE,
        "        with log_errors():\n            if lane.rescue():", "        if True:\n            if lane.rescue():",
        (f"{RESCUE_TEST}::test_a_lane_that_cannot_be_rescued_keeps_no_other_from_it",),
    ),
    Guard(
        "no lane is added to a job that was cancelled before the lock", RESCUE,
        "if current.status == states.RUNNING:\n                adapt", "if True:\n                adapt",
        (f"{LOCK_TEST}::test_the_rescuer_gives_no_lane_to_a_job_that_has_just_been_cancelled",), POSTGRESQL,
    ),
    Guard(
        "no counter is changed for what was dropped of a job that was resumed meanwhile", RESCUE,
        "        with job.locked() as current:\n            if not current.is_discarding or current.run != job.run:\n"
        "                return\n            # Read again",
        "        with job.locked() as current:\n            # Read again",
        (f"{LOCK_TEST}::test_what_was_dropped_is_taken_out_of_the_counters_once",), POSTGRESQL,
    ),
    Guard(
        "what was finalized of a dropped job is dropped", "jobs/recovery/finalize.py",
        "            discard_if_dropped(job)\n", "            pass\n",
        ("tests/jobs/recovery/test_finalize.py::test_what_is_made_while_its_job_is_dropped_or_deleted_is_dropped_too",),
    ),
    # ------------------------------------------------------------ the watcher
    Guard(
        "the clock is checked by a thread that never asks the database", WATCHER,
        "((self.checking, Watch.check_limits), (self.asking, Watch.ask_database))",
        "((self.checking, lambda watch: (Watch.ask_database(watch), Watch.check_limits(watch))),)",
        (f"{WATCHER_TEST}::test_an_item_has_its_time_limit_though_the_database_is_away",),
    ),
    Guard(
        "the clock goes on while the database keeps silent", WATCHER,
        "((self.checking, Watch.check_limits), (self.asking, Watch.ask_database))",
        "((self.checking, lambda watch: (Watch.check_limits(watch), Watch.ask_database(watch))),)",
        (f"{WATCHER_TEST}::test_an_item_has_its_time_limit_though_the_database_is_away[keeps silent]",),
    ),
    Guard(
        "the watcher takes the lock of outcomes without waiting", LANES,
        "self.write_lock.acquire(blocking=False)", "self.write_lock.acquire()",
        (f"{WATCHER_TEST}::test_a_turn_that_waits_to_write_does_not_keep_its_watcher_from_leaving_signs_of_life",
         f"{WATCHER_TEST}::test_a_watcher_does_not_wait_for_a_turn_that_begins_to_write_while_it_looks"),
    ),
    Guard(
        "a process whose item does not stop is ended", WATCHER,
        "if self.stop_at is not None and time.monotonic() - self.stop_at > GRACE_SECONDS:", "if False:",
        (f"{WATCHER_TEST}::test_a_process_whose_item_does_not_stop_is_ended_though_the_database_is_away[refuses]",),
    ),
    Guard(
        "a process is ended though the database keeps silent", WATCHER,
        "        deadline.start()\n", "",
        (f"{WATCHER_TEST}::test_a_process_is_ended_though_the_database_keeps_silent",),
    ),
    Guard(
        "a timeout concerns the item that took too long", "jobs/stop.py",
        "            if self.item is item and not self.requested:\n", "            if not self.requested:\n",
        ("tests/jobs/worker/test_stop.py::test_an_item_that_is_over_does_not_make_the_next_one_late",),
    ),
    Guard(
        "a worker has processes, not threads", WATCHER,
        "    if not issubclass(pool, (prefork.TaskPool, solo.TaskPool)):\n", "    if False:\n",
        ("tests/project/test_pools.py::test_a_worker_of_threads_is_refused_in_one_sentence",),
    ),
    # ------------------------------------------------------------ the broker
    Guard(
        "messages are sent after the commit", QUEUE,
        "    transaction.on_commit(partial(run_in_broker_thread, call))\n", "    run_in_broker_thread(call)\n",
        (f"{QUEUE_TEST}::test_a_message_is_sent_after_the_commit_and_not_without_one",),
    ),
    Guard(
        "a child has a broker thread of its own", QUEUE,
        "os.register_at_fork(after_in_child=broker_executor.cache_clear)\n", "",
        (f"{QUEUE_TEST}::test_a_child_of_a_process_that_has_sent_messages_sends_its_own",),
    ),
    Guard(
        "last messages are waited for with a limit", QUEUE,
        ".result(seconds)", ".result()",
        (f"{WATCHER_TEST}::test_a_process_ends_though_the_broker_keeps_silent[the watcher ends it]",),
    ),
    Guard(
        "a worker that ends waits for its messages with a limit", LANES,
        "queue.flush(queue.FLUSH_SECONDS)", "queue.flush()",
        (f"{WATCHER_TEST}::test_a_process_ends_though_the_broker_keeps_silent[the worker ends]",),
    ),
    Guard(
        "an encrypted broker must show a certificate", "project/environment.py",
        '"ssl_cert_reqs", "required")', '"ssl_cert_reqs", "none")',
        ("tests/project/supervisor/test_broker_certificates.py"
         "::test_an_encrypted_address_says_whether_certificates_are_verified",),
    ),
    # ------------------------------------------------------------ files
    Guard(
        "bytes are on the disk before they get their name", "photos/imaging/atomic_file.py",
        "        if durable:\n", "        if False:\n",
        ("tests/photos/imaging/test_atomic_file.py::test_a_durable_file_is_synced_before_it_gets_its_name",),
    ),
    Guard(
        "a file replaces another by a rename", "photos/imaging/atomic_file.py",
        '    temporary = target.with_name(f".{secrets.token_hex(8)}.part")\n', "    temporary = target\n",
        ("tests/photos/imaging/test_atomic_file.py::test_a_file_replaces_the_old_one_at_the_end_alone",),
    ),
    Guard(
        "an output is on the disk before its item counts", "photos/kinds/process.py",
        "            return PendingResult(result, storage.syncer().submit(sync_output, output.path))\n",
        "            return result\n",
        ("tests/photos/kinds/test_processing.py::test_an_output_is_on_the_disk_before_it_counts",),
    ),
    Guard(
        "an output is on the disk before it is delivered", "photos/kinds/process.py",
        "        sync_output(output.path)", "        pass",
        (f"{RESULTS_TEST}::test_an_output_is_on_the_disk_before_it_is_delivered",),
    ),
    Guard(
        "a child has a syncing thread of its own", STORAGE,
        "os.register_at_fork(after_in_child=syncer.cache_clear)\n", "",
        (f"{DURABLE_TEST}::test_a_child_of_a_process_that_has_synced_outputs_syncs_its_own",),
    ),
    Guard(
        "an original is on the disk before it gets its name", UPLOADS,
        "        atomic_file.sync(incoming.path)", "        pass",
        (f"{DURABLE_TEST}::test_an_original_is_on_the_disk_before_it_gets_its_name_and_its_row",),
    ),
    Guard(
        "an original has its name before its row", UPLOADS,
        "            storage.keep_original(incoming.path, incoming.sha256)\n",
        "            transaction.on_commit(lambda: storage.keep_original(incoming.path, incoming.sha256))\n",
        (f"{DURABLE_TEST}::test_an_original_that_gets_no_name_gets_no_row",),
    ),
    Guard(
        "an original's name is on the disk before its row", STORAGE,
        "    source.chmod(0o440)\n    source.replace(target)\n    sync(target.parent)\n",
        "    source.chmod(0o440)\n    source.replace(target)\n",
        (f"{DURABLE_TEST}::test_an_original_is_on_the_disk_before_it_gets_its_name_and_its_row",),
    ),
    Guard(
        "no original without an owner", UPLOADS,
        "            if not lock_row(self.owner):\n", "            if False:\n",
        (f"{UPLOAD_TEST}::test_an_upload_whose_owner_is_deleted_meanwhile_is_refused_and_leaves_nothing",),
    ),
    Guard(
        "a set that was deleted meanwhile is made again", UPLOADS,
        "            self.set, _ = PhotoSet.objects.get_or_create(uuid=uuid, owner_id=self.owner.pk)\n",
        "            self.set = self.set or PhotoSet.objects.create(uuid=uuid, owner_id=self.owner.pk)\n",
        (f"{UPLOAD_TEST}::test_an_upload_whose_set_is_deleted_meanwhile_goes_on_with_a_set_of_the_same_id",),
    ),
    Guard(
        "a set that gets a photo is locked against its deletion", UPLOADS,
        'lock = "FOR KEY SHARE" if connection.vendor == "postgresql" else ""', 'lock = ""',
        (f"{UPLOAD_TEST}::test_nobody_deletes_a_set_into_which_a_photo_is_just_being_put",), POSTGRESQL,
    ),
    Guard(
        "an orphan is looked at again under its lock", "photos/library/integrity.py",
        "            if not is_unclaimed or not path.exists():\n", "            if not path.exists():\n",
        ("tests/photos/library/test_integrity.py::test_a_file_that_is_uploaded_between_the_look_and_the_move_stays",),
    ),
    Guard(
        "files that are newer than the newest row stay", "photos/library/integrity.py",
        "if self.quarantine and not newer else None", "if self.quarantine else None",
        ("tests/photos/library/test_integrity.py"
         "::test_where_an_older_database_was_restored_newer_files_are_told_and_never_moved",),
    ),
    Guard(
        "only old incoming files are swept", STORAGE,
        "            if time.time() - path.stat().st_mtime > ABANDONED_AFTER_SECONDS:\n", "            if True:\n",
        ("tests/photos/library/test_upkeep.py"
         "::test_what_killed_processes_left_among_incoming_files_goes_again_and_again_in_one_process",),
    ),
    Guard(
        "the list of an import is written in pieces", "photos/library/imports.py",
        "    for piece in batched(files, BATCH_SIZE):\n", "    for piece in [tuple(files)]:\n",
        ("tests/photos/library/test_importing_folders.py::test_a_listing_is_written_in_pieces_while_it_is_made",),
    ),
    Guard(
        "the list of an import stays when only the answer to its commit was lost", "photos/library/imports.py",
        "Import.objects.filter(pk=batch.pk, job_uuid=None)", "Import.objects.filter(pk=batch.pk)",
        ("tests/photos/library/test_importing_folders.py"
         "::test_a_listing_whose_job_came_to_be_is_kept_although_the_answer_was_lost",),
    ),
    Guard(
        "a delivery that was not copied proves nothing", RESULTS,
        "        if delivered is None or not self.is_copied:\n", "        if delivered is None:\n",
        (f"{RESULTS_TEST}::test_a_result_that_got_the_name_first_stays_though_its_rival_was_killed[False]",),
    ),
    Guard(
        "a temporary file that is another's proves nothing", RESULTS,
        "is_ours = temporary is None or os.path.samestat(temporary, delivered)", "is_ours = True",
        (f"{RESULTS_TEST}::test_a_result_that_got_the_name_first_stays_though_its_rival_was_killed[True]",),
    ),
    Guard(
        "a delivery that fails claims no name", RESULTS,
        "            replace(note, is_copied=False).write(note_at)\n", "            pass\n",
        (f"{RESULTS_TEST}::test_a_copy_that_fails_to_appear_claims_no_name",),
    ),
    Guard(
        "an attempt that lost its file delivers nothing", RESULTS,
        "        if DeliveryNote.read(note_at) != note:\n", "        if False:\n",
        (f"{RESULTS_TEST}::test_an_attempt_that_lost_its_file_writes_nothing",),
    ),
    Guard(
        "a delivery replaces no file", RESULTS,
        "    except FileExistsError:\n        return False\n    except OSError as error:\n",
        "    except FileExistsError:\n        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)\n"
        "        return True\n    except OSError as error:\n",
        (f"{RESULTS_TEST}::test_a_name_that_is_taken_in_the_last_moment_stays_as_it_is",),
    ),
    Guard(
        "a delivery follows no link", RESULTS,
        "FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW", "FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY",
        (f"{RESULTS_TEST}::test_links_in_the_folder_are_not_followed",),
    ),
    Guard(
        "a person's own recipe comes before a built-in one (PostgreSQL)", "photos/models/recipe.py",
        'self.order_by(F("owner").asc(nulls_last=True), "-id")', 'self.order_by("-owner", "-id")',
        ("tests/project/shell/test_recipes.py"
         "::test_a_person_s_own_recipe_goes_before_a_built_in_one_of_the_same_name",), POSTGRESQL,
    ),
    # ------------------------------------------------------------ writers of SQLite
    Guard(
        "whoever has just written lines up again", "project/sqlite/writer_queue.py",
        "        if acquire_lock(self.head, deadline):\n", "        if True:\n",
        ("tests/project/test_sqlite.py::test_whoever_has_just_written_lines_up_behind_those_who_wait",),
    ),
    Guard(
        "a writer that was stopped is woken up", "project/sqlite/writer_queue.py",
        "            if now > wake_at:\n", "            if False:\n",
        ("tests/faults/test_frozen.py::test_on_sqlite_whoever_waits_for_its_turn_makes_it_go_on",),
    ),
)  # fmt: skip
