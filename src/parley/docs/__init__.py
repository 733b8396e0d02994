"""Documents from the code: OpenAPI, AsyncAPI, the `/schema` page, the web client's types. Nothing is told twice."""

from .documents import Documents, documents
from .files import main
from .routes import schema_routes

__all__ = ["Documents", "documents", "main", "schema_routes"]
