"""The web server's way into the stand-alone project."""

from django.core.wsgi import get_wsgi_application

from tests.standalone.app import app

application = get_wsgi_application()
app.set_default()  # messages are sent through it

__all__ = ["application"]
