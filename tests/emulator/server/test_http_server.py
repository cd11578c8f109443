"""The server as a guest in a host program: it leaves the host's logging alone, and stops at once."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette

from qsharp_bridge.emulator import Limits
from qsharp_bridge.emulator.server.http_server import HttpServer

HOST = """
import io, logging, logging.config, sys, tempfile, os, requests

folder = tempfile.mkdtemp()
logging.config.dictConfig({
    "version": 1, "disable_existing_loggers": False,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": os.path.join(folder, "host.log")},
                 "access": {"class": "logging.StreamHandler"}},
    "root": {"level": "INFO", "handlers": ["file"]},
    "loggers": {"uvicorn.access": {"level": "INFO", "handlers": ["access"], "propagate": True}},
})

def state():
    names = ["", *sorted(name for name in logging.root.manager.loggerDict if not name.startswith("qsharp_bridge"))]
    found = {}
    for name in names:
        logger = logging.getLogger(name)
        streams = [handler.stream.closed for handler in logger.handlers if hasattr(handler, "stream")]
        found[name] = (logger.level, list(logger.handlers), streams, logger.propagate, logger.disabled)
    return found

import uvicorn, azure.quantum, qsharp_bridge.emulator.service  # loggers that they make at import are not of interest
before = state()
from qsharp_bridge.emulator import LocalService
with LocalService() as service:
    assert requests.get(f"{service.url}/?key={service.api_key}&sig=secret", timeout=10).ok
    key = service.api_key
after = state()
assert {name: after[name] for name in before} == before, "the logging of the host has changed"
logging.getLogger().info("the host goes on")
text = open(os.path.join(folder, "host.log")).read()
assert "the host goes on" in text
assert key not in text and "sig=secret" not in text
"""


def test_it_leaves_the_logging_of_its_host_alone() -> None:
    done = subprocess.run([sys.executable, "-c", HOST], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "sig=secret" not in done.stderr


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.write_text("not a certificate")
    server = HttpServer(Starlette(), socket.create_server(("127.0.0.1", 0)), (certificate, certificate), Limits())
    with pytest.raises(RuntimeError, match="did not start: ") as caught:
        server.start()
    assert isinstance(caught.value.__cause__, ssl.SSLError)
    server.stop()
