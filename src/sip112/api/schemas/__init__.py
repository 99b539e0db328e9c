"""What the API shows and takes, a module for each area.

A view is a typed dictionary, made from a core object by the function of its name: the event
stream turns it into JSON as it is, and the other routes have pydantic check it, so that the
OpenAPI document cannot say what the service does not do. What comes in is a pydantic model
that forbids what it does not know.
"""
