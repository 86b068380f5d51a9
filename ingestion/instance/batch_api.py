"""The Batch API: several requests in one (reference, section 4: BA)."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from ingestion.instance.messages import ApiError, Request, Response, json_response

PATHS = ("/api/now/batch", "/api/now/v1/batch")


def answer_batch(request: Request, answer: Callable[[Request], Response]) -> Response:
    """Runs the requests of a batch one after the other through `answer`, with the caller's own login."""
    content = request.json()
    if not isinstance(content, dict) or not isinstance(content.get("rest_requests"), list):
        raise ApiError(400, "Exception while reading request", "rest_requests must be a list")
    serviced = [_serviced(item, request, answer) for item in content["rest_requests"]]
    return json_response(
        {
            "batch_request_id": str(content.get("batch_request_id", "")),
            "serviced_requests": serviced,
            "unserviced_requests": [],
        }
    )


def _serviced(item: Mapping[str, Any], outer: Request, answer: Callable[[Request], Response]) -> dict[str, Any]:
    own = {header["name"].lower(): header["value"] for header in item.get("headers", [])}
    login = {name: value for name, value in outer.headers.items() if name in ("authorization", "x-sn-apikey", "host")}
    try:
        body = base64.b64decode(item.get("body", ""), validate=True)
    except binascii.Error as error:
        raise ApiError(400, "Exception while reading request", f"body of request {item.get('id')}: {error}") from error
    response = answer(Request(item.get("method", "GET"), item["url"], own | login, body, outer.peer, outer.scheme))
    serviced: dict[str, Any] = {
        "id": item["id"],
        "body": base64.b64encode(response.body).decode(),
        "status_code": response.status,
        "status_text": response.reason,
        "execution_time": 1,
    }
    if not item.get("exclude_response_headers"):
        serviced["headers"] = [{"name": name, "value": value} for name, value in response.headers]
    return serviced
