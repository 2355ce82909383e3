"""Fault campaigns as a person asks for them: a model, its images, its protections; resumable, in worker processes."""
