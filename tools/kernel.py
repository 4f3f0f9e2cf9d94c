"""A kernel in somebody's server on a hub, as their browser speaks to it: over HTTP and a WebSocket, with a token."""

from __future__ import annotations

import json
import ssl
import uuid

import requests
import websocket

__all__ = ["Kernel"]

SECONDS = 180


class Kernel:
    """A kernel that is started in a server.

    Args:
        server: the address of somebody's server, with a slash at its end.
        token: that may use it.
        certificate: the file of what the hub's certificate is compared with; None: where it speaks plain HTTP.
    """

    def __init__(self, server: str, token: str, certificate: str | None = None) -> None:
        headers = {"Authorization": f"token {token}"}
        address = f"{server}api/kernels"
        verify = certificate or True
        made = requests.post(address, headers=headers, json={"name": "python3"}, verify=verify, timeout=SECONDS)
        made.raise_for_status()
        url = address.replace("http", "ws", 1) + f"/{made.json()['id']}/channels"
        trust = {"ca_certs": certificate, "cert_reqs": ssl.CERT_REQUIRED} if certificate else None
        self._socket = websocket.create_connection(url, header=headers, sslopt=trust, timeout=SECONDS)

    def run(self, code: str) -> str:
        """Run code, and return what it printed and showed, as text, or the error that ended it."""
        number = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        header = {"msg_id": number, "msg_type": "execute_request", "session": number, "username": "", "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message))
        said = []
        while True:
            received = self._socket.recv()
            if isinstance(received, bytes):  # a widget's picture: nobody looks at it here
                continue
            told = json.loads(received)
            if told["parent_header"].get("msg_id") != number:
                continue
            if told["msg_type"] == "stream":
                said.append(told["content"]["text"])
            elif told["msg_type"] in ("display_data", "execute_result"):
                said.append(told["content"]["data"].get("text/plain", ""))
            elif told["msg_type"] == "error":
                said.append(f"{told['content']['ename']}: {told['content']['evalue']}")
            elif told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
                return "".join(said).strip()

    def close(self) -> None:
        self._socket.close()
