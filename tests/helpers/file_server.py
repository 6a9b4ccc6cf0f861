"""Answers of `tests.helpers.cutout_server` for large files: parts of them, by Range."""

import re

from tests.helpers.cutout_server import send


def ranged(content, *, tag='"first"', end=None, **headers):
    """Answer with the part that is asked for, if it is of the version that is here.

    Parameters
    ----------
    content : bytes
    tag : str, the ETag
    end : int, optional, byte of the content before which the connection breaks off
    headers : further headers, see `tests.helpers.cutout_server.send`
    """

    def reply(handler):
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        begin = int(asked[1]) if asked and handler.headers.get("If-Range") == tag else 0
        handler.server.begins.append(begin)
        if begin >= len(content):
            send(b"", 416, Content_Range=f"bytes */{len(content)}")(handler)
            return
        told = {"ETag": tag, "Content_Length": len(content) - begin, **headers}
        if begin:
            told["Content_Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        send(content[begin:end], 206 if begin else 200, **told)(handler)
        handler.close_connection = end is not None

    return reply
