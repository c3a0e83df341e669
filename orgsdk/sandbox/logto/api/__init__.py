"""The operations of the Management API: one module for each resource, each with its `ROUTES`."""
