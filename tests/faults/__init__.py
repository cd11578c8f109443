"""A fault proxy between the real client and the real service, and the runs that go through it."""
