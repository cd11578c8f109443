"""What the service knows: jobs, sessions and blobs, and how they change."""
