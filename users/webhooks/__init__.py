"""Webhooks out: events for the programs of others, signed by Standard Webhooks, at least once, in no given order."""
