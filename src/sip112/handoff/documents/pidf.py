"""A place as a PIDF-LO document (RFC 4119, 5139, 5491).

What a caller says of the place is free text, and stays that: it is told in the one civic element
that holds such (``LOC``), and not taken apart into streets and numbers by guessing.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

_PIDF: Final = "urn:ietf:params:xml:ns:pidf"
_GP: Final = "urn:ietf:params:xml:ns:pidf:geopriv10"
_GBP: Final = "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"
_DM: Final = "urn:ietf:params:xml:ns:pidf:data-model"
_CIVIC: Final = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"
_GML: Final = "http://www.opengis.net/gml"
_GS: Final = "http://www.opengis.net/pidflo/1.0"
_NAMES: Final = {
    None: _PIDF,
    "gp": _GP,
    "gbp": _GBP,
    "dm": _DM,
    "ca": _CIVIC,
    "gml": _GML,
    "gs": _GS,
}

_WGS84: Final = "urn:ogc:def:crs:EPSG::4326"
_METRE: Final = "urn:ogc:def:uom:EPSG::9001"


def presence(
    entity: str,
    device: str,
    timestamp: str,
    *,
    point: tuple[float, float] | None,
    radius_m: float | None,
    address: str,
) -> str:
    """Return the document for one place: a point or circle, what was said of it, or both.

    `point` is latitude and longitude; with `radius_m` it is the middle of a circle. `address` is
    text that is fit for XML.
    """
    root = etree.Element(f"{{{_PIDF}}}presence", nsmap=_NAMES, entity=entity)
    of = etree.SubElement(root, f"{{{_DM}}}device", id=device)
    geopriv = etree.SubElement(of, f"{{{_GP}}}geopriv")
    info = etree.SubElement(geopriv, f"{{{_GP}}}location-info")
    if point is not None:
        _geodetic(info, point, radius_m)
    if address:
        civic = etree.SubElement(info, f"{{{_CIVIC}}}civicAddress")
        etree.SubElement(civic, f"{{{_CIVIC}}}LOC").text = address
    rules = etree.SubElement(geopriv, f"{{{_GP}}}usage-rules")
    # by RFC 4119 a place may else not be told to those who drive there
    etree.SubElement(rules, f"{{{_GBP}}}retransmission-allowed").text = "true"
    etree.SubElement(geopriv, f"{{{_GP}}}method").text = "Manual"
    etree.SubElement(of, f"{{{_DM}}}timestamp").text = timestamp
    text: str = etree.tostring(root, encoding="unicode")
    return text


def _geodetic(info: etree._Element, point: tuple[float, float], radius_m: float | None) -> None:
    if radius_m is None:
        shape = etree.SubElement(info, f"{{{_GML}}}Point", srsName=_WGS84)
    else:
        shape = etree.SubElement(info, f"{{{_GS}}}Circle", srsName=_WGS84)
    etree.SubElement(shape, f"{{{_GML}}}pos").text = f"{point[0]:.6f} {point[1]:.6f}"
    if radius_m is not None:
        etree.SubElement(shape, f"{{{_GS}}}radius", uom=_METRE).text = f"{radius_m:.0f}"
