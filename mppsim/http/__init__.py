"""Decides: HTTP requests and responses on the wire, redirects and 401. Bytes in, bytes out."""
