"""Pictures as other programs write them: drawings in their manner, and raster formats."""

# ruff: noqa: E501 - drawings as programs write them

from __future__ import annotations

import base64
import io

from PIL import Image

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
DTD = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'


def raster(
    kind: str,
    mode: str = "RGB",
    size: tuple[int, int] = (64, 48),
    **options: object,
) -> bytes:
    """Return a picture whose left upper corner is dark, and the rest light."""
    image = Image.new("RGB", size, "#ddddee")
    image.paste("#223344", (0, 0, size[0] // 2, size[1] // 2))
    if mode == "I;16":
        grey = image.convert("L")
        deep = b"".join(bytes((value, value)) for value in grey.tobytes())
        image = Image.frombytes("I;16", size, deep)
    else:
        image = image.convert(mode)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _turned_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return raster("JPEG", exif=exif.tobytes())


def data_url(kind: str = "PNG") -> str:
    """Return a picture as part of a drawing."""
    return (
        f"data:image/{kind.lower()};base64," + base64.b64encode(raster(kind)).decode()
    )


RASTERS = {
    "cmyk.jpg": raster("JPEG", "CMYK"),
    "turned.jpg": _turned_jpeg(),
    "progressive.jpeg": raster("JPEG", progressive=True),
    "camera.jfif": raster("JPEG"),
    "deep.png": raster("PNG", "I;16"),
    "palette.png": raster("PNG", "P"),
    "alpha.png": raster("PNG", "LA"),
    "new.webp": raster("WEBP"),
    "newer.avif": raster("AVIF"),
    "old.gif": raster("GIF", "P"),
    "scan.tif": raster("TIFF", compression="tiff_lzw"),
    "scan-cmyk.TIFF": raster("TIFF", "CMYK"),
    "scan-16.tiff": raster("TIFF", "I;16"),
    "paint.bmp": raster("BMP"),
}

DRAWINGS = {
    # Matplotlib: a DOCTYPE, metadata in RDF, and the shorthand of fonts.
    "matplotlib.svg": f"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
{DTD}
<svg {SVG} width="432pt" height="216pt" viewBox="0 0 432 216" version="1.1">
 <metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description/></rdf:RDF></metadata>
 <defs><style type="text/css">*{{stroke-linejoin: round}}</style></defs>
 <text style="font: italic bold 12px 'DejaVu Sans', sans-serif; text-anchor: middle" x="200" y="40">WORDS</text>
 <image xlink:href="{data_url()}" x="20" y="60" width="100" height="75"/>
</svg>""",
    # Illustrator: entities for namespaces, a switch, and its own data.
    "illustrator.svg": f"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
 <!ENTITY ns_svg "http://www.w3.org/2000/svg">
 <!ENTITY ns_ai "http://ns.adobe.com/AdobeIllustrator/10.0/">
 <!ENTITY ns_extend "http://ns.adobe.com/Extensibility/1.0/">
]>
<svg xmlns:x="&ns_extend;" xmlns:i="&ns_ai;" xmlns="&ns_svg;" i:viewOrigin="0 0" viewBox="0 0 200 100">
 <switch><foreignObject requiredExtensions="&ns_ai;" width="1" height="1"><i:pgfRef xlink:href="#a" xmlns:xlink="http://www.w3.org/1999/xlink"/></foreignObject>
 <g i:extraneous="self"><text x="10" y="40" font-family="'MyriadPro-Regular'" font-size="20">WORDS</text></g></switch>
 <i:pgf id="adobe_illustrator_pgf">{"eJzs" * 600_000}</i:pgf>
</svg>""",
    # draw.io: HTML labels with text beside them, and a last switch with a link.
    "drawio.svg": f"""{DTD}
<svg {SVG} width="240px" height="60px" viewBox="0 0 240 60" content="&lt;mxfile/&gt;"><g transform="translate(0.5 0.5)">
<switch><foreignObject style="overflow: visible" pointer-events="none" width="100%" height="100%" requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility"><div xmlns="http://www.w3.org/1999/xhtml">WORDS</div></foreignObject>
<text x="60" y="34" fill="light-dark(#000000, #ffffff)" font-family="Helvetica" text-anchor="middle">WORDS</text></switch></g>
<switch><g requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility"/><a transform="translate(0,-5)" xlink:href="https://www.drawio.com/doc/faq/svg-export-text-problems" target="_blank"><text>Text is not SVG - cannot display</text></a></switch></svg>""",
    # Mermaid: HTML labels alone, and a style sheet of the HTML namespace.
    "mermaid.svg": f"""<svg {SVG} id="m" width="100%" style="max-width: 300px;" viewBox="0 0 300 100">
<style xmlns="http://www.w3.org/1999/xhtml">@import url("https://example.org/font-awesome.css");</style>
<style>#m{{font-family:"trebuchet ms",verdana,arial,sans-serif;font-size:16px;fill:#333;}}#m .label{{color:#333;}}</style>
<g class="node"><rect x="20" y="20" width="200" height="60" fill="#ECECFF" stroke="#9370DB"/>
<g class="label" transform="translate(60, 38)"><foreignObject width="120" height="24"><div xmlns="http://www.w3.org/1999/xhtml" style="display: table-cell; white-space: nowrap;"><span class="nodeLabel"><p>WORDS</p></span></div></foreignObject></g></g></svg>""",
    # Datawrapper and D3: outlines behind text; R's svglite: a style sheet in CDATA.
    "datawrapper.svg": f"""<svg {SVG} width="300" height="100"><style>.l text{{paint-order:stroke;stroke:#fff;stroke-width:4px}}</style>
<g class="l"><rect width="300" height="100" fill="#224466"/><text x="20" y="50" font-size="24" font-family="Roboto, sans-serif">WORDS</text></g></svg>""",
    "svglite.svg": f"""<?xml version='1.0' encoding='UTF-8' ?>
<svg {SVG} class='svglite' width='360.00pt' height='180.00pt' viewBox='0 0 360.00 180.00'><defs><style type='text/css'><![CDATA[
 .svglite line, .svglite rect {{ fill: none; stroke: #000000; }} .svglite text {{ white-space: pre; }} ]]></style></defs>
<g class='svglite'><text x='100' y='50' text-anchor='middle' style='font-size: 12.00px; font-family: "Liberation Sans";' textLength='60px' lengthAdjust='spacingAndGlyphs'>WORDS</text></g></svg>""",
    # Inkscape: elements and attributes of its own, and text that flows.
    "inkscape.svg": f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created with Inkscape -->
<svg {SVG} xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" width="80mm" height="40mm" viewBox="0 0 80 40" sodipodi:docname="x.svg" inkscape:version="1.3">
<sodipodi:namedview id="n" inkscape:zoom="1"/><g inkscape:label="Ebene 1" inkscape:groupmode="layer">
<text xml:space="preserve" style="font-style:normal;font-size:6px;font-family:sans-serif;-inkscape-font-specification:'sans-serif, Normal'" x="5" y="20"><tspan sodipodi:role="line" x="5" y="20">WORDS</tspan></text></g></svg>""",
    # Graphviz: links around nodes. Excel: embedded pictures. CorelDRAW: embedded fonts.
    "graphviz.svg": f"""{DTD}
<!-- Generated by graphviz -->
<svg {SVG} width="200pt" height="60pt" viewBox="0 0 200 60"><g id="a_node1"><a xlink:href="https://example.org" xlink:title="x"><polygon fill="none" stroke="black" points="1,1 90,1 90,50 1,50"/><text x="45" y="25" text-anchor="middle" font-family="Times,serif">WORDS</text></a></g></svg>""",
    "excel.svg": f"""<svg {SVG} width="300" height="100" overflow="hidden"><defs><clipPath id="c"><rect x="0" y="0" width="300" height="100"/></clipPath></defs><g clip-path="url(#c)"><image width="64" height="48" xlink:href="{data_url("JPEG")}" preserveAspectRatio="none"/><text font-family="Calibri,Calibri_MSFontService,sans-serif" font-weight="400" font-size="19" transform="matrix(1 0 0 1 100 40)">WORDS</text></g></svg>""",
    "corel.svg": f"""{DTD}
<svg {SVG} viewBox="0 0 200 60"><style>@font-face {{ font-family: "F1"; src: url("data:font/woff;base64,AAAA{{}}") }} .t {{ font-family: F1; font-size: 20px }}</style><text class="t" x="5" y="30">WORDS</text></svg>""",
    # Movement is lost; the drawing stays.
    "moving.svg": f"""<svg {SVG} viewBox="0 0 200 60"><text x="5" y="30">WORDS<animate attributeName="x" from="5" to="90" dur="1s"/></text></svg>""",
}
