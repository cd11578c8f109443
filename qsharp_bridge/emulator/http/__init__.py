"""The HTTP interface of the service: routes, authentication, requests and responses."""
