# One image for web server, worker and beat: docker-compose.yml says which is which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt

COPY manage.py pyproject.toml ./
COPY jobs jobs
COPY photos photos
COPY project project
COPY templates templates
RUN python -m compileall -q jobs photos project

RUN useradd --create-home --uid 10001 stopbath && install -d -o stopbath -g stopbath -m 700 /data
USER stopbath
ENV STOPBATH_DATA=/data
VOLUME /data
EXPOSE 8000

# Worker: Celery's soft shutdown gives back what is in hand. Web: gunicorn's graceful one.
STOPSIGNAL SIGTERM
CMD ["python", "-m", "gunicorn", "-c", "python:project.supervisor.gunicorn", "--bind", "0.0.0.0:8000", "project.wsgi"]
