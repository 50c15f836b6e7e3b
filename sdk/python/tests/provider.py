"""A small stand-in for a provider: answers in the shape of the APIs of OpenAI and Anthropic.

What it does is in the name of the model: `error-429` answers so, `break` ends its stream half-way with an error,
`slow` waits between the pieces of a stream, `length` is cut by its limit, `no-usage` never tells usage. Anything else answers well.
"""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, Iterator, List, Optional

WORDS = ["All", " the", " world", "'s", " a", " stage", ",", " and", " all", " the"]
CHAT_USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 40,
    "total_tokens": 160,
    "prompt_tokens_details": {"cached_tokens": 100, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 30, "accepted_prediction_tokens": 0},
}
RESPONSE_USAGE = {
    "input_tokens": 120,
    "input_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 5},
    "output_tokens": 40,
    "output_tokens_details": {"reasoning_tokens": 30},
    "total_tokens": 160,
}
MESSAGE_USAGE = {
    "input_tokens": 20,
    "cache_creation_input_tokens": 7,
    "cache_read_input_tokens": 100,
    "output_tokens": 40,
    "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 3},
    "server_tool_use": {"web_search_requests": 2},
    "service_tier": "standard",
}


class Provider:
    """with Provider() as p: … p.url … p.requests (bodies as they came)."""

    def __init__(self, port: int = 0) -> None:
        self.requests: List[Dict[str, Any]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.requests.append(body)
                model = body.get("model", "")
                failure = re.match(r"error-(\d+)", model)
                if failure:
                    return self.answer(int(failure.group(1)), {"error": {"message": "no", "type": "refused"}})
                kind = self.path.partition("?")[0].rstrip("/").rpartition("/")[2]
                if body.get("stream"):
                    return self.stream(model, STREAMS[kind](body))
                self.answer(200, ANSWERS[kind](body))

            def do_GET(self) -> None:
                *_, kind, name = self.path.partition("?")[0].rstrip("/").split("/")
                self.answer(200, FETCHED[kind](name))

            def answer(self, status: int, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def stream(self, model: str, pieces: Iterator[Dict[str, Any]]) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    for i, piece in enumerate(pieces):
                        if model == "break" and i == 5:
                            piece = {"error": {"message": "the server is tired"}}
                        named = f"event: {piece['type']}\n" if "type" in piece else ""
                        self.wfile.write(f"{named}data: {json.dumps(piece)}\n\n".encode())
                        self.wfile.flush()
                        if model == "slow":
                            time.sleep(0.1)
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    pass  # the caller has gone
                self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "Provider":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()


def _chat(body: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "service_tier": "default",
        "usage": None if body["model"] == "no-usage" else CHAT_USAGE,
        "choices": [
            {
                "index": 0,
                "finish_reason": "length" if body["model"] == "length" else "stop",
                "message": {"role": "assistant", "content": "".join(WORDS)},
            }
        ],
    }


def _chat_chunks(body: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    asked = bool((body.get("stream_options") or {}).get("include_usage"))
    for word in WORDS:
        yield {**base, "usage": None, "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]}
    yield {**base, "usage": None, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    if asked and body["model"] != "no-usage":
        yield {**base, "usage": CHAT_USAGE, "choices": []}


def _response(body: Dict[str, Any]) -> Dict[str, Any]:
    if body.get("background"):
        return {"id": body["metadata"]["id"], "object": "response", "model": body["model"], "status": "queued"}
    return {
        "id": "resp_1",
        "object": "response",
        "model": body["model"],
        "status": "completed",
        "service_tier": "flex",
        "usage": RESPONSE_USAGE,
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "".join(WORDS)}]}],
    }


def _response_events(body: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    yield {"type": "response.created", "response": {**_response(body), "usage": None, "status": "in_progress"}}
    for word in WORDS:
        yield {"type": "response.output_text.delta", "delta": word, "item_id": "m"}
    yield {"type": "response.completed", "response": _response(body)}


def _fetched_response(name: str) -> Dict[str, Any]:
    return {**_response({"model": "gpt-4o"}), "id": name, **({} if name != "resp_failed" else {"status": "failed"})}


def _file(name: str) -> Dict[str, Any]:
    """One line of a batch's results."""
    body = {**_chat({"model": "gpt-4o"}), "created": int(time.time())}
    return {"id": "batch_req_1", "custom_id": "a", "response": {"status_code": 200, "body": body}}


def _batch_of_messages(name: str) -> Any:
    if name == "results":
        message = _message({"model": "claude-haiku-4-5"})
        return [
            {"custom_id": "a", "result": {"type": "succeeded", "message": message}},
            {"custom_id": "b", "result": {"type": "errored"}},
        ]
    return {"id": name, "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def _images(body: Dict[str, Any]) -> Dict[str, Any]:
    usage = {
        "input_tokens": 50,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
        "output_tokens": 4000,
        "total_tokens": 4050,
    }
    return {"created": 1, "data": [{}, {}], **({} if body["model"] == "dall-e-3" else {"usage": usage})}


def _transcript(body: Dict[str, Any]) -> Dict[str, Any]:
    if body["model"] == "whisper-1":
        return {"text": "All the world", "usage": {"type": "duration", "seconds": 9}}
    details = {"text_tokens": 5, "audio_tokens": 95}
    return {
        "text": "All the world",
        "usage": {"type": "tokens", "input_tokens": 100, "input_token_details": details, "output_tokens": 7},
    }


def _embedding(body: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "object": "list",
        "model": body["model"],
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
    }


def _message(body: Dict[str, Any], usage: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "".join(WORDS)}],
        "usage": usage or MESSAGE_USAGE,
    }


def _message_events(body: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    start = {
        **_message(body, {**MESSAGE_USAGE, "output_tokens": 1, "server_tool_use": None}),
        "content": [],
        "stop_reason": None,
    }
    yield {"type": "message_start", "message": start}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for word in WORDS:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    yield {"type": "content_block_stop", "index": 0}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 40, "server_tool_use": {"web_search_requests": 2}},
    }
    yield {"type": "message_stop"}


ANSWERS = {
    "completions": _chat,
    "responses": _response,
    "embeddings": _embedding,
    "messages": _message,
    "generations": _images,
    "transcriptions": _transcript,
    "speech": lambda body: {},
    "moderations": lambda body: {"id": "modr-1", "results": []},
    "batches": lambda body: {"id": "batch_1", "status": "validating"},
}
FETCHED = {"responses": _fetched_response, "files": _file, "batches": _batch_of_messages, "batch_1": _batch_of_messages}
STREAMS = {"completions": _chat_chunks, "responses": _response_events, "messages": _message_events}


def main() -> None:
    """Serves until it is ended: provider.py [port]. Prints its URL, for OPENAI_BASE_URL."""
    import sys

    with Provider(int(sys.argv[1]) if sys.argv[1:] else 0) as provider:
        print(provider.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
