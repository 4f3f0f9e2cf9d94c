"""Go to a student's server and to the exchange as they answer within a container, and print as JSON what they said.

It reads as JSON what to run in a kernel: {"cells": [...]}.
"""

from __future__ import annotations

import json
import sys
import time

import requests

from tools.kernel import Kernel

SERVER = "http://127.0.0.1:8888/user/ada/"
EXCHANGE = "http://127.0.0.1:10101/services/exchange/"
HAND_IN = "courses/machine-room/assignments/01-backprop/hand-ins"
SECONDS = 120


def _get(url: str, token: str = "") -> requests.Response:
    headers = {"Authorization": f"token {token}"} if token else {}
    return requests.get(url, headers=headers, allow_redirects=False, timeout=30)


def await_answer(url: str) -> None:
    """Wait until somebody answers there."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            if _get(url).status_code < 500:
                return
        except requests.RequestException:
            pass
        if time.monotonic() > until:
            sys.exit(f"Nobody answers at {url} within {SECONDS} seconds.")
        time.sleep(0.1)


def of_the_exchange() -> dict[str, object]:
    """Its health, and what it says to whom."""
    await_answer(f"{EXCHANGE}health")
    post = {
        who: requests.post(EXCHANGE + HAND_IN, data=b"", headers=headers, timeout=30) for who, headers in WHO.items()
    }
    return {
        "health": _get(f"{EXCHANGE}health").json(),
        "hand-in": {who: [answer.status_code, answer.json()["message"]] for who, answer in post.items()},
        "courses of ada": _get(f"{EXCHANGE}courses", "token-of-ada").json(),
    }


def _refused_hand_in(headers: dict[str, str]) -> tuple[int, str]:
    answer = requests.post(EXCHANGE + HAND_IN, data=b"", headers=headers, timeout=30)
    return answer.status_code, answer.json()["message"]


WHO: dict[str, dict[str, str]] = {
    "nobody": {},
    "a stranger": {"Authorization": "token token-of-nobody"},
    "eve": {"Authorization": "token token-of-eve"},
    "ada": {"Authorization": "token token-of-ada"},
}


def of_the_server(cells: list[str]) -> dict[str, object]:
    """Whom it lets in, and what the cells of a notebook say in a kernel of it."""
    await_answer(f"{SERVER}api")
    asked = f"{SERVER}api/contents"
    kernel = Kernel(SERVER, "token-of-ada")
    said = [kernel.run(cell) for cell in cells]
    kernel.close()
    return {
        "statuses": [_get(asked, token).status_code for token in ("", "token-of-eve", "token-of-ada")],
        "said": said,
    }


if __name__ == "__main__":
    told = of_the_exchange() if sys.argv[1] == "exchange" else of_the_server(json.load(sys.stdin)["cells"])
    print(json.dumps(told))
