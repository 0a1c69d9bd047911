"""Time zones as people name them: by city, in their language."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
import zoneinfo
from collections.abc import Iterable
from functools import cache

from babel.dates import get_timezone_location

from commands.kinds import normal
from commands.registry import CommandError
from commands.words import _, languages

ALIKE = 0.8
"""How alike a name has to be to one that is offered for it."""
MOST = 3
_CITIES = {
    "Europe/Berlin": "Munich, München, Muenchen, Frankfurt, Hamburg, Cologne, Köln, Koeln, "
    "Stuttgart, Düsseldorf, Duesseldorf, Leipzig, Dresden, Hannover, Hanover, Nuremberg, "
    "Nürnberg, Nuernberg, Bremen, Germany, Deutschland",
    "America/New_York": "Boston, Washington, Miami, Atlanta, Philadelphia, Pittsburgh, Orlando, "
    "Tampa, Charlotte, Cleveland, Baltimore, NYC, Washington DC",
    "Europe/London": "Manchester, Birmingham, Edinburgh, Glasgow, Liverpool, Leeds, Bristol, UK, "
    "England, Scotland, Great Britain, United Kingdom",
    "America/Los_Angeles": "San Francisco, Seattle, San Diego, San Jose, Portland, Las Vegas, "
    "Sacramento, LA, SF",
    "America/Chicago": "Dallas, Houston, Austin, San Antonio, Minneapolis, New Orleans, "
    "Nashville, Memphis, St Louis, Milwaukee, Kansas City",
    "America/Denver": "Salt Lake City, Albuquerque, Colorado Springs",
    "America/Toronto": "Montreal, Ottawa, Quebec, Québec City",
    "America/Edmonton": "Calgary",
    "America/Sao_Paulo": "Rio, Rio de Janeiro, Brasilia, Belo Horizonte, Porto Alegre, Curitiba",
    "America/Mexico_City": "Guadalajara, Puebla",
    "America/Bogota": "Medellin, Cali, Colombia",
    "America/Argentina/Buenos_Aires": "Rosario, La Plata, Argentina",
    "Europe/Zurich": "Geneva, Genf, Genève, Basel, Bern, Lausanne, Lugano, Zuerich, Switzerland, "
    "Schweiz",
    "Europe/Vienna": "Graz, Linz, Salzburg, Innsbruck, Austria, Österreich",
    "Europe/Rome": "Milan, Mailand, Milano, Roma, Naples, Neapel, Napoli, Turin, Torino, "
    "Florence, Florenz, Venice, Venedig, Bologna, Palermo, Italy, Italien",
    "Europe/Paris": "Lyon, Marseille, Nice, Nizza, Toulouse, Bordeaux, Strasbourg, Straßburg, "
    "Lille, France, Frankreich",
    "Europe/Madrid": "Barcelona, Valencia, Seville, Sevilla, Bilbao, Malaga, Mallorca, Spain, "
    "Spanien",
    "Europe/Amsterdam": "Rotterdam, The Hague, Den Haag, Utrecht, Eindhoven, Netherlands, Holland",
    "Europe/Brussels": "Antwerp, Antwerpen, Ghent, Gent, Bruxelles, Brussel, Belgium, Belgien",
    "Europe/Copenhagen": "Aarhus, København, Denmark",
    "Europe/Stockholm": "Gothenburg, Göteborg, Malmö, Sweden, Schweden",
    "Europe/Oslo": "Bergen, Trondheim, Norway, Norwegen",
    "Europe/Warsaw": "Krakow, Krakau, Gdansk, Danzig, Wroclaw, Breslau, Poznan, Warszawa, Poland",
    "Europe/Prague": "Brno, Brünn, Praha",
    "Europe/Lisbon": "Porto, Lisboa, Portugal",
    "Europe/Athens": "Thessaloniki, Greece",
    "Europe/Kyiv": "Lviv, Odesa, Odessa, Kharkiv, Dnipro, Ukraine",
    "Europe/Bucharest": "Cluj, Timisoara, Romania",
    "Europe/Istanbul": "Ankara, Izmir, Antalya, Turkey, Türkei",
    "Europe/Moscow": "St Petersburg, Saint Petersburg, Sankt Petersburg, Kazan",
    "Asia/Jerusalem": "Tel Aviv, Haifa, Israel",
    "Africa/Cairo": "Alexandria, Egypt",
    "Africa/Lagos": "Abuja, Ibadan, Kano, Nigeria",
    "Africa/Johannesburg": "Cape Town, Kapstadt, Durban, Pretoria, South Africa",
    "Africa/Casablanca": "Marrakesh, Marrakech, Rabat, Morocco",
    "Asia/Dubai": "Abu Dhabi, Sharjah, UAE",
    "Asia/Riyadh": "Jeddah, Mecca, Medina, Saudi Arabia",
    "Asia/Karachi": "Lahore, Islamabad, Pakistan",
    "Asia/Kolkata": "Mumbai, Bombay, Delhi, New Delhi, Bangalore, Bengaluru, Chennai, Hyderabad, "
    "Pune, Ahmedabad, Calcutta, India, Indien",
    "Asia/Dhaka": "Chittagong, Bangladesh",
    "Asia/Bangkok": "Chiang Mai, Phuket, Thailand",
    "Asia/Ho_Chi_Minh": "Saigon, Hanoi, Vietnam",
    "Asia/Jakarta": "Bandung, Surabaya, Indonesia",
    "Asia/Makassar": "Bali, Denpasar",
    "Asia/Manila": "Cebu, Philippines",
    "Asia/Shanghai": "Beijing, Peking, Shenzhen, Guangzhou, Hangzhou, Chengdu, Wuhan, Tianjin, "
    "Nanjing, China",
    "Asia/Seoul": "Busan, Incheon, Korea, South Korea",
    "Asia/Tokyo": "Osaka, Kyoto, Yokohama, Nagoya, Sapporo, Fukuoka, Kobe, Japan",
    "Australia/Sydney": "Canberra",
    "Australia/Brisbane": "Gold Coast",
    "Pacific/Auckland": "Wellington, Christchurch, New Zealand",
}
"""Large cities, and countries of one zone, that the zones are not named after. The order is that
in which zones of one offset are offered.
"""
_SHORT = {
    "cet": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
    "cest": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
    "mez": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "mesz": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "eet": ("Europe/Athens", "Europe/Kyiv", "Europe/Bucharest"),
    "eest": ("Europe/Athens", "Europe/Kyiv", "Europe/Bucharest"),
    "wet": ("Europe/Lisbon",), "west": ("Europe/Lisbon",), "msk": ("Europe/Moscow",),
    "gmt": ("Europe/London", "UTC"), "bst": ("Europe/London",), "z": ("UTC",),
    "est": ("America/New_York", "America/Toronto"), "edt": ("America/New_York", "America/Toronto"),
    "et": ("America/New_York",), "cst": ("America/Chicago", "Asia/Shanghai"),
    "cdt": ("America/Chicago",), "ct": ("America/Chicago",), "mst": ("America/Denver",),
    "mdt": ("America/Denver",), "pst": ("America/Los_Angeles",), "pdt": ("America/Los_Angeles",),
    "pt": ("America/Los_Angeles",), "brt": ("America/Sao_Paulo",), "sgt": ("Asia/Singapore",),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"), "hkt": ("Asia/Hong_Kong",),
    "jst": ("Asia/Tokyo",), "kst": ("Asia/Seoul",), "gst": ("Asia/Dubai",),
    "aest": ("Australia/Sydney", "Australia/Brisbane"), "aedt": ("Australia/Sydney",),
    "nzst": ("Pacific/Auckland",), "nzdt": ("Pacific/Auckland",),
}  # fmt: skip
"""Letters for a zone, and cities that go by them."""
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−–])\s*(\d{1,2})(?::?([0-5]\d))?")
_USUAL = ("Europe/Berlin", "America/New_York", "UTC")


def zone_of(text: str, now: dt.datetime) -> str:
    """The IANA name of a zone, city or country, however it is written; ``now`` in UTC says which
    cities share an offset. CommandError with the closest.
    """
    names, wanted = _zones(), _plain(text)
    if wanted in names:
        return names[wanted]
    same = _SHORT.get(wanted) or _of_offset(text, now)
    if same:
        sorry = _("“{text}” does not say when summer time begins, a city does. One of these?")
        raise _unknown(sorry, text, same)
    near = difflib.get_close_matches(wanted, names, n=2 * MOST, cutoff=ALIKE)
    sorry = _("I know no time zone or city “{text}”. Is it one of these?")
    raise _unknown(sorry, text, [names[name] for name in near] or _USUAL)


def _unknown(sorry: str, text: str, zones: Iterable[str]) -> CommandError:
    lines = dict.fromkeys(f"/settings timezone {zone}" for zone in zones)
    return CommandError(sorry.format(text=text[:40]), *tuple(lines)[:MOST])


def _plain(text: str) -> str:
    """Without accents too: 'Zürich' is 'zurich'."""
    apart = unicodedata.normalize("NFKD", normal(text).replace(".", ""))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@cache
def _zones() -> dict[str, str]:
    """Every zone by its own name, and by its city in each language of the bot; a city's first
    zone in the alphabet wins.
    """
    known = sorted(
        name
        for name in zoneinfo.available_timezones()
        if name == "UTC"
        or (name.count("/") and not name.startswith(("Etc/", "posix", "right", "SystemV/", "US/")))
    )
    names = {_plain(name): name for name in known}
    for zone, cities in _CITIES.items():
        names |= {_plain(city): zone for city in (zone.rpartition("/")[2], *cities.split(","))}
    for zone in known:
        names.setdefault(_plain(zone.rpartition("/")[2]), zone)
    for code in languages():
        for zone in known:
            city = get_timezone_location(zone, locale=code, return_city=True)
            names.setdefault(_plain(city), zone)
    return names


def _of_offset(text: str, now: dt.datetime) -> list[str]:
    """Two places whose clock is that far from UTC now, and one where it is in half a year."""
    match = _OFFSET.fullmatch(text.strip().casefold())
    if match is None:
        return []
    size = dt.timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    wanted = size if match[1] == "+" else -size
    found = [_with_offset(wanted, now + dt.timedelta(days=days)) for days in (0, 182)]
    later = [zone for zone in found[1] if zone not in found[0]]
    return [*found[0][: MOST - 1], *later[:1], *found[0][MOST - 1 :]]


def _with_offset(wanted: dt.timedelta, moment: dt.datetime) -> list[str]:
    zones = dict.fromkeys((*_CITIES, *sorted(_zones().values())))
    at = moment.replace(tzinfo=dt.UTC)
    return [z for z in zones if at.astimezone(zoneinfo.ZoneInfo(z)).utcoffset() == wanted]
