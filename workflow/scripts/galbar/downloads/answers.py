"""What can become of a request that brings no image."""


class RefusedError(ValueError):
    """The service has answered, and there is no image: asking again would give the same."""


class FailedError(ValueError):
    """No good answer came, after all tries; it may come another day."""


class ServiceDownError(ConnectionError):
    """The service answers nothing, or asks to be left alone: going on makes no sense."""
