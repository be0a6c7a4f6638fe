# Rinko in a container:  docker build -t rinko .  Settings are mounted at /rinko/rinko.toml, or come as
# RINKO_… variables; compose.yaml shows how. Without a database.url, SQLite is kept in /data.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY config config
COPY digest digest
RUN python -m venv /opt/rinko \
    && /opt/rinko/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.12-slim
RUN useradd --uid 10001 --home-dir /rinko --create-home --shell /usr/sbin/nologin rinko \
    && install --directory --owner=rinko --group=rinko /data
COPY --from=build /opt/rinko /opt/rinko
ENV PATH=/opt/rinko/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RINKO_DATA_DIR=/data
USER rinko
WORKDIR /rinko
VOLUME /data
EXPOSE 8377
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ.get('RINKO_LOCAL__PORT', '8377')}/healthz\", timeout=8)"]
ENTRYPOINT ["rinko"]
CMD ["run"]
