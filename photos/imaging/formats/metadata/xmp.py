"""XMP, the metadata block that holds any script: a small RDF document (ISO 16684-1)."""

import re

from lxml import etree

X = "adobe:ns:meta/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
TIFF = "http://ns.adobe.com/tiff/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
XMP = "http://ns.adobe.com/xap/1.0/"
RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Dublin Core's name, the kind of list it is, and the name that EXIF's copy of it has in XMP.
COPYRIGHT = ("rights", "Alt", "Copyright")
ARTIST = ("creator", "Seq", "Artist")
CAPTION = ("description", "Alt", "ImageDescription")

# Namespaces in which every name is about a place: W3C's Basic Geo, and GeoRSS.
PLACE_NAMESPACES = {"http://www.w3.org/2003/01/geo/wgs84_pos#", "http://www.georss.org/georss"}
PLACE_NAMES = ("gps", "latitude", "longitude", "longtitude")  # the last as some drones write it
PLACE_WORDS = [*PLACE_NAMES, "wgs84_pos", "georss"]
PLACE_PATTERN = re.compile("|".join("\0?".join(word) for word in PLACE_WORDS).encode(), re.IGNORECASE)  # also in UTF-16
THUMBNAILS = f"{{{XMP}}}Thumbnails"
SIZE_PROPERTIES = (
    f"{{{EXIF}}}PixelXDimension", f"{{{EXIF}}}PixelYDimension", f"{{{TIFF}}}ImageWidth", f"{{{TIFF}}}ImageLength",
)  # fmt: skip
OUTDATED_PATTERN = re.compile("|".join(name.partition("}")[2] for name in (THUMBNAILS, *SIZE_PROPERTIES)).encode())

type Property = tuple[str, str, str]


def update_texts(packet: bytes, texts: dict[Property, str]) -> bytes:
    """The packet with these texts in place of its own; a new packet in place of an invalid one."""
    root, description = open_packet(packet)
    for (name, kind, old), text in texts.items():
        remove_properties(root, f"{{{DC}}}{name}", f"{{{TIFF}}}{old}")
        items = etree.SubElement(etree.SubElement(description, f"{{{DC}}}{name}"), f"{{{RDF}}}{kind}")
        item = etree.SubElement(items, f"{{{RDF}}}li")
        item.text = text
        if kind == "Alt":
            item.set(LANGUAGE, "x-default")
    if COPYRIGHT in texts:
        remove_properties(root, f"{{{RIGHTS}}}Marked")
        etree.SubElement(description, f"{{{RIGHTS}}}Marked").text = "True"
    return wrap_packet(root)


def read_text(packet: bytes, place: Property) -> str:
    """The text of a property, in its first language, names joined by commas; empty without one."""
    root = parse_packet(packet) if packet else None
    element = None if root is None else next(root.iter(f"{{{DC}}}{place[0]}"), None)
    if element is None:
        return ""
    items = [item.text or "" for item in element.iter(f"{{{RDF}}}li")] or [element.text or ""]
    return ", ".join(items) if place[1] == "Seq" else items[0]


def open_packet(packet: bytes) -> tuple[etree._Element, etree._Element]:
    """The document, and a new description element in it."""
    root = parse_packet(packet)
    rdf = None if root is None else next(root.iter(f"{{{RDF}}}RDF"), None)
    if root is None or rdf is None:
        root = etree.Element(f"{{{X}}}xmpmeta", nsmap={"x": X})
        rdf = etree.SubElement(root, f"{{{RDF}}}RDF", nsmap={"rdf": RDF})
    description = etree.SubElement(rdf, f"{{{RDF}}}Description", nsmap={"dc": DC, "xmpRights": RIGHTS})
    description.set(f"{{{RDF}}}about", about_value(rdf))
    return root, description


def parse_packet(packet: bytes) -> etree._Element | None:
    """The root of the document; None for invalid XML, and for a document type, which XMP never has."""
    # Pictures come from anybody: entities and external documents could read files of this server or grow without end.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        root = etree.fromstring(packet.strip(b"\0"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype else root


def about_value(rdf: etree._Element) -> str:
    values = (each.get(f"{{{RDF}}}about") for each in rdf.iterchildren(f"{{{RDF}}}Description"))
    return next(filter(None, values), "")


def remove_properties(root: etree._Element, *names: str) -> None:
    """Remove properties, whether elements or attributes of the descriptions."""
    for description in root.iter(f"{{{RDF}}}Description"):
        for name in names:
            description.attrib.pop(name, None)
            for element in description.findall(name):
                description.remove(element)


def remove_outdated(packet: bytes) -> bytes:
    """The packet without small copies of the picture and without its size, which steps may have changed.

    Empty for an invalid packet that may hold a copy.
    """
    if OUTDATED_PATTERN.search(packet) is None:
        return packet
    root = parse_packet(packet)
    if root is None:
        return b"" if b"Thumbnails" in packet else packet
    remove_properties(root, THUMBNAILS, *SIZE_PROPERTIES)
    return wrap_packet(root)


def may_mention_place(words: bytes) -> bool:
    """Whether a text mentions coordinates."""
    return PLACE_PATTERN.search(words) is not None


def remove_place(packet: bytes) -> bytes:
    """The packet without coordinates; empty for an invalid one that may hold some."""
    root = parse_packet(packet)
    if root is None:
        return b"" if may_mention_place(packet) else packet
    for element in list(root.iter(etree.Element)):
        for name in [name for name in element.attrib if is_place_property(name)]:
            del element.attrib[name]
        parent = element.getparent()
        if parent is not None and is_place_property(element.tag):
            parent.remove(element)
    return wrap_packet(root)


def is_place_property(name: str) -> bool:
    """Whether a property holds coordinates: those of EXIF, of drone makers, and of map programs."""
    qname = etree.QName(name)
    return qname.namespace in PLACE_NAMESPACES or any(word in qname.localname.casefold() for word in PLACE_NAMES)


def wrap_packet(root: etree._Element) -> bytes:
    body: bytes = etree.tostring(root, encoding="utf-8")
    begin = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
    return begin + body + b'\n<?xpacket end="w"?>'
