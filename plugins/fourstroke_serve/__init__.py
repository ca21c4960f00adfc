"""A model as an HTTP service: MLflow's protocol, the Open Inference Protocol, and one of records."""

from __future__ import annotations

from fourstroke_serve.command import serve
from fourstroke_serve.target import ServiceTarget

__all__ = ["ServiceTarget", "serve"]
