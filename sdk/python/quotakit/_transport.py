"""HTTP to the gateway: kept connections, time limits, and what went wrong said in one exception."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from ._config import Config
from ._version import __version__

_MAX_IDLE = 16
_MAX_ANSWER = 16 * 1024 * 1024


class Response(NamedTuple):
    """status, the parsed JSON body (None if there is none), the ETag and Retry-After if given, and the
    gateway's clock minus ours in seconds (None without a Date)."""

    status: int
    body: Any
    etag: Optional[str]
    retry_after: Optional[float]
    clock_offset: Optional[float]


class TransportError(Exception):
    """No answer. Whether the gateway took the request is unknown, so it is sent again under its ids."""


class Transport:
    """Sends requests to one gateway. Safe for threads; after a fork the child makes a new one."""

    def __init__(self, config: Config) -> None:
        url = urlsplit(config.base_url)
        self._host: str = url.hostname or ""
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._prefix = url.path.rstrip("/")
        self._connect_timeout = config.connect_timeout
        self._ssl: Optional[ssl.SSLContext] = None
        if url.scheme == "https":
            self._ssl = config.ssl_context or ssl.create_default_context()
        self._headers = {
            "Authorization": "Bearer " + config.api_key,
            "User-Agent": "quotakit-python/" + __version__,
            "Accept": "application/json",
        }
        self._idle: List[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._closed = False

    def request(
        self, method: str, target: str, body: Optional[bytes] = None, timeout: float = 5.0, etag: Optional[str] = None
    ) -> Response:
        """One request and its answer. timeout: seconds for all of it. Raises TransportError."""
        deadline = time.monotonic() + timeout
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        if etag is not None:
            headers["If-None-Match"] = etag
        while True:
            connection, kept = self._take(deadline)
            try:
                self._limit(connection, deadline)
                connection.request(method, self._prefix + target, body, headers)
                self._limit(connection, deadline)
                answer = connection.getresponse()
                data = self._read(connection, answer, deadline)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # A kept connection may have been closed by the gateway meanwhile. Ids make sending again safe.
                if kept and not isinstance(error, socket.timeout):
                    continue
                raise TransportError(f"{method} {target.partition('?')[0]}: {error or type(error).__name__}") from error
            except BaseException:
                connection.close()  # a half-read answer must not be the next caller's
                raise
            self._give(connection, answer)
            return self._parse(answer, data)

    def _take(self, deadline: float) -> Tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        limit = min(self._connect_timeout, max(0.001, deadline - time.monotonic()))
        connection: http.client.HTTPConnection
        if self._ssl is not None:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=limit, context=self._ssl)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=limit)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise TransportError(f"could not connect to {self._host}: {error}") from error
        return connection, False

    @staticmethod
    def _limit(connection: http.client.HTTPConnection, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        if connection.sock is not None:
            connection.sock.settimeout(left)

    def _read(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, deadline: float) -> bytes:
        length = answer.length
        if length is not None and length <= 65_536:
            return answer.read()
        parts: List[bytes] = []
        size = 0
        while True:
            self._limit(connection, deadline)
            part = answer.read(65_536)
            if not part:
                return b"".join(parts)
            size += len(part)
            if size > _MAX_ANSWER:
                raise http.client.HTTPException("the answer is too long")
            parts.append(part)

    def _give(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        if not answer.will_close:
            with self._lock:
                if not self._closed and len(self._idle) < _MAX_IDLE:
                    self._idle.append(connection)
                    return
        connection.close()

    @staticmethod
    def _parse(answer: http.client.HTTPResponse, data: bytes) -> Response:
        body: Any = None
        if data:
            try:
                body = json.loads(data)
            except ValueError:
                # Not the gateway, but something in between.
                raise TransportError(f"the answer {answer.status} is not JSON") from None
        retry_after: Optional[float] = None
        given = answer.getheader("Retry-After")
        if given is not None and given.isdigit():
            retry_after = float(given)
        offset: Optional[float] = None
        date = answer.getheader("Date")
        if date is not None:
            try:
                offset = parsedate_to_datetime(date).timestamp() + 0.5 - time.time()
            except (TypeError, ValueError):
                pass
        return Response(answer.status, body, answer.getheader("ETag"), retry_after, offset)

    def close(self) -> None:
        """Closes what is idle; connections in use are closed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def encode(call: Dict[str, Any]) -> bytes:
    """A call as the gateway wants it. Raises TypeError or ValueError for what JSON cannot say."""
    return json.dumps(call, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
