"""Decides: SIP messages, digest, transactions and NOTIFY. Bytes in, bytes out; importable by itself."""
