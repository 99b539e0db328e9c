"""The HTTP edge: FastAPI under ``/v1``, server-sent events, problem+json errors.

`app.create_app` makes the application out of a configuration and the parts of the service
that it speaks to (`context`); what it needs of them stands in `ports`. Nothing is made at
import. `hub` is the event stream.
"""
