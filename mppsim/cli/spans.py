"""Writes spans of time for people: as many digits as are worth reading, in the unit that fits."""

__all__ = ["say_span"]

_HOUR = 3600.0
_MINUTE = 60.0


def say_span(seconds: float) -> str:
    """Write a span: `0`, `340 µs`, `12.3 ms`, `1.50 s`, `2 min 05 s`, `1 h 30 min`."""
    if seconds <= 0:
        return "0"
    if seconds < 0.9995e-3:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 59.5:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // 60} min {whole % 60:02} s"
    minutes = round(seconds / _MINUTE)
    return f"{minutes // 60:,} h {minutes % 60:02} min"
