"""The service over HTTP: routes, authentication, requests and responses."""
