"""HEAD: the headers of an answer without its body."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse


class HeadMiddleware:
    """Empties streams of HEAD answers: the server would run a stream to its end and drop every byte."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; to a HEAD with the same headers and an empty stream."""
        response = self.get_response(request)
        if request.method == "HEAD" and isinstance(response, StreamingHttpResponse):
            response.streaming_content = ()  # the original is still closed with the response
        return response
