"""QR codes, drawn here: what they hold is shown to nobody else."""

import segno


def qr_code(content: str) -> str:
    """The QR code as the address of an image, ``data:image/svg+xml,…``, black on white."""
    # White under it and four modules around it: readable on a dark page too.
    return segno.make(content, micro=False, error="m").svg_data_uri(light="#fff", border=4)
