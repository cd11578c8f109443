"""The state of the service: jobs, sessions and blobs, and how they change."""
