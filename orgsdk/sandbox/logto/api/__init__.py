"""The operations of the Management API, one file a resource, each with its `ROUTES`."""
