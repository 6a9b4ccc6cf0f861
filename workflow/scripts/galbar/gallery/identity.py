"""Which galaxy a row is: its number may be that of a galaxy of a different project, too."""

import hashlib

_TEXTS, _POSITIONS = ("id", "image"), ("ra", "dec")


def digest_rows(table):
    """Return a digest of what identifies each galaxy beyond its number.

    Parameters
    ----------
    table : pandas.DataFrame, n rows, with those of id, image, ra and dec [deg] that are known

    Returns
    -------
    list of str, length n
        8 hexadecimal digits, which depend on no other row. Positions count to a millionth of a
        degree.
    """
    parts = [[""] * len(table)]
    parts += [map(str, table[name]) for name in _TEXTS if name in table]
    for name in _POSITIONS:
        if name in table:
            parts.append(f"{value:.6f}" for value in table[name].to_numpy(dtype=float))
    return [_digest("\0".join(texts)) for texts in zip(*parts, strict=True)]


def _digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
