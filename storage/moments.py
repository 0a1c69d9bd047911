"""Dates and instants as the store keeps them: whole days and microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
_FIRST = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """An instant as microseconds; one without a zone is UTC."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The instant, naive UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def days(day: date) -> int:
    """A date as days."""
    return day.toordinal() - _FIRST


def day(days: int) -> date:
    """The date."""
    return date.fromordinal(days + _FIRST)


def micros_or_none(value: datetime | None) -> int | None:
    return None if value is None else micros(value)


def moment_or_none(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def day_or_none(value: int | None) -> date | None:
    return None if value is None else day(value)
