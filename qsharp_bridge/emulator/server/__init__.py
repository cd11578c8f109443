"""The web server of the service."""
