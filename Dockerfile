# One image for every process of the shop; the command and the environment say which. Nothing in it needs to be written.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 \
    DJANGO_SETTINGS_MODULE=shopflow.settings.offline \
    SHOPFLOW_STATIC_ROOT=/srv/static
COPY pyproject.toml constraints.txt ./
# [dependencies] alone: neither the servers of a local run nor what the tests need. No compiler, so wheels only.
RUN python -m venv --without-pip /opt/venv \
    && python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > /tmp/dependencies.txt \
    && pip --python /opt/venv/bin/python install --only-binary :all: -c constraints.txt -r /tmp/dependencies.txt
COPY . .
RUN /opt/venv/bin/python manage.py collectstatic --no-input \
    && /opt/venv/bin/python -m compileall -q .

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="ShopFlow" \
    org.opencontainers.image.description="A shop back end: one process or split services, by configuration alone" \
    org.opencontainers.image.licenses="Apache-2.0"
# The mount points belong to the user, so that fresh volumes do, too.
RUN groupadd --gid 10001 shopflow \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin shopflow \
    && install --directory --owner 10001 --group 10001 --mode 0700 /certs /gateway
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=shopflow.settings.production \
    SHOPFLOW_STATIC_ROOT=/srv/static
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-m", "shopflow.probe", "http", "8000"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "8", "--blocking-threads-idle-timeout", "600", "--backlog", "2048", "shopflow.wsgi:application"]
