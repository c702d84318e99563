"""Stripe's refusals, in the form and with the codes of https://docs.stripe.com/api/errors."""

from typing import Any


class ApiError(Exception):
    def __init__(self, status: int, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.details = details

    def body(self, request_id: str) -> dict[str, Any]:
        error = {"message": str(self), "type": self.kind}
        error |= {name: value for name, value in self.details.items() if value is not None}
        if code := self.details.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        return {"error": error | {"request_log_url": f"http://localhost/logs/{request_id}"}}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(400, "invalid_request_error", message, param=param, code=code)


def missing(kind: str, wanted: object, *, param: str = "id") -> ApiError:
    return ApiError(
        404, "invalid_request_error", f"No such {kind}: '{wanted}'", param=param, code="resource_missing"
    )


def unknown_address(method: str, path: str) -> ApiError:
    return ApiError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")


def unauthorised(message: str) -> ApiError:
    return ApiError(401, "invalid_request_error", message)


def declined(message: str, *, decline_code: str | None, **details: Any) -> ApiError:
    code = details.pop("code", "card_declined")
    return ApiError(402, "card_error", message, code=code, decline_code=decline_code, **details)


def in_use(message: str) -> ApiError:
    return ApiError(409, "idempotency_error", message, code="idempotency_key_in_use")


def key_reused(key: str) -> ApiError:
    return ApiError(
        400,
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
    )


def too_many() -> ApiError:
    return ApiError(429, "invalid_request_error", "Too many requests hit the API.", code="rate_limit")


def broken(status: int = 500) -> ApiError:
    return ApiError(status, "api_error", "An unknown error occurred.")
