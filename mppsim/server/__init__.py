"""Receives: the provisioning server that ships with mppsim, and its oracle."""
