"""The web server under the service."""
